//! Refunds at Stripe.

use model::{Money, PaymentId};
use stripe::StripeRequest as _;
use stripe_core::refund::{CreateRefund as CreateAtStripe, ListRefund};
use stripe_types::{RangeBoundsTs, RangeQueryTs, Timestamp};

use super::{PAYMENT_ID, Stripe, StripeError, StripeFailure, idempotent, operation::StripeOperation, page::Page};

/// The size of Stripe's longest page.
const PAGE: i64 = 100;
/// The most pages of refunds of one intent: far more than an intent has.
const PAGES_MAX: usize = 10;
/// The metadata of a refund that says why this shop made it.
const CAUSE: &str = "cause";

/// The status of a refund at Stripe. It moves forward only.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum RefundStatus {
    /// It is on its way, or waits for the buyer.
    Pending,
    /// Stripe has sent the money. A bank may still return it, days later.
    Succeeded,
    /// The bank did not accept it, or it was cancelled: the shop has the money.
    Failed,
}

/// A refund as Stripe returned it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refund {
    /// Stripe's id.
    pub id: String,
    /// The intent whose money it returns.
    pub intent_id: Option<String>,
    /// How much, in cents.
    pub amount_cents: i64,
    /// Its status.
    pub status: RefundStatus,
    /// Why this shop made it; `None` if it was made at Stripe.
    pub cause: Option<String>,
    /// When it was made, in seconds since 1970.
    pub created_s: i64,
}

/// The parameters of a new refund.
#[derive(Clone, Debug)]
pub struct CreateRefund<'a> {
    /// The attempt whose money goes back.
    pub payment: PaymentId,
    /// Its intent.
    pub intent_id: &'a str,
    /// How much goes back.
    pub amount: Money,
    /// Why.
    pub cause: &'static str,
    /// Names the refund: at most 255 characters.
    pub idempotency_key: String,
}

impl Stripe {
    /// All refunds of an intent so far, newest first: this shop's, and those made at Stripe.
    ///
    /// # Errors
    ///
    /// See [`StripeError`].
    pub async fn refunds(&self, intent_id: &str) -> Result<Vec<Refund>, StripeError> {
        let (mut refunds, mut after) = (Vec::new(), None);
        for _ in 0..PAGES_MAX {
            let list = ListRefund::new().payment_intent(intent_id);
            let page = self.page(list, after.as_deref()).await?;
            refunds.extend(page.objects);
            after = page.next;
            if after.is_none() {
                return Ok(refunds);
            }
        }
        Err(StripeError::Refused(StripeFailure::Client("an intent has more than a thousand refunds".to_owned())))
    }

    /// A page of all refunds that were made at or after `since_s`, in seconds since 1970; `after` is the cursor of the
    /// previous page.
    ///
    /// # Errors
    ///
    /// See [`StripeError`].
    pub async fn refunds_since(&self, since_s: Timestamp, after: Option<&str>) -> Result<Page<Refund>, StripeError> {
        let since = RangeQueryTs::Bounds(RangeBoundsTs { gte: Some(since_s), ..RangeBoundsTs::default() });
        self.page(ListRefund::new().created(since), after).await
    }

    async fn page(&self, list: ListRefund, after: Option<&str>) -> Result<Page<Refund>, StripeError> {
        let list = match after {
            Some(id) => list.limit(PAGE).starting_after(id),
            None => list.limit(PAGE),
        };
        let page = self.call(StripeOperation::ListRefunds, Box::pin(list.send(&self.client))).await?;
        let refunds: Vec<Refund> = page.data.into_iter().map(Refund::from).collect();
        let next = refunds.last().filter(|_| page.has_more).map(|refund| refund.id.clone());
        Ok(Page { objects: refunds, next })
    }

    /// Refunds a captured payment, or a part of it. Stripe never refunds more than was captured.
    ///
    /// # Errors
    ///
    /// See [`StripeError`].
    pub async fn refund(&self, create: CreateRefund<'_>) -> Result<(), StripeError> {
        let CreateRefund { payment, intent_id, amount, cause, idempotency_key } = create;
        let metadata = [(PAYMENT_ID, payment.to_string()), (CAUSE, cause.to_owned())];
        let refund = CreateAtStripe::new()
            .payment_intent(intent_id)
            .amount(amount.cents())
            .metadata(metadata.map(|(key, value)| (key.to_owned(), value)))
            .customize()
            .request_strategy(idempotent(idempotency_key));
        self.call(StripeOperation::Refund, Box::pin(refund.send(&self.client))).await?;
        Ok(())
    }
}

impl From<stripe_shared::Refund> for Refund {
    fn from(refund: stripe_shared::Refund) -> Self {
        let status = match refund.status.as_deref() {
            Some("succeeded") => RefundStatus::Succeeded,
            Some("failed" | "canceled") => RefundStatus::Failed,
            // `pending`, `requires_action`, and what Stripe adds later.
            _ => RefundStatus::Pending,
        };
        Self {
            id: refund.id.as_str().to_owned(),
            intent_id: refund.payment_intent.map(|intent| intent.into_id().as_str().to_owned()),
            amount_cents: refund.amount,
            status,
            cause: refund.metadata.and_then(|mut metadata| metadata.remove(CAUSE)),
            created_s: refund.created,
        }
    }
}
