//! A list of stolen cards is tried out: the bounds on declined cards.

use std::{net::IpAddr, time::Duration};

use model::{
    AppError, Code,
    tickets::{LockInput, SplitRule},
};
use sqlx::PgPool;
use tokio::task::JoinSet;

use super::*;
use crate::{
    orders::lock::{LockError, lock},
    payments::{
        check::check,
        handle_event::handle_event,
        purge::purge,
        receive_event::receive_event,
        start::{StartError, start},
    },
    testing::{BUYERS_ADDRESS, DECLINED_CARD, GOOD_CARD, WEBHOOK_SECRET, pay_with, start_payment},
    waitlist::join::{JoinError, join},
};

/// By default.
const DECLINES_OF_ACCOUNT: i64 = 10;
const DECLINES_OF_NETWORK: i64 = 50;
const DAY: Duration = Duration::from_hours(24);
const NEARLY_A_DAY: Duration = Duration::from_mins(24 * 60 - 1);
const MINUTE: Duration = Duration::from_mins(1);
const ELSEWHERE: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(198, 51, 100, 7));

/// An accomplice's listings, and who tries cards on them.
struct Shop {
    backend: Backend,
    simulator: Simulator,
    seller: UserId,
    bob: UserId,
}

impl Shop {
    async fn open(db: PgPool) -> Self {
        let (backend, simulator) = TestBackend::with_simulator(db).await;
        let (seller, bob) = (testing::user(&backend.db, "ana").await, testing::user(&backend.db, "bob").await);
        Self { backend, simulator, seller, bob }
    }

    async fn order_of(&self, buyer: UserId) -> OrderId {
        let listing = testing::listing(&self.backend, self.seller).await;
        testing::lock_one(&self.backend, buyer, listing, PRICE).await.expect("locks")
    }

    /// Tries a stolen card on an order of its own.
    async fn try_card(&self, buyer: UserId) -> Result<(), StartError> {
        try_card(&self.backend, buyer, self.order_of(buyer).await).await
    }

    /// Until when the buyer can lock nothing.
    async fn lock_is_barred(&self, buyer: UserId) -> Option<time::OffsetDateTime> {
        let listing = testing::listing(&self.backend, self.seller).await;
        match testing::lock_one(&self.backend, buyer, listing, PRICE).await {
            Err(LockError::TooManyDeclines { until }) => Some(until),
            Err(error) => panic!("{error:?}"),
            Ok(_) => None,
        }
    }

    /// Cards that were declined so long ago.
    async fn declined_ago(&self, buyer: UserId, cards: i64, hours: u64) {
        for _ in 0..cards {
            self.try_card(buyer).await.expect("is tried");
        }
        testing::let_time_pass(&self.backend.db, Duration::from_hours(hours)).await;
    }

    async fn declines(&self) -> i64 {
        testing::count(&self.backend.db, "SELECT count(*) FROM card_attempts WHERE declined_at IS NOT NULL").await
    }

    fn intents(&self) -> usize {
        self.simulator.requests().iter().filter(|line| line.path.ends_with("/payment_intents")).count()
    }
}

async fn try_card(backend: &Backend, buyer: UserId, order: OrderId) -> Result<(), StartError> {
    start_payment(backend, buyer, order).await?;
    pay_with(backend, order, DECLINED_CARD).await;
    check(backend, buyer, order).await.expect("checks");
    Ok(())
}

#[track_caller]
fn assert_barred(outcome: Result<impl std::fmt::Debug, StartError>) -> time::OffsetDateTime {
    match outcome {
        Err(StartError::TooManyDeclines { until }) => until,
        other => panic!("not barred: {other:?}"),
    }
}

