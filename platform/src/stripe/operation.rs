//! Metrics of the requests to Stripe.

use std::{sync::LazyLock, time::Duration};

use prometheus_client::{metrics::histogram::Histogram, registry::Registry};
use strum::{IntoStaticStr, VariantArray};

use crate::metrics::{Labelled, seconds};

/// The durations of this process' requests.
static TOOK: LazyLock<Labelled<2, Histogram>> = LazyLock::new(|| {
    let calls = Labelled::new_with_constructor(seconds as fn() -> Histogram);
    // A rate needs two values of a series, so each series starts as a zero before its first event.
    for call in StripeOperation::VARIANTS {
        for outcome in Outcome::VARIANTS {
            calls.get_or_create_owned(&[("call", call.code()), ("outcome", outcome.code())]);
        }
    }
    calls
});

/// The operations of Stripe's API.
#[derive(Clone, Copy, Debug, IntoStaticStr, VariantArray)]
#[strum(serialize_all = "snake_case")]
pub(super) enum StripeOperation {
    CreateIntent,
    ReadIntent,
    Capture,
    Cancel,
    ListRefunds,
    ListDisputes,
    ListFraudWarnings,
    ListBalance,
    ListCharges,
    Refund,
}

impl StripeOperation {
    /// The name for metrics and traces.
    pub(super) fn code(self) -> &'static str {
        self.into()
    }
}

/// How a request ended.
#[derive(Clone, Copy, Debug, IntoStaticStr, VariantArray)]
#[strum(serialize_all = "snake_case")]
pub(super) enum Outcome {
    Ok,
    MovedOn,
    Failed,
    Unavailable,
    Crowded,
    Refused,
}

impl Outcome {
    fn code(self) -> &'static str {
        self.into()
    }
}

/// Records a request.
pub(super) fn ended(call: StripeOperation, outcome: Outcome, took: Duration) {
    TOOK.get_or_create(&[("call", call.code()), ("outcome", outcome.code())]).observe(took.as_secs_f64());
}

/// Registers the durations of requests.
pub fn register(registry: &mut Registry) {
    registry.register("stripe_call_seconds", "Calls to Stripe", TOOK.clone());
}
