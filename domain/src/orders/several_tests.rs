//! Several tickets in one order.

use std::collections::BTreeSet;

use model::{
    ListingId, TicketId,
    orders::OrderStatus,
    tickets::{Availability, ListingInput, SplitRule, TicketStatus},
};
use sqlx::{
    PgPool,
    postgres::{PgConnectOptions, PgPoolOptions},
};
use tokio::task::JoinSet;

use super::*;
use crate::{
    orders::{cancel::cancel, show::show},
    testing::{self, Listed, TestBackend, wire},
    tickets::{edit::edit, show::show as show_listing},
};

const PRICE: Money = Money::usd(4950);

struct Four {
    backend: Backend,
    ana: UserId,
    bob: UserId,
    eve: UserId,
    listing: ListingId,
}

impl Four {
    /// Ana's listing of the seats 1 to 4.
    async fn set(db: PgPool, split: SplitRule) -> Self {
        let backend = TestBackend::without_stripe(db);
        let [ana, bob, eve] = [
            testing::user(&backend.db, "ana").await,
            testing::user(&backend.db, "bob").await,
            testing::user(&backend.db, "eve").await,
        ];
        let listing = testing::listing_of(&backend, ana, 4, split).await;
        Self { backend, ana, bob, eve, listing }
    }

    async fn lock(&self, buyer: UserId, count: usize) -> Result<OrderId, LockError> {
        testing::lock_some(&self.backend, buyer, self.listing, PRICE, count).await
    }

    async fn view(&self) -> ListingView {
        show_listing(&self.backend, None, self.listing).await.expect("shows")
    }

    async fn statuses(&self) -> Vec<TicketStatus> {
        self.view().await.tickets.iter().map(|ticket| ticket.status).collect()
    }

    fn chosen(&self, view: &ListingView, places: &[usize]) -> LockInput {
        let tickets = places.iter().map(|place| view.tickets[*place].id).collect();
        LockInput {
            listing: self.listing,
            version: view.version,
            price_cents: view.card.price.cents(),
            count: 0,
            tickets,
        }
    }
}

use TicketStatus::{Locked as L, OnSale as F};

#[sqlx::test(migrator = "crate::database::MIGRATIONS")]
async fn two_tickets_are_one_order(db: PgPool) {
    let four = Four::set(db, SplitRule::Any).await;
    let order = four.lock(four.bob, 2).await.expect("locks");
    let order = show(&four.backend, four.bob, order).await.expect("shows");
    assert_eq!((order.price, order.tickets.count), (Money::usd(2 * 4950), 2));
    assert_eq!(order.tickets.place, "Section\u{a0}A · Row\u{a0}3 · Seats\u{a0}1-2");
    assert_eq!(four.statuses().await, [L, L, F, F]);
    let view = four.view().await;
    assert_eq!((view.card.availability, view.card.free, view.choices), (Availability::OnSale, 2, vec![1, 2]));

    four.lock(four.eve, 2).await.expect("the other two");
    assert!(matches!(four.view().await.card.availability, Availability::LockedUntil(_)));
    cancel(&four.backend, four.bob, order.id).await.expect("cancels");
    assert_eq!(four.statuses().await, [F, F, L, L]);
}

/// A buyer who wants one seat is not in the way of those who hold the others.
#[sqlx::test(migrator = "crate::database::MIGRATIONS")]
async fn refusal_of_a_chosen_ticket_marks_its_holder_alone(db: PgPool) {
    let four = Four::set(db, SplitRule::Any).await;
    let view = four.view().await;
    let hers = lock(&four.backend, four.eve, &four.chosen(&view, &[2])).await.expect("locks");
    let his = lock(&four.backend, four.bob, &four.chosen(&view, &[0, 1])).await.expect("locks");
    let dan = testing::user(&four.backend.db, "dan").await;
    let refused = lock(&four.backend, dan, &four.chosen(&view, &[2])).await;
    assert!(matches!(refused, Err(LockError::Locked { .. })), "{refused:?}");
    let wanted = async || {
        let ids: Vec<OrderId> = sqlx::query_scalar("SELECT id FROM orders WHERE is_wanted ORDER BY id")
            .fetch_all(&four.backend.db)
            .await
            .expect("reads");
        ids
    };
    assert_eq!(wanted().await, [hers]);
    let refused = four.lock(dan, 2).await;
    assert!(matches!(refused, Err(LockError::NotEnough)), "{refused:?}");
    assert_eq!(wanted().await, [hers, his]);
}

