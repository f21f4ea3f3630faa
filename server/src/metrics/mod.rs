//! `/metrics`: what this server has done, and how the shop is, as Prometheus reads it.

mod looks;
pub(crate) mod measure;
mod requests;
pub(crate) mod show;

use domain::metrics::backlog::Backlog;
use model::doctor::Report;

use self::{looks::Looks, requests::Requests};

/// What has been asked of this server, and its newest looks into the shop.
#[derive(Clone, Debug, Default)]
pub struct Metrics {
    requests: Requests,
    reports: Looks<Report>,
    backlogs: Looks<Backlog>,
}
