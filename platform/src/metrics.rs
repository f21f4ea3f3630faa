//! The metrics that server and workers share, and the base of their registries.
//!
//! The counts are global to the process, like the log, so that callers pass no registry
//! around. A label is an enum or a `&'static str`, so that no id and no input of a client can
//! become one: each would be a series that Prometheus keeps.

use std::sync::LazyLock;

use prometheus_client::{
    metrics::{family::Family, gauge::Gauge, histogram::Histogram, info::Info},
    registry::Registry,
};
use sqlx::PgPool;

/// The content type of the response.
pub const CONTENT_TYPE: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";
/// The prefix of all names.
const PREFIX: &str = "gittix";
/// From a request that finds everything in memory to one that times out.
const SECONDS: [f64; 11] = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 15.0];

/// A metric for each combination of labels.
pub type Labelled<const N: usize, M, C = fn() -> M> = Family<[(&'static str, &'static str); N], M, C>;

/// The revision of the sources, as the image states it.
static REVISION: LazyLock<String> =
    LazyLock::new(|| std::env::var("GITTIX_REVISION").ok().filter(|name| !name.is_empty()).unwrap_or("unknown".into()));

/// A histogram of durations.
#[must_use]
pub fn seconds() -> Histogram {
    Histogram::new(SECONDS)
}

/// A registry with the revision and the connections to PostgreSQL.
#[must_use]
pub fn registry(db: &PgPool) -> Registry {
    let mut registry = Registry::with_prefix(PREFIX);
    let build = [("version", env!("CARGO_PKG_VERSION").to_owned()), ("revision", REVISION.clone())];
    registry.register("build", "What is running", Info::new(build));

    let connections = Labelled::<1, Gauge>::default();
    let (open, idle) = (db.size(), u32::try_from(db.num_idle()).unwrap_or(u32::MAX));
    connections.get_or_create(&[("state", "idle")]).set(idle.into());
    connections.get_or_create(&[("state", "busy")]).set(open.saturating_sub(idle).into());
    registry.register("database_connections", "Connections to PostgreSQL that are open", connections);
    let most = Gauge::<i64>::default();
    most.set(db.options().get_max_connections().into());
    registry.register("database_connections_max", "The most connections to PostgreSQL that this process opens", most);
    registry
}