#[sqlx::test(migrator = "crate::database::MIGRATIONS")]
async fn chosen_tickets_are_locked(db: PgPool) {
    let four = Four::set(db, SplitRule::Any).await;
    let view = four.view().await;
    let order = lock(&four.backend, four.bob, &four.chosen(&view, &[3, 1, 3])).await.expect("locks");
    assert_eq!(four.statuses().await, [F, L, F, L]);
    let order = show(&four.backend, four.bob, order).await.expect("shows");
    assert_eq!((order.tickets.count, order.price), (2, Money::usd(2 * 4950)), "each ticket once");
    assert!(order.tickets.place.ends_with("Seats\u{a0}2,\u{a0}4"), "{}", order.tickets.place);

    let refused = lock(&four.backend, four.eve, &four.chosen(&view, &[0, 1])).await;
    assert!(matches!(refused, Err(LockError::Locked { .. })), "{refused:?}");
    let mut foreign = four.chosen(&view, &[0]);
    foreign.tickets.push(crate::ids::fresh::<TicketId>());
    let refused = lock(&four.backend, four.eve, &foreign).await;
    assert!(matches!(refused, Err(LockError::NotFound)), "{refused:?}");
    assert_eq!(four.statuses().await, [F, L, F, L], "all or nothing");
}

#[sqlx::test(migrator = "crate::database::MIGRATIONS")]
async fn lock_fails_for_wrong_numbers(db: PgPool) {
    let four = Four::set(db, SplitRule::Any).await;
    for count in [0, 101, usize::MAX] {
        assert!(matches!(four.lock(four.bob, count).await, Err(LockError::Quantity)), "{count}");
    }
    assert!(matches!(four.lock(four.bob, 5).await, Err(LockError::NotEnough)));
    four.lock(four.bob, 3).await.expect("locks");
    assert!(matches!(four.lock(four.eve, 2).await, Err(LockError::NotEnough)));
    four.lock(four.eve, 1).await.expect("the last one");
}

/// Proves the split rule in `decide`, and `split = 'any'` in `take`.
#[sqlx::test(migrator = "crate::database::MIGRATIONS")]
async fn lock_keeps_to_the_split_rule(db: PgPool) {
    for (split, refused, taken) in
        [(SplitRule::Pairs, [1, 3], 2), (SplitRule::AllTogether, [1, 3], 4), (SplitRule::NeverLeaveOne, [3, 3], 1)]
    {
        let db = db.clone();
        let four = {
            let backend = TestBackend::without_stripe(db);
            let name = split.code();
            let [ana, bob, eve] = [
                testing::user(&backend.db, &format!("ana.{name}")).await,
                testing::user(&backend.db, &format!("bob.{name}")).await,
                testing::user(&backend.db, &format!("eve.{name}")).await,
            ];
            let listing = testing::listing_of(&backend, ana, 4, split).await;
            Four { backend, ana, bob, eve, listing }
        };
        for count in refused {
            let outcome = four.lock(four.bob, count).await;
            assert!(matches!(outcome, Err(LockError::Split)), "{split:?} {count}: {outcome:?}");
        }
        assert_eq!(four.statuses().await, [F; 4]);
        four.lock(four.bob, taken).await.expect("the rule allows it");
        let choices = four.view().await.choices;
        for count in 1..=4 {
            let may = choices.contains(&count);
            let outcome = four.lock(four.eve, count).await;
            assert_eq!(outcome.is_ok(), may, "{split:?}: {count} of {choices:?}: {outcome:?}");
            if let Ok(order) = outcome {
                cancel(&four.backend, four.eve, order).await.expect("cancels");
            }
        }
    }
}

