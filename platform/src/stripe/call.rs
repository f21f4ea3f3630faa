//! Calls to Stripe, measured.

use std::{sync::LazyLock, time::Duration};

use prometheus_client::{metrics::histogram::Histogram, registry::Registry};

use crate::metrics::{Labelled, seconds};

/// How long this process' calls have taken.
static TOOK: LazyLock<Labelled<2, Histogram>> = LazyLock::new(|| {
    let calls = Labelled::new_with_constructor(seconds as fn() -> Histogram);
    // A rate is told from the second value of a series: what has never happened is a zero, too.
    for call in Call::ALL {
        for outcome in Outcome::ALL {
            calls.get_or_create_owned(&[("call", call.code()), ("outcome", outcome.code())]);
        }
    }
    calls
});

/// What Stripe is called for.
#[derive(Clone, Copy, Debug)]
pub(super) enum Call {
    CreateIntent,
    ReadIntent,
    Capture,
    Cancel,
    ListRefunds,
    Refund,
}

impl Call {
    const ALL: [Self; 6] =
        [Self::CreateIntent, Self::ReadIntent, Self::Capture, Self::Cancel, Self::ListRefunds, Self::Refund];

    /// As metrics and traces call it.
    pub(super) fn code(self) -> &'static str {
        match self {
            Self::CreateIntent => "create_intent",
            Self::ReadIntent => "read_intent",
            Self::Capture => "capture",
            Self::Cancel => "cancel",
            Self::ListRefunds => "list_refunds",
            Self::Refund => "refund",
        }
    }
}

/// How a call may end.
#[derive(Clone, Copy, Debug)]
pub(super) enum Outcome {
    Ok,
    MovedOn,
    Failed,
    Unavailable,
    Crowded,
    Refused,
}

impl Outcome {
    const ALL: [Self; 6] = [Self::Ok, Self::MovedOn, Self::Failed, Self::Unavailable, Self::Crowded, Self::Refused];

    fn code(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::MovedOn => "moved_on",
            Self::Failed => "failed",
            Self::Unavailable => "unavailable",
            Self::Crowded => "crowded",
            Self::Refused => "refused",
        }
    }
}

/// Measures a call.
pub(super) fn ended(call: Call, outcome: Outcome, took: Duration) {
    TOOK.get_or_create(&[("call", call.code()), ("outcome", outcome.code())]).observe(took.as_secs_f64());
}

/// Shows how long calls have taken.
pub fn register(registry: &mut Registry) {
    registry.register("stripe_call_seconds", "Calls to Stripe", TOOK.clone());
}
