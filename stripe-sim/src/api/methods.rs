//! `/v1/payment_methods`, and cards in other requests.

use serde_json::Value;

use super::fields;
use crate::cards::Card;
use crate::clock;
use crate::error::ApiError;
use crate::form::Params;
use crate::model::database::Transaction;
use crate::model::method::{Billing, PaymentMethod};

const DATA: [&str; 6] = ["type", "card", "billing_details", "metadata", "allow_redisplay", "expand"];

/// `POST /v1/payment_methods`, the only endpoint to which a browser sends the number of a card.
pub(super) fn create(params: &Params, tx: &mut Transaction<'_>) -> Result<Value, ApiError> {
    let method = from_data(params, tx.now)?;
    let object = method.object();
    tx.db.methods.push(method);
    Ok(object)
}

/// `GET /v1/payment_methods/{id}`
pub(super) fn retrieve(id: &str, params: &Params, tx: &Transaction<'_>) -> Result<Value, ApiError> {
    params.reject_unknown(&["expand"])?;
    Ok(tx.db.methods.get(id, "payment_method")?.object())
}

/// The payment method of a request: `payment_method` or `payment_method_data`.
pub(super) fn resolve(params: &Params, tx: &mut Transaction<'_>) -> Result<Option<String>, ApiError> {
    if let Some(data) = params.nested("payment_method_data")? {
        if params.has("payment_method") {
            let message = "You may only specify one of these parameters: payment_method, payment_method_data.";
            return Err(ApiError::invalid(message));
        }
        let method = from_data(&data, tx.now)?;
        return Ok(Some(insert(method, tx)));
    }
    let Some(id) = params.text("payment_method")? else {
        return Ok(None);
    };
    let (year, _) = clock::year_and_month(tx.now);
    if let Some(card) = Card::from_alias(&id, year) {
        // As at Stripe, each use of a ready-made method creates a new one.
        let method = PaymentMethod::new(card, Billing::default(), tx.now);
        return Ok(Some(insert(method, tx)));
    }
    tx.db.methods.get(&id, "payment_method")?;
    Ok(Some(id))
}

fn insert(method: PaymentMethod, tx: &mut Transaction<'_>) -> String {
    let id = method.id.clone();
    tx.db.methods.push(method);
    id
}

fn from_data(data: &Params, now: i64) -> Result<PaymentMethod, ApiError> {
    data.reject_unknown(&DATA)?;
    let kind = data.required("type")?;
    if kind != "card" {
        let message = format!("The payment method type \"{kind}\" is invalid. stripe-sim has cards only.");
        return Err(ApiError::bad_param("type", message));
    }
    let card = data.nested("card")?.ok_or_else(|| ApiError::missing_param("card"))?;
    card.reject_unknown(&["number", "exp_month", "exp_year", "cvc"])?;
    let required =
        |name: &str| card.integer(name).and_then(|number| number.ok_or_else(|| ApiError::missing_param(name)));
    let checked = Card::from_input(
        &card.required("number")?,
        required("exp_month")?,
        required("exp_year")?,
        card.text("cvc")?.as_deref(),
        clock::year_and_month(now),
    )?;
    let mut method = PaymentMethod::new(checked, billing(data)?, now);
    fields::merge_metadata(data, &mut method.metadata)?;
    Ok(method)
}

fn billing(data: &Params) -> Result<Billing, ApiError> {
    let Some(details) = data.nested("billing_details")? else {
        return Ok(Billing::default());
    };
    let address = details.nested("address")?.unwrap_or_default();
    Ok(Billing {
        name: details.text("name")?,
        email: details.text("email")?,
        phone: details.text("phone")?,
        postal_code: address.text("postal_code")?,
        country: address.text("country")?,
    })
}

/// A new payment method of a ready-made kind, such as `pm_card_visa`.
pub(crate) fn ready_made(tx: &mut Transaction<'_>, name: &str) -> Result<String, ApiError> {
    let params = Params::parse(format!("payment_method={name}").as_bytes())?;
    resolve(&params, tx)?.ok_or_else(|| ApiError::missing_param("payment_method"))
}
