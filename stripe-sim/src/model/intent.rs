//! Payment intents: their states, and the objects that Stripe makes of them.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::table::Row;
use crate::ids;

/// The status of an intent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Status {
    RequiresPaymentMethod,
    RequiresConfirmation,
    RequiresAction,
    RequiresCapture,
    Succeeded,
    Canceled,
}

impl Status {
    /// Stripe's word.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::RequiresPaymentMethod => "requires_payment_method",
            Self::RequiresConfirmation => "requires_confirmation",
            Self::RequiresAction => "requires_action",
            Self::RequiresCapture => "requires_capture",
            Self::Succeeded => "succeeded",
            Self::Canceled => "canceled",
        }
    }

    /// Whether it may be confirmed with a card.
    pub(crate) fn may_confirm(self) -> bool {
        matches!(self, Self::RequiresPaymentMethod | Self::RequiresConfirmation | Self::RequiresAction)
    }

    /// Whether there is an authorisation to capture.
    pub(crate) fn may_capture(self) -> bool {
        self == Self::RequiresCapture
    }

    /// Whether it may be cancelled.
    pub(crate) fn may_cancel(self) -> bool {
        !matches!(self, Self::Succeeded | Self::Canceled)
    }

    /// Whether its amount may change.
    pub(crate) fn may_change_amount(self) -> bool {
        self.may_confirm()
    }
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// When the money moves.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum CaptureMethod {
    Automatic,
    AutomaticAsync,
    Manual,
}

impl CaptureMethod {
    pub(crate) const WORDS: [&'static str; 3] = ["automatic", "automatic_async", "manual"];

    pub(crate) fn parse(word: &str) -> Self {
        match word {
            "manual" => Self::Manual,
            "automatic_async" => Self::AutomaticAsync,
            _ => Self::Automatic,
        }
    }
}

/// An open 3-D Secure challenge.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Challenge {
    /// A secret part of the page's URL.
    pub(crate) token: String,
    /// The simulator's page that asks the cardholder.
    pub(crate) url: String,
    /// Where the cardholder goes afterwards, if the shop said so.
    pub(crate) return_url: Option<String>,
    /// Whether the shop's script shows the page itself.
    #[serde(alias = "by_script")]
    pub(crate) use_stripe_sdk: bool,
}

impl Challenge {
    fn object(&self) -> Value {
        if self.use_stripe_sdk {
            json!({
                "type": "use_stripe_sdk",
                "use_stripe_sdk": { "type": "three_d_secure_redirect", "stripe_js": self.url },
            })
        } else {
            json!({
                "type": "redirect_to_url",
                "redirect_to_url": { "return_url": self.return_url, "url": self.url },
            })
        }
    }
}

/// A payment, from its creation to its end.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Intent {
    pub(crate) id: String,
    pub(crate) client_secret: String,
    pub(crate) created: i64,
    pub(crate) status: Status,
    /// Minor units; so are the other amounts.
    pub(crate) amount: i64,
    pub(crate) amount_capturable: i64,
    pub(crate) amount_received: i64,
    pub(crate) currency: String,
    pub(crate) capture_method: CaptureMethod,
    /// `Some(allow_redirects)` when Stripe chooses the payment methods.
    pub(crate) automatic_methods: Option<String>,
    pub(crate) method_types: Vec<String>,
    /// What the shop allowed, if it said so. May contain methods that the simulator lacks.
    pub(crate) allowed_types: Option<Vec<String>>,
    pub(crate) metadata: BTreeMap<String, String>,
    pub(crate) description: Option<String>,
    pub(crate) receipt_email: Option<String>,
    pub(crate) statement_descriptor_suffix: Option<String>,
    pub(crate) setup_future_usage: Option<String>,
    pub(crate) method: Option<String>,
    pub(crate) latest_charge: Option<String>,
    pub(crate) last_error: Option<Value>,
    pub(crate) challenge: Option<Challenge>,
    pub(crate) canceled_at: Option<i64>,
    pub(crate) cancellation_reason: Option<String>,
}

