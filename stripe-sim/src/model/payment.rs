//! What happens to a payment: confirm, answer a challenge, capture, cancel, refund.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::balance::{BalanceTransaction, Cause};
use super::charge::Charge;
use super::database::Transaction;
use super::intent::{CaptureMethod, Challenge, Intent, Status};
use super::method::PaymentMethod;
use super::refund::Refund;
use crate::cards::{ChargeOutcome, Decline};
use crate::error::ApiError;
use crate::ids;

/// How an intent is confirmed.
#[derive(Debug, Default)]
pub(crate) struct Confirmation {
    /// The payment method to use instead of the one the intent has.
    pub(crate) method: Option<String>,
    /// Where the cardholder goes after a challenge.
    pub(crate) return_url: Option<String>,
    /// Whether the shop's page runs the browser script, which shows a challenge itself.
    pub(crate) use_stripe_sdk: bool,
    /// Whether a card that asks for a challenge is declined.
    pub(crate) refuse_challenge: bool,
}

/// Confirms an intent, which charges the card or opens a challenge.
///
/// # Errors
///
/// If the issuer declines. The attempt leaves a failed charge, an event, and the intent at
/// `requires_payment_method`.
pub(crate) fn confirm(tx: &mut Transaction<'_>, intent_id: &str, confirmation: Confirmation) -> Result<(), ApiError> {
    let intent = tx.db.intents.get(intent_id, "intent")?;
    if !intent.status.may_confirm() {
        return Err(unexpected_state(intent, "confirm", "requires_payment_method"));
    }
    let Some(method_id) = confirmation.method.clone().or_else(|| intent.method.clone()) else {
        let message = "You cannot confirm this PaymentIntent because it's missing a payment method. \
                       You can either update the PaymentIntent with a payment method and then \
                       confirm it again, or confirm it again directly with a payment method.";
        return Err(ApiError::refused("payment_intent_unexpected_state", message).with_intent(intent.object()));
    };
    let method = tx.db.methods.get(&method_id, "payment_method")?.clone();
    let outcome = method.card.outcome;

    let intent = tx.db.intents.get_mut(intent_id, "intent")?;
    intent.method = Some(method_id);
    intent.last_error = None;
    intent.challenge = None;
    if tx.faults.take_decline() {
        return decline(tx, intent_id, method, Decline::Generic);
    }
    match outcome {
        ChargeOutcome::Approve => approve(tx, intent_id, method, false),
        ChargeOutcome::Decline(reason) => decline(tx, intent_id, method, reason),
        ChargeOutcome::Challenge | ChargeOutcome::ChallengeThenDecline if confirmation.refuse_challenge => {
            refuse_challenge(tx, intent_id, &method)
        }
        ChargeOutcome::Challenge | ChargeOutcome::ChallengeThenDecline => challenge(tx, intent_id, confirmation),
    }
}

/// Answers a challenge. The intent's status shows the outcome.
pub(crate) fn answer_challenge(tx: &mut Transaction<'_>, intent_id: &str, authenticated: bool) -> Result<(), ApiError> {
    let intent = tx.db.intents.get_mut(intent_id, "intent")?;
    if intent.status != Status::RequiresAction {
        return Err(unexpected_state(intent, "authenticate", "requires_action"));
    }
    intent.challenge = None;
    let method_id = intent.method.clone().unwrap_or_default();
    let method = tx.db.methods.get(&method_id, "payment_method")?.clone();
    if !authenticated {
        return refuse_challenge(tx, intent_id, &method);
    }
    if tx.faults.take_decline() {
        return decline(tx, intent_id, method, Decline::Generic);
    }
    match method.card.outcome {
        ChargeOutcome::ChallengeThenDecline => decline(tx, intent_id, method, Decline::InsufficientFunds),
        ChargeOutcome::Decline(reason) => decline(tx, intent_id, method, reason),
        ChargeOutcome::Approve | ChargeOutcome::Challenge => approve(tx, intent_id, method, true),
    }
}

