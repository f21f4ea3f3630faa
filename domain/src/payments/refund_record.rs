//! Storing what Stripe says of the refunds of a payment.

use model::{
    Money, RefundId,
    orders::{OrderEventKind, OrderStatus},
};
use platform::stripe::Refund;
use time::OffsetDateTime;

use super::{
    PaymentStatus, dispute_store,
    refund_store::{self, NewRefund, RefundCause, RefundRow, RefundStatus},
    standing::{Standing, Sums, due_cents},
    store::{self, Payment},
};
use crate::{
    Backend, auth,
    ids::fresh,
    ledger::{self, store::Movement},
    mail::Mail,
    orders::{self, Transition},
    outbox::{self, Job},
    transaction::Transaction,
};

/// What was heard of the refunds of a payment that was not known before.
#[derive(Clone, Debug, Default)]
struct Heard {
    /// The refunds that have succeeded.
    succeeded: Vec<RefundId>,
    /// The last refund that has failed.
    failed: Option<RefundId>,
    /// Whether anything is new.
    is_news: bool,
}

/// Stores the refunds of a payment as Stripe has them, in one transaction with all that follows: what moved is booked,
/// payment and order change their statuses, the timeline says so, and what was paid back or has failed is mailed. It is the same in whatever
/// order and however often Stripe is heard. Returns the payment, and how its refunds stand.
pub(super) async fn record(
    backend: &Backend,
    payment: &Payment,
    seen: &[Refund],
) -> sqlx::Result<Option<(Payment, Standing)>> {
    let mut tx = backend.begin().await?;
    let Some(order) = orders::store::lock_row(&mut tx, payment.order_id).await? else { return Ok(None) };
    let Some(payment) = store::lock(&mut tx, payment.id).await? else { return Ok(None) };
    let heard = hear(&mut tx, &payment, seen).await?;
    let refunds = refund_store::of_payment(&mut *tx, payment.id).await?;
    let sums = Sums::of(&refunds, dispute_store::lost_cents(&mut *tx, payment.id).await?);
    let standing = settle(&mut tx, &payment, sums, &heard).await?;
    follow_with_order(&mut tx, &payment, order.status, standing).await?;
    let failed = heard.failed.filter(|_| matches!(standing, Standing::Owed { .. }));
    if let Some(failed) = failed {
        tell(&mut tx, &payment, failed).await?;
    }
    for refund_id in heard.succeeded {
        outbox::write(&mut tx, &Job::SendMail { mail: Mail::Refunded { refund_id } }, None).await?;
    }
    if heard.is_news {
        tx.mark(order.listing_id);
    }
    let payment = store::find(&mut *tx, payment.id).await?;
    tx.commit().await?;
    if let (Some(payment), Some(_)) = (&payment, failed) {
        let failures = payment.refund_failures;
        tracing::error!(payment.id = %payment.id, failures, "a refund failed at the card's bank");
    }
    Ok(payment.map(|payment| (payment, standing)))
}

/// Stores and books each refund that is new or has moved on.
async fn hear(tx: &mut Transaction<'_>, payment: &Payment, seen: &[Refund]) -> sqlx::Result<Heard> {
    let known = refund_store::of_payment(&mut **tx, payment.id).await?;
    let mut heard = Heard::default();
    let mut with_payment = BookedWithPayment::of(tx, payment, &known).await?;
    // What a version without single refunds has booked belongs to those that succeeded, before any that failed.
    let mut seen: Vec<_> = seen.iter().rev().map(|refund| (RefundStatus::from(refund.status), refund)).collect();
    seen.sort_by_key(|(status, _)| *status);
    for (status, refund) in seen {
        let before = known.iter().find(|row| row.stripe_refund_id.as_deref() == Some(refund.id.as_str()));
        let (id, was_booked) = match before {
            // It moves forward only: what is read may be older than what is stored.
            Some(row) if row.status >= status => continue,
            Some(row) => {
                refund_store::advance(&mut **tx, row.id, row.status, status).await?;
                (row.id, row.status == RefundStatus::Succeeded)
            }
            None => insert(tx, payment, (status, refund), &mut with_payment).await?,
        };
        let movement = match (was_booked, status) {
            (false, RefundStatus::Succeeded) => Some(Movement::Refund),
            (true, RefundStatus::Failed) => Some(Movement::RefundFailure),
            (_, RefundStatus::Pending) | (true, RefundStatus::Succeeded) | (false, RefundStatus::Failed) => None,
        };
        if let Some(movement) = movement {
            ledger::store::book_movement(tx, payment, (movement, id.as_uuid()), refund.amount_cents).await?;
        }
        heard.is_news = true;
        match status {
            RefundStatus::Pending => {}
            RefundStatus::Succeeded => heard.succeeded.push(id),
            RefundStatus::Failed => heard.failed = Some(id),
        }
    }
    Ok(heard)
}

/// What a version without single refunds has booked of a payment, and is not assigned to a refund yet, in cents.
struct BookedWithPayment(i64);