impl Intent {
    pub(crate) fn new(amount: i64, currency: String, now: i64) -> Self {
        let id = ids::object_id("pi");
        Self {
            client_secret: ids::client_secret(&id),
            id,
            created: now,
            status: Status::RequiresPaymentMethod,
            amount,
            amount_capturable: 0,
            amount_received: 0,
            currency,
            capture_method: CaptureMethod::Automatic,
            automatic_methods: None,
            method_types: vec!["card".to_owned()],
            allowed_types: None,
            metadata: BTreeMap::new(),
            description: None,
            receipt_email: None,
            statement_descriptor_suffix: None,
            setup_future_usage: None,
            method: None,
            latest_charge: None,
            last_error: None,
            challenge: None,
            canceled_at: None,
            cancellation_reason: None,
        }
    }

    /// Stripe's object.
    pub(crate) fn object(&self) -> Value {
        let automatic = self
            .automatic_methods
            .as_ref()
            .map(|allow_redirects| json!({ "allow_redirects": allow_redirects, "enabled": true }));
        json!({
            "id": self.id,
            "object": "payment_intent",
            "allowed_payment_method_types": self.allowed_types,
            "amount": self.amount,
            "amount_capturable": self.amount_capturable,
            "amount_details": { "tip": {} },
            "amount_received": self.amount_received,
            "application": null,
            "application_fee_amount": null,
            "automatic_payment_methods": automatic,
            "canceled_at": self.canceled_at,
            "cancellation_reason": self.cancellation_reason,
            "capture_method": self.capture_method,
            "client_secret": self.client_secret,
            "confirmation_method": "automatic",
            "created": self.created,
            "currency": self.currency,
            "customer": null,
            "customer_account": null,
            "description": self.description,
            "excluded_payment_method_types": null,
            "last_payment_error": self.last_error,
            "latest_charge": self.latest_charge,
            "livemode": false,
            "managed_payments": null,
            "metadata": self.metadata,
            "next_action": self.challenge.as_ref().map(Challenge::object),
            "on_behalf_of": null,
            "payment_method": self.method,
            "payment_method_configuration_details": null,
            "payment_method_options": {
                "card": {
                    "installments": null,
                    "mandate_options": null,
                    "network": null,
                    "request_three_d_secure": "automatic",
                },
            },
            "payment_method_types": self.method_types,
            "payment_record": null,
            "processing": null,
            "receipt_email": self.receipt_email,
            "review": null,
            "setup_future_usage": self.setup_future_usage,
            "shipping": null,
            "source": null,
            "statement_descriptor": null,
            "statement_descriptor_suffix": self.statement_descriptor_suffix,
            "status": self.status.as_str(),
            "transfer_data": null,
            "transfer_group": null,
        })
    }

    /// Stripe's object for a browser: a publishable key sees only these members.
    pub(crate) fn public_object(&self) -> Value {
        const PUBLIC_MEMBERS: [&str; 23] = [
            "id",
            "object",
            "amount",
            "amount_details",
            "automatic_payment_methods",
            "canceled_at",
            "cancellation_reason",
            "capture_method",
            "client_secret",
            "confirmation_method",
            "created",
            "currency",
            "description",
            "last_payment_error",
            "livemode",
            "next_action",
            "payment_method",
            "payment_method_configuration_details",
            "payment_method_types",
            "processing",
            "receipt_email",
            "setup_future_usage",
            "status",
        ];
        let mut object = self.object();
        if let Some(members) = object.as_object_mut() {
            members.retain(|name, _| PUBLIC_MEMBERS.contains(&name.as_str()));
        }
        object
    }
}

impl Row for Intent {
    const KIND: &'static str = "payment_intent";
    const CAPACITY: usize = 100_000;

    fn id(&self) -> &str {
        &self.id
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_status_allows_its_actions() {
        use Status::{
            Canceled, RequiresAction, RequiresCapture, RequiresConfirmation, RequiresPaymentMethod, Succeeded,
        };
        // Status, then whether it allows confirm, capture, cancel and a change of the amount.
        let table = [
            (RequiresPaymentMethod, true, false, true, true),
            (RequiresConfirmation, true, false, true, true),
            (RequiresAction, true, false, true, true),
            (RequiresCapture, false, true, true, false),
            (Succeeded, false, false, false, false),
            (Canceled, false, false, false, false),
        ];
        for (status, confirm, capture, cancel, amount) in table {
            assert_eq!(status.may_confirm(), confirm, "confirm {status}");
            assert_eq!(status.may_capture(), capture, "capture {status}");
            assert_eq!(status.may_cancel(), cancel, "cancel {status}");
            assert_eq!(status.may_change_amount(), amount, "amount {status}");
        }
    }
}
