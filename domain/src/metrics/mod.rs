//! What a process counts of the business since it started, and what it sees when it looks; the
//! `/metrics` of server and workers show it.
//!
//! There is one set of counts for the process, like the log: whoever counts needs nothing handed to
//! them. A label is an enum or a `&'static str`, so that no id and nothing that somebody sends can
//! become one: each would be a series that Prometheus keeps.

pub mod backlog;
mod store;

use std::{
    fmt::{self, Write},
    sync::LazyLock,
    time::Duration,
};

use prometheus_client::{
    encoding::{EncodeLabelValue, LabelValueEncoder},
    metrics::{counter::Counter, family::Family, gauge::Gauge, histogram::Histogram, info::Info},
    registry::Registry,
};
use serde::Serialize;
use sqlx::PgPool;

use crate::{
    Code,
    orders::Happening,
    payments::gateway::{Call, StripeError},
};

/// What the answer is in.
pub const CONTENT_TYPE: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";
/// What every name begins with.
const PREFIX: &str = "gittix";
/// From a request that finds everything in memory to one that is given up.
const SECONDS: [f64; 11] = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 15.0];

/// A metric for each combination of labels.
pub type Labelled<const N: usize, M, C = fn() -> M> = Family<[(&'static str, &'static str); N], M, C>;

/// Which revision of the sources runs, as the image says of itself.
static REVISION: LazyLock<String> =
    LazyLock::new(|| std::env::var("GITTIX_REVISION").ok().filter(|name| !name.is_empty()).unwrap_or("unknown".into()));

/// What this process has done since it started.
static COUNTS: LazyLock<Counts> = LazyLock::new(Counts::default);

struct Counts {
    happenings: Labelled<1, Counter>,
    refusals: Family<[(&'static str, Code); 1], Counter>,
    stripe_calls: Labelled<2, Histogram>,
}

impl Default for Counts {
    fn default() -> Self {
        let counts = Self {
            happenings: Family::new_with_constructor(Counter::default),
            refusals: Family::default(),
            stripe_calls: Family::new_with_constructor(seconds),
        };
        // A rate is told from the second value of a series: what has never happened is a zero, too.
        for what in Happening::ALL {
            counts.happenings.get_or_create_owned(&[("what", what.code())]);
        }
        for call in Call::ALL {
            for outcome in OUTCOMES {
                counts.stripe_calls.get_or_create_owned(&[("call", call.code()), ("outcome", outcome)]);
            }
        }
        counts
    }
}

/// A histogram of durations.
#[must_use]
pub fn seconds() -> Histogram {
    Histogram::new(SECONDS)
}

/// Counts what is written in the timelines of orders. It is counted as it is written: a commit that
/// fails afterwards takes nothing back.
pub(crate) fn happened(what: impl Into<Option<Happening>>, times: u64) {
    if let Some(what) = what.into() {
        COUNTS.happenings.get_or_create(&[("what", what.code())]).inc_by(times);
    }
}

/// Counts a lock that was refused.
pub(crate) fn lock_refused(why: Code) {
    COUNTS.refusals.get_or_create(&[("code", why)]).inc();
}

/// How a call to Stripe may end.
const OUTCOMES: [&str; 6] = ["ok", "moved_on", "failed", "unavailable", "crowded", "refused"];

/// Measures a call to Stripe.
pub(crate) fn stripe_called<T>(call: Call, outcome: &Result<T, StripeError>, took: Duration) {
    let [ok, moved_on, failed, unavailable, crowded, refused] = OUTCOMES;
    let outcome = match outcome {
        Ok(_) => ok,
        Err(StripeError::MovedOn) => moved_on,
        Err(StripeError::Failed(_)) => failed,
        Err(StripeError::Unavailable(_)) => unavailable,
        Err(StripeError::Crowded) => crowded,
        Err(StripeError::Refused(_)) => refused,
    };
    COUNTS.stripe_calls.get_or_create(&[("call", call.code()), ("outcome", outcome)]).observe(took.as_secs_f64());
}

/// A registry of what server and workers have in common: what runs, what it counts, and its
/// connections to PostgreSQL.
#[must_use]
pub fn registry(db: &PgPool) -> Registry {
    let mut registry = Registry::with_prefix(PREFIX);
    let build = [("version", env!("CARGO_PKG_VERSION").to_owned()), ("revision", REVISION.clone())];
    registry.register("build", "What is running", Info::new(build));
    let Counts { happenings, refusals, stripe_calls } = &*COUNTS;
    registry.register("order_happenings", "Lines written in the timelines of orders", happenings.clone());
    registry.register(
        "locks_refused",
        "Attempts to lock a ticket that were refused, by the error's code",
        refusals.clone(),
    );
    registry.register("stripe_call_seconds", "Calls to Stripe", stripe_calls.clone());

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

impl EncodeLabelValue for Code {
    fn encode(&self, encoder: &mut LabelValueEncoder<'_>) -> fmt::Result {
        // As the public error shape spells it.
        struct Spelled(Code);
        impl fmt::Display for Spelled {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.serialize(f)
            }
        }
        write!(encoder, "{}", Spelled(*self))
    }
}
