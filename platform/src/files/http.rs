//! How a bucket is asked: by hyper and rustls, as Stripe is.
//!
//! `object_store` comes with reqwest, whose TLS the whole workspace would get then: the probe and the simulator too, which
//! talk to this machine alone.

use std::{fmt, time::Duration};

use async_trait::async_trait;
use bytes::Bytes;
use http_body_util::{BodyExt, Limited};
use hyper_rustls::HttpsConnectorBuilder;
use hyper_util::{
    client::legacy::{
        Client,
        connect::{Connect, HttpConnector as TcpConnector},
    },
    rt::TokioExecutor,
};
use object_store::{
    ClientOptions,
    client::{
        HttpClient, HttpConnector, HttpError, HttpErrorKind, HttpRequest, HttpRequestBody, HttpResponse, HttpService,
    },
};
use rustls::crypto::ring;

/// How long one request may take, with up to 10 MiB in it or in its answer.
const PATIENCE: Duration = Duration::from_secs(15);
/// How long a connection may take.
const CONNECT_PATIENCE: Duration = Duration::from_secs(3);
/// The largest answer that is read. A sealed file is a little larger than the largest file, and a page of a list has a
/// thousand names.
const ANSWER_MAX: usize = 16 * 1024 * 1024;

/// Makes the clients.
#[derive(Clone, Copy, Debug)]
pub(super) struct Connector {
    /// Whether the service is asked by `https://`.
    pub(super) is_encrypted: bool,
}

impl HttpConnector for Connector {
    fn connect(&self, _: &ClientOptions) -> object_store::Result<HttpClient> {
        let mut tcp = TcpConnector::new();
        tcp.set_connect_timeout(Some(CONNECT_PATIENCE));
        if !self.is_encrypted {
            return Ok(client(tcp));
        }
        tcp.enforce_http(false);
        let tls = HttpsConnectorBuilder::new()
            .with_provider_and_native_roots(ring::default_provider())
            .map_err(|source| object_store::Error::Generic { store: "bucket", source: Box::new(source) })?;
        Ok(client(tls.https_only().enable_http1().wrap_connector(tcp)))
    }
}

fn client<C: Connect + Clone + Send + Sync + 'static>(connector: C) -> HttpClient {
    HttpClient::new(Service(Client::builder(TokioExecutor::new()).build(connector)))
}

struct Service<C>(Client<C, HttpRequestBody>);

impl<C> fmt::Debug for Service<C> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Service")
    }
}

#[async_trait]
impl<C: Connect + Clone + Send + Sync + 'static> HttpService for Service<C> {
    async fn call(&self, request: HttpRequest) -> Result<HttpResponse, HttpError> {
        let answered = tokio::time::timeout(PATIENCE, self.answer(request)).await;
        answered.unwrap_or_else(|passed| Err(HttpError::new(HttpErrorKind::Timeout, passed)))
    }
}

impl<C: Connect + Clone + Send + Sync + 'static> Service<C> {
    async fn answer(&self, request: HttpRequest) -> Result<HttpResponse, HttpError> {
        let (head, body) = self.0.request(request).await.map_err(of_request)?.into_parts();
        let body: Bytes = Limited::new(body, ANSWER_MAX)
            .collect()
            .await
            .map_err(|source| HttpError::new_boxed(HttpErrorKind::Interrupted, source))?
            .to_bytes();
        Ok(HttpResponse::from_parts(head, body.into()))
    }
}

/// It says whether the request may be sent again.
fn of_request(error: hyper_util::client::legacy::Error) -> HttpError {
    let kind = if error.is_connect() { HttpErrorKind::Connect } else { HttpErrorKind::Interrupted };
    HttpError::new(kind, error)
}
