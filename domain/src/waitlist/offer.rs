//! Offering a ticket to the first of its waitlist.

use model::{Money, OrderId};

use super::store::{self, First};
use crate::{
    backend::Rules,
    ids::fresh,
    orders::{
        self,
        create::create,
        end::end_overdue,
        limits,
        store::{Holder, NewOrder},
    },
    tickets::store::LockedTicket,
    transaction::Transaction,
};

/// Brings a ticket up to date, under its row lock, and reads its holder: if a lock has expired and the
/// ticket has a waitlist, its first user gets the lock. Afterwards a ticket without a holder has no
/// waitlist.
///
/// The caller commits, even when it then refuses its own request. The result also says whether a user was
/// given the ticket: until the commit that user's buyer lock is held, and a caller that needs another
/// buyer's lock commits first.
pub(crate) async fn bring_up_to_date(
    tx: &mut Transaction<'_>,
    rules: &Rules,
    ticket: &LockedTicket,
) -> sqlx::Result<(Holder, bool)> {
    let holder = orders::store::holder(tx, ticket.id).await?;
    if holder.is_held() || !holder.is_awaited {
        return Ok((holder, false));
    }
    if let Some(overdue) = holder.order {
        end_overdue(tx, overdue.id).await?;
    }
    // Marked also if no one gets it: its waitlist is gone then.
    tx.mark(ticket.id);
    let given = offer_to_next(tx, rules, ticket).await?;
    Ok((orders::store::holder(tx, ticket.id).await?, given.is_some()))
}

/// Gives a ticket whose lock has ended to the first of its waitlist, with a lock of full length at the
/// price of the listing. Returns the new order, if there is a waitlist.
///
/// A user who already holds as many tickets as they may loses the offer to the next one. The caller holds
/// the ticket's row lock, and the ticket's last order has ended.
pub(crate) async fn offer_to_next(
    tx: &mut Transaction<'_>,
    rules: &Rules,
    ticket: &LockedTicket,
) -> sqlx::Result<Option<OrderId>> {
    while let Some(first) = store::first(tx, ticket.id).await? {
        if ticket.status != "listed" || ticket.starts_at <= first.now {
            store::delete(&mut **tx, ticket.id).await?;
            return Ok(None);
        }
        let given = offer(tx, rules, ticket, &first).await?;
        store::remove(&mut **tx, ticket.id, first.user_id).await?;
        if given.is_some() {
            return Ok(given);
        }
    }
    Ok(None)
}

/// Gives the ticket to one buyer, if the limits allow it.
async fn offer(
    tx: &mut Transaction<'_>,
    rules: &Rules,
    ticket: &LockedTicket,
    first: &First,
) -> sqlx::Result<Option<OrderId>> {
    // A rollback to the savepoint releases the buyer's advisory lock, so that it is not held while the
    // transaction waits for the next buyer's.
    let mut attempt = tx.savepoint().await?;
    limits::store::lock_buyer(&mut attempt, first.user_id).await?;
    let history = limits::store::history(&mut attempt, first.user_id, ticket.id).await?;
    if !limits::has_room(rules, &history) {
        attempt.rollback().await?;
        return Ok(None);
    }
    let order = NewOrder {
        id: fresh::<OrderId>(),
        ticket_id: ticket.id,
        buyer_id: first.user_id,
        price: Money::usd(ticket.price_cents),
        ticket_version: ticket.version,
        created_at: history.now,
        expires_at: history.now + rules.lock_length,
        is_wanted: first.has_others_behind,
        from_waitlist: true,
    };
    // A user who deletes their account first leaves every waitlist, under this row lock.
    if !create(&mut attempt, &order).await? {
        attempt.rollback().await?;
        return Ok(None);
    }
    attempt.mark(ticket.id);
    attempt.commit().await?;
    tracing::info!(ticket.id = %ticket.id, order.id = %order.id, "offered the ticket to the first of its waitlist");
    Ok(Some(order.id))
}
