//! What the ledger adds up to.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::model::Ledger;
use crate::model::charge::Charge;
use crate::model::intent::Status;

/// The newest payments listed one by one.
const MAX_LINES: usize = 1_000;

/// The money, all in minor units. The totals add up every currency as if it were one;
/// [`Books::by_currency`] keeps them apart.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Books {
    /// How many intents stand at each of Stripe's statuses.
    pub intents: BTreeMap<String, u64>,
    /// Intents that are neither succeeded nor canceled.
    pub open: u64,
    /// Held on cards and not yet captured.
    pub authorised: i64,
    /// Captured, refunded or not.
    pub captured: i64,
    /// Given back out of what was captured.
    pub refunded: i64,
    /// Authorised and then released, not captured.
    pub released: i64,
    /// The same per currency.
    pub by_currency: BTreeMap<String, Totals>,
    /// The newest thousand intents, newest first.
    pub payments: Vec<BookLine>,
}

/// Sums in one currency, in minor units.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Totals {
    /// Held on cards and not yet captured.
    pub authorised: i64,
    /// Captured, refunded or not.
    pub captured: i64,
    /// Given back out of what was captured.
    pub refunded: i64,
    /// Authorised and then released, not captured.
    pub released: i64,
}

/// One intent, amounts in minor units.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BookLine {
    /// The intent's id.
    pub id: String,
    /// Stripe's word for where it stands.
    pub status: String,
    /// Three letters, lower case.
    pub currency: String,
    /// What was asked for.
    pub amount: i64,
    /// What is held now, what was taken, what was given back or released.
    #[serde(flatten)]
    pub totals: Totals,
    /// The shop's own notes.
    pub metadata: BTreeMap<String, String>,
    /// Seconds since the Unix epoch.
    pub created: i64,
}

impl Books {
    pub(crate) fn of(ledger: &Ledger) -> Self {
        let mut books = Self::default();
        for intent in ledger.intents.newest() {
            let charge = intent.latest_charge.as_ref().and_then(|id| ledger.charges.find(id));
            let totals = Totals {
                authorised: intent.amount_capturable,
                captured: intent.amount_received,
                refunded: charge.map_or(0, |charge| charge.amount_refunded),
                released: charge.map_or(0, Charge::released_amount),
            };
            *books.intents.entry(intent.status.to_string()).or_default() += 1;
            books.open += u64::from(!matches!(intent.status, Status::Succeeded | Status::Canceled));
            books.authorised += totals.authorised;
            books.captured += totals.captured;
            books.refunded += totals.refunded;
            books.released += totals.released;
            books.by_currency.entry(intent.currency.clone()).or_default().add(totals);
            if books.payments.len() < MAX_LINES {
                books.payments.push(BookLine {
                    id: intent.id.clone(),
                    status: intent.status.to_string(),
                    currency: intent.currency.clone(),
                    amount: intent.amount,
                    totals,
                    metadata: intent.metadata.clone(),
                    created: intent.created,
                });
            }
        }
        books
    }
}

impl Totals {
    fn add(&mut self, other: Self) {
        self.authorised += other.authorised;
        self.captured += other.captured;
        self.refunded += other.refunded;
        self.released += other.released;
    }
}