/// It is refused before Stripe is asked, also for the attempt that is open, and says when it ends.
#[sqlx::test(migrator = "crate::database::MIGRATIONS")]
async fn tenth_decline_ends_the_payments_of_an_account_for_a_day(db: PgPool) {
    let shop = Shop::open(db).await;
    let open = shop.order_of(shop.bob).await;
    start_payment(&shop.backend, shop.bob, open).await.expect("starts");
    let order = shop.order_of(shop.bob).await;
    for _ in 0..DECLINES_OF_ACCOUNT {
        shop.try_card(shop.bob).await.expect("is tried");
    }
    let asked = shop.simulator.requests().len();
    for order in [order, open] {
        let until = assert_barred(start_payment(&shop.backend, shop.bob, order).await);
        let left = until - testing::now();
        assert!((time::Duration::hours(23)..=time::Duration::hours(24)).contains(&left), "{left}");
        let public = AppError::from(StartError::TooManyDeclines { until });
        assert_eq!((public.code(), public.status()), (Code::TooManyDeclines, 429));
        assert!(public.to_string().contains("You can pay again after "), "{public}");
    }
    assert_eq!(shop.simulator.requests().len(), asked, "Stripe was not asked");
    assert_barred(start(&shop.backend, shop.bob, ELSEWHERE, order).await);

    // Another account of the same network pays.
    let carol = testing::user(&shop.backend.db, "carol").await;
    let hers = shop.order_of(carol).await;
    start_payment(&shop.backend, carol, hers).await.expect("another account");
    pay_with(&shop.backend, hers, GOOD_CARD).await;
    check(&shop.backend, carol, hers).await.expect("completes");
    // An order of another buyer's is no one else's to know of.
    let others = start_payment(&shop.backend, shop.bob, hers).await;
    assert!(matches!(others, Err(StartError::NotFound)), "{others:?}");

    testing::let_time_pass(&shop.backend.db, NEARLY_A_DAY).await;
    assert!(shop.lock_is_barred(shop.bob).await.is_some());
    testing::let_time_pass(&shop.backend.db, MINUTE).await;
    shop.try_card(shop.bob).await.expect("a day has passed");
}

/// Ten within any 24 hours bar for 24 hours from the last, not until the first is a day old.
#[sqlx::test(migrator = "crate::database::MIGRATIONS")]
async fn bar_lasts_a_day_from_the_last_decline(db: PgPool) {
    let shop = Shop::open(db).await;
    shop.declined_ago(shop.bob, DECLINES_OF_ACCOUNT - 1, 23).await;
    shop.declined_ago(shop.bob, 1, 23).await;
    assert!(shop.lock_is_barred(shop.bob).await.is_some());
}

#[sqlx::test(migrator = "crate::database::MIGRATIONS")]
async fn declines_of_other_days_do_not_bar(db: PgPool) {
    let shop = Shop::open(db).await;
    shop.declined_ago(shop.bob, DECLINES_OF_ACCOUNT - 1, 25).await;
    shop.declined_ago(shop.bob, DECLINES_OF_ACCOUNT - 1, 0).await;
    shop.try_card(shop.bob).await.expect("is tried");
}

/// One decline of every account, from one network.
#[sqlx::test(migrator = "crate::database::MIGRATIONS")]
async fn declines_of_many_accounts_bar_their_network(db: PgPool) {
    let shop = Shop::open(db).await;
    let accounts = usize::try_from(DECLINES_OF_NETWORK).expect("a number");
    for buyer in testing::users(&shop.backend.db, accounts).await {
        shop.try_card(buyer).await.expect("is tried");
    }
    let order = shop.order_of(shop.bob).await;
    assert_barred(start_payment(&shop.backend, shop.bob, order).await);
    start(&shop.backend, shop.bob, ELSEWHERE, order).await.expect("another network");
    assert_eq!(BUYERS_ADDRESS.to_string(), "192.0.2.1", "the network that is barred");
}

