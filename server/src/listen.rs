//! Connections: how many, how slow, and how they end.

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

/// Connections at once; those beyond wait in the kernel's queue. Twice as many as there are to be
/// open event streams.
pub const CONNECTIONS: usize = 20_000;

/// How long the head of a request may take to come, from when the connection is free for it.
///
/// It is also how long an idle connection is kept: longer than the minute that proxies keep theirs,
/// for one that both sides give up at the same time loses the request on it.
pub const HEAD_TIMEOUT: Duration = Duration::from_secs(75);

/// How long no connection is taken after one could not be: mostly there are no file descriptors left.
const PAUSE: Duration = Duration::from_millis(100);

/// Serves until `stop` completes, then takes no more connections and returns when the last request
/// has been answered.
///
/// `axum::serve` in a few lines of our own: it bounds neither connections nor the time that a request
/// takes to come.
pub(crate) async fn listen(listener: TcpListener, router: Router, stop: impl Future<Output = ()>) {
    let free = Arc::new(Semaphore::new(CONNECTIONS));
    let graceful = GracefulShutdown::new();
    let accept = async {
        loop {
            // Never closed, so that it never fails.
            let Ok(place) = Arc::clone(&free).acquire_owned().await else { return };
            match listener.accept().await {
                Ok((stream, peer)) => {
                    let connection = graceful.watch(connection(stream, peer, router.clone()));
                    tokio::spawn(async move {
                        if let Err(error) = connection.await {
                            tracing::debug!(%error, "a connection broke off");
                        }
                        drop(place);
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
