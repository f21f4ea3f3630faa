//! Connections: their number, their timeouts, and how they close.

use std::{future::Future, net::SocketAddr, sync::Arc, time::Duration};

use axum::{Router, body::Body, extract::ConnectInfo, http::Request};
use hyper::{body::Incoming, server::conn::http1};
use hyper_util::{
    rt::{TokioIo, TokioTimer},
    server::graceful::GracefulShutdown,
    service::TowerToHyperService,
};
use tokio::{
    net::{TcpListener, TcpStream},
    sync::Semaphore,
};
use tower::ServiceExt;

use crate::{proxies::TrustedProxies, slots::Slots};

/// Connections at once; more connections wait in the kernel's queue. This is twice the limit of
/// open event streams.
pub const CONNECTIONS: usize = 20_000;

/// Connections of one address at once, or of one network of IPv6: one client must not take all of them. Generous,
/// because a telephone network shares an address, and a browser opens up to six connections.
pub const CONNECTIONS_OF_ADDRESS: usize = 1_000;

/// How long the head of a request may take to arrive, from when the connection is free for it.
///
/// It is also how long an idle connection is kept. It is longer than the minute of proxies:
/// if both sides close a connection at the same time, the request on it is lost.
pub const HEAD_TIMEOUT: Duration = Duration::from_secs(75);

/// The pause after a connection could not be accepted: usually there are no file descriptors left.
const PAUSE: Duration = Duration::from_millis(100);

/// Serves until `stop` completes, then accepts no more connections and returns after the last
/// response.
///
/// Beyond `of_address` connections, those of one address are closed at once, except a trusted proxy's, which has those
/// of many clients. They get no answer: closing a socket with an unread request in it resets the connection, and reading
/// the request takes the time and memory that the bound is for.
///
/// `axum::serve` would not do: it limits neither the connections nor the time that a request
/// takes to arrive.
pub(crate) async fn listen(
    listener: TcpListener,
    router: Router,
    proxies: &TrustedProxies,
    of_address: usize,
    stop: impl Future<Output = ()>,
) {
    let free = Arc::new(Semaphore::new(CONNECTIONS));
    let slots = Slots::new(CONNECTIONS, of_address);
    let graceful = GracefulShutdown::new();
    let accept = async {
        loop {
            // The semaphore is never closed, so this never fails.
            let Ok(slot) = Arc::clone(&free).acquire_owned().await else { return };
            match listener.accept().await {
                Ok((stream, peer)) => {
                    let of_address = slots.take(peer.ip());
                    if of_address.is_none() && !proxies.trusts(peer.ip()) {
                        tracing::debug!("a connection was closed: its address has too many");
                        continue;
                    }
                    let connection = graceful.watch(connection(stream, peer, router.clone()));
                    tokio::spawn(async move {
                        if let Err(error) = connection.await {
                            tracing::debug!(%error, "a connection broke off");
                        }
                        drop((slot, of_address));
                    });
                }
                Err(error) => {
                    tracing::error!(%error, "a connection was not taken");
                    tokio::time::sleep(PAUSE).await;
                }
            }
        }
    };
    tokio::select! {
        () = accept => {}
        () = stop => {}
    }
    drop(listener);
    graceful.shutdown().await;
}

type Connection<S> = http1::Connection<TokioIo<TcpStream>, TowerToHyperService<S>>;

fn connection(
    stream: TcpStream,
    peer: SocketAddr,
    router: Router,
) -> Connection<
    impl tower::Service<
        Request<Incoming>,
        Response = axum::response::Response,
        Error = std::convert::Infallible,
        Future: Send,
    > + Clone
    + Send,
> {
    let service = router.map_request(move |mut request: Request<Incoming>| {
        request.extensions_mut().insert(ConnectInfo(peer));
        request.map(Body::new)
    });
    http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD_TIMEOUT)
        .serve_connection(TokioIo::new(stream), TowerToHyperService::new(service))
}

#[cfg(test)]
mod tests {
    use std::net::IpAddr;

    use axum::routing::get;
    use domain::testing::until;
    use tokio::{
        io::{AsyncReadExt, AsyncWriteExt},
        net::TcpSocket,
    };

    use super::*;

    const HEAD: &[u8] = b"GET / HTTP/1.1\r\nhost: gittix.example\r\nconnection: close\r\n";

    /// Listens, with a bound of two connections for each address.
    async fn site(trusted: &str) -> SocketAddr {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address");
        let proxies: TrustedProxies = trusted.parse().expect("networks");
        let router = Router::new().route("/", get(async || "hello"));
        tokio::spawn(async move { listen(listener, router, &proxies, 2, std::future::pending()).await });
        address
    }

    /// A connection whose request is not finished.
    async fn open(from: [u8; 4], site: SocketAddr) -> TcpStream {
        let socket = TcpSocket::new_v4().expect("a socket");
        socket.bind(SocketAddr::new(IpAddr::from(from), 0)).expect("an address of this machine");
        let mut stream = socket.connect(site).await.expect("the kernel accepts");
        // A connection that is closed already may refuse it.
        let _ = stream.write_all(HEAD).await;
        stream
    }

    /// Finishes the request. Returns whether there was an answer.
    async fn is_answered(mut stream: TcpStream) -> bool {
        let _ = stream.write_all(b"\r\n").await;
        let mut answer = Vec::new();
        let _ = stream.read_to_end(&mut answer).await;
        answer.ends_with(b"hello")
    }

    const CLIENT: [u8; 4] = [127, 0, 0, 1];
    const OTHER: [u8; 4] = [127, 0, 0, 2];

    /// Proves the bound by address: without it one client takes every connection for the time that a head may take.
    #[tokio::test]
    async fn client_cannot_take_the_connections_of_others() {
        let site = site("").await;
        let held = [open(CLIENT, site).await, open(CLIENT, site).await];
        assert!(!is_answered(open(CLIENT, site).await).await, "its third connection is closed");
        assert!(is_answered(open(OTHER, site).await).await, "another client gets in");
        for stream in held {
            assert!(is_answered(stream).await, "those before stay open");
        }
        until("ended connections count no more", async || is_answered(open(CLIENT, site).await).await).await;
    }

    /// A client that goes away without a word frees its place, too.
    #[tokio::test]
    async fn connection_that_breaks_off_frees_its_place() {
        let site = site("").await;
        let held = [open(CLIENT, site).await, open(CLIENT, site).await];
        assert!(!is_answered(open(CLIENT, site).await).await);
        drop(held);
        until("broken connections count no more", async || is_answered(open(CLIENT, site).await).await).await;
    }

    #[tokio::test]
    async fn trusted_proxy_has_the_connections_of_many_clients() {
        let site = site("127.0.0.1").await;
        let held = [open(CLIENT, site).await, open(CLIENT, site).await, open(CLIENT, site).await];
        assert!(is_answered(open(CLIENT, site).await).await);
        for stream in held {
            assert!(is_answered(stream).await);
        }
        let _held = [open(OTHER, site).await, open(OTHER, site).await];
        assert!(!is_answered(open(OTHER, site).await).await, "a client beside the proxy has its bound");
    }
}