impl BookedWithPayment {
    async fn of(tx: &mut Transaction<'_>, payment: &Payment, known: &[RefundRow]) -> sqlx::Result<Self> {
        let booked_cents = ledger::store::booked_with_payment_cents(&mut **tx, payment.id).await?;
        let assigned = known.iter().filter(|row| row.is_booked_with_payment).map(|row| row.amount_cents);
        Ok(Self(booked_cents - assigned.sum::<i64>()))
    }

    /// Whether a refund of this amount is among them.
    fn take(&mut self, cents: i64) -> bool {
        let has_it = cents <= self.0;
        if has_it {
            self.0 -= cents;
        }
        has_it
    }
}

/// Stores a refund that was not known. Returns its id, and whether it is booked already.
async fn insert(
    tx: &mut Transaction<'_>,
    payment: &Payment,
    (status, refund): (RefundStatus, &Refund),
    with_payment: &mut BookedWithPayment,
) -> sqlx::Result<(RefundId, bool)> {
    let id = fresh();
    let is_booked_with_payment = status != RefundStatus::Pending && with_payment.take(refund.amount_cents);
    let row = NewRefund {
        id,
        stripe_refund_id: &refund.id,
        payment: payment.id,
        amount: Money::usd(refund.amount_cents),
        status,
        cause: RefundCause::of(refund.cause.as_deref()),
        is_booked_with_payment,
        created_at: OffsetDateTime::from_unix_timestamp(refund.created_s).unwrap_or(OffsetDateTime::UNIX_EPOCH),
    };
    refund_store::insert(&mut **tx, row).await?;
    Ok((id, is_booked_with_payment))
}

/// Moves payment and order to where the refunds are.
async fn settle(tx: &mut Transaction<'_>, payment: &Payment, sums: Sums, heard: &Heard) -> sqlx::Result<Standing> {
    let due_cents = due_cents(payment, sums);
    let standing = Standing::of(payment.received_cents, due_cents, sums);
    let has_new_failure = sums.failed > payment.refund_failures;
    if due_cents != payment.refund_due_cents || has_new_failure {
        store::note_refunds(&mut **tx, payment.id, due_cents, sums.failed.max(payment.refund_failures)).await?;
    }
    if !heard.succeeded.is_empty() && standing != Standing::Whole {
        store::log(&mut *tx, payment, OrderEventKind::PartlyRefunded).await?;
    }
    let to = standing.status_of(payment, has_new_failure);
    if to != payment.status {
        let mut from = payment.status;
        if to == PaymentStatus::Refunded && from != PaymentStatus::Refunding {
            // The timeline has both.
            store::advance(&mut *tx, payment.id, &[from], PaymentStatus::Refunding).await?;
            from = PaymentStatus::Refunding;
        }
        store::advance_with_event(&mut *tx, payment.id, &[from], to, event_of(to)).await?;
    } else if has_new_failure && matches!(standing, Standing::Owed { .. }) {
        store::log(&mut *tx, payment, OrderEventKind::RefundFailed).await?;
    }
    Ok(standing)
}

/// The event of a status that follows from refunds.
fn event_of(status: PaymentStatus) -> Option<OrderEventKind> {
    match status {
        // It was captured long before, and each part has its own event.
        PaymentStatus::Captured => None,
        status => status.event_kind(),
    }
}

/// Moves an order that the payment has bought. One that never got its tickets stays as it ended.
pub(super) async fn follow_with_order(
    tx: &mut Transaction<'_>,
    payment: &Payment,
    order: OrderStatus,
    standing: Standing,
) -> sqlx::Result<()> {
    let transitions: &[Transition] = match standing {
        Standing::Whole if order == OrderStatus::Refunded => &[],
        Standing::Kept => &[],
        Standing::Part => &[Transition::PartlyRefunded],
        Standing::UnderWay { .. } | Standing::Owed { .. } => &[Transition::RefundStarted],
        Standing::Whole => &[Transition::RefundStarted, Transition::RefundDone],
    };
    if transitions.is_empty() || !ledger::store::is_sale(&mut **tx, payment.id).await? {
        return Ok(());
    }
    for transition in transitions {
        orders::store::try_advance(&mut *tx, payment.order_id, *transition).await?;
    }
    Ok(())
}

/// Mails that a refund has failed: to each operator, and the first time to the buyer.
async fn tell(tx: &mut Transaction<'_>, payment: &Payment, refund_id: RefundId) -> sqlx::Result<()> {
    let operators = auth::store::operator_ids(&mut **tx).await?;
    let operators = operators.into_iter().map(|operator_id| Mail::RefundFailedReport { refund_id, operator_id });
    let buyer = (payment.refund_failures == 0).then_some(Mail::RefundFailed { refund_id });
    for mail in operators.chain(buyer) {
        outbox::write(tx, &Job::SendMail { mail }, None).await?;
    }
    Ok(())
}