/// Captures the authorised amount, or a part of it, and releases the rest.
pub(crate) fn capture(tx: &mut Transaction<'_>, intent_id: &str, amount: Option<i64>) -> Result<(), ApiError> {
    let intent = tx.db.intents.get_mut(intent_id, "intent")?;
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
    if tx.faults.take_refused_capture() {
        let message = "Payment for this PaymentIntent has already been captured or its authorization has expired.";
        return Err(ApiError::card("capture_charge_authorization_expired", message).with_intent(intent.object()));
    }
    intent.status = Status::Succeeded;
    intent.amount_received = amount;
    intent.amount_capturable = 0;
    let intent = intent.object();
    let charge_id = intent["latest_charge"].as_str().unwrap_or_default().to_owned();
    let charge = tx.db.charges.get_mut(&charge_id, "charge")?;
    charge.captured = true;
    charge.amount_captured = amount;
    let moved = BalanceTransaction::of_charge(&charge.id, amount, &charge.currency, tx.now);
    charge.balance_transaction = Some(moved.id.clone());
    tx.db.balance_transactions.push(moved);
    let charge = tx.db.charge_object(&charge_id, "charge")?;
    tx.emit_change("charge.captured", &charge, Some(json!({ "captured": false })));
    tx.emit("payment_intent.succeeded", &intent);
    Ok(())
}

/// Cancels the payment and releases its authorisation.
pub(crate) fn cancel(tx: &mut Transaction<'_>, intent_id: &str, reason: Option<String>) -> Result<(), ApiError> {
    let intent = tx.db.intents.get_mut(intent_id, "intent")?;
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
    intent.canceled_at = Some(tx.now);
    intent.cancellation_reason = reason;
    let charge_id = intent.latest_charge.clone();
    let intent = intent.object();
    if let Some(charge_id) = charge_id.filter(|_| authorised) {
        tx.db.charges.get_mut(&charge_id, "charge")?.released = true;
        let charge = tx.db.charge_object(&charge_id, "charge")?;
        tx.emit("charge.refunded", &charge);
    }
    tx.emit("payment_intent.canceled", &intent);
    Ok(())
}

/// Refunds `amount` minor units of a captured charge, or all that is left of it.
pub(crate) fn refund(
    tx: &mut Transaction<'_>,
    charge_id: &str,
    amount: Option<i64>,
    reason: Option<String>,
    metadata: BTreeMap<String, String>,
) -> Result<Value, ApiError> {
    let is_blocked = tx.db.disputes.newest().any(|dispute| dispute.charge == charge_id && dispute.blocks_refunds());
    let charge = tx.db.charges.get_mut(charge_id, "charge")?;
    if !charge.captured || charge.decline.is_some() {
        let message = format!("Charge {charge_id} has not been captured: there is nothing to refund.");
        return Err(ApiError::refused("charge_not_refundable", message));
    }
    let left = charge.refundable();
    if left == 0 {
        let message = format!("Charge {charge_id} has already been refunded.");
        return Err(ApiError::refused("charge_already_refunded", message));
    }
    if is_blocked || tx.faults.take_refused_refund() {
        let message = format!("Charge {charge_id} has been charged back; cannot issue a refund.");
        return Err(ApiError::refused("charge_disputed", message));
    }
    let amount = amount.unwrap_or(left);
    if amount < 1 {
        return Err(ApiError::bad_param("amount", "Invalid positive integer"));
    }
    if amount > left {
        let message = format!("Refund amount ({amount}) is greater than unrefunded amount on charge ({left})");
        return Err(ApiError::refused("amount_too_large", message).with_param("amount"));
    }
    let fails_at = tx.faults.take_refund_failing_later().map(|seconds| tx.now + seconds);
    let (id, failed) = (ids::object_id("re"), tx.faults.take_failed_refund());
    // The money leaves the balance, and comes back when the refund fails.
    let moved = BalanceTransaction::new(Cause::Refund, &id, -amount, &charge.currency, tx.now);
    let returned = failed.then(|| BalanceTransaction::new(Cause::RefundFailure, &id, amount, &charge.currency, tx.now));
    let refund = Refund {
        id,
        created: tx.now,
        charge: charge.id.clone(),
        intent: charge.intent.clone(),
        method: charge.method.id.clone(),
        amount,
        currency: charge.currency.clone(),
        reason,
        metadata,
        failed,
        fails_at,
        balance_transaction: Some(moved.id.clone()),
        failure_balance_transaction: returned.as_ref().map(|returned| returned.id.clone()),
    };
    for moved in std::iter::once(moved).chain(returned) {
        tx.db.balance_transactions.push(moved);
    }
    let before = charge.amount_refunded;
    charge.refunds.push(refund.id.clone());
    let object = refund.object();
    if refund.failed {
        tx.db.refunds.push(refund);
        tx.emit("refund.created", &object);
        tx.emit("refund.failed", &object);
        return Ok(object);
    }
    charge.amount_refunded += amount;
    tx.db.refunds.push(refund);
    let charge = tx.db.charge_object(charge_id, "charge")?;
    tx.emit("refund.created", &object);
    tx.emit_change("charge.refunded", &charge, Some(json!({ "amount_refunded": before })));
    Ok(object)
}

