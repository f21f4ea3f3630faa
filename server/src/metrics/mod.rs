//! `/metrics`: the metrics of this server and of the shop, for Prometheus.

mod cached_probe;
pub(crate) mod measure;
mod requests;
pub(crate) mod show;
pub(crate) mod site_status;
pub(crate) mod webhooks;

use domain::metrics::backlog::Backlog;
use model::doctor::Report;

use self::{cached_probe::CachedProbe, requests::Requests, webhooks::RefusedWebhooks};

/// The counts of this server's requests, and its cached probes of the shop and of the services behind it.
#[derive(Clone, Debug, Default)]
pub struct Metrics {
    requests: Requests,
    pub(crate) refused_webhooks: RefusedWebhooks,
    reports: CachedProbe<Report>,
    backlogs: CachedProbe<Backlog>,
    postgres: CachedProbe<()>,
    redis: CachedProbe<()>,
}