/// Proves that a decline counts where its attempt is moved, and nowhere else: many runs hear of each.
#[sqlx::test(migrator = "crate::database::MIGRATIONS")]
async fn decline_heard_of_often_counts_once(db: PgPool) {
    let shop = Shop::open(db).await;
    let mut orders = Vec::new();
    for _ in 0..DECLINES_OF_ACCOUNT - 1 {
        let order = shop.order_of(shop.bob).await;
        start_payment(&shop.backend, shop.bob, order).await.expect("starts");
        pay_with(&shop.backend, order, DECLINED_CARD).await;
        orders.push(order);
    }
    let mut hearings = JoinSet::new();
    for order in orders.into_iter().flat_map(|order| [order; 5]) {
        let (backend, bob) = (shop.backend.clone(), shop.bob);
        hearings.spawn(async move { check(&backend, bob, order).await.map(drop) });
    }
    hearings.join_all().await;
    assert_eq!(shop.declines().await, DECLINES_OF_ACCOUNT - 1);
    shop.try_card(shop.bob).await.expect("one more is allowed");
    assert!(shop.lock_is_barred(shop.bob).await.is_some());
}

/// Who cannot pay takes no tickets from others: neither by a lock, whichever way it takes, nor by a waitlist.
#[sqlx::test(migrator = "crate::database::MIGRATIONS")]
async fn barred_account_locks_nothing_and_is_offered_nothing(db: PgPool) {
    let shop = Shop::open(db).await;
    let db = &shop.backend.db;
    let carol = testing::user(db, "carol").await;
    let (awaited, other) =
        (testing::listing(&shop.backend, shop.seller).await, testing::listing(&shop.backend, shop.seller).await);
    for listing in [awaited, other] {
        testing::lock_one(&shop.backend, carol, listing, PRICE).await.expect("locks");
    }
    join(&shop.backend, shop.bob, awaited, 1).await.expect("waits");
    for _ in 0..DECLINES_OF_ACCOUNT {
        shop.try_card(shop.bob).await.expect("is tried");
    }
    let until = shop.lock_is_barred(shop.bob).await.expect("cannot lock");
    let public = AppError::from(LockError::TooManyDeclines { until });
    assert_eq!((public.code(), public.status()), (Code::TooManyDeclines, 429));
    assert!(public.to_string().contains("You can pay again after "), "{public}");
    let joined = join(&shop.backend, shop.bob, other, 1).await;
    assert!(matches!(joined, Err(JoinError::TooManyDeclines { .. })), "{joined:?}");
    // Pairs are decided under the row lock of the listing.
    let pair = testing::listing_of(&shop.backend, shop.seller, 2, SplitRule::Pairs).await;
    let input = LockInput { listing: pair, version: 1, price_cents: PRICE.cents(), count: 2, tickets: Vec::new() };
    let refused = lock(&shop.backend, shop.bob, &input).await;
    assert!(matches!(refused, Err(LockError::TooManyDeclines { .. })), "{refused:?}");

    testing::let_time_pass(db, shop.backend.rules.lock_length).await;
    crate::expiration::sweep::sweep(&shop.backend).await.expect("sweeps");
    let offers = testing::count(db, "SELECT count(*) FROM orders WHERE from_waitlist").await;
    assert_eq!(offers, 0, "the waitlist passes over who cannot pay");
}

/// Proves that each card counts: a browser that has the form tries one after the other, before any run sees a decline.
#[sqlx::test(migrator = "crate::database::MIGRATIONS")]
async fn cards_declined_on_one_intent_count_each(db: PgPool) {
    let shop = Shop::open(db).await;
    let order = shop.order_of(shop.bob).await;
    start_payment(&shop.backend, shop.bob, order).await.expect("starts");
    for _ in 0..DECLINES_OF_ACCOUNT - 1 {
        pay_with(&shop.backend, order, DECLINED_CARD).await;
    }
    check(&shop.backend, shop.bob, order).await.expect("checks");
    assert_eq!(shop.lock_is_barred(shop.bob).await, None, "one more is allowed");
    check(&shop.backend, shop.bob, order).await.expect("checks");
    shop.try_card(shop.bob).await.expect("is tried");
    assert!(shop.lock_is_barred(shop.bob).await.is_some());
}

