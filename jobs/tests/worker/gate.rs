//! A door before a service, which can be shut.

use std::net::SocketAddr;

use sqlx::{PgPool, postgres::PgPoolOptions};
use tokio::{
    io::copy_bidirectional,
    net::{TcpListener, TcpStream},
};

/// A port of its own that leads to a service from the moment it is opened.
pub(crate) struct Gate {
    address: SocketAddr,
    to: SocketAddr,
}

impl Gate {
    /// A gate to the database behind a pool, and a pool that goes through it. Shut: connections are refused.
    pub(crate) async fn to_database(db: &PgPool) -> (Self, PgPool) {
        let options = db.connect_options();
        let to = (options.get_host().to_owned(), options.get_port());
        let to = tokio::net::lookup_host(to).await.expect("an address").next().expect("an address");
        let taken = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let gate = Self { address: taken.local_addr().expect("an address"), to };
        let through = (*options).clone().host("127.0.0.1").port(gate.address.port());
        let pool = PgPoolOptions::new().acquire_timeout(std::time::Duration::from_secs(3)).connect_lazy_with(through);
        (gate, pool)
    }

    /// Lets everybody through until the test's runtime ends.
    pub(crate) async fn open(&self) {
        let listener = TcpListener::bind(self.address).await.expect("the port is still free");
        let to = self.to;
        tokio::spawn(async move {
            while let Ok((mut inside, _)) = listener.accept().await {
                tokio::spawn(async move {
                    if let Ok(mut outside) = TcpStream::connect(to).await {
                        // Either side may hang up at any time.
                        let _ = copy_bidirectional(&mut inside, &mut outside).await;
                    }
                });
            }
        });
    }
}
