//! A buyer's own tickets and orders.

use model::{
    AppError, OrderId, UserId,
    orders::{MyTickets, OrderPage, UPCOMING_MAX},
    tickets::PAGE_SIZE,
};

use super::view_store::{self, OrderViewRow, Part, Selection};
use crate::{
    Backend,
    backend::Rules,
    database,
    waitlist::mine::{self as waitlists, MyWaitlistsError},
};

/// A query that reads the orders or the waitlists failed.
#[derive(Debug, thiserror::Error)]
pub enum MyTicketsError {
    /// That of the orders.
    #[error("the orders were not read")]
    Orders(#[from] sqlx::Error),
    /// That of the waitlists.
    #[error("the waitlists were not read")]
    Waitlists(#[from] MyWaitlistsError),
}

/// Which page of a buyer's tickets and orders to read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Page {
    /// The first of each list.
    First,
    /// Only upcoming tickets, after the last order of the previous page.
    UpcomingAfter(OrderId),
    /// Only ended orders, after the last order of the previous page.
    EndedAfter(OrderId),
}

/// What a buyer has: open orders, upcoming tickets, waitlists and ended orders. Not the gifts to them.
///
/// # Errors
///
/// When the database does not answer.
pub async fn mine(backend: &Backend, buyer: UserId, page: Page) -> Result<MyTickets, MyTicketsError> {
    let (part, after) = match page {
        Page::First => (None, None),
        Page::UpcomingAfter(order) => (Some(Part::Upcoming), Some(order)),
        Page::EndedAfter(order) => (Some(Part::Ended), Some(order)),
    };
    // One more than the page shows tells whether another page follows. A list shows no timelines.
    let selection =
        Selection { only: None, part, after, ended: one_more(PAGE_SIZE), others: one_more(UPCOMING_MAX), events: 0 };
    let (mut open, mut upcoming, mut ended) = (Vec::new(), Vec::new(), Vec::new());
    for row in view_store::of_buyer(&backend.db, buyer, selection).await? {
        match row.part {
            Part::Open => open.push(row),
            Part::Upcoming => upcoming.push(row),
            Part::Ended => ended.push(row),
        }
    }
    let is_first = page == Page::First;
    Ok(MyTickets {
        open: list(open, UPCOMING_MAX, &backend.rules).orders,
        starts_in: upcoming.first().filter(|_| is_first).map(OrderViewRow::starts_in),
        upcoming: list(upcoming, UPCOMING_MAX, &backend.rules),
        waitlists: if is_first { waitlists::mine(backend, buyer).await? } else { Vec::new() },
        ended: list(ended, PAGE_SIZE, &backend.rules),
        gifts: Vec::new(),
    })
}

fn one_more(most: usize) -> i64 {
    i64::try_from(most).unwrap_or(i64::MAX).saturating_add(1)
}

fn list(mut rows: Vec<OrderViewRow>, most: usize, rules: &Rules) -> OrderPage {
    let has_more = rows.len() > most;
    rows.truncate(most);
    let next = rows.last().filter(|_| has_more).map(|row| row.id);
    OrderPage { orders: rows.into_iter().map(|row| row.into_view(rules)).collect(), next }
}

impl From<MyTicketsError> for AppError {
    fn from(error: MyTicketsError) -> Self {
        match error {
            MyTicketsError::Orders(error) => database::public_code(&error).into(),
            MyTicketsError::Waitlists(error) => error.into(),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use model::{ListingId, Money, orders::OrderView, tickets::ListingInput};
    use sqlx::PgPool;

    use super::*;
    use crate::{
        orders::cancel::cancel,
        testing::{self, TestBackend},
        tickets::list::list,
        waitlist::join::join,
    };

    const PRICE: Money = Money::usd(4950);

    struct Market {
        backend: Backend,
        ana: UserId,
        bob: UserId,
    }

    impl Market {
        async fn new(db: PgPool) -> Self {
            let backend = TestBackend::without_stripe(db);
            let (ana, bob) = (testing::user(&backend.db, "ana").await, testing::user(&backend.db, "bob").await);
            Self { backend, ana, bob }
        }

        /// A listing of Ana's for an event that many days from now.
        async fn listing_in_days(&self, days: i64) -> ListingId {
            let input = ListingInput { starts_at: testing::local_time_in_days(days), ..testing::listing_input() };
            list(&self.backend, self.ana, &input).await.expect("lists")
        }

        async fn lock_in_days(&self, buyer: UserId, days: i64) -> OrderId {
            let listing = self.listing_in_days(days).await;
            testing::lock_one(&self.backend, buyer, listing, PRICE).await.expect("locks")
        }

        /// An order as its payment leaves it.
        async fn bought_in_days(&self, buyer: UserId, days: i64) -> OrderId {
            let order = self.lock_in_days(buyer, days).await;
            self.end(order, "complete").await;
            order
        }

        async fn end(&self, order: OrderId, status: &str) {
            let sold = "
                WITH sold AS (UPDATE tickets SET status = 'sold', held_until = NULL, hold_slot = NULL WHERE order_id = $1)
                UPDATE orders SET status = $2, ended_at = now(), lock_end = now() WHERE id = $1";
            sqlx::query(sold).bind(order.as_uuid()).bind(status).execute(&self.backend.db).await.expect("ends");
        }

        async fn mine(&self, buyer: UserId, page: Page) -> MyTickets {
            mine(&self.backend, buyer, page).await.expect("reads")
        }

        async fn wait(&self, hours: u64) {
            testing::let_time_pass(&self.backend.db, Duration::from_hours(hours)).await;
        }
    }

    fn ids(orders: &[OrderView]) -> Vec<OrderId> {
        orders.iter().map(|order| order.id).collect()
    }

    #[sqlx::test(migrator = "crate::database::MIGRATIONS")]
    async fn upcoming_tickets_are_those_bought_soonest_event_first(db: PgPool) {
        let market = Market::new(db).await;
        let (bob, eve) = (market.bob, testing::user(&market.backend.db, "eve").await);
        let late = market.bought_in_days(bob, 9).await;
        let soon = market.bought_in_days(bob, 3).await;
        let middle = market.bought_in_days(bob, 6).await;
        let [refunded, on_its_way] = [market.bought_in_days(bob, 4).await, market.bought_in_days(bob, 4).await];
        market.end(refunded, "refunded").await;
        market.end(on_its_way, "refund_pending").await;
        let cancelled = market.lock_in_days(bob, 4).await;
        cancel(&market.backend, bob, cancelled).await.expect("cancels");
        let another = market.bought_in_days(eve, 2).await;

        let seen = market.mine(bob, Page::First).await;
        assert_eq!(ids(&seen.upcoming.orders), [soon, middle, late]);
        assert_eq!((seen.upcoming.next, seen.starts_in.as_deref()), (None, Some("in 3 days")));
        assert_eq!(ids(&seen.ended.orders), [cancelled, on_its_way, refunded]);
        assert!(seen.open.is_empty());
        assert_eq!(ids(&market.mine(eve, Page::First).await.upcoming.orders), [another]);
        assert_eq!(market.mine(market.ana, Page::First).await, MyTickets::default());
    }

    #[sqlx::test(migrator = "crate::database::MIGRATIONS")]
    async fn event_is_over_twelve_hours_after_its_start(db: PgPool) {
        let market = Market::new(db).await;
        let order = market.bought_in_days(market.bob, 2).await;
        let hours = "SELECT (extract(epoch FROM starts_at - now()) / 3600)::bigint FROM orders";
        let until_the_start = testing::count(&market.backend.db, hours).await;
        market.wait(u64::try_from(until_the_start).expect("it is ahead") + 11).await;
        let seen = market.mine(market.bob, Page::First).await;
        assert_eq!((ids(&seen.upcoming.orders), seen.starts_in.as_deref()), (vec![order], Some("it has started")));
        market.wait(2).await;
        let seen = market.mine(market.bob, Page::First).await;
        assert_eq!((ids(&seen.ended.orders), seen.upcoming, seen.starts_in), (vec![order], OrderPage::default(), None));
    }

    #[sqlx::test(migrator = "crate::database::MIGRATIONS")]
    async fn order_is_open_until_its_payment_is_decided(db: PgPool) {
        let market = Market::new(db).await;
        let [unpaid, paid] = [market.lock_in_days(market.bob, 3).await, market.lock_in_days(market.bob, 4).await];
        assert_eq!(ids(&market.mine(market.bob, Page::First).await.open), [paid, unpaid]);
        let attempt =
            "INSERT INTO payments (id, order_id, attempt, status, amount_cents, currency, created_at, updated_at)
            VALUES (gen_random_uuid(), $1, 1, 'open', 4950, 'usd', now(), now())";
        sqlx::query(attempt).bind(paid.as_uuid()).execute(&market.backend.db).await.expect("an attempt");
        testing::let_time_pass(&market.backend.db, market.backend.rules.lock_length).await;
        let seen = market.mine(market.bob, Page::First).await;
        assert_eq!((ids(&seen.open), ids(&seen.ended.orders)), (vec![paid], vec![unpaid]));
        assert!(seen.open.iter().all(|order| !order.is_decided()) && seen.ended.orders[0].is_decided());
    }

    #[sqlx::test(migrator = "crate::database::MIGRATIONS")]
    async fn pages_have_each_order_once(db: PgPool) {
        let market = Market::new(db).await;
        let mut bought = Vec::new();
        for n in 0..=UPCOMING_MAX {
            // Some events start at the same time.
            let days = i64::try_from(n % 3).expect("a small number") + 2;
            bought.push((days, std::cmp::Reverse(market.bought_in_days(market.bob, days).await)));
        }
        bought.sort();
        let mut ended = Vec::new();
        for _ in 0..=PAGE_SIZE {
            let order = market.bought_in_days(market.bob, 2).await;
            market.end(order, "refunded").await;
            ended.insert(0, order);
        }

        let first = market.mine(market.bob, Page::First).await;
        assert_eq!((first.upcoming.orders.len(), first.ended.orders.len()), (UPCOMING_MAX, PAGE_SIZE));
        let later = market.mine(market.bob, Page::UpcomingAfter(first.upcoming.next.expect("one is left"))).await;
        let older = market.mine(market.bob, Page::EndedAfter(first.ended.next.expect("one is left"))).await;
        let upcoming = [ids(&first.upcoming.orders), ids(&later.upcoming.orders)].concat();
        assert_eq!(upcoming, bought.iter().map(|(_, order)| order.0).collect::<Vec<_>>());
        assert_eq!([ids(&first.ended.orders), ids(&older.ended.orders)].concat(), ended);
        assert_eq!((later.upcoming.next, older.ended.next, &later.starts_in), (None, None, &None));
        assert_eq!((later.ended, older.upcoming), (OrderPage::default(), OrderPage::default()));
        // A cursor of another user's leads to nothing of theirs.
        let stranger = market.mine(market.ana, Page::UpcomingAfter(bought[0].1.0)).await;
        assert_eq!(stranger, MyTickets::default());
    }

    #[sqlx::test(migrator = "crate::database::MIGRATIONS")]
    async fn waitlists_are_on_the_first_page(db: PgPool) {
        let market = Market::new(db).await;
        let eve = testing::user(&market.backend.db, "eve").await;
        let listing = market.listing_in_days(3).await;
        let order = testing::lock_one(&market.backend, market.bob, listing, PRICE).await.expect("locks");
        join(&market.backend, eve, listing, 1).await.expect("joins");
        let seen = market.mine(eve, Page::First).await;
        assert_eq!(seen.waitlists.iter().map(|entry| entry.listing).collect::<Vec<_>>(), [listing]);
        assert!(market.mine(eve, Page::EndedAfter(order)).await.waitlists.is_empty());
    }
}
