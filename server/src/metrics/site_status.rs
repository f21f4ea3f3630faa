//! Whether the parts of the site work, for the page that tells its readers.

use domain::Backend;

use super::{Metrics, show::report};
use crate::services::{postgres_answers, redis_answers};

/// How the names of the doctor's checks of late work begin.
const BACKLOG: &str = "backlog.";

/// What the page of the site's status says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct SiteStatus {
    /// PostgreSQL answers: pages, reservations, orders.
    pub(crate) postgres: bool,
    /// Redis answers: limits, and prompt work in the background.
    pub(crate) redis: bool,
    /// Whether work in the background is late; `None` if the doctor could not look.
    pub(crate) is_late: Option<bool>,
}

impl Metrics {
    /// The status, by probes that all readers share: a crowd that reloads the page asks each service once in ten
    /// seconds.
    pub(crate) async fn site_status(&self, backend: &Backend, redis: &redis::Client) -> SiteStatus {
        let (db, redis) = (backend.db.clone(), redis.clone());
        let (postgres, redis, report) = tokio::join!(
            self.postgres.newest(async move { postgres_answers(&db).await.then_some(()) }),
            self.redis.newest(async move { redis_answers(&redis).await.then_some(()) }),
            self.reports.newest(report(backend.clone())),
        );
        let is_late = report.map(|report| report.violations().any(|check| check.name.starts_with(BACKLOG)));
        SiteStatus { postgres: postgres.is_some(), redis: redis.is_some(), is_late }
    }
}
