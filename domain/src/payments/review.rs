//! The daily review of all refunds, disputes and early fraud warnings of the last month at Stripe.
//!
//! What an operator or a bank does is heard of by an event. A webhook endpoint that is switched off or set up wrongly sends
//! none: then the review finds what has changed.

use model::{PaymentId, error::causes};
use platform::stripe::{Dispute, FraudWarning, Page, Refund, StripeError};

use super::{
    adopt::{AdoptError, adopt},
    dispute_record, dispute_store,
    error::ReconcileError,
    fraud_warning_store, fraud_warnings, reconcile,
    refund_store::{self, RefundStatus},
    review_store::{self, Place, Reviewed},
    store,
};
use crate::Backend;

/// How old the objects are that a review reads. Banks return a refund within weeks. Open disputes are read however old they
/// are.
const REVIEWED_DAYS: i32 = 30;
/// The most pages of one list in one run. The next run continues.
const PAGES: usize = 10;

/// Why a review stopped. It continues later at the same page.
#[derive(Debug, thiserror::Error)]
pub enum ReviewError {
    /// Stripe did not give the page.
    #[error("a list was not read at Stripe")]
    Stripe(#[source] StripeError),
    /// A query failed.
    #[error("the review was not stored")]
    Database(#[from] sqlx::Error),
}

/// Why a payment was not followed.
#[derive(Debug, thiserror::Error)]
pub(crate) enum LookError {
    #[error("the payment was not reconciled")]
    Reconcile(#[source] ReconcileError),
    #[error("the lost attempt was not adopted")]
    Adopt(#[source] AdoptError),
    #[error("the payment was not read")]
    Database(#[from] sqlx::Error),
}

/// Continues the reviews of this day that are not complete: it reads pages of refunds, disputes and early fraud warnings,
/// and follows the payments of those that are new here or have moved on. Returns how many of them were news.
///
/// # Errors
///
/// Each variant of [`ReviewError`] is one reason. A list that is not read does not stop the others.
#[tracing::instrument(name = "stripe.review", skip_all)]
pub async fn review(backend: &Backend) -> Result<usize, ReviewError> {
    let (mut news, mut outcome) = (0, Ok(()));
    for list in Reviewed::ALL {
        match Box::pin(review_list(backend, list)).await {
            Ok(found) => news += found,
            Err(error) => outcome = outcome.and(Err(error)),
        }
    }
    outcome.map(|()| news)
}

async fn review_list(backend: &Backend, list: Reviewed) -> Result<usize, ReviewError> {
    let mut news = 0;
    for _ in 0..PAGES {
        let Some(place) = review_store::take(&backend.db, list, REVIEWED_DAYS).await? else { break };
        let page = match read(backend, list, place).await {
            Ok(page) => page?,
            Err(error) => {
                // Stripe may no longer accept the cursor.
                if matches!(error, StripeError::Refused(_)) {
                    review_store::restart(&backend.db, list).await?;
                }
                return Err(ReviewError::Stripe(error));
            }
        };
        news += page.objects.len();
        for intent_id in page.objects {
            if let Err(error) = look(backend, list, &intent_id).await {
                tracing::warn!(
                    intent.id = intent_id,
                    list = list.code(),
                    error.causes = causes(&error),
                    "a payment was not followed"
                );
            }
        }
        match page.next {
            Some(cursor) => review_store::proceed(&backend.db, list, &cursor).await?,
            None => review_store::complete(&backend.db, list).await?,
        }
    }
    Ok(news)
}

/// Reads the next page of a list. Returns the intents of those objects that are news.
async fn read(backend: &Backend, list: Reviewed, place: Place) -> Result<sqlx::Result<Page<String>>, StripeError> {
    let Place { cursor, since_s } = place;
    let (stripe, cursor) = (&backend.stripe, cursor.as_deref());
    Ok(match list {
        Reviewed::Refunds => new_refunds(backend, stripe.refunds_since(since_s, cursor).await?).await,
        Reviewed::Disputes => new_disputes(backend, stripe.disputes_since(since_s, cursor).await?).await,
        Reviewed::FraudWarnings => new_warnings(backend, stripe.fraud_warnings_since(since_s, cursor).await?).await,
    })
}

async fn new_refunds(backend: &Backend, page: Page<Refund>) -> sqlx::Result<Page<String>> {
    let ids: Vec<_> = page.objects.iter().map(|refund| refund.id.as_str()).collect();
    let known = refund_store::known(&backend.db, &ids).await?;
    let is_known = |refund: &Refund| {
        known.iter().any(|(id, status)| *id == refund.id && *status >= RefundStatus::from(refund.status))
    };
    let news = page.objects.iter().filter(|refund| !is_known(refund));
    let objects = news.filter_map(|refund| refund.intent_id.clone()).collect();
    Ok(Page { objects, next: page.next })
}

async fn new_disputes(backend: &Backend, page: Page<Dispute>) -> sqlx::Result<Page<String>> {
    let ids: Vec<_> = page.objects.iter().map(|dispute| dispute.id.as_str()).collect();
    let known = dispute_store::known(&backend.db, &ids).await?;
    let is_known = |dispute: &Dispute| {
        known.iter().any(|(id, known)| {
            *id == dispute.id
                && known.status >= dispute.status
                && (known.is_withdrawn || dispute.withdrawn.is_none())
                && (known.is_reinstated || dispute.reinstated.is_none())
        })
    };
    let news = page.objects.iter().filter(|dispute| !is_known(dispute));
    let objects = news.filter_map(|dispute| dispute.intent_id.clone()).collect();
    Ok(Page { objects, next: page.next })
}

async fn new_warnings(backend: &Backend, page: Page<FraudWarning>) -> sqlx::Result<Page<String>> {
    let ids: Vec<_> = page.objects.iter().map(|warning| warning.id.as_str()).collect();
    let known = fraud_warning_store::known(&backend.db, &ids).await?;
    let is_known = |warning: &FraudWarning| {
        known.iter().any(|(id, is_actionable)| *id == warning.id && (!is_actionable || warning.is_actionable))
    };
    let news = page.objects.iter().filter(|warning| !is_known(warning));
    let objects = news.filter_map(|warning| warning.intent_id.clone()).collect();
    Ok(Page { objects, next: page.next })
}

/// Follows the payment of an intent, and its disputes: something of it is at Stripe and not here.
pub(crate) async fn catch_up(backend: &Backend, intent_id: &str) -> Result<(), LookError> {
    Box::pin(look(backend, Reviewed::Disputes, intent_id)).await
}

/// Follows a payment of which something is news.
async fn look(backend: &Backend, list: Reviewed, intent_id: &str) -> Result<(), LookError> {
    let payment = match store::find_by_intent(&backend.db, intent_id).await? {
        Some(payment) => Some(payment),
        None => adopt(backend, intent_id).await.map_err(LookError::Adopt)?,
    };
    match payment {
        Some(payment) => follow(backend, list, payment).await.map_err(LookError::Reconcile),
        None => Ok(()),
    }
}

async fn follow(backend: &Backend, list: Reviewed, payment: PaymentId) -> Result<(), ReconcileError> {
    reconcile::follow(backend, payment).await?;
    match list {
        Reviewed::Refunds => Ok(()),
        Reviewed::Disputes => dispute_record::follow(backend, payment).await,
        Reviewed::FraudWarnings => fraud_warnings::follow(backend, payment).await,
    }
}
