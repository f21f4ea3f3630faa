//! `gittix-server health`: asks the server on this machine whether it lives, for images that have no other
//! program to ask with.

use std::{
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr},
    time::Duration,
};

use http::{Request, StatusCode, header};
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;

/// One that takes longer is not well.
const PATIENCE: Duration = Duration::from_secs(3);

/// Why the server seems not to live.
#[derive(Debug, thiserror::Error)]
pub enum ProbeError {
    /// Nobody listens, or nobody takes the connection.
    #[error("cannot connect to {address}")]
    Connect {
        /// Where.
        address: SocketAddr,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// Whoever listens speaks no HTTP, or hung up.
    #[error("no answer")]
    Answer(#[from] hyper::Error),
    /// It answers, and is not well.
    #[error("answered {0}")]
    Unwell(StatusCode),
    /// It takes too long.
    #[error("no answer within {} s", PATIENCE.as_secs())]
    Slow,
}

/// Asks for `/healthz` of whoever listens at an address.
///
/// # Errors
///
/// When the answer is not 200, or does not come.
pub async fn probe(listen_addr: SocketAddr) -> Result<(), ProbeError> {
    let status = tokio::time::timeout(PATIENCE, ask(reachable(listen_addr))).await.map_err(|_| ProbeError::Slow)??;
    if status == StatusCode::OK { Ok(()) } else { Err(ProbeError::Unwell(status)) }
}

async fn ask(address: SocketAddr) -> Result<StatusCode, ProbeError> {
    let stream = TcpStream::connect(address).await.map_err(|source| ProbeError::Connect { address, source })?;
    let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await?;
    let mut request = Request::new(String::new());
    *request.uri_mut() = http::Uri::from_static("/healthz");
    if let Ok(host) = address.to_string().parse() {
        request.headers_mut().insert(header::HOST, host);
    }
    let answer = async { Ok(sender.send_request(request).await?.status()) };
    tokio::select! {
        status = answer => status,
        ended = connection => Err(ended.err().map_or(ProbeError::Slow, ProbeError::Answer)),
    }
}

/// Where a server that listens on every interface is reached from here.
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
        assert!(matches!(probe(unwell).await, Err(ProbeError::Unwell(StatusCode::NOT_FOUND))));
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let free = listener.local_addr().expect("an address");
        drop(listener);
        assert!(matches!(probe(free).await, Err(ProbeError::Connect { .. })));
    }
}
