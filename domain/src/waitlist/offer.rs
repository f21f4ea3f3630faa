//! Offering tickets to the buyers of a waitlist.

use model::{ListingId, UserId};

use super::store::{self, Entry};
use crate::{
    backend::Rules,
    mail::Mail,
    orders::{
        end::end_overdue,
        limits,
        take_store::{self, Take, Terms},
    },
    outbox::{self, Job},
    tickets::{self, row::ListingRow},
    transaction::Transaction,
};

/// How many buyers of a waitlist one transaction considers. It takes the buyer's lock of each.
const CONSIDERED: i64 = 1000;

/// Brings a listing up to date, under its row lock: orders past their end are ended, and free tickets are offered to the
/// waitlist. Afterwards no ticket is overdue, and every free ticket is free for everyone: no one on the waitlist can be
/// served with it.
///
/// The caller commits, even when it then refuses its own request. It takes the buyers' locks that it needs, and that of
/// `buyer` with them, because a transaction takes them all at once.
pub(crate) async fn bring_up_to_date(
    tx: &mut Transaction<'_>,
    rules: &Rules,
    listing: ListingRow,
    buyer: Option<UserId>,
) -> sqlx::Result<ListingRow> {
    let mut has_ended = false;
    for order in listing.overdue_orders() {
        has_ended |= end_overdue(tx, order).await?;
    }
    let listing = if has_ended {
        tx.mark(listing.id);
        reread(tx, listing.id).await?
    } else {
        listing
    };
    offer(tx, rules, listing, buyer).await
}

/// Offers what is free after the caller's own change, under the listing's row lock.
pub(crate) async fn offer_free(tx: &mut Transaction<'_>, rules: &Rules, listing: ListingId) -> sqlx::Result<()> {
    let listing = reread(tx, listing).await?;
    bring_up_to_date(tx, rules, listing, None).await?;
    Ok(())
}

async fn reread(tx: &mut Transaction<'_>, listing: ListingId) -> sqlx::Result<ListingRow> {
    tickets::store::find(&mut **tx, listing, None).await?.ok_or(sqlx::Error::RowNotFound)
}

/// What is left of a listing during its offers.
struct Left {
    free: usize,
    held: usize,
}

async fn offer(
    tx: &mut Transaction<'_>,
    rules: &Rules,
    listing: ListingRow,
    buyer: Option<UserId>,
) -> sqlx::Result<ListingRow> {
    let mut left = Left { free: listing.free_count(), held: listing.held_count() };
    let is_over = left.free + left.held == 0;
    let mut entries = if listing.waiting > 0 && (left.free > 0 || is_over) {
        store::first(tx, listing.id, CONSIDERED).await?
    } else {
        Vec::new()
    };
    let buyers: Vec<_> = entries.iter().map(|entry| entry.user_id).chain(buyer).collect();
    if is_over && !entries.is_empty() {
        // Sold, withdrawn or started: there is nothing to wait for.
        store::delete(tx, listing.id).await?;
        tx.mark(listing.id);
        entries.clear();
    }
    if !buyers.is_empty() {
        limits::store::lock_buyers(tx, &buyers).await?;
    }
    if entries.is_empty() {
        return if is_over { reread(tx, listing.id).await } else { Ok(listing) };
    }
    // An offer may leave a number that an earlier buyer can be served with.
    while let Some(place) = next(&listing, &left, &entries) {
        let entry = entries.remove(place);
        let count = usize::try_from(entry.wanted).unwrap_or_default();
        if count <= left.free && offer_to(tx, rules, &listing, &entry, !entries.is_empty()).await? {
            left.free -= count;
            left.held += count;
        }
        // They leave the waitlist too if they may not hold the tickets, or can never be served.
        store::remove(tx, listing.id, &[entry.user_id]).await?;
        tx.mark(listing.id);
    }
    reread(tx, listing.id).await
}

/// The first buyer who can be served now, or whose number is more than what can ever become free.
fn next(listing: &ListingRow, left: &Left, entries: &[Entry]) -> Option<usize> {
    entries.iter().position(|entry| {
        let count = usize::try_from(entry.wanted).unwrap_or_default();
        count > left.free + left.held || listing.split.allows(count, left.free, left.held)
    })
}

/// Gives tickets to one buyer of the waitlist, with a lock of full length at the price of the listing. Returns whether it
/// did: a buyer who may not hold so many, could not pay, or has left too many offers unpaid, loses the offer to the next one.
async fn offer_to(
    tx: &mut Transaction<'_>,
    rules: &Rules,
    listing: &ListingRow,
    entry: &Entry,
    has_others_behind: bool,
) -> sqlx::Result<bool> {
    let count = usize::try_from(entry.wanted).unwrap_or_default();
    let history = limits::store::history(tx, rules, entry.user_id, listing.id).await?;
    let has_room = limits::has_room(rules, &history, count) && limits::event_limit(&history, count).is_ok();
    if !has_room || history.unpaid_offers_until.is_some() || history.barred_until.is_some() {
        return Ok(false);
    }
    take_store::release_slots(tx, entry.user_id).await?;
    let take = Take {
        listing: listing.id,
        version: listing.version,
        price: listing.price(),
        buyer: entry.user_id,
        count,
        tickets: &[],
    };
    let terms =
        Terms { expires_at: history.now + rules.lock_length, is_wanted: has_others_behind, from_waitlist: true };
    // A user who deletes their account first leaves every waitlist, under this row lock.
    let order = take_store::take(&mut *tx, rules, &take, Some(terms)).await?;
    if let Some(order) = order {
        outbox::write(tx, &Job::SendMail { mail: Mail::YourTurn { order_id: order } }, None).await?;
        tracing::info!(listing.id = %listing.id, order.id = %order, "offered tickets to a buyer of the waitlist");
    }
    Ok(order.is_some())
}
