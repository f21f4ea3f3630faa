//! The events that sell fast: those that sold most tickets within a day, while some are left.

use model::{EventId, events::FoundEvent};

use super::{
    fast_store::{self, FastRow},
    search::view,
};
use crate::Backend;

/// How many tickets an event has to have sold within 24 hours.
const SOLD_MIN: i64 = 5;
/// To how many buyers, so that no seller puts their event there with one other account.
const BUYERS_MIN: i64 = 3;
/// How many events are kept, most sold first.
const KEPT: i64 = 20;
/// How many of the newest sales are counted. They are a day's, up to 14 sales a minute; beyond that the numbers are too
/// low, and never too high.
const SALES_MAX: i64 = 20_000;

/// Counts the sales of the last 24 hours anew. Returns how many events sell fast.
///
/// # Errors
///
/// When the database does not answer.
pub async fn count_sales(backend: &Backend) -> sqlx::Result<u64> {
    fast_store::count_sales(&backend.db, SALES_MAX, SOLD_MIN, BUYERS_MIN, KEPT).await
}

/// At most `limit` of the events that sell fast and have tickets on sale, most sold first.
pub(super) async fn fast(backend: &Backend, limit: i64) -> sqlx::Result<Vec<(EventId, FoundEvent)>> {
    let event = |row: FastRow| {
        let (row, sold) = row.into_parts();
        (row.id, FoundEvent { sold: usize::try_from(sold).unwrap_or_default(), ..view(row) })
    };
    Ok(fast_store::fast(&backend.db, KEPT, limit).await?.into_iter().map(event).collect())
}

#[cfg(test)]
mod tests {
    use model::{
        Money, UserId,
        tickets::{ListingInput, SplitRule},
    };
    use sqlx::PgPool;

    use super::*;
    use crate::{
        catalogue::home::home,
        payments::check::check,
        testing::{self, GOOD_CARD, TestBackend},
        tickets::list::list,
    };

    async fn buy(backend: &Backend, buyer: UserId, listing: model::ListingId, count: usize) {
        let order = testing::lock_some(backend, buyer, listing, Money::usd(4950), count).await.expect("locks");
        testing::start_payment(backend, buyer, order).await.expect("starts");
        testing::pay_with(backend, order, GOOD_CARD).await;
        check(backend, buyer, order).await.expect("checks");
    }

    async fn shown(backend: &Backend) -> Vec<(String, usize, usize)> {
        let home = home(backend, None).await.expect("reads");
        let events = home.soon.into_iter().chain(home.fast).filter(|event| event.sold > 0);
        events.map(|event| (event.title, event.sold, event.tickets)).collect()
    }

    #[sqlx::test(migrator = "crate::database::MIGRATIONS")]
    async fn event_that_sells_fast_is_shown_with_its_sales_while_tickets_are_left(db: PgPool) {
        let (backend, _simulator) = TestBackend::with_simulator(db).await;
        let ana = testing::user(&backend.db, "ana").await;
        let buyers = testing::users(&backend.db, 3).await;
        let put = async |title: &str, seats: &str| {
            let (title, seat) = (title.into(), seats.into());
            let split = SplitRule::Any.code().into();
            let input = ListingInput { title, seat, split, ..testing::listing_input() };
            list(&backend, ana, &input).await.expect("lists")
        };
        let (fast, few, one_buyer) = (put("Fast", "1-7").await, put("Few", "1-7").await, put("One buyer", "1-9").await);
        for buyer in &buyers {
            buy(&backend, *buyer, fast, 2).await;
            buy(&backend, *buyer, few, 1).await;
        }
        buy(&backend, buyers[0], one_buyer, 4).await;
        buy(&backend, buyers[1], one_buyer, 4).await;
        assert_eq!(shown(&backend).await, [], "nothing is counted yet");

        assert_eq!(count_sales(&backend).await.expect("counts"), 1);
        assert_eq!(shown(&backend).await, [("Fast".to_owned(), 6, 1)]);
        assert_eq!(count_sales(&backend).await.expect("counts again"), 1);
        buy(&backend, buyers[0], fast, 1).await;
        assert_eq!(shown(&backend).await, [], "sold out");

        testing::let_time_pass(&backend.db, std::time::Duration::from_hours(25)).await;
        assert_eq!(count_sales(&backend).await.expect("counts"), 0);
        assert_eq!(testing::count(&backend.db, "SELECT count(*) FROM event_sales").await, 0);
    }

    /// Numbers that no worker counts any more are not shown.
    #[sqlx::test(migrator = "crate::database::MIGRATIONS")]
    async fn old_numbers_are_not_shown(db: PgPool) {
        let testing::Listed { backend, .. } = testing::Listed::new(db).await;
        let insert = "INSERT INTO event_sales SELECT id, 7, now() FROM events";
        sqlx::query(insert).execute(&backend.db).await.expect("inserts");
        assert_eq!(shown(&backend).await, [("Sigur Rós".to_owned(), 7, 1)]);
        testing::let_time_pass(&backend.db, std::time::Duration::from_mins(11)).await;
        assert_eq!(shown(&backend).await, []);
    }
}