/// Fails a refund that has succeeded: the bank returns the money, and the shop has it again. Returns whether it had
/// succeeded.
pub(crate) fn return_refund(tx: &mut Transaction<'_>, refund_id: &str) -> Result<bool, ApiError> {
    let refund = tx.db.refunds.get_mut(refund_id, "refund")?;
    if std::mem::replace(&mut refund.failed, true) {
        return Ok(false);
    }
    refund.fails_at = None;
    let returned = BalanceTransaction::new(Cause::RefundFailure, refund_id, refund.amount, &refund.currency, tx.now);
    refund.failure_balance_transaction = Some(returned.id.clone());
    tx.db.balance_transactions.push(returned);
    let (charge_id, amount, object) = (refund.charge.clone(), refund.amount, refund.object());
    tx.db.charges.get_mut(&charge_id, "charge")?.amount_refunded -= amount;
    let before = json!({ "failure_reason": null, "status": "succeeded" });
    for kind in ["charge.refund.updated", "refund.updated"] {
        tx.emit_change(kind, &object, Some(before.clone()));
    }
    tx.emit("refund.failed", &object);
    Ok(true)
}

fn approve(tx: &mut Transaction<'_>, intent_id: &str, method: PaymentMethod, challenged: bool) -> Result<(), ApiError> {
    let intent = tx.db.intents.get_mut(intent_id, "intent")?;
    let captured = intent.capture_method != CaptureMethod::Manual;
    let mut charge = Charge::new(intent, method, None, captured, tx.now, tx.origin);
    charge.challenged = challenged;
    intent.latest_charge = Some(charge.id.clone());
    if captured {
        intent.status = Status::Succeeded;
        intent.amount_received = intent.amount;
        let moved = BalanceTransaction::of_charge(&charge.id, charge.amount, &charge.currency, tx.now);
        charge.balance_transaction = Some(moved.id.clone());
        tx.db.balance_transactions.push(moved);
    } else {
        intent.status = Status::RequiresCapture;
        intent.amount_capturable = intent.amount;
    }
    let intent = intent.object();
    let object = charge.object(&tx.db.refunds);
    tx.db.charges.push(charge);
    tx.emit("charge.succeeded", &object);
    let kind = if captured { "payment_intent.succeeded" } else { "payment_intent.amount_capturable_updated" };
    tx.emit(kind, &intent);
    Ok(())
}

fn decline(tx: &mut Transaction<'_>, intent_id: &str, method: PaymentMethod, reason: Decline) -> Result<(), ApiError> {
    let intent = tx.db.intents.get_mut(intent_id, "intent")?;
    let charge = Charge::new(intent, method, Some(reason), false, tx.now, tx.origin);
    let (code, decline_code, message) = reason.error();
    let error =
        ApiError::card(code, message).with_decline(decline_code, &charge.id).with_method(charge.method.object());
    intent.latest_charge = Some(charge.id.clone());
    let object = charge.object(&tx.db.refunds);
    tx.db.charges.push(charge);
    tx.emit("charge.failed", &object);
    fail(tx, intent_id, error)
}

fn refuse_challenge(tx: &mut Transaction<'_>, intent_id: &str, method: &PaymentMethod) -> Result<(), ApiError> {
    let message = "We are unable to authenticate your payment method. Please choose a different \
                   payment method and try again.";
    let error = ApiError::card("payment_intent_authentication_failure", message).with_method(method.object());
    fail(tx, intent_id, error)
}

/// Puts the intent back to `requires_payment_method`, with its last error.
fn fail(tx: &mut Transaction<'_>, intent_id: &str, error: ApiError) -> Result<(), ApiError> {
    let intent = tx.db.intents.get_mut(intent_id, "intent")?;
    intent.status = Status::RequiresPaymentMethod;
    intent.method = None;
    intent.last_error = Some(error.object());
    let object = intent.object();
    tx.emit("payment_intent.payment_failed", &object);
    Err(error.with_intent(object))
}

fn challenge(tx: &mut Transaction<'_>, intent_id: &str, confirmation: Confirmation) -> Result<(), ApiError> {
    let token = ids::object_id("payatt");
    let intent = tx.db.intents.get_mut(intent_id, "intent")?;
    intent.status = Status::RequiresAction;
    intent.challenge = Some(Challenge {
        url: format!("{}/3ds/{}/{token}", tx.origin, intent.id),
        token,
        // Without a return URL only the script can show the page.
        use_stripe_sdk: confirmation.use_stripe_sdk || confirmation.return_url.is_none(),
        return_url: confirmation.return_url,
    });
    let intent = intent.object();
    tx.emit("payment_intent.requires_action", &intent);
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
