//! What a cardholder's bank does about a charge.

use super::balance::{BalanceTransaction, Cause};
use super::database::Transaction;
use super::dispute::{Dispute, DisputeStatus, FraudWarning};
use crate::error::ApiError;
use crate::ids;

/// What Stripe takes for a dispute, won or lost, in minor units.
const FEE: i64 = 1_500;
/// How long a shop may collect evidence, in seconds.
const EVIDENCE_S: i64 = 7 * 24 * 60 * 60;

/// What the bank does next, or the shop.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Act {
    /// The bank takes the money.
    Dispute,
    /// The bank asks a question, and takes nothing.
    Inquire,
    /// The shop gives its evidence.
    Answer,
    /// The bank decides for the shop.
    Win,
    /// The bank decides for the cardholder.
    Lose,
    /// The network warns of fraud.
    Warn,
}

impl Act {
    /// The act of the last part of an address.
    pub(crate) fn of(word: &str) -> Option<Self> {
        Some(match word {
            "disputed" => Self::Dispute,
            "inquired" => Self::Inquire,
            "answered" => Self::Answer,
            "won" => Self::Win,
            "lost" => Self::Lose,
            "warned" => Self::Warn,
            _ => return None,
        })
    }
}

/// Does it about the latest charge of an intent. Returns whether that was possible.
pub(crate) fn act(tx: &mut Transaction<'_>, intent_id: &str, act: Act) -> Result<bool, ApiError> {
    let charge = tx.db.intents.get(intent_id, "intent")?.latest_charge.clone().unwrap_or_default();
    if !tx.db.charges.find(&charge).is_some_and(|charge| charge.captured && charge.decline.is_none()) {
        return Ok(false);
    }
    let latest = tx.db.disputes.newest().find(|dispute| dispute.charge == charge);
    let latest = latest.map(|dispute| (dispute.id.clone(), dispute.status));
    match (act, latest) {
        (Act::Warn, _) => warn(tx, &charge, intent_id),
        (Act::Dispute | Act::Inquire, None) => open(tx, &charge, act == Act::Inquire)?,
        // An inquiry becomes a dispute.
        (Act::Dispute, Some((id, DisputeStatus::WarningNeedsResponse | DisputeStatus::WarningClosed))) => {
            move_to(tx, &id, DisputeStatus::NeedsResponse)?;
            emit(tx, &id, "charge.dispute.updated")?;
            withdraw(tx, &id)?;
        }
        (Act::Answer, Some((id, DisputeStatus::NeedsResponse))) => {
            tx.db.disputes.get_mut(&id, "dispute")?.submissions += 1;
            move_to(tx, &id, DisputeStatus::UnderReview)?;
            emit(tx, &id, "charge.dispute.updated")?;
        }
        (Act::Win | Act::Lose, Some((id, status))) if status.is_open() => decide(tx, &id, status, act == Act::Win)?,
        (Act::Dispute | Act::Inquire | Act::Answer | Act::Win | Act::Lose, _) => return Ok(false),
    }
    Ok(true)
}

fn warn(tx: &mut Transaction<'_>, charge: &str, intent_id: &str) {
    let warning = FraudWarning {
        id: ids::object_id("issfr"),
        created: tx.now,
        charge: charge.to_owned(),
        intent: intent_id.to_owned(),
        actionable: !tx.db.disputes.newest().any(|dispute| dispute.charge == charge),
    };
    let object = warning.object();
    tx.db.fraud_warnings.push(warning);
    tx.emit("radar.early_fraud_warning.created", &object);
}

fn open(tx: &mut Transaction<'_>, charge_id: &str, is_inquiry: bool) -> Result<(), ApiError> {
    let charge = tx.db.charges.get_mut(charge_id, "charge")?;
    let dispute = Dispute {
        id: ids::object_id("dp"),
        created: tx.now,
        charge: charge.id.clone(),
        intent: charge.intent.clone(),
        amount: charge.amount_captured,
        currency: charge.currency.clone(),
        reason: "fraudulent".to_owned(),
        status: if is_inquiry { DisputeStatus::WarningNeedsResponse } else { DisputeStatus::NeedsResponse },
        due_by: tx.now + EVIDENCE_S,
        submissions: 0,
        transactions: Vec::new(),
    };
    let id = dispute.id.clone();
    charge.disputes.push(id.clone());
    tx.db.disputes.push(dispute);
    emit(tx, &id, "charge.dispute.created")?;
    if is_inquiry { Ok(()) } else { withdraw(tx, &id) }
}

fn withdraw(tx: &mut Transaction<'_>, id: &str) -> Result<(), ApiError> {
    let amount = -tx.db.disputes.get(id, "dispute")?.amount;
    move_money(tx, id, amount, FEE)?;
    emit(tx, id, "charge.dispute.funds_withdrawn")
}

fn decide(tx: &mut Transaction<'_>, id: &str, status: DisputeStatus, is_won: bool) -> Result<(), ApiError> {
    let decision = match (status, is_won) {
        (DisputeStatus::WarningNeedsResponse, _) => DisputeStatus::WarningClosed,
        (_, true) => DisputeStatus::Won,
        (_, false) => DisputeStatus::Lost,
    };
    move_to(tx, id, decision)?;
    if decision == DisputeStatus::Won {
        let amount = tx.db.disputes.get(id, "dispute")?.amount;
        move_money(tx, id, amount, 0)?;
        emit(tx, id, "charge.dispute.funds_reinstated")?;
    }
    emit(tx, id, "charge.dispute.closed")
}

fn move_to(tx: &mut Transaction<'_>, id: &str, status: DisputeStatus) -> Result<(), ApiError> {
    tx.db.disputes.get_mut(id, "dispute")?.status = status;
    Ok(())
}

fn move_money(tx: &mut Transaction<'_>, id: &str, amount: i64, fee: i64) -> Result<(), ApiError> {
    let dispute = tx.db.disputes.get_mut(id, "dispute")?;
    let (cause, what) = if amount < 0 {
        (Cause::Dispute, "Chargeback withdrawal")
    } else {
        (Cause::DisputeReversal, "Chargeback reversal")
    };
    let moved = BalanceTransaction {
        fee,
        description: Some(format!("{what} for {}", dispute.charge)),
        ..BalanceTransaction::new(cause, id, amount, &dispute.currency, tx.now)
    };
    dispute.transactions.push(moved.clone());
    tx.db.balance_transactions.push(moved);
    Ok(())
}

fn emit(tx: &mut Transaction<'_>, id: &str, kind: &str) -> Result<(), ApiError> {
    let object = tx.db.disputes.get(id, "dispute")?.object();
    tx.emit(kind, &object);
    Ok(())
}
