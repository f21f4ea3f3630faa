//! The sums of all payments.

use std::collections::{BTreeMap, HashMap};

use serde::{Deserialize, Serialize};

use crate::model::charge::Charge;
use crate::model::database::Database;
use crate::model::dispute::Dispute;
use crate::model::intent::Status;

/// Payments listed one by one; the newest come first.
const MAX_PAYMENTS: usize = 1_000;

/// The sums of all payments, in minor units. They add up all currencies as if they were one;
/// [`Balances::by_currency`] keeps currencies apart.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Balances {
    /// How many intents have each of Stripe's statuses.
    pub intents: BTreeMap<String, u64>,
    /// Intents that are neither succeeded nor canceled.
    pub open: u64,
    /// Held on cards and not yet captured.
    pub authorised: i64,
    /// Captured, refunded or not.
    pub captured: i64,
    /// Refunded out of what was captured.
    pub refunded: i64,
    /// Authorised and then released without a capture.
    pub released: i64,
    /// Taken by cardholders' banks and not given back.
    #[serde(default)]
    pub disputed: i64,
    /// Stripe's own fees for disputes.
    #[serde(default)]
    pub dispute_fees: i64,
    /// All of Stripe's own fees.
    #[serde(default)]
    pub fees: i64,
    /// The same sums by currency.
    pub by_currency: BTreeMap<String, Totals>,
    /// The newest thousand intents, newest first.
    pub payments: Vec<PaymentBalance>,
}

/// Sums in one currency, in minor units.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Totals {
    /// Held on cards and not yet captured.
    pub authorised: i64,
    /// Captured, refunded or not.
    pub captured: i64,
    /// Refunded out of what was captured.
    pub refunded: i64,
    /// Authorised and then released without a capture.
    pub released: i64,
    /// Taken by cardholders' banks and not given back.
    #[serde(default)]
    pub disputed: i64,
    /// Stripe's own fees for disputes.
    #[serde(default)]
    pub dispute_fees: i64,
}

/// One intent, amounts in minor units.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PaymentBalance {
    /// The id of the intent.
    pub id: String,
    /// Stripe's word for its status.
    pub status: String,
    /// Three letters, lower case.
    pub currency: String,
    /// The amount of the intent.
    pub amount: i64,
    /// What is authorised now, and what was captured, refunded, released or disputed.
    #[serde(flatten)]
    pub totals: Totals,
    /// Stripe's word for the status of its dispute, if there is one.
    #[serde(default)]
    pub dispute: Option<String>,
    /// The metadata that the shop set.
    pub metadata: BTreeMap<String, String>,
    /// Seconds since the Unix epoch.
    pub created: i64,
}

impl Balances {
    pub(crate) fn of(db: &Database) -> Self {
        let fees = db.balance_transactions.newest().map(|moved| moved.fee).sum();
        let mut balances = Self { fees, ..Self::default() };
        // Newest first.
        let mut disputes: HashMap<&str, Vec<&Dispute>> = HashMap::new();
        for dispute in db.disputes.newest() {
            disputes.entry(dispute.charge.as_str()).or_default().push(dispute);
        }
        for intent in db.intents.newest() {
            let charge = intent.latest_charge.as_ref().and_then(|id| db.charges.find(id));
            let disputes = || charge.and_then(|charge| disputes.get(charge.id.as_str())).into_iter().flatten().copied();
            let totals = Totals {
                authorised: intent.amount_capturable,
                captured: intent.amount_received,
                refunded: charge.map_or(0, |charge| charge.amount_refunded),
                released: charge.map_or(0, Charge::released_amount),
                disputed: disputes().map(Dispute::withdrawn).sum(),
                dispute_fees: disputes().map(Dispute::fees).sum(),
            };
            *balances.intents.entry(intent.status.to_string()).or_default() += 1;
            balances.open += u64::from(!matches!(intent.status, Status::Succeeded | Status::Canceled));
            balances.authorised += totals.authorised;
            balances.captured += totals.captured;
            balances.refunded += totals.refunded;
            balances.released += totals.released;
            balances.disputed += totals.disputed;
            balances.dispute_fees += totals.dispute_fees;
            balances.by_currency.entry(intent.currency.clone()).or_default().add(totals);
            if balances.payments.len() < MAX_PAYMENTS {
                balances.payments.push(PaymentBalance {
                    id: intent.id.clone(),
                    status: intent.status.to_string(),
                    currency: intent.currency.clone(),
                    amount: intent.amount,
                    totals,
                    dispute: disputes().next().map(|dispute| dispute.status.code().to_owned()),
                    metadata: intent.metadata.clone(),
                    created: intent.created,
                });
            }
        }
        balances
    }
}

impl Totals {
    fn add(&mut self, other: Self) {
        self.authorised += other.authorised;
        self.captured += other.captured;
        self.refunded += other.refunded;
        self.released += other.released;
        self.disputed += other.disputed;
        self.dispute_fees += other.dispute_fees;
    }
}
