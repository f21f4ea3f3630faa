//! Charges: attempts to take money from a card.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::intent::Intent;
use super::method::PaymentMethod;
use super::refund::Refund;
use super::table::{Row, Table};
use crate::cards::{Card, Decline};
use crate::ids;

/// One attempt, approved or declined. It keeps a copy of the payment method, which may be dropped.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Charge {
    pub(crate) id: String,
    pub(crate) created: i64,
    pub(crate) intent: String,
    pub(crate) method: PaymentMethod,
    /// Minor units; so are the other amounts.
    pub(crate) amount: i64,
    pub(crate) amount_captured: i64,
    pub(crate) amount_refunded: i64,
    pub(crate) currency: String,
    pub(crate) description: Option<String>,
    pub(crate) receipt_email: Option<String>,
    pub(crate) statement_descriptor_suffix: Option<String>,
    pub(crate) metadata: BTreeMap<String, String>,
    pub(crate) captured: bool,
    /// Whether the authorisation was released without a capture.
    pub(crate) released: bool,
    pub(crate) decline: Option<Decline>,
    /// Whether the cardholder answered a challenge.
    pub(crate) challenged: bool,
    pub(crate) refunds: Vec<String>,
    #[serde(default)]
    pub(crate) disputes: Vec<String>,
    /// Its balance transaction, once it is captured.
    #[serde(default)]
    pub(crate) balance_transaction: Option<String>,
    /// A page of the simulator in place of a receipt.
    pub(crate) receipt_url: String,
}

impl Charge {
    pub(super) fn new(
        intent: &Intent,
        method: PaymentMethod,
        decline: Option<Decline>,
        captured: bool,
        now: i64,
        origin: &str,
    ) -> Self {
        Self {
            id: ids::object_id("ch"),
            created: now,
            intent: intent.id.clone(),
            method,
            amount: intent.amount,
            amount_captured: if captured { intent.amount } else { 0 },
            amount_refunded: 0,
            currency: intent.currency.clone(),
            description: intent.description.clone(),
            receipt_email: intent.receipt_email.clone(),
            statement_descriptor_suffix: intent.statement_descriptor_suffix.clone(),
            metadata: intent.metadata.clone(),
            captured,
            released: false,
            decline,
            challenged: false,
            refunds: Vec::new(),
            disputes: Vec::new(),
            balance_transaction: None,
            receipt_url: format!("{origin}/_sim/books"),
        }
    }

    /// What may still be refunded, in minor units.
    pub(crate) fn refundable(&self) -> i64 {
        self.amount_captured - self.amount_refunded
    }

    /// What was authorised and then released: all of it, or the rest after a partial capture.
    pub(crate) fn released_amount(&self) -> i64 {
        match (self.released, self.captured) {
            (true, _) => self.amount,
            (false, true) => self.amount - self.amount_captured,
            (false, false) => 0,
        }
    }

    /// Stripe's object.
    pub(crate) fn object(&self, refunds: &Table<Refund>) -> Value {
        let error = self.decline.map(Decline::error);
        let refunds: Vec<Value> =
            self.refunds.iter().rev().filter_map(|id| refunds.find(id)).map(Refund::object).collect();
        json!({
            "id": self.id,
            "object": "charge",
            "amount": self.amount,
            "amount_captured": self.amount_captured,
            // Stripe shows a released authorisation as refunded, though no refund exists.
            "amount_refunded": if self.released { self.amount } else { self.amount_refunded },
            "application": null,
            "application_fee": null,
            "application_fee_amount": null,
            "balance_transaction": self.balance_transaction,
            "billing_details": self.method.billing.object(),
            "calculated_statement_descriptor": self.descriptor(),
            "captured": self.captured,
            "created": self.created,
            "currency": self.currency,
            "customer": null,
            "description": self.description,
            "disputed": !self.disputes.is_empty(),
            "failure_balance_transaction": null,
            "failure_code": error.map(|(code, ..)| code),
            "failure_message": error.map(|(.., message)| message),
            "fraud_details": {},
            "livemode": false,
            "metadata": self.metadata,
            "on_behalf_of": null,
            "outcome": self.outcome(),
            "paid": self.decline.is_none(),
            "payment_intent": self.intent,
            "payment_method": self.method.id,
            "payment_method_details": { "card": self.card(), "type": "card" },
            "receipt_email": self.receipt_email,
            "receipt_number": null,
            "receipt_url": self.receipt_url,
            "refunded": self.released || (self.amount_captured > 0 && self.refundable() == 0),
            "refunds": {
                "object": "list",
                "data": refunds,
                "has_more": false,
                "url": format!("/v1/charges/{}/refunds", self.id),
            },
            "review": null,
            "shipping": null,
            "source": null,
            "source_transfer": null,
            "statement_descriptor": null,
            "statement_descriptor_suffix": self.statement_descriptor_suffix,
            "status": if self.decline.is_none() { "succeeded" } else { "failed" },
            "transfer_data": null,
            "transfer_group": null,
        })
    }

    fn descriptor(&self) -> String {
        match &self.statement_descriptor_suffix {
            Some(suffix) => format!("STRIPE-SIM* {suffix}"),
            None => "STRIPE-SIM".to_owned(),
        }
    }

    fn outcome(&self) -> Value {
        let error = self.decline.map(Decline::error);
        let reason = error.map(|(code, decline_code, _)| decline_code.unwrap_or(code));
        let (network_status, seller_message, kind) = match error {
            None => ("approved_by_network", "Payment complete.", "authorized"),
            Some(_) => ("declined_by_network", "The bank declined the payment.", "issuer_declined"),
        };
        json!({
            "advice_code": null,
            "network_advice_code": null,
            "network_decline_code": null,
            "network_status": network_status,
            "reason": reason,
            "risk_level": "normal",
            "risk_score": 12,
            "seller_message": seller_message,
            "type": kind,
        })
    }

    fn card(&self) -> Value {
        let Card { brand, last4, exp_month, exp_year, fingerprint, .. } = &self.method.card;
        let authenticated = self.challenged.then(|| {
            json!({
                "authentication_flow": "challenge",
                "electronic_commerce_indicator": "05",
                "exemption_indicator": null,
                "result": "authenticated",
                "result_reason": null,
                "transaction_id": null,
                "version": "2.2.0",
            })
        });
        json!({
            "amount_authorized": self.amount,
            "authorization_code": null,
            "brand": brand,
            "checks": {
                "address_line1_check": null,
                "address_postal_code_check": null,
                "cvc_check": "pass",
            },
            "country": "US",
            "exp_month": exp_month,
            "exp_year": exp_year,
            "extended_authorization": { "status": "disabled" },
            "fingerprint": fingerprint,
            "funding": "credit",
            "incremental_authorization": { "status": "unavailable" },
            "installments": null,
            "last4": last4,
            "mandate": null,
            "multicapture": { "status": "unavailable" },
            "network": brand,
            "network_token": { "used": false },
            "network_transaction_id": null,
            "overcapture": {
                "maximum_amount_capturable": self.amount,
                "status": "unavailable",
            },
            "regulated_status": "unregulated",
            "three_d_secure": authenticated,
            "transaction_link_id": null,
            "wallet": null,
        })
    }
}

impl Row for Charge {
    const KIND: &'static str = "charge";
    const CAPACITY: usize = 200_000;

    fn id(&self) -> &str {
        &self.id
    }
}
