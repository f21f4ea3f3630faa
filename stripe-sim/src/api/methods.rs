//! `/v1/payment_methods`, and wherever else a card comes in.

use serde_json::Value;

use super::fields;
use crate::cards::Card;
use crate::error::ApiError;
use crate::form::Params;
use crate::ids;
use crate::model::Scene;
use crate::model::method::{Billing, PaymentMethod};

const DATA: [&str; 6] = ["type", "card", "billing_details", "metadata", "allow_redisplay", "expand"];

/// `POST /v1/payment_methods`, the one place to which a browser sends a card's number.
pub(super) fn create(params: &Params, scene: &mut Scene<'_>) -> Result<Value, ApiError> {
    let method = from_data(params, scene.now)?;
    let object = method.object();
    scene.ledger.methods.push(method);
    Ok(object)
}

/// `GET /v1/payment_methods/{id}`
pub(super) fn retrieve(id: &str, params: &Params, scene: &Scene<'_>) -> Result<Value, ApiError> {
    params.only(&["expand"])?;
    Ok(scene.ledger.methods.get(id, "payment_method")?.object())
}

/// The method a call names or brings along: `payment_method` or `payment_method_data`.
pub(super) fn named(params: &Params, scene: &mut Scene<'_>) -> Result<Option<String>, ApiError> {
    if let Some(data) = params.below("payment_method_data")? {
        if params.has("payment_method") {
            let message = "You may only specify one of these parameters: payment_method, payment_method_data.";
            return Err(ApiError::invalid(message));
        }
        let method = from_data(&data, scene.now)?;
        return Ok(Some(keep(method, scene)));
    }
    let Some(id) = params.text("payment_method")? else {
        return Ok(None);
    };
    let (year, _) = ids::year_and_month(scene.now);
    if let Some(card) = Card::from_alias(&id, year) {
        // As at Stripe, each use of a ready-made method makes one of its own.
        let method = PaymentMethod::new(card, Billing::default(), scene.now);
        return Ok(Some(keep(method, scene)));
    }
    scene.ledger.methods.get(&id, "payment_method")?;
    Ok(Some(id))
}

fn keep(method: PaymentMethod, scene: &mut Scene<'_>) -> String {
    let id = method.id.clone();
    scene.ledger.methods.push(method);
    id
}

fn from_data(data: &Params, now: i64) -> Result<PaymentMethod, ApiError> {
    data.only(&DATA)?;
    let kind = data.required("type")?;
    if kind != "card" {
        let message = format!("The payment method type \"{kind}\" is invalid. stripe-sim has cards only.");
        return Err(ApiError::bad_param("type", message));
    }
    let card = data.below("card")?.ok_or_else(|| ApiError::missing_param("card"))?;
    card.only(&["number", "exp_month", "exp_year", "cvc"])?;
    let required =
        |name: &str| card.integer(name).and_then(|number| number.ok_or_else(|| ApiError::missing_param(name)));
    let checked = Card::from_input(
        &card.required("number")?,
        required("exp_month")?,
        required("exp_year")?,
        card.text("cvc")?.as_deref(),
        ids::year_and_month(now),
    )?;
    let mut method = PaymentMethod::new(checked, billing(data)?, now);
    fields::merge_metadata(data, &mut method.metadata)?;
    Ok(method)
}

fn billing(data: &Params) -> Result<Billing, ApiError> {
    let Some(details) = data.below("billing_details")? else {
        return Ok(Billing::default());
    };
    let address = details.below("address")?.unwrap_or_default();
    Ok(Billing {
        name: details.text("name")?,
        email: details.text("email")?,
        phone: details.text("phone")?,
        postal_code: address.text("postal_code")?,
        country: address.text("country")?,
    })
}
