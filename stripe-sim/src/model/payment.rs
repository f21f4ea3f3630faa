//! What moves an intent: confirming, answering a challenge, capturing, calling off.

use serde_json::json;

use super::Scene;
use super::charge::Charge;
use super::intent::{CaptureMethod, Challenge, Intent, Status};
use super::method::PaymentMethod;
use crate::cards::{Behaviour, Decline};
use crate::error::ApiError;
use crate::ids;

/// How an intent is confirmed.
#[derive(Debug, Default)]
pub(crate) struct Confirmation {
    /// The payment method to use instead of the one the intent has.
    pub(crate) method: Option<String>,
    /// Where the holder goes after a challenge.
    pub(crate) return_url: Option<String>,
    /// Whether the shop's page runs the browser script, which shows a challenge itself.
    pub(crate) by_script: bool,
    /// Whether a challenge is as good as a refusal.
    pub(crate) refuse_challenge: bool,
}

/// Tries a card.
///
/// # Errors
///
/// The issuer's refusal. The attempt is recorded all the same: a failed charge, an event, and the
/// intent back at `requires_payment_method`.
pub(crate) fn confirm(scene: &mut Scene<'_>, intent_id: &str, confirmation: Confirmation) -> Result<(), ApiError> {
    let intent = scene.ledger.intents.get(intent_id, "intent")?;
    if !intent.status.may_confirm() {
        return Err(unexpected_state(intent, "confirm", "requires_payment_method"));
    }
    let Some(method_id) = confirmation.method.clone().or_else(|| intent.method.clone()) else {
        let message = "You cannot confirm this PaymentIntent because it's missing a payment method. \
                       You can either update the PaymentIntent with a payment method and then \
                       confirm it again, or confirm it again directly with a payment method.";
        return Err(ApiError::refused("payment_intent_unexpected_state", message).with_intent(intent.object()));
    };
    let method = scene.ledger.methods.get(&method_id, "payment_method")?.clone();
    let behaviour = method.card.behaviour;

    let intent = scene.ledger.intents.get_mut(intent_id, "intent")?;
    intent.method = Some(method_id);
    intent.last_error = None;
    intent.challenge = None;
    if scene.faults.take_decline() {
        return decline(scene, intent_id, method, Decline::Generic);
    }
    match behaviour {
        Behaviour::Approve => approve(scene, intent_id, method, false),
        Behaviour::Decline(why) => decline(scene, intent_id, method, why),
        Behaviour::Challenge | Behaviour::ChallengeThenDecline if confirmation.refuse_challenge => {
            refuse_challenge(scene, intent_id, &method)
        }
        Behaviour::Challenge | Behaviour::ChallengeThenDecline => challenge(scene, intent_id, confirmation),
    }
}

/// The holder's answer to a challenge; what comes of it is in the intent's state.
pub(crate) fn answer_challenge(scene: &mut Scene<'_>, intent_id: &str, authenticated: bool) -> Result<(), ApiError> {
    let intent = scene.ledger.intents.get_mut(intent_id, "intent")?;
    if intent.status != Status::RequiresAction {
        return Err(unexpected_state(intent, "authenticate", "requires_action"));
    }
    intent.challenge = None;
    let method_id = intent.method.clone().unwrap_or_default();
    let method = scene.ledger.methods.get(&method_id, "payment_method")?.clone();
    if !authenticated {
        return refuse_challenge(scene, intent_id, &method);
    }
    if scene.faults.take_decline() {
        return decline(scene, intent_id, method, Decline::Generic);
    }
    match method.card.behaviour {
        Behaviour::ChallengeThenDecline => decline(scene, intent_id, method, Decline::InsufficientFunds),
        Behaviour::Decline(why) => decline(scene, intent_id, method, why),
        Behaviour::Approve | Behaviour::Challenge => approve(scene, intent_id, method, true),
    }
}

/// Takes the authorised money, or a part of it; the rest is released.
pub(crate) fn capture(scene: &mut Scene<'_>, intent_id: &str, amount: Option<i64>) -> Result<(), ApiError> {
    let intent = scene.ledger.intents.get_mut(intent_id, "intent")?;
    if !intent.status.may_capture() {
        return Err(unexpected_state(intent, "capture", "requires_capture"));
    }
    let amount = amount.unwrap_or(intent.amount_capturable);
    if amount < 1 {
        return Err(ApiError::bad_param("amount_to_capture", "Invalid positive integer"));
    }
    if amount > intent.amount_capturable {
        let message = format!(
            "The amount to capture ({amount}) is greater than the capturable amount ({}).",
            intent.amount_capturable
        );
        return Err(ApiError::refused("amount_too_large", message).with_param("amount_to_capture"));
    }
    intent.status = Status::Succeeded;
    intent.amount_received = amount;
    intent.amount_capturable = 0;
    let intent = intent.object();
    let charge_id = intent["latest_charge"].as_str().unwrap_or_default().to_owned();
    let charge = scene.ledger.charges.get_mut(&charge_id, "charge")?;
    charge.captured = true;
    charge.amount_captured = amount;
    let charge = scene.ledger.charges.get(&charge_id, "charge")?.object(scene.ledger);
    scene.emit_change("charge.captured", &charge, Some(json!({ "captured": false })));
    scene.emit("payment_intent.succeeded", &intent);
    Ok(())
}

