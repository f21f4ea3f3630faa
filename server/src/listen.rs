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

/// Connections at once; more connections wait in the kernel's queue. This is twice the limit of
/// open event streams.
pub const CONNECTIONS: usize = 20_000;

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
/// `axum::serve` would not do: it limits neither the connections nor the time that a request
/// takes to arrive.
pub(crate) async fn listen(listener: TcpListener, router: Router, stop: impl Future<Output = ()>) {
    let free = Arc::new(Semaphore::new(CONNECTIONS));
    let graceful = GracefulShutdown::new();
    let accept = async {
        loop {
            // The semaphore is never closed, so this never fails.
            let Ok(slot) = Arc::clone(&free).acquire_owned().await else { return };
            match listener.accept().await {
                Ok((stream, peer)) => {
                    let connection = graceful.watch(connection(stream, peer, router.clone()));
                    tokio::spawn(async move {
                        if let Err(error) = connection.await {
                            tracing::debug!(%error, "a connection broke off");
                        }
                        drop(slot);
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
