//! Refused webhooks, counted by their reason.

use domain::payments::receive_event::ReceiveError;
use platform::metrics::Labelled;
use prometheus_client::{metrics::counter::Counter, registry::Registry};

/// Why a webhook was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum WebhookRefusal {
    /// Stripe did not sign it with our secret.
    Signature,
    /// Stripe signed it too far from this server's time.
    Age,
    /// It is of Stripe's other mode, live or test.
    OtherMode,
    /// Stripe signed it, and it is no event.
    Unreadable,
    /// Its body is too large, or did not arrive.
    Body,
}

impl WebhookRefusal {
    const ALL: [Self; 5] = [Self::Signature, Self::Age, Self::OtherMode, Self::Unreadable, Self::Body];

    /// The refusal that an error is; `None` for an error of the database, after which Stripe sends the event again.
    pub(crate) fn of(error: &ReceiveError) -> Option<Self> {
        match error {
            ReceiveError::Signature => Some(Self::Signature),
            ReceiveError::Age => Some(Self::Age),
            ReceiveError::OtherMode => Some(Self::OtherMode),
            ReceiveError::Unreadable => Some(Self::Unreadable),
            ReceiveError::Database(_) => None,
        }
    }

    /// The reason in the metric and in the log.
    pub(crate) fn code(self) -> &'static str {
        match self {
            Self::Signature => "signature",
            Self::Age => "age",
            Self::OtherMode => "other_mode",
            Self::Unreadable => "unreadable",
            Self::Body => "body",
        }
    }
}

/// The refused webhooks since the server started.
#[derive(Clone, Debug)]
pub(crate) struct RefusedWebhooks(Labelled<1, Counter>);

impl Default for RefusedWebhooks {
    fn default() -> Self {
        let refused = Labelled::new_with_constructor(Counter::default as fn() -> Counter);
        // A rate needs two values of a series, so each series starts at zero.
        for reason in WebhookRefusal::ALL {
            refused.get_or_create_owned(&[("reason", reason.code())]);
        }
        Self(refused)
    }
}

impl RefusedWebhooks {
    pub(super) fn register(&self, registry: &mut Registry) {
        registry.register("webhooks_refused", "Webhooks that were refused, by the reason", self.0.clone());
    }

    /// Counts a refused webhook.
    pub(crate) fn count(&self, reason: WebhookRefusal) {
        self.0.get_or_create(&[("reason", reason.code())]).inc();
    }
}
