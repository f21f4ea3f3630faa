//! Requests, counted and measured by their matched route.

use std::time::Duration;

use axum::{
    extract::{MatchedPath, Request},
    http::{Method, StatusCode},
};
use platform::metrics::seconds;
use prometheus_client::{
    encoding::EncodeLabelSet,
    metrics::{counter::Counter, family::Family, histogram::Histogram},
    registry::Registry,
};

use crate::cache_control::is_asset;

/// Files of the site, which have no route of their own.
const FILE: &str = "file";
/// Addresses that the site does not have. All of them count as one route, as clients can send any path.
const NOTHING: &str = "nothing";

/// The requests since the server started.
#[derive(Clone, Debug)]
pub(super) struct Requests {
    answered: Family<ResponseLabels, Counter>,
    took: Family<RequestLabels, Histogram>,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(super) struct RequestLabels {
    method: &'static str,
    route: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct ResponseLabels {
    method: &'static str,
    route: String,
    status: u16,
}

impl Default for Requests {
    fn default() -> Self {
        Self { answered: Family::default(), took: Family::new_with_constructor(seconds) }
    }
}

impl Requests {
    pub(super) fn register(&self, registry: &mut Registry) {
        registry.register("http_requests", "Requests that were answered", self.answered.clone());
        registry.register("http_request_seconds", "From a request's head to that of its answer", self.took.clone());
    }

    /// Counts an answered request.
    pub(super) fn count(&self, asked: RequestLabels, status: StatusCode, took: Duration) {
        self.took.get_or_create(&asked).observe(took.as_secs_f64());
        let RequestLabels { method, route } = asked;
        self.answered.get_or_create(&ResponseLabels { method, route, status: status.as_u16() }).inc();
    }
}

impl RequestLabels {
    pub(super) fn of(request: &Request) -> Self {
        let route = match request.extensions().get::<MatchedPath>() {
            Some(path) => path.as_str(),
            None if is_asset(request) => FILE,
            None => NOTHING,
        };
        Self { method: name(request.method()), route: route.to_owned() }
    }
}

/// A client may send any method.
fn name(method: &Method) -> &'static str {
    match *method {
        Method::GET => "GET",
        Method::HEAD => "HEAD",
        Method::POST => "POST",
        _ => "other",
    }
}
