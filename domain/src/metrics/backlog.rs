//! The backlog: overdue work, as one query of the database finds it.

use std::{sync::atomic::AtomicU64, time::Instant};

use platform::metrics::Labelled;
use prometheus_client::{metrics::gauge::Gauge, registry::Registry};
use sqlx::PgPool;

use super::store;
use crate::outbox::{LEASE, Queue, store::Kinds};

/// A gauge of a number that need not be whole, such as seconds.
type Float = Gauge<f64, AtomicU64>;

/// The gauges of the backlog.
#[derive(Clone, Debug)]
pub struct Backlog {
    work: store::Work,
    queues: Vec<store::Due>,
    connection_wait_s: f64,
}

/// Reads the backlog. Its queries use indexes that hold only the rows that wait.
///
/// # Errors
///
/// When the database does not answer.
#[tracing::instrument(name = "metrics.backlog", skip_all)]
pub async fn backlog(db: &PgPool) -> Result<Backlog, sqlx::Error> {
    let asked = Instant::now();
    let mut db = db.acquire().await?;
    let connection_wait_s = asked.elapsed().as_secs_f64();
    let work = store::work(&mut *db).await?;
    let queues = store::due(&mut db, &Queue::ALL.map(Queue::name), Kinds::KNOWN, LEASE).await?;
    Ok(Backlog { work, queues, connection_wait_s })
}

impl Backlog {
    /// Registers the gauges.
    pub fn register(&self, registry: &mut Registry) {
        let mut of = |name: &str, help: &str, value: f64| registry.register(name, help, gauge(value));
        of("database_wait_seconds", "How long this look waited for a connection", self.connection_wait_s);
        of("expiry_lag_seconds", "For how long the most overdue order has kept its status", self.work.overdue_lock_s);
        of("webhook_lag_seconds", "For how long the oldest event of Stripe's has waited", self.work.event_s);
        for (name, help, rows) in [
            ("webhooks_waiting", "Events of Stripe's that wait", self.work.events),
            ("disputes_open", "Disputes that no bank has decided yet", self.work.disputes),
            ("disputes_unanswered", "Disputes that wait for evidence", self.work.unanswered),
            (
                "fraud_warnings",
                "Early fraud warnings of the last 30 days that a refund can still follow",
                self.work.fraud_warnings,
            ),
            (
                "ledger_differences",
                "Movements of which Stripe and the ledger say different things",
                self.work.ledger_differences,
            ),
        ] {
            #[expect(clippy::cast_precision_loss, reason = "a backlog is far below 2^52")]
            of(name, help, rows as f64);
        }

        let (due, unreadable) = (Labelled::<1, Gauge>::default(), Labelled::<1, Gauge>::default());
        let (lag, next) = (Labelled::<1, Float>::default(), Labelled::<1, Float>::default());
        for queue in Queue::ALL {
            let labels = [("queue", queue.name())];
            let found = self.queues.iter().find(|found| found.queue == queue.name());
            due.get_or_create(&labels).set(found.map_or(0, |found| found.jobs));
            unreadable.get_or_create(&labels).set(found.map_or(0, |found| found.unreadable));
            let next_s = found.and_then(|found| found.next_s);
            lag.get_or_create(&labels).set(next_s.map_or(0.0, |next_s| (-next_s).max(0.0)));
            if let Some(next_s) = next_s {
                next.get_or_create(&labels).set(next_s);
            }
        }
        registry.register("outbox_due", "Jobs that are due and still in the outbox", due);
        registry.register("outbox_unreadable", "Jobs that are due and that this version cannot read", unreadable);
        registry.register("outbox_lag_seconds", "For how long the most overdue job has been in the outbox", lag);
        registry.register("outbox_next_seconds", "Until the next job is due; below zero it is late", next);
    }
}

fn gauge(value: f64) -> Float {
    let gauge = Float::default();
    gauge.set(value);
    gauge
}
