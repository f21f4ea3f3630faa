//! Examining the shop.

use model::{
    AppError,
    doctor::{InvariantCheck, Report, Unit},
};
use sqlx::{PgConnection, PgPool};
use time::Duration;

use super::store;
use crate::database::{self, roles::check_role};

/// Longer than the tables of a million tickets take to read. Past it the doctor gives up rather
/// than be a load itself.
const TIMEOUT: Duration = Duration::seconds(10);

/// How long an order past its end may keep its status. It holds nothing by then; the sweep looks
/// every few seconds, and waits for Stripe where something is open there.
const OVERDUE_S: i64 = 5 * 60;
/// How long an attempt may stay open at Stripe once its order has ended: the payment sweep comes to
/// each once a minute.
const CLOSING_S: i64 = 10 * 60;
/// How long an order may stand whose tickets were not handed in in time: a sweep looks every minute.
const PROMISE_S: i64 = 10 * 60;
/// How long an event or a follow-up may lie: the sweeps take up after half a minute what the queue lost.
const WAITING_S: i64 = 5 * 60;
/// How long a refund may take. Banks take days to show it; Stripe takes minutes to accept it.
const REFUND_S: i64 = 24 * 60 * 60;
/// How long ago the last daily comparison with a list of Stripe's may have been complete.
const REVIEW_S: i64 = 2 * 24 * 60 * 60;
/// Events that may wait: as many as one sweep takes.
const WAITING_EVENTS: i64 = 1_000;
/// Follow-ups that are due and may wait: as many as twenty thousand locks that end at once leave.
const WAITING_JOBS: i64 = 20_000;

