//! The state of the handlers and the middleware.

use std::{
    ops::Deref,
    sync::{Arc, atomic::AtomicBool},
};

use app::server::CookiePolicy;
use axum::extract::FromRef;
use domain::Backend;
use leptos::prelude::LeptosOptions;

use crate::{
    crawlers::Sitemap, drain::Draining, imprint::Imprint, limits::Limits, live::Live, metrics::Metrics,
    preview::Previews, proxies::TrustedProxies,
};

/// The state of the handlers.
#[derive(Debug)]
pub struct ServerState {
    /// The state of the use-cases.
    pub backend: Backend,
    /// Whether the session's cookie requires TLS.
    pub cookies: CookiePolicy,
    /// For the readiness probe.
    pub redis: redis::Client,
    /// The rate limits; `None` if they are disabled.
    pub limits: Option<Limits>,
    /// The proxies whose forwarding headers the server trusts.
    pub proxies: TrustedProxies,
    /// The paths of the built site.
    pub leptos: LeptosOptions,
    /// The site's own origin, which its forms are sent from.
    pub public_url: Arc<str>,
    /// Who runs this installation.
    pub imprint: Imprint,
    /// The metrics of `/metrics`.
    pub metrics: Metrics,
    /// The event streams.
    pub live: Live,
    /// The preview images.
    pub previews: Previews,
    /// The sitemap.
    pub sitemap: Sitemap,
    /// Whether the server has reached its database yet.
    pub reached: Reached,
    /// Whether the server is draining.
    pub draining: Draining,
}

/// Whether PostgreSQL has answered this server since it started. This is never reset.
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
