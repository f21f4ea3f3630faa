//! A proxy in front of a service, closed at first.

use std::net::SocketAddr;

use sqlx::{PgPool, postgres::PgPoolOptions};
use tokio::{
    io::copy_bidirectional,
    net::{TcpListener, TcpStream},
};

/// A port that forwards to a service once it is opened.
pub(crate) struct Gate {
    address: SocketAddr,
    to: SocketAddr,
}

impl Gate {
    /// A closed gate to a pool's database, and a pool that connects through it. A closed gate refuses connections.
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

    /// Forwards all connections until the test's runtime ends.
    pub(crate) async fn open(&self) {
        let listener = TcpListener::bind(self.address).await.expect("the port is still free");
        let to = self.to;
        tokio::spawn(async move {
            while let Ok((mut inside, _)) = listener.accept().await {
                tokio::spawn(async move {
                    if let Ok(mut outside) = TcpStream::connect(to).await {
                        // Either side may disconnect at any time.
                        let _ = copy_bidirectional(&mut inside, &mut outside).await;
                    }
                });
            }
        });
    }
}