/// The seller makes something else of the listing, at the same price, between the buyer's page and button.
///
/// Proves the version in `take` and in `decide`.
#[sqlx::test(migrator = "crate::database::MIGRATIONS")]
async fn another_listing_than_the_buyer_saw_is_refused(db: PgPool) {
    let Listed { backend, ana, bob, listing } = Listed::new(db).await;
    let seen = show_listing(&backend, Some(bob), listing).await.expect("shows");
    let parking = ListingInput { title: "Car park only".into(), ..testing::listing_input() };
    edit(&backend, ana, listing, 1, &parking).await.expect("edits");
    let input = LockInput {
        listing,
        version: seen.version,
        price_cents: seen.card.price.cents(),
        count: 1,
        tickets: Vec::new(),
    };
    let refused = lock(&backend, bob, &input).await.expect_err("it is another listing");
    let error = AppError::from(refused);
    assert_eq!((error.code(), error.status()), (Code::ListingChanged, 409));
    let now = error.listing().expect("the listing as it is");
    assert_eq!((now.card.title.as_str(), now.version), ("Car park only", 2));
    assert_eq!(testing::count(&backend.db, "SELECT count(*) FROM orders").await, 0);
    lock(&backend, bob, &LockInput { version: now.version, ..input }).await.expect("locks what they see");
}

/// A hundred buyers want one to four of four tickets, by number and by seat, at the same moment.
///
/// Proves `SKIP LOCKED`, `order_id IS NULL` and the count in `take`.
#[sqlx::test(migrator = "crate::database::MIGRATIONS")]
async fn crowd_at_four_tickets_gets_each_once(_: PgPoolOptions, connect: PgConnectOptions) {
    let db = PgPoolOptions::new().max_connections(30).connect_with(connect).await.expect("a pool");
    let four = Four::set(db, SplitRule::Any).await;
    let view = four.view().await;
    let buyers = testing::users(&four.backend.db, 100).await;
    let mut tries = JoinSet::new();
    for (n, buyer) in buyers.into_iter().enumerate() {
        let (backend, mut input) = (four.backend.clone(), four.chosen(&view, &[n % 4, (n + 1) % 4]));
        if n % 3 > 0 {
            input = LockInput { count: 1 + n % 4, tickets: Vec::new(), ..input };
        }
        tries.spawn(async move { lock(&backend, buyer, &input).await });
    }
    let outcomes = tries.join_all().await;
    let orders: Vec<OrderId> = outcomes.iter().filter_map(|outcome| outcome.as_ref().ok().copied()).collect();
    assert!((1..=4).contains(&orders.len()), "{outcomes:?}");
    for refused in outcomes.iter().filter_map(|outcome| outcome.as_ref().err()) {
        assert!(matches!(refused, LockError::Locked { .. } | LockError::NotEnough), "{refused:?}");
    }
    let held: Vec<Vec<sqlx::types::Uuid>> =
        sqlx::query_scalar("SELECT ticket_ids FROM orders").fetch_all(&four.backend.db).await.expect("reads");
    let all: Vec<_> = held.iter().flatten().collect();
    assert_eq!(all.iter().collect::<BTreeSet<_>>().len(), all.len(), "no ticket twice");
    let report = crate::doctor::examine::examine(&four.backend.db).await.expect("examines");
    assert_eq!(report.violations().map(|check| check.name.as_str()).collect::<Vec<_>>(), [""; 0]);
}

/// The cap counts tickets.
#[sqlx::test(migrator = "crate::database::MIGRATIONS")]
async fn cap_counts_tickets(db: PgPool) {
    let mut four = Four::set(db, SplitRule::Any).await;
    four.backend.rules.max_active_locks = 3;
    assert!(matches!(four.lock(four.bob, 4).await, Err(LockError::TooManyLocks)));
    let other = testing::listing_of(&four.backend, four.ana, 4, SplitRule::Any).await;
    let two = testing::lock_some(&four.backend, four.bob, other, PRICE, 2).await.expect("locks");
    assert!(matches!(four.lock(four.bob, 2).await, Err(LockError::TooManyLocks)));
    four.lock(four.bob, 1).await.expect("a third one");
    cancel(&four.backend, four.bob, two).await.expect("cancels");

    // Overdue tickets take no room, although no job has run.
    testing::let_time_pass(&four.backend.db, four.backend.rules.lock_length).await;
    let third = testing::listing_of(&four.backend, four.ana, 4, SplitRule::Any).await;
    testing::lock_some(&four.backend, four.bob, third, PRICE, 3).await.expect("locks");
}

