//! The open disputes and the early fraud warnings, for an operator at a browser.

use model::{
    AppError, Code, Money,
    auth::CurrentUser,
    disputes::{DisputesView, OpenDispute, SHOWN_MAX, WarnedPayment},
};

use super::{
    dispute_store::{self, OpenRow},
    fraud_warning_store::{self, WarningRow},
};
use crate::{Backend, database, timestamp};

/// For how many days the operator sees an early fraud warning: disputes follow within weeks.
const WARNED_DAYS: i32 = 30;

/// Why there is no list.
#[derive(Debug, thiserror::Error)]
pub enum DisputesError {
    /// The user is not an operator, and told of no page, or has shown no second factor.
    #[error("the visitor is not an operator with a second factor")]
    Refused(Code),
    /// A query that reads the disputes failed.
    #[error("the disputes were not read")]
    Database(#[from] sqlx::Error),
}

/// The open disputes and the newest early fraud warnings, if the user who asks is an operator.
///
/// # Errors
///
/// Each variant of [`DisputesError`] is one reason.
pub async fn disputes_for(backend: &Backend, user: Option<&CurrentUser>) -> Result<DisputesView, DisputesError> {
    user.ok_or(Code::NotFound).and_then(CurrentUser::operator).map_err(DisputesError::Refused)?;
    let limit = i64::try_from(SHOWN_MAX).unwrap_or(i64::MAX);
    let open = dispute_store::open(&backend.db, limit).await?;
    let warnings = fraud_warning_store::newest(&backend.db, WARNED_DAYS, limit).await?;
    Ok(DisputesView {
        open: open.into_iter().map(dispute).collect(),
        warnings: warnings.into_iter().map(warning).collect(),
    })
}

fn dispute(row: OpenRow) -> OpenDispute {
    OpenDispute {
        stripe_id: row.stripe_dispute_id,
        payment: row.payment_id,
        title: row.title,
        amount: Money::usd(row.amount_cents),
        fee: Money::usd(row.fee_cents),
        reason: row.reason,
        status: row.status,
        evidence_due: row.evidence_due_at.map(timestamp::date_and_time),
        refunded: (row.refunded_cents > 0).then_some(Money::usd(row.refunded_cents)),
    }
}

fn warning(row: WarningRow) -> WarnedPayment {
    WarnedPayment {
        amount: row.amount(),
        stripe_id: row.stripe_warning_id,
        payment: row.payment_id,
        title: row.title,
        kind: row.kind,
        is_actionable: row.is_actionable,
        at: timestamp::date_and_time(row.made_at),
    }
}

impl From<DisputesError> for AppError {
    fn from(error: DisputesError) -> Self {
        match error {
            DisputesError::Refused(code) => code.into(),
            DisputesError::Database(error) => database::public_code(&error).into(),
        }
    }
}