/// The last of them is accepted: the others count by their events.
#[sqlx::test(migrator = "crate::database::MIGRATIONS")]
async fn cards_declined_before_one_that_pays_count_each(db: PgPool) {
    let shop = Shop::open(db).await;
    let order = shop.order_of(shop.bob).await;
    start_payment(&shop.backend, shop.bob, order).await.expect("starts");
    for _ in 0..DECLINES_OF_ACCOUNT {
        pay_with(&shop.backend, order, DECLINED_CARD).await;
    }
    pay_with(&shop.backend, order, GOOD_CARD).await;
    check(&shop.backend, shop.bob, order).await.expect("completes");
    assert_eq!(shop.lock_is_barred(shop.bob).await, None, "no event was heard yet");
    let events = shop.simulator.events_after(0);
    for event in events.iter().filter(|event| event.body.contains("\"charge.failed\"")).flat_map(|event| [event, event])
    {
        let signature = stripe_sim::sign(&event.body, WEBHOOK_SECRET, testing::now().unix_timestamp());
        receive_event(&shop.backend, event.body.as_bytes(), &signature).await.expect("receives");
        handle_event(&shop.backend, &event.id).await.expect("handles");
    }
    let counted = "SELECT sum(cardinality(charges))::bigint FROM card_attempts";
    assert_eq!(testing::count(&shop.backend.db, counted).await, DECLINES_OF_ACCOUNT);
    assert!(shop.lock_is_barred(shop.bob).await.is_some());
}

/// Eight windows try cards at once, on orders of their own: beyond the bound are only those that were open when it was
/// reached.
#[sqlx::test(migrator = "crate::database::MIGRATIONS")]
async fn cards_tried_at_once_end_at_the_bound(db: PgPool) {
    const WINDOWS: usize = 8;
    let shop = Shop::open(db).await;
    let (mut windows, mut orders_of) = (JoinSet::new(), Vec::new());
    for _ in 0..WINDOWS {
        let mut orders = Vec::new();
        for _ in 0..DECLINES_OF_ACCOUNT {
            orders.push(shop.order_of(shop.bob).await);
        }
        orders_of.push(orders);
    }
    for orders in orders_of {
        let (backend, bob) = (shop.backend.clone(), shop.bob);
        windows.spawn(async move {
            for order in orders {
                if try_card(&backend, bob, order).await.is_err() {
                    return true;
                }
            }
            false
        });
    }
    assert_eq!(windows.join_all().await, [true; WINDOWS], "each window was refused in the end");
    let (declines, most) = (shop.declines().await, DECLINES_OF_ACCOUNT + i64::try_from(WINDOWS).expect("a number") - 1);
    assert!((DECLINES_OF_ACCOUNT..=most).contains(&declines), "{declines}");
    assert_eq!(shop.intents(), usize::try_from(declines).expect("a number"), "no other intent was opened");
}

/// An attempt without a row of its own, as an older version opens it.
#[sqlx::test(migrator = "crate::database::MIGRATIONS")]
async fn decline_of_an_unknown_network_counts_for_the_account(db: PgPool) {
    let shop = Shop::open(db).await;
    let order = shop.order_of(shop.bob).await;
    start_payment(&shop.backend, shop.bob, order).await.expect("starts");
    sqlx::query("DELETE FROM card_attempts").execute(&shop.backend.db).await.expect("is forgotten");
    pay_with(&shop.backend, order, DECLINED_CARD).await;
    check(&shop.backend, shop.bob, order).await.expect("checks");
    let of_bob = "SELECT count(*) FROM card_attempts WHERE declined_at IS NOT NULL AND network IS NULL";
    assert_eq!(testing::count(&shop.backend.db, of_bob).await, 1);
}

#[sqlx::test(migrator = "crate::database::MIGRATIONS")]
async fn purge_deletes_what_counts_no_more(db: PgPool) {
    let shop = Shop::open(db).await;
    shop.try_card(shop.bob).await.expect("is tried");
    start_payment(&shop.backend, shop.bob, shop.order_of(shop.bob).await).await.expect("starts");
    testing::let_time_pass(&shop.backend.db, 2 * DAY).await;
    assert_eq!(purge(&shop.backend).await.expect("purges"), 0, "it may have barred until now");
    testing::let_time_pass(&shop.backend.db, DAY + MINUTE).await;
    assert_eq!(purge(&shop.backend).await.expect("purges"), 2);
}
