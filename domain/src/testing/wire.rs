//! Counting the statements that a backend sends to PostgreSQL.
//!
//! A small proxy stands between a pool and PostgreSQL and reads the messages of the client. It counts what
//! costs a round trip: each execution of a prepared statement, and each simple query (`BEGIN`, `COMMIT` and
//! `ROLLBACK` are some). Preparing a statement does not count, because a connection does it once; nor does
//! the ping by which the pool tests a connection: that is a number of its own.
//!
//! ```ignore
//! let (backend, wire) = wire::counted(&backend).await;
//! let sent = wire.count(async { lock(&backend, bob, ticket, PRICE).await.expect("locks"); }).await;
//! assert_eq!(sent.statements, 1);
//! ```

use std::{
    io::{BufReader, BufWriter, Read, Write, copy},
    net::{Shutdown, TcpListener, TcpStream},
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
};

use sqlx::{
    PgPool,
    postgres::{PgPoolOptions, PgSslMode},
};

use crate::Backend;

/// A message's length field, which counts itself.
const LENGTH_BYTES: usize = 4;
const CONNECTIONS: u32 = 10;

/// The counter of one backend's statements.
#[derive(Debug)]
pub struct Wire {
    db: PgPool,
    tally: Arc<Tally>,
}

/// What a backend sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sent {
    /// Statements that were executed.
    pub statements: usize,
    /// Pings of the pool: a connection is tested when it is handed out and when it comes back.
    pub pings: usize,
}

#[derive(Debug, Default)]
struct Tally {
    statements: AtomicUsize,
    pings: AtomicUsize,
}

/// The same backend with a pool of its own, whose statements are counted.
///
/// # Panics
///
/// When no port is free, or the database does not answer.
pub async fn counted(backend: &Backend) -> (Backend, Wire) {
    let target = backend.db.connect_options();
    let address = (target.get_host().to_owned(), target.get_port());
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = listener.local_addr().expect("an address").port();
    let tally = Arc::new(Tally::default());
    let of_thread = Arc::clone(&tally);
    // The threads end with the test's process; nothing waits for them.
    thread::spawn(move || {
        for client in listener.incoming().flatten() {
            let server = TcpStream::connect(&address).expect("PostgreSQL answers");
            relay(client, server, &of_thread);
        }
    });
    // Without TLS, so that the proxy can read the messages.
    let options = (*target).clone().host("127.0.0.1").port(port).ssl_mode(PgSslMode::Disable);
    let db = PgPoolOptions::new().max_connections(CONNECTIONS).connect_with(options).await.expect("connects");
    (Backend { db: db.clone(), ..backend.clone() }, Wire { db, tally })
}

impl Wire {
    /// Counts what `calls` sends. Everything that the backend has begun before must be done.
    ///
    /// The count ends when every connection is back in the pool, so that it has the `ROLLBACK` of a
    /// transaction that was dropped. The first use of a type may read it from the catalogue: run the calls
    /// once before they are counted.
    pub async fn count(&self, calls: impl Future<Output = ()>) -> Sent {
        self.all_are_back().await;
        let before = self.tally.now();
        calls.await;
        self.all_are_back().await;
        let after = self.tally.now();
        Sent { statements: after.statements - before.statements, pings: after.pings - before.pings }
    }

    async fn all_are_back(&self) {
        super::until("every connection is back", || async {
            usize::try_from(self.db.size()).is_ok_and(|size| size == self.db.num_idle())
        })
        .await;
    }
}

impl Tally {
    fn now(&self) -> Sent {
        Sent { statements: self.statements.load(Ordering::SeqCst), pings: self.pings.load(Ordering::SeqCst) }
    }
}

/// Passes the bytes of one connection in both directions. Each direction ends when its sender closes.
fn relay(client: TcpStream, server: TcpStream, tally: &Arc<Tally>) {
    // Small messages must not wait for each other.
    for stream in [&client, &server] {
        stream.set_nodelay(true).expect("an open socket");
    }
    let (mut answers, mut asker) = (server.try_clone().expect("a handle"), client.try_clone().expect("a handle"));
    thread::spawn(move || {
        // Either side may go first.
        let _ = copy(&mut answers, &mut asker);
        let _ = asker.shutdown(Shutdown::Both);
    });
    let tally = Arc::clone(tally);
    thread::spawn(move || {
        let _ = pass_on_and_count(&client, &server, &tally);
        let _ = server.shutdown(Shutdown::Both);
    });
}

/// Passes the client's messages on and counts each before PostgreSQL gets it: a caller that has the answer
/// finds it counted.
fn pass_on_and_count(client: &TcpStream, server: &TcpStream, tally: &Tally) -> std::io::Result<()> {
    let (mut client, mut server) = (BufReader::new(client), BufWriter::new(server));
    // The first message has no type.
    pass_on_body(&mut client, &mut server)?;
    let mut is_ping = true;
    loop {
        if client.buffer().is_empty() {
            server.flush()?;
        }
        let mut kind = [0];
        client.read_exact(&mut kind)?;
        match kind[0] {
            // Execute, and a simple query.
            b'E' | b'Q' => {
                tally.statements.fetch_add(1, Ordering::SeqCst);
            }
            // A Sync that ends no other message.
            b'S' if is_ping => {
                tally.pings.fetch_add(1, Ordering::SeqCst);
            }
            _ => {}
        }
        // A simple query needs no Sync.
        is_ping = matches!(kind[0], b'S' | b'Q' | b'p');
        server.write_all(&kind)?;
        pass_on_body(&mut client, &mut server)?;
    }
}

/// Passes on a length and the bytes that it counts.
fn pass_on_body(from: &mut impl Read, to: &mut impl Write) -> std::io::Result<()> {
    let mut length = [0; LENGTH_BYTES];
    from.read_exact(&mut length)?;
    to.write_all(&length)?;
    let rest = u64::from(u32::from_be_bytes(length)).saturating_sub(LENGTH_BYTES as u64);
    copy(&mut from.take(rest), to)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{TestBackend, count};

    #[sqlx::test(migrator = "crate::database::MIGRATIONS")]
    async fn counts_executions_and_simple_queries(db: PgPool) {
        let (backend, wire) = counted(&TestBackend::without_stripe(db)).await;
        let plain = || async {
            count(&backend.db, "SELECT count(*) FROM users").await;
        };
        let dropped = || async {
            let mut tx = backend.db.begin().await.expect("begins");
            sqlx::query("SELECT FROM users WHERE email = $1").bind("ana").execute(&mut *tx).await.expect("reads");
        };
        // The first time prepares the statements.
        for _ in 0..2 {
            assert_eq!(wire.count(plain()).await.statements, 1);
            assert_eq!(wire.count(dropped()).await.statements, 3, "BEGIN, the statement and ROLLBACK");
        }
        assert_eq!(wire.count(plain()).await.pings, 2, "when it is handed out and when it comes back");
        assert_eq!(wire.count(async {}).await, Sent { statements: 0, pings: 0 });
    }
}
