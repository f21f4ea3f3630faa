//! The news of watches.

use std::collections::HashMap;

use model::{ListingId, Money, WatchId, tickets::Availability};
use sqlx::PgExecutor;

use crate::{
    backend::Rules,
    tickets::{self, row::ListingRow},
};

/// A listing that is news for a watch.
pub(super) struct NewsRow {
    pub(super) watch: WatchId,
    /// Whether the watch is told at once.
    pub(super) at_once: bool,
    /// Whether the listing itself is watched, and not its event.
    pub(super) of_listing: bool,
    pub(super) listing: ListingId,
    /// The price of one ticket when news was told last. None if there was no such listing.
    pub(super) before_cents: Option<i64>,
}

/// What happened to a listing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Change {
    /// It was made, or moved to the event.
    Listed,
    /// It became cheaper than `before`.
    Cheaper { before: Money },
    /// Its tickets are on sale again.
    BackOnSale,
}

impl NewsRow {
    /// What happened to the listing, whose price is `now`.
    pub(super) fn change(&self, now: Money) -> Change {
        match self.before_cents {
            Some(before) if before > now.cents() => Change::Cheaper { before: Money::usd(before) },
            _ if self.of_listing => Change::BackOnSale,
            _ => Change::Listed,
        }
    }
}

/// The listings of news whose tickets can be bought at this moment.
pub(super) async fn buyable(
    db: impl PgExecutor<'_>,
    rules: &Rules,
    news: &[NewsRow],
) -> sqlx::Result<HashMap<ListingId, ListingRow>> {
    if news.is_empty() {
        return Ok(HashMap::new());
    }
    let ids: Vec<_> = news.iter().map(|row| row.listing).collect();
    let listings = tickets::store::find_all(db, &ids).await?.into_iter();
    let listings = listings.filter(|listing| listing.availability(rules) == Availability::OnSale);
    Ok(listings.map(|listing| (listing.id, listing)).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ids::fresh;

    #[test]
    fn change_follows_from_the_price_before() {
        let change = |of_listing, before_cents| {
            NewsRow { watch: fresh(), at_once: false, of_listing, listing: fresh(), before_cents }
                .change(Money::usd(4500))
        };
        assert_eq!(change(false, None), Change::Listed);
        assert_eq!(change(false, Some(4500)), Change::Listed, "it moved to the event");
        assert_eq!(change(false, Some(4950)), Change::Cheaper { before: Money::usd(4950) });
        assert_eq!(change(true, Some(4950)), Change::Cheaper { before: Money::usd(4950) });
        assert_eq!(change(true, Some(4500)), Change::BackOnSale);
    }
}
