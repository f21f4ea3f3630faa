//! What the handlers and the middleware work with.

use std::{
    ops::Deref,
    sync::{Arc, atomic::AtomicBool},
};

use app::server::CookiePolicy;
use axum::extract::FromRef;
use domain::Backend;
use leptos::prelude::LeptosOptions;

use crate::{drain::Draining, limits::Limits, live::Live, metrics::Metrics, proxies::TrustedProxies};

/// What the handlers work with.
#[derive(Debug)]
pub struct ServerState {
    /// What the use-cases work with.
    pub backend: Backend,
    /// Whether the session's cookie insists on TLS.
    pub cookies: CookiePolicy,
    /// For the readiness probe.
    pub redis: redis::Client,
    /// How often somebody may ask for what costs more than a page; none where nobody counts.
    pub limits: Option<Limits>,
    /// Whose word is taken for where a request came from.
    pub proxies: TrustedProxies,
    /// Where the built site is.
    pub leptos: LeptosOptions,
    /// The site's own origin, which its forms are sent from.
    pub public_url: Arc<str>,
    /// What `/metrics` shows.
    pub metrics: Metrics,
    /// The event streams.
    pub live: Live,
    /// Whether its database has been there yet.
    pub reached: Reached,
    /// Whether the server is about to end.
    pub draining: Draining,
}

/// Whether PostgreSQL has answered this server since it started. It stays so.
#[derive(Clone, Debug, Default)]
pub struct Reached(pub(crate) Arc<AtomicBool>);

/// One [`ServerState`] for all requests. Each layer of each request clones its handle, which is one pointer.
#[derive(Clone, Debug)]
pub(crate) struct SharedState(Arc<ServerState>);

impl From<ServerState> for SharedState {
    fn from(state: ServerState) -> Self {
        Self(Arc::new(state))
    }
}

impl Deref for SharedState {
    type Target = ServerState;

    fn deref(&self) -> &ServerState {
        &self.0
    }
}

impl FromRef<SharedState> for LeptosOptions {
    fn from_ref(state: &SharedState) -> Self {
        state.leptos.clone()
    }
}

impl FromRef<SharedState> for Draining {
    fn from_ref(state: &SharedState) -> Self {
        state.draining.clone()
    }
}
