//! `gittix-server health`: probes the server on this machine, for images that contain no other HTTP
//! client.

use std::{
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr},
    time::Duration,
};

use reqwest::{Client, StatusCode};

/// A server that takes longer counts as down.
const PATIENCE: Duration = Duration::from_secs(3);

/// Why the probe failed.
#[derive(Debug, thiserror::Error)]
pub enum ProbeError {
    /// No server listens, the response is not HTTP, or it takes too long.
    #[error("no answer within {} s", PATIENCE.as_secs())]
    Answer(#[from] reqwest::Error),
    /// The server answers with an error.
    #[error("answered {0}")]
    Status(StatusCode),
}

/// Requests `/healthz` from the server at an address.
///
/// # Errors
///
/// When the response is not 200, or there is none.
pub async fn probe(listen_addr: SocketAddr) -> Result<(), ProbeError> {
    ask(listen_addr, PATIENCE).await
}

async fn ask(listen_addr: SocketAddr, patience: Duration) -> Result<(), ProbeError> {
    // The server is on this machine, so the environment's proxy for outgoing requests does not apply.
    let client = Client::builder().no_proxy().timeout(patience).build()?;
    let status = client.get(format!("http://{}/healthz", reachable(listen_addr))).send().await?.status();
    if status == StatusCode::OK { Ok(()) } else { Err(ProbeError::Status(status)) }
}

/// The local address of a server that listens on every interface.
fn reachable(listen_addr: SocketAddr) -> SocketAddr {
    let ip = match listen_addr.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(ip) if ip.is_unspecified() => Ipv6Addr::LOCALHOST.into(),
        ip => ip,
    };
    SocketAddr::new(ip, listen_addr.port())
}

#[cfg(test)]
mod tests {
    use axum::{Router, routing::get};
    use tokio::net::TcpListener;

    use super::*;

    async fn serve(router: Router) -> SocketAddr {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address");
        tokio::spawn(async move { axum::serve(listener, router).await });
        SocketAddr::new(Ipv4Addr::UNSPECIFIED.into(), address.port())
    }

    #[tokio::test]
    async fn a_server_that_answers_lives() {
        let address = serve(Router::new().route("/healthz", get(async || "ok\n"))).await;
        probe(address).await.expect("lives");
    }

    #[tokio::test]
    async fn whoever_does_not_answer_well_does_not() {
        let unwell = serve(Router::new()).await;
        assert!(matches!(probe(unwell).await, Err(ProbeError::Status(StatusCode::NOT_FOUND))));
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let free = listener.local_addr().expect("an address");
        drop(listener);
        assert!(matches!(probe(free).await, Err(ProbeError::Answer(error)) if error.is_connect()));
    }

    #[tokio::test]
    async fn a_server_that_hangs_does_not_live() {
        let hanging = serve(Router::new().route("/healthz", get(std::future::pending::<()>))).await;
        let outcome = ask(hanging, Duration::from_millis(50)).await;
        assert!(matches!(outcome, Err(ProbeError::Answer(error)) if error.is_timeout()));
    }
}
