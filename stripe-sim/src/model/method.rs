//! Payment methods: cards that passed the checks.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::table::Row;
use crate::cards::Card;
use crate::ids;

/// A card with an id.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct PaymentMethod {
    pub(crate) id: String,
    pub(crate) created: i64,
    pub(crate) card: Card,
    pub(crate) billing: Billing,
    pub(crate) metadata: BTreeMap<String, String>,
}

/// The billing details.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(crate) struct Billing {
    pub(crate) name: Option<String>,
    pub(crate) email: Option<String>,
    pub(crate) phone: Option<String>,
    pub(crate) postal_code: Option<String>,
    pub(crate) country: Option<String>,
}

impl Billing {
    pub(crate) fn object(&self) -> Value {
        json!({
            "address": {
                "city": null,
                "country": self.country,
                "line1": null,
                "line2": null,
                "postal_code": self.postal_code,
                "state": null,
            },
            "email": self.email,
            "name": self.name,
            "phone": self.phone,
            "tax_id": null,
        })
    }
}

impl PaymentMethod {
    pub(crate) fn new(card: Card, billing: Billing, now: i64) -> Self {
        Self { id: ids::object_id("pm"), created: now, card, billing, metadata: BTreeMap::new() }
    }

    /// Stripe's object.
    pub(crate) fn object(&self) -> Value {
        let card = &self.card;
        json!({
            "id": self.id,
            "object": "payment_method",
            "allow_redisplay": "unspecified",
            "billing_details": self.billing.object(),
            "card": {
                "brand": card.brand,
                "checks": {
                    "address_line1_check": null,
                    "address_postal_code_check": null,
                    "cvc_check": "unchecked",
                },
                "country": "US",
                "display_brand": card.brand,
                "exp_month": card.exp_month,
                "exp_year": card.exp_year,
                "fingerprint": card.fingerprint,
                "funding": "credit",
                "generated_from": null,
                "last4": card.last4,
                "networks": { "available": [card.brand], "preferred": null },
                "regulated_status": "unregulated",
                "three_d_secure_usage": { "supported": true },
                "wallet": null,
            },
            "created": self.created,
            "customer": null,
            "customer_account": null,
            "livemode": false,
            "metadata": self.metadata,
            "type": "card",
        })
    }
}

impl Row for PaymentMethod {
    const KIND: &'static str = "PaymentMethod";
    const CAPACITY: usize = 100_000;

    fn id(&self) -> &str {
        &self.id
    }
}
