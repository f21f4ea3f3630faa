//! Metrics of the business: counters of this process since its start, and gauges that it reads from the
//! database. The `/metrics` of server and workers show them.

pub mod backlog;
pub(crate) mod store;

use std::{
    fmt::{self, Write},
    sync::LazyLock,
};

use model::{Code, orders::OrderEventKind};
use platform::{
    metrics::{self, Labelled},
    stripe,
};
use prometheus_client::{
    encoding::{EncodeLabelValue, LabelValueEncoder},
    metrics::{counter::Counter, family::Family},
    registry::Registry,
};
use serde::Serialize;
use sqlx::PgPool;

/// The counters of this process since its start.
static COUNTS: LazyLock<Counts> = LazyLock::new(Counts::default);

struct Counts {
    events: Labelled<1, Counter>,
    refusals: Family<[(&'static str, Refusal); 1], Counter>,
    payments_refused: Labelled<1, Counter>,
}

impl Default for Counts {
    fn default() -> Self {
        let counts = Self {
            events: Family::new_with_constructor(Counter::default),
            refusals: Family::default(),
            payments_refused: Family::new_with_constructor(Counter::default),
        };
        // A rate needs two values of a series, so a series starts at zero before its first event.
        for kind in OrderEventKind::ALL {
            counts.events.get_or_create_owned(&[("kind", kind.code())]);
        }
        for bound in DeclineBound::ALL {
            counts.payments_refused.get_or_create_owned(&[("bound", bound.code())]);
        }
        counts
    }
}

/// Counts events of orders' timelines, after they are committed.
pub(crate) fn count_event(kind: OrderEventKind, times: u64) {
    COUNTS.events.get_or_create(&[("kind", kind.code())]).inc_by(times);
}

/// Counts a refused lock.
pub(crate) fn lock_refused(why: Code) {
    COUNTS.refusals.get_or_create(&[("code", Refusal(why))]).inc();
}

/// What ends payments after declined cards.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum DeclineBound {
    /// The declines of an account.
    Account,
    /// The declines of a network.
    Network,
}

impl DeclineBound {
    const ALL: [Self; 2] = [Self::Account, Self::Network];

    /// The label of the metric.
    pub(crate) fn code(self) -> &'static str {
        match self {
            Self::Account => "account",
            Self::Network => "network",
        }
    }
}

/// Counts a payment that was not begun, because too many cards were declined.
pub(crate) fn payment_refused(bound: DeclineBound) {
    COUNTS.payments_refused.get_or_create(&[("bound", bound.code())]).inc();
}

/// A registry with the metrics that server and workers share: the version, the counters, and the
/// connections to PostgreSQL.
#[must_use]
pub fn registry(db: &PgPool) -> Registry {
    let mut registry = metrics::registry(db);
    let Counts { events, refusals, payments_refused } = &*COUNTS;
    registry.register("order_events", "Lines written in the timelines of orders", events.clone());
    registry.register(
        "locks_refused",
        "Attempts to lock a ticket that were refused, by the error's code",
        refusals.clone(),
    );
    registry.register(
        "payments_refused",
        "Payments that were not begun because too many cards were declined, by the bound",
        payments_refused.clone(),
    );
    stripe::register(&mut registry);
    registry
}

/// An error code as a label, spelled as in the public error.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Refusal(Code);

impl EncodeLabelValue for Refusal {
    fn encode(&self, encoder: &mut LabelValueEncoder<'_>) -> fmt::Result {
        write!(encoder, "{self}")
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.serialize(f)
    }
}
