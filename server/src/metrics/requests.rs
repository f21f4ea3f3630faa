//! Requests, counted and measured by the route that they match.

use std::time::Instant;

use axum::{
    extract::{MatchedPath, Request, State},
    http::Method,
    middleware::Next,
    response::Response,
};
use platform::metrics::seconds;
use prometheus_client::{
    encoding::EncodeLabelSet,
    metrics::{counter::Counter, family::Family, histogram::Histogram},
    registry::Registry,
};

use crate::{files::is_asset, state::SharedState};

/// Files of the site, which have no route of their own.
const FILE: &str = "file";
/// What is at no address of the site: whatever anybody may type is one route.
const NOTHING: &str = "nothing";

/// What has been asked of this server since it started.
#[derive(Clone, Debug)]
pub(super) struct Requests {
    answered: Family<Answered, Counter>,
    took: Family<Asked, Histogram>,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Asked {
    method: &'static str,
    route: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Answered {
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
}

/// Counts a request when it is answered; one whose sender has gone before that is not.
pub(crate) async fn measure(State(state): State<SharedState>, request: Request, next: Next) -> Response {
    let Asked { method, route } = Asked::of(&request);
    let begun = Instant::now();
    let response = next.run(request).await;
    let requests = &state.metrics.requests;
    let asked = Asked { method, route: route.clone() };
    requests.took.get_or_create(&asked).observe(begun.elapsed().as_secs_f64());
    requests.answered.get_or_create(&Answered { method, route, status: response.status().as_u16() }).inc();
    response
}

impl Asked {
    fn of(request: &Request) -> Self {
        let route = match request.extensions().get::<MatchedPath>() {
            Some(path) => path.as_str(),
            None if is_asset(request) => FILE,
            None => NOTHING,
        };
        Self { method: name(request.method()), route: route.to_owned() }
    }
}

/// A client may make up a method.
fn name(method: &Method) -> &'static str {
    match *method {
        Method::GET => "GET",
        Method::HEAD => "HEAD",
        Method::POST => "POST",
        _ => "other",
    }
}
