//! The daily review of all refunds of the last month at Stripe.
//!
//! A refund that an operator makes, or a bank returns, is heard of by an event. A webhook endpoint that is switched off
//! or set up wrongly sends none: then the review finds what has changed.

use model::error::causes;
use platform::stripe::{Refund, StripeError};

use super::{
    adopt::{AdoptError, adopt},
    error::ReconcileError,
    reconcile::{IfUnpaid, reconcile},
    refund_store::{self, RefundStatus},
    review_store, store,
};
use crate::Backend;

/// How old the refunds are that a review reads. Banks return a refund within weeks.
const REVIEWED_DAYS: i32 = 30;
/// The most pages of one run. The next run continues.
const PAGES: usize = 10;

/// Why a review stopped. It continues later at the same page.
#[derive(Debug, thiserror::Error)]
pub enum ReviewError {
    /// Stripe did not give the page.
    #[error("the refunds were not read at Stripe")]
    Stripe(#[source] StripeError),
    /// A query failed.
    #[error("the review was not stored")]
    Database(#[from] sqlx::Error),
}

/// Why a payment of the review was not reconciled.
#[derive(Debug, thiserror::Error)]
enum LookError {
    #[error("the payment was not reconciled")]
    Reconcile(#[source] ReconcileError),
    #[error("the lost attempt was not adopted")]
    Adopt(#[source] AdoptError),
    #[error("the payment was not read")]
    Database(#[from] sqlx::Error),
}

/// Continues the review of this day, if it is not complete: it reads pages of refunds and reconciles the payments of those
/// that are new here or have moved on. Returns how many refunds were news.
///
/// # Errors
///
/// Each variant of [`ReviewError`] is one reason.
#[tracing::instrument(name = "refunds.review", skip_all)]
pub async fn review(backend: &Backend) -> Result<usize, ReviewError> {
    let mut news = 0;
    for _ in 0..PAGES {
        let Some(place) = review_store::take(&backend.db, REVIEWED_DAYS).await? else { break };
        let page = match backend.stripe.refunds_since(place.since_s, place.cursor.as_deref()).await {
            Ok(page) => page,
            Err(error) => {
                // Stripe may no longer accept the cursor.
                if matches!(error, StripeError::Refused(_)) {
                    review_store::restart(&backend.db).await?;
                }
                return Err(ReviewError::Stripe(error));
            }
        };
        news += look_at(backend, &page.refunds).await?;
        match page.next {
            Some(cursor) => review_store::proceed(&backend.db, &cursor).await?,
            None => review_store::complete(&backend.db).await?,
        }
    }
    Ok(news)
}

/// Reconciles the payments of the refunds that are news. One that fails is logged, and read again by the next review.
async fn look_at(backend: &Backend, refunds: &[Refund]) -> Result<usize, ReviewError> {
    let ids: Vec<_> = refunds.iter().map(|refund| refund.id.as_str()).collect();
    let known = refund_store::known(&backend.db, &ids).await?;
    let is_known = |refund: &Refund| {
        known.iter().any(|(id, status)| *id == refund.id && *status >= RefundStatus::from(refund.status))
    };
    let mut news = 0;
    for refund in refunds.iter().filter(|refund| !is_known(refund)) {
        let Some(intent_id) = refund.intent_id.as_deref() else { continue };
        news += 1;
        if let Err(error) = look(backend, intent_id).await {
            tracing::warn!(intent.id = intent_id, error.causes = causes(&error), "a refund was not followed");
        }
    }
    Ok(news)
}

async fn look(backend: &Backend, intent_id: &str) -> Result<(), LookError> {
    let payment = match store::find_by_intent(&backend.db, intent_id).await? {
        Some(payment) => Some(payment),
        None => adopt(backend, intent_id).await.map_err(LookError::Adopt)?,
    };
    match payment {
        Some(payment) => reconcile(backend, payment, IfUnpaid::Wait).await.map_err(LookError::Reconcile),
        None => Ok(()),
    }
}