/// Calls the payment off; an authorisation is released.
pub(crate) fn cancel(scene: &mut Scene<'_>, intent_id: &str, reason: Option<String>) -> Result<(), ApiError> {
    let intent = scene.ledger.intents.get_mut(intent_id, "intent")?;
    if !intent.status.may_cancel() {
        return Err(unexpected_state(
            intent,
            "cancel",
            "requires_payment_method, requires_capture, requires_confirmation, requires_action",
        ));
    }
    let authorised = intent.status == Status::RequiresCapture;
    intent.status = Status::Canceled;
    intent.amount_capturable = 0;
    intent.challenge = None;
    intent.canceled_at = Some(scene.now);
    intent.cancellation_reason = reason;
    let charge_id = intent.latest_charge.clone();
    let intent = intent.object();
    if let Some(charge_id) = charge_id.filter(|_| authorised) {
        scene.ledger.charges.get_mut(&charge_id, "charge")?.released = true;
        let charge = scene.ledger.charges.get(&charge_id, "charge")?.object(scene.ledger);
        scene.emit("charge.refunded", &charge);
    }
    scene.emit("payment_intent.canceled", &intent);
    Ok(())
}

fn approve(scene: &mut Scene<'_>, intent_id: &str, method: PaymentMethod, challenged: bool) -> Result<(), ApiError> {
    let intent = scene.ledger.intents.get_mut(intent_id, "intent")?;
    let captured = intent.capture_method != CaptureMethod::Manual;
    let mut charge = Charge::new(intent, method, None, captured, scene.now, scene.origin);
    charge.challenged = challenged;
    intent.latest_charge = Some(charge.id.clone());
    if captured {
        intent.status = Status::Succeeded;
        intent.amount_received = intent.amount;
    } else {
        intent.status = Status::RequiresCapture;
        intent.amount_capturable = intent.amount;
    }
    let intent = intent.object();
    let object = charge.object(scene.ledger);
    scene.ledger.charges.push(charge);
    scene.emit("charge.succeeded", &object);
    let kind = if captured { "payment_intent.succeeded" } else { "payment_intent.amount_capturable_updated" };
    scene.emit(kind, &intent);
    Ok(())
}

fn decline(scene: &mut Scene<'_>, intent_id: &str, method: PaymentMethod, why: Decline) -> Result<(), ApiError> {
    let intent = scene.ledger.intents.get_mut(intent_id, "intent")?;
    let charge = Charge::new(intent, method, Some(why), false, scene.now, scene.origin);
    let (code, decline_code, message) = why.words();
    let error =
        ApiError::card(code, message).with_decline(decline_code, &charge.id).with_method(charge.method.object());
    intent.latest_charge = Some(charge.id.clone());
    let object = charge.object(scene.ledger);
    scene.ledger.charges.push(charge);
    scene.emit("charge.failed", &object);
    fail(scene, intent_id, error)
}

fn refuse_challenge(scene: &mut Scene<'_>, intent_id: &str, method: &PaymentMethod) -> Result<(), ApiError> {
    let message = "We are unable to authenticate your payment method. Please choose a different \
                   payment method and try again.";
    let error = ApiError::card("payment_intent_authentication_failure", message).with_method(method.object());
    fail(scene, intent_id, error)
}

/// Puts the intent back to the start, with what went wrong.
fn fail(scene: &mut Scene<'_>, intent_id: &str, error: ApiError) -> Result<(), ApiError> {
    let intent = scene.ledger.intents.get_mut(intent_id, "intent")?;
    intent.status = Status::RequiresPaymentMethod;
    intent.method = None;
    intent.last_error = Some(error.object());
    let object = intent.object();
    scene.emit("payment_intent.payment_failed", &object);
    Err(error.with_intent(object))
}

fn challenge(scene: &mut Scene<'_>, intent_id: &str, confirmation: Confirmation) -> Result<(), ApiError> {
    let token = ids::object_id("payatt");
    let intent = scene.ledger.intents.get_mut(intent_id, "intent")?;
    intent.status = Status::RequiresAction;
    intent.challenge = Some(Challenge {
        url: format!("{}/3ds/{}/{token}", scene.origin, intent.id),
        token,
        // Without an address to return to, only the script can show the page.
        by_script: confirmation.by_script || confirmation.return_url.is_none(),
        return_url: confirmation.return_url,
    });
    let intent = intent.object();
    scene.emit("payment_intent.requires_action", &intent);
    Ok(())
}

fn unexpected_state(intent: &Intent, verb: &str, wanted: &str) -> ApiError {
    let message = format!(
        "You cannot {verb} this PaymentIntent because it has a status of {}. Only a PaymentIntent \
         with one of the following statuses may be used: {wanted}.",
        intent.status
    );
    ApiError::refused("payment_intent_unexpected_state", message).with_intent(intent.object())
}