/// One buyer presses in ten windows, each for two tickets of another listing.
///
/// Proves the slots: without the index `tickets_hold_slot_key` every window takes the room that all of them see.
#[sqlx::test(migrator = "crate::database::MIGRATIONS")]
async fn windows_of_one_buyer_share_the_cap(_: PgPoolOptions, connect: PgConnectOptions) {
    let db = PgPoolOptions::new().max_connections(20).connect_with(connect).await.expect("a pool");
    let mut four = Four::set(db, SplitRule::Any).await;
    four.backend.rules.max_active_locks = 4;
    for round in 0..5 {
        let bob = testing::user(&four.backend.db, &format!("bob{round}")).await;
        let mut tries = JoinSet::new();
        for _ in 0..10 {
            let (backend, listing) =
                (four.backend.clone(), testing::listing_of(&four.backend, four.ana, 2, SplitRule::Any).await);
            tries.spawn(async move { testing::lock_some(&backend, bob, listing, PRICE, 2).await });
        }
        let outcomes = tries.join_all().await;
        assert_eq!(outcomes.iter().filter(|outcome| outcome.is_ok()).count(), 2, "{outcomes:?}");
        let refused = outcomes.iter().filter(|outcome| matches!(outcome, Err(LockError::TooManyLocks)));
        assert_eq!(refused.count(), 8, "{outcomes:?}");
    }
}

#[sqlx::test(migrator = "crate::database::MIGRATIONS")]
async fn order_is_paid_and_ended_as_one(db: PgPool) {
    let (backend, _stripe) = TestBackend::with_simulator(db).await;
    let (ana, bob) = (testing::user(&backend.db, "ana").await, testing::user(&backend.db, "bob").await);
    let listing = testing::listing_of(&backend, ana, 3, SplitRule::Any).await;
    let order = testing::lock_some(&backend, bob, listing, PRICE, 2).await.expect("locks");
    testing::start_payment(&backend, bob, order).await.expect("starts");
    testing::pay_with(&backend, order, testing::GOOD_CARD).await;
    crate::payments::check::check(&backend, bob, order).await.expect("checks");
    let view = show_listing(&backend, Some(bob), listing).await.expect("shows");
    let statuses: Vec<_> = view.tickets.iter().map(|ticket| ticket.status).collect();
    assert_eq!(statuses, [TicketStatus::Sold, TicketStatus::Sold, TicketStatus::OnSale]);
    assert_eq!((view.my_order, view.card.free, view.card.availability), (Some(order), 1, Availability::OnSale));
    let order = show(&backend, bob, order).await.expect("shows");
    assert_eq!((order.status, order.price), (OrderStatus::Complete, Money::usd(2 * 4950)));
    let booked: i64 =
        testing::count(&backend.db, "SELECT sum(amount_cents)::bigint FROM ledger_entries WHERE account = 'seller'")
            .await;
    assert_eq!(booked, 2 * 4950);
}

/// Proves that a lock and its end are one statement each, and how many statements a refusal takes.
#[sqlx::test(migrator = "crate::database::MIGRATIONS")]
async fn lock_and_cancel_take_one_statement(db: PgPool) {
    let four = Four::set(db, SplitRule::Any).await;
    let (backend, wire) = wire::counted(&four.backend).await;
    let view = four.view().await;
    let input = |count| LockInput {
        listing: four.listing,
        version: view.version,
        price_cents: PRICE.cents(),
        count,
        tickets: Vec::new(),
    };
    // Connects.
    show_listing(&backend, None, four.listing).await.expect("shows");
    for count in [1, 2] {
        let mut order = None;
        let sent = wire.count(async { order = Some(lock(&backend, four.bob, &input(count)).await.expect("locks")) });
        assert_eq!(sent.await.statements, 1, "{count}");
        let order = order.expect("an order");
        let sent = wire.count(async { cancel(&backend, four.bob, order).await.expect("cancels") });
        assert_eq!(sent.await.statements, 1, "a cancellation");
        // The cool-down looks at the buyer's last order: after it, the common case is the common case again.
        testing::let_time_pass(&four.backend.db, four.backend.rules.lock_cooldown).await;
    }
    four.lock(four.bob, 4).await.expect("locks");
    let refused = async || drop(lock(&backend, four.eve, &input(1)).await.expect_err("it is locked"));
    wire.count(refused()).await;
    assert_eq!(wire.count(refused()).await.statements, 3, "a refusal, once it is known that others want the tickets");
}