/// The database did not answer, or not in time.
#[derive(Debug, thiserror::Error)]
#[error("the shop was not examined")]
pub struct ExamineError(#[from] sqlx::Error);

/// Checks every invariant in one snapshot: a purchase that commits meanwhile is seen whole or not at all.
///
/// # Errors
///
/// When the database does not answer, or one of the four queries takes longer than ten seconds.
#[tracing::instrument(name = "doctor.examine", skip_all)]
pub async fn examine(db: &PgPool) -> Result<Report, ExamineError> {
    let mut tx = store::begin(db, TIMEOUT).await?;
    Ok(check_all(&mut tx).await?)
}

/// The same, and whether the role of this connection is held to what servers and workers may do.
///
/// # Errors
///
/// When the database does not answer.
pub async fn examine_with_role(db: &PgPool) -> Result<Report, ExamineError> {
    let mut report = examine(db).await?;
    report.checks.push(check_role(db).await?);
    Ok(report)
}

pub(super) async fn check_all(tx: &mut PgConnection) -> sqlx::Result<Report> {
    let sales = store::sales(tx).await?;
    let delivery = store::delivery(tx).await?;
    let money = store::money(tx).await?;
    let backlog = store::backlog(tx).await?;
    Ok(Report { checks: [of_sales(&sales), of_delivery(&delivery), of_money(&money), of_backlog(&backlog)].concat() })
}

#[rustfmt::skip]
fn of_sales(sales: &store::Sales) -> Vec<InvariantCheck> {
    vec![
        never("tickets.wrong_holder", "Every held ticket names an open order of its holder, and every sold one the order that bought it.", sales.wrong_holder),
        never("orders.without_tickets", "Every open order holds all of its tickets, and every complete one has bought them: no ticket has two.", sales.order_without_tickets),
        never("orders.own_ticket", "No user has bought their own ticket.", sales.own_ticket),
        never("orders.listing_changed", "No listing has changed while an order held or owned tickets of it.", sales.listing_changed),
        never("tickets.other_start", "Every ticket starts when its event does.", sales.other_start),
        never("waitlist.miscounted", "Every listing knows how many buyers wait for it.", sales.waitlist_miscounted),
        never("waitlist.passed_over", "No free ticket could be offered to a buyer who waits for one.", sales.waitlist_passed_over),
    ]
}

#[rustfmt::skip]
fn of_delivery(delivery: &store::Delivery) -> Vec<InvariantCheck> {
    vec![
        never("tickets.in_hand_otherwise", "A ticket is in hand exactly if it has a deliverable.", delivery.in_hand_otherwise),
        never("deliverables.on_sale_twice", "No code is on sale twice at one event.", delivery.on_sale_twice),
        never("deliverables.opened_unpaid", "No tickets were opened that were not paid for.", delivery.opened_unpaid),
        never("gifts.given_by_others", "Each gift is of a ticket that its giver has bought, and goes to another person.", delivery.given_by_others),
        never("orders.returned_and_kept", "An order that was returned is refunded, and holds no ticket.", delivery.returned_and_kept),
        oldest("backlog.broken_promise", "Orders whose tickets were not handed in in time are refunded soon.", delivery.promise_s, PROMISE_S),
    ]
}

#[rustfmt::skip]
fn of_money(money: &store::Payments) -> Vec<InvariantCheck> {
    vec![
        never("payments.captured_without_order", "Every captured payment belongs to a complete order or is refunded.", money.captured_without_order),
        never("orders.complete_unpaid", "Every complete order is paid by exactly one captured payment.", money.complete_unpaid),
        never("payments.other_amount", "The amount of every payment is the price of its order.", money.other_amount),
        never("payments.two_live", "No order has two attempts that may still take money.", money.two_live),
        never("ledger.unbalanced", "The entries of every transfer add up to zero.", money.unbalanced),
        never("ledger.unbooked", "Every capture, every refund and every refund that failed later is booked once and completely.", money.unbooked),
        never("refunds.other_amount", "Every refunded payment has given back what was taken, and no payment more than that.", money.refunded_otherwise),
        never("orders.part_not_shown", "An order is partly refunded exactly if a part of its payment was refunded.", money.part_not_shown),
        never("ledger.differs_from_stripe", "Everything that moved at Stripe is in the ledger, and everything in the ledger moved at Stripe.", money.differs_from_stripe),
        never("disputes.unbooked", "Everything that a dispute took and gave back is booked once and completely.", money.dispute_unbooked),
        never("disputes.paid_twice", "No dispute of money that was refunded already waits for the answer that says so.", money.paid_twice),
        never("disputes.unanswered", "No dispute waits for an answer until the last two days.", money.unanswered),
        never("payments.wrong_amount", "No payment of another amount than the price waits for the operator.", money.wrong_amount),
    ]
}

#[rustfmt::skip]
fn of_backlog(backlog: &store::Backlog) -> Vec<InvariantCheck> {
    vec![
        oldest("backlog.overdue_lock", "Orders past their end expire soon.", backlog.overdue_lock_s, OVERDUE_S),
        oldest("backlog.open_payment", "Payments of orders that have ended are closed at Stripe soon.", backlog.open_payment_s, CLOSING_S),
        oldest("backlog.refund", "Refunds are done within a day of their start.", backlog.refund_s, REFUND_S),
        oldest("backlog.stripe_review", "All refunds, disputes, fraud warnings and balance transactions of the last month are compared with Stripe's every day.", backlog.review_s, REVIEW_S),
        oldest("backlog.oldest_event", "Events from Stripe are handled soon.", backlog.event_s, WAITING_S),
        at_most("backlog.events", "Events from Stripe do not pile up.", backlog.events, WAITING_EVENTS),
        oldest("backlog.oldest_job", "Jobs in the outbox are handed to the queue soon.", backlog.job_s, WAITING_S),
        at_most("backlog.jobs", "Jobs in the outbox do not pile up.", backlog.jobs, WAITING_JOBS),
    ]
}

/// An invariant that no row may violate.
fn never(name: &str, meaning: &str, rows: i64) -> InvariantCheck {
    at_most(name, meaning, rows, 0)
}

fn at_most(name: &str, meaning: &str, value: i64, bound: i64) -> InvariantCheck {
    InvariantCheck { name: name.to_owned(), meaning: meaning.to_owned(), value, bound, unit: Unit::Rows }
}

fn oldest(name: &str, meaning: &str, value: i64, bound: i64) -> InvariantCheck {
    InvariantCheck { unit: Unit::Seconds, ..at_most(name, meaning, value, bound) }
}

impl From<ExamineError> for AppError {
    fn from(ExamineError(error): ExamineError) -> Self {
        database::public_code(&error).into()
    }
}
