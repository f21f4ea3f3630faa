//! Charges at Stripe: one for each card that was tried.

use miniserde::Deserialize;

use super::{
    Stripe, StripeError,
    list::{Answer, ListRequest},
    operation::StripeOperation,
};

/// What is read of a charge.
#[derive(Debug, Deserialize)]
struct ChargeAnswer {
    id: String,
    status: String,
}

#[derive(Debug)]
struct Charge {
    id: String,
    has_failed: bool,
}

impl From<ChargeAnswer> for Charge {
    fn from(answer: ChargeAnswer) -> Self {
        Self { has_failed: answer.status == "failed", id: answer.id }
    }
}

impl Answer for ChargeAnswer {
    type Object = Charge;
    const OPERATION: StripeOperation = StripeOperation::ListCharges;
    const PATH: &'static str = "/charges";

    fn id(charge: &Charge) -> &str {
        &charge.id
    }
}

impl Stripe {
    /// Stripe's ids of the declined cards of an intent: of the newest hundred cards that were tried on it.
    ///
    /// # Errors
    ///
    /// See [`StripeError`].
    pub async fn declined_charges(&self, intent_id: &str) -> Result<Vec<String>, StripeError> {
        let request = ListRequest::<ChargeAnswer>::default().with("payment_intent", intent_id);
        let charges = self.list(&request).await?.objects;
        Ok(charges.into_iter().filter(|charge| charge.has_failed).map(|charge| charge.id).collect())
    }
}
