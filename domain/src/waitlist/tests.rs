//! The waitlist, from joining to the offer.

mod contended;

use std::time::Duration;

use model::{
    AppError, Code, ListingId, Money, OrderId, UserId,
    orders::{ListingNow, OrderStatus},
    tickets::{Availability, ListingInput, ListingView, SplitRule},
    waitlist::Waitlist,
};
use sqlx::PgPool;
use tokio::time::timeout;

use super::{
    close::set_closed,
    join::{JoinError, join},
    leave::leave,
    mine::mine,
};
use crate::{
    Backend,
    catalogue::home::home,
    expiration::{
        expire::{Expiry, expire},
        sweep::sweep,
    },
    ids::fresh,
    orders::{cancel::cancel, lock::LockError, show::show},
    testing::{self, TestBackend},
    tickets::{self, change::ChangeError, edit::edit, withdraw::withdraw},
};

const PRICE: Money = Money::usd(4950);

/// Ana's ticket, locked by Bob; Carol and Dan wait for it.
struct Setup {
    backend: Backend,
    ana: UserId,
    bob: UserId,
    carol: UserId,
    dan: UserId,
    listing: ListingId,
    order: OrderId,
}

impl Setup {
    async fn set(db: PgPool) -> Self {
        let setup = Self::without_waitlist(db).await;
        assert_eq!(setup.join(setup.carol).await.expect("joins"), 1);
        assert_eq!(setup.join(setup.dan).await.expect("joins"), 2);
        setup
    }

    async fn without_waitlist(db: PgPool) -> Self {
        let backend = TestBackend::without_stripe(db);
        let mut people = Vec::new();
        for name in ["ana", "bob", "carol", "dan"] {
            people.push(testing::user(&backend.db, name).await);
        }
        let [ana, bob, carol, dan] = people[..] else { panic!("four people") };
        let listing = testing::listing(&backend, ana).await;
        let order = testing::lock_one(&backend, bob, listing, PRICE).await.expect("locks");
        Self { backend, ana, bob, carol, dan, listing, order }
    }

    async fn join(&self, user: UserId) -> Result<i64, JoinError> {
        join(&self.backend, user, self.listing, 1).await
    }

    async fn lock(&self, user: UserId) -> Result<OrderId, LockError> {
        testing::lock_one(&self.backend, user, self.listing, PRICE).await
    }

    async fn view(&self, reader: UserId) -> ListingView {
        tickets::show::show(&self.backend, Some(reader), self.listing).await.expect("shows")
    }

    async fn waitlist(&self, reader: UserId) -> Waitlist {
        self.view(reader).await.waitlist
    }

    async fn time_runs_out(&self) {
        testing::let_time_pass(&self.backend.db, self.backend.rules.lock_length).await;
    }

    /// Asserts that `user`, and no other user, holds the ticket for the whole length of a lock.
    async fn assert_has_their_turn(&self, user: UserId) {
        let order = self.view(user).await.my_order.expect("they have the offer");
        let order = show(&self.backend, user, order).await.expect("shows");
        assert_eq!((order.status, order.price), (OrderStatus::Created, PRICE));
        let left_ms = order.expires_at.unix_ms - order.server_now_ms;
        assert!((890_000..=900_000).contains(&left_ms), "{left_ms} ms are left of 15 minutes");
        assert_eq!(self.waitlist(user).await.my_position, None, "they have left the waitlist");
        let jobs = testing::outbox(&self.backend.db).await;
        assert!(jobs.iter().any(|(job, _)| *job == crate::outbox::Job::ExpireOrder { order_id: order.id }), "{jobs:?}");
        assert_eq!(
            testing::count(&self.backend.db, "SELECT count(*) FROM orders WHERE status = 'created'").await,
            1,
            "one holder"
        );
    }
}

#[sqlx::test(migrator = "crate::database::MIGRATIONS")]
async fn mine_lists_own_waitlists(db: PgPool) {
    let setup = Setup::set(db).await;
    let places = async |user| {
        let entries = mine(&setup.backend, user).await.expect("reads");
        entries.iter().map(|entry| (entry.listing, entry.position)).collect::<Vec<_>>()
    };
    assert_eq!(places(setup.carol).await, [(setup.listing, 1)]);
    assert_eq!(places(setup.dan).await, [(setup.listing, 2)]);
    assert_eq!(places(setup.bob).await, []);
    leave(&setup.backend, setup.carol, setup.listing).await.expect("leaves");
    assert_eq!((places(setup.carol).await, places(setup.dan).await), (vec![], vec![(setup.listing, 1)]));
}

#[sqlx::test(migrator = "crate::database::MIGRATIONS")]
async fn cancel_offers_ticket_to_first(db: PgPool) {
    let setup = Setup::set(db).await;
    cancel(&setup.backend, setup.bob, setup.order).await.expect("cancels");
    setup.assert_has_their_turn(setup.carol).await;
    assert_eq!(setup.waitlist(setup.dan).await, Waitlist { length: 1, is_closed: false, my_position: Some(1) });
    let bobs = show(&setup.backend, setup.bob, setup.order).await.expect("shows");
    assert_eq!((bobs.status, bobs.listing_now), (OrderStatus::Cancelled, Some(ListingNow::Held)));
}

#[sqlx::test(migrator = "crate::database::MIGRATIONS")]
async fn timer_offers_ticket_once(db: PgPool) {
    let setup = Setup::set(db).await;
    setup.time_runs_out().await;
    assert_eq!(expire(&setup.backend, setup.order).await.expect("runs"), Expiry::Expired);
    setup.assert_has_their_turn(setup.carol).await;
    let after_once = testing::snapshot(&setup.backend.db).await;
    assert_eq!(expire(&setup.backend, setup.order).await.expect("runs"), Expiry::AlreadyOver);
    assert_eq!(testing::snapshot(&setup.backend.db).await, after_once, "a second run changes nothing");
}

#[sqlx::test(migrator = "crate::database::MIGRATIONS")]
async fn sweep_offers_ticket_down_the_waitlist(db: PgPool) {
    let setup = Setup::set(db).await;
    for next in [setup.carol, setup.dan] {
        setup.time_runs_out().await;
        let swept = sweep(&setup.backend).await.expect("sweeps");
        assert_eq!((swept.unpaid, swept.awaited.len()), (0, 1));
        setup.assert_has_their_turn(next).await;
    }
    setup.time_runs_out().await;
    sweep(&setup.backend).await.expect("sweeps");
    assert_eq!(setup.view(setup.bob).await.card.availability, Availability::OnSale, "the waitlist is empty");
}

/// No job has run, and yet the ticket is Carol's: another user's attempt to lock it gives it to her.
#[sqlx::test(migrator = "crate::database::MIGRATIONS")]
async fn lock_fails_when_ticket_has_waitlist(db: PgPool) {
    let setup = Setup::set(db).await;
    let eve = testing::user(&setup.backend.db, "eve").await;
    setup.time_runs_out().await;
    // Discards the changes of the setup.
    setup.backend.changes.take().await;
    let refused = setup.lock(eve).await.expect_err("Carol has the offer");
    let LockError::Locked { until } = refused else { panic!("{refused:?}") };
    setup.assert_has_their_turn(setup.carol).await;
    let order = setup.view(setup.carol).await.my_order.expect("her order");
    let end = show(&setup.backend, setup.carol, order).await.expect("shows").expires_at;
    assert_eq!(until.unix_timestamp(), end.unix_ms / 1000);
    let changed = timeout(Duration::from_secs(10), setup.backend.changes.take()).await;
    assert_eq!(changed.expect("the change is published"), [setup.listing]);
}

#[sqlx::test(migrator = "crate::database::MIGRATIONS")]
async fn first_can_lock_before_the_job_runs(db: PgPool) {
    let setup = Setup::set(db).await;
    assert!(matches!(setup.lock(setup.carol).await, Err(LockError::Locked { .. })), "Bob still holds it");
    setup.time_runs_out().await;
    let order = setup.lock(setup.carol).await.expect("she has the offer");
    setup.assert_has_their_turn(setup.carol).await;
    assert_eq!(setup.view(setup.carol).await.my_order, Some(order));
}

/// Between the end of a lock and the job that offers the ticket, no reader but the first of the waitlist sees a free
/// ticket. That one can take the offer at once.
#[sqlx::test(migrator = "crate::database::MIGRATIONS")]
async fn ticket_with_waitlist_is_never_shown_as_free(db: PgPool) {
    let setup = Setup::set(db).await;
    setup.time_runs_out().await;
    for reader in [setup.ana, setup.bob, setup.carol, setup.dan] {
        let view = setup.view(reader).await;
        let is_first = reader == setup.carol;
        assert_eq!(view.card.availability == Availability::OnSale, is_first, "{view:?}");
        assert_eq!((view.my_order, view.choices.len()), (None, is_first.into()));
        assert!(!view.is_mine || !view.is_editable());
    }
    assert!(home(&setup.backend, None).await.expect("reads").soon.is_empty());
    let mine = tickets::mine::mine(&setup.backend, setup.ana, model::tickets::ListingsPart::Coming, None)
        .await
        .expect("reads");
    assert!(matches!(mine.listings[0].card.availability, Availability::LockedUntil(_)), "{mine:?}");
    let bobs = show(&setup.backend, setup.bob, setup.order).await.expect("shows");
    assert_eq!(bobs.listing_now, Some(ListingNow::Held));

    let input = testing::listing_input();
    let refused = edit(&setup.backend, setup.ana, setup.listing, 1, &input).await;
    assert!(matches!(refused, Err(ChangeError::Locked { .. })), "{refused:?}");
    setup.assert_has_their_turn(setup.carol).await;
}

#[sqlx::test(migrator = "crate::database::MIGRATIONS")]
async fn buyer_at_the_cap_loses_offer_to_next(db: PgPool) {
    let mut setup = Setup::set(db).await;
    setup.backend.rules.max_active_locks = 1;
    let other = testing::listing(&setup.backend, setup.ana).await;
    testing::lock_one(&setup.backend, setup.carol, other, PRICE).await.expect("locks");
    cancel(&setup.backend, setup.bob, setup.order).await.expect("cancels");
    assert!(setup.view(setup.dan).await.my_order.is_some(), "Dan has it");
    assert_eq!(setup.waitlist(setup.carol).await, Waitlist::default(), "Carol has lost her position");
}

#[sqlx::test(migrator = "crate::database::MIGRATIONS")]
async fn leave_moves_others_up(db: PgPool) {
    let setup = Setup::set(db).await;
    for _ in 0..2 {
        leave(&setup.backend, setup.carol, setup.listing).await.expect("leaves, or has left before");
        assert_eq!(setup.waitlist(setup.dan).await, Waitlist { length: 1, is_closed: false, my_position: Some(1) });
    }
    leave(&setup.backend, setup.dan, setup.listing).await.expect("leaves");
    cancel(&setup.backend, setup.bob, setup.order).await.expect("cancels");
    assert_eq!(setup.view(setup.dan).await.card.availability, Availability::OnSale);
}

#[sqlx::test(migrator = "crate::database::MIGRATIONS")]
async fn join_fails_with_the_reason(db: PgPool) {
    let mut setup = Setup::set(db).await;
    let eve = testing::user(&setup.backend.db, "eve").await;
    assert_eq!(setup.join(setup.carol).await.expect("is on it already"), 1);
    assert!(matches!(setup.join(setup.ana).await, Err(JoinError::OwnTicket)));
    assert!(matches!(setup.join(setup.bob).await, Err(JoinError::AlreadyYours)));
    assert!(matches!(join(&setup.backend, eve, fresh::<ListingId>(), 1).await, Err(JoinError::NotFound)));
    let free = testing::listing(&setup.backend, setup.ana).await;
    assert!(matches!(join(&setup.backend, eve, free, 1).await, Err(JoinError::Free)));

    setup.backend.rules.max_waitlist_length = 2;
    assert!(matches!(setup.join(eve).await, Err(JoinError::Full)));
    setup.backend.rules.max_waitlist_length = 100;
    setup.backend.rules.max_waitlists_per_user = 1;
    testing::lock_one(&setup.backend, setup.bob, free, PRICE).await.expect("locks");
    assert!(matches!(join(&setup.backend, setup.carol, free, 1).await, Err(JoinError::TooManyPlaces)));
    for (status, expected) in [("sold", "Sold"), ("withdrawn", "Withdrawn")] {
        testing::set_ticket_status(&setup.backend.db, setup.listing, status).await;
        let refused = setup.join(eve).await.expect_err("nothing to wait for");
        assert_eq!(format!("{refused:?}"), expected);
    }
}

/// A user who let a wanted lock expire cannot get the ticket back through the waitlist within the
/// cool-down.
#[sqlx::test(migrator = "crate::database::MIGRATIONS")]
async fn join_fails_during_cool_down(db: PgPool) {
    let setup = Setup::set(db).await;
    setup.time_runs_out().await;
    expire(&setup.backend, setup.order).await.expect("runs");
    assert!(matches!(setup.join(setup.bob).await, Err(JoinError::CoolDown { .. })));
    testing::let_time_pass(&setup.backend.db, setup.backend.rules.lock_cooldown).await;
    assert_eq!(setup.join(setup.bob).await.expect("joins"), 2, "behind Dan");
}

#[sqlx::test(migrator = "crate::database::MIGRATIONS")]
async fn waitlist_is_deleted_when_event_starts(db: PgPool) {
    let setup = Setup::set(db).await;
    testing::let_time_pass(&setup.backend.db, testing::UNTIL_THE_EVENT).await;
    assert_eq!(setup.view(setup.carol).await.card.availability, Availability::Started);
    sweep(&setup.backend).await.expect("sweeps");
    assert_eq!(setup.waitlist(setup.carol).await, Waitlist::default());
    assert_eq!(
        testing::count(&setup.backend.db, "SELECT count(*) FROM orders").await,
        1,
        "no one was given the ticket"
    );
}

/// Ana's listing of four tickets, locked by Bob.
async fn four(db: PgPool, split: SplitRule) -> Setup {
    let mut setup = Setup::without_waitlist(db).await;
    setup.listing = testing::listing_of(&setup.backend, setup.ana, 4, split).await;
    setup.order = testing::lock_some(&setup.backend, setup.bob, setup.listing, PRICE, 4).await.expect("locks");
    setup
}

impl Setup {
    async fn wait_for(&self, user: UserId, wanted: usize) -> Result<i64, JoinError> {
        join(&self.backend, user, self.listing, wanted).await
    }

    /// How many tickets the user holds.
    async fn holds(&self, user: UserId) -> usize {
        match self.view(user).await.my_order {
            Some(order) => show(&self.backend, user, order).await.expect("shows").tickets.count,
            None => 0,
        }
    }
}

#[sqlx::test(migrator = "crate::database::MIGRATIONS")]
async fn everyone_who_can_be_served_is_served_in_order(db: PgPool) {
    let setup = four(db, SplitRule::Any).await;
    let eve = testing::user(&setup.backend.db, "eve").await;
    setup.wait_for(setup.carol, 3).await.expect("joins");
    setup.wait_for(setup.dan, 2).await.expect("joins");
    setup.wait_for(eve, 1).await.expect("joins");
    cancel(&setup.backend, setup.bob, setup.order).await.expect("cancels");
    // Dan's two do not fit beside Carol's three. Eve's one does.
    assert_eq!([setup.holds(setup.carol).await, setup.holds(setup.dan).await, setup.holds(eve).await], [3, 0, 1]);
    assert_eq!(setup.waitlist(setup.dan).await.my_position, Some(1));
    let eves = setup.view(eve).await.my_order.expect("an offer");
    cancel(&setup.backend, eve, eves).await.expect("cancels");
    assert_eq!(setup.view(setup.bob).await.card.free, 1, "one is not enough for Dan, and so it is free for everyone");
    let carols = setup.view(setup.carol).await.my_order.expect("an offer");
    cancel(&setup.backend, setup.carol, carols).await.expect("cancels");
    assert_eq!(setup.holds(setup.dan).await, 2);
    assert_eq!(setup.view(setup.bob).await.card.free, 2);
}

/// Proves the split rule in `offer::next`.
#[sqlx::test(migrator = "crate::database::MIGRATIONS")]
async fn offers_keep_to_the_split_rule(db: PgPool) {
    let setup = four(db, SplitRule::NeverLeaveOne).await;
    let refused = setup.wait_for(setup.carol, 3).await;
    assert!(matches!(refused, Err(JoinError::Split)), "{refused:?}");
    setup.wait_for(setup.carol, 1).await.expect("joins");
    setup.wait_for(setup.dan, 2).await.expect("joins");
    cancel(&setup.backend, setup.bob, setup.order).await.expect("cancels");
    // After Carol's one, two of three would leave a single ticket.
    assert_eq!([setup.holds(setup.carol).await, setup.holds(setup.dan).await], [1, 0]);
    let carols = setup.view(setup.carol).await.my_order.expect("an offer");
    cancel(&setup.backend, setup.carol, carols).await.expect("cancels");
    assert_eq!(setup.holds(setup.dan).await, 2);
}

#[sqlx::test(migrator = "crate::database::MIGRATIONS")]
async fn join_fails_for_wrong_numbers(db: PgPool) {
    let setup = four(db, SplitRule::Any).await;
    assert!(matches!(setup.wait_for(setup.carol, 0).await, Err(JoinError::Quantity)));
    assert!(matches!(setup.wait_for(setup.carol, 5).await, Err(JoinError::NotEnough)));
    assert_eq!(setup.wait_for(setup.carol, 4).await.expect("joins"), 1);
    setup.wait_for(setup.dan, 1).await.expect("joins");
    assert_eq!(setup.wait_for(setup.carol, 2).await.expect("changes the number"), 1, "and keeps the position");
    let entries = mine(&setup.backend, setup.carol).await.expect("reads");
    assert_eq!(entries.iter().map(|entry| (entry.wanted, entry.position)).collect::<Vec<_>>(), [(2, 1)]);
}

/// The seller withdraws tickets until there are fewer than a buyer waits for.
#[sqlx::test(migrator = "crate::database::MIGRATIONS")]
async fn who_can_never_be_served_leaves_the_waitlist(db: PgPool) {
    let setup = four(db, SplitRule::Any).await;
    setup.wait_for(setup.carol, 4).await.expect("joins");
    cancel(&setup.backend, setup.bob, setup.order).await.expect("cancels");
    let carols = setup.view(setup.carol).await.my_order.expect("an offer");
    setup.wait_for(setup.dan, 4).await.expect("joins");
    cancel(&setup.backend, setup.carol, carols).await.expect("cancels");
    let dans = setup.view(setup.dan).await.my_order.expect("an offer");
    cancel(&setup.backend, setup.dan, dans).await.expect("cancels");
    let one = setup.view(setup.ana).await.tickets[0].id;
    withdraw(&setup.backend, setup.ana, setup.listing, Some(one)).await.expect("withdraws");
    assert_eq!(setup.view(setup.ana).await.card.free, 3);
    let refused = setup.wait_for(setup.bob, 4).await;
    assert!(matches!(refused, Err(JoinError::NotEnough)), "{refused:?}");
}

#[sqlx::test(migrator = "crate::database::MIGRATIONS")]
async fn closed_waitlist_is_empty_and_takes_no_one(db: PgPool) {
    let setup = Setup::without_waitlist(db).await;
    setup.join(setup.carol).await.expect("joins");
    for stranger in [setup.bob, setup.carol] {
        let refused = set_closed(&setup.backend, stranger, setup.listing, true).await;
        assert!(matches!(refused, Err(ChangeError::NotYours)), "{refused:?}");
    }
    set_closed(&setup.backend, setup.ana, setup.listing, true).await.expect("closes");
    let refused = setup.join(setup.dan).await;
    assert!(matches!(refused, Err(JoinError::Closed)), "{refused:?}");
    assert_eq!(setup.waitlist(setup.carol).await, Waitlist { length: 0, is_closed: true, my_position: None });
    assert!(mine(&setup.backend, setup.carol).await.expect("reads").is_empty());
    assert!(matches!(setup.join(setup.carol).await, Err(JoinError::Closed)));
    set_closed(&setup.backend, setup.ana, setup.listing, false).await.expect("opens");
    assert_eq!(setup.join(setup.dan).await.expect("joins"), 1);
}

/// Who holds the ticket as the waitlist is closed is the last: then it is the seller's to change.
#[sqlx::test(migrator = "crate::database::MIGRATIONS")]
async fn holder_is_the_last_once_the_waitlist_is_closed(db: PgPool) {
    let setup = Setup::set(db).await;
    setup.time_runs_out().await;
    set_closed(&setup.backend, setup.ana, setup.listing, true).await.expect("closes");
    setup.assert_has_their_turn(setup.carol).await;
    assert_eq!(setup.waitlist(setup.dan).await.length, 0);
    let refused = withdraw(&setup.backend, setup.ana, setup.listing, None).await;
    assert!(matches!(refused, Err(ChangeError::Locked { .. })), "the holder finishes: {refused:?}");
    setup.time_runs_out().await;
    withdraw(&setup.backend, setup.ana, setup.listing, None).await.expect("withdraws");
}

/// The seller alone reads for how long buyers can hold the ticket at most, and it is not held any longer.
#[sqlx::test(migrator = "crate::database::MIGRATIONS")]
async fn seller_sees_the_longest_hold(db: PgPool) {
    let setup = Setup::set(db).await;
    assert_eq!(setup.view(setup.carol).await.held_at_most_until, None);
    let minutes = async || {
        let until = setup.view(setup.ana).await.held_at_most_until.expect("it is held").unix_ms;
        (until - setup.view(setup.ana).await.card.as_of_us / 1000) / 60_000
    };
    assert!((45..=47).contains(&minutes().await), "{}: the holder, and two who wait", minutes().await);
    set_closed(&setup.backend, setup.ana, setup.listing, true).await.expect("closes");
    assert!((15..=16).contains(&minutes().await), "{}: the holder alone", minutes().await);
    setup.time_runs_out().await;
    assert_eq!(setup.view(setup.ana).await.held_at_most_until, None);
}

/// Leaves `count` offers unpaid, each of another listing.
async fn leave_unpaid(setup: &Setup, buyer: UserId, count: usize) {
    for _ in 0..count {
        let listing = testing::listing(&setup.backend, setup.ana).await;
        let order = testing::lock_one(&setup.backend, setup.bob, listing, PRICE).await.expect("locks");
        join(&setup.backend, buyer, listing, 1).await.expect("joins");
        cancel(&setup.backend, setup.bob, order).await.expect("cancels");
        let offer = mine_open(setup, buyer, listing).await;
        cancel(&setup.backend, buyer, offer).await.expect("lets it go");
    }
}

async fn mine_open(setup: &Setup, buyer: UserId, listing: ListingId) -> OrderId {
    let view = tickets::show::show(&setup.backend, Some(buyer), listing).await.expect("shows");
    view.my_order.expect("the offer")
}

/// Offers that are not paid count on every listing: the account can neither join nor gets an offer.
#[sqlx::test(migrator = "crate::database::MIGRATIONS")]
async fn unpaid_offers_count_on_every_waitlist(db: PgPool) {
    let setup = Setup::without_waitlist(db).await;
    leave_unpaid(&setup, setup.carol, 2).await;
    setup.join(setup.carol).await.expect("one more may be left unpaid");
    setup.join(setup.dan).await.expect("joins");
    leave_unpaid(&setup, setup.carol, 1).await;
    let another = testing::listing(&setup.backend, setup.ana).await;
    let bobs = testing::lock_one(&setup.backend, setup.bob, another, PRICE).await.expect("locks");
    let refused = join(&setup.backend, setup.carol, another, 1).await;
    cancel(&setup.backend, setup.bob, bobs).await.expect("cancels");
    let Err(JoinError::UnpaidOffers { until }) = refused else { panic!("{refused:?}") };
    let left = until - testing::now();
    assert!((time::Duration::hours(23)..=time::Duration::hours(24)).contains(&left), "{left}");
    let public = AppError::from(JoinError::UnpaidOffers { until });
    assert_eq!((public.code(), public.status()), (Code::UnpaidOffers, 409));

    cancel(&setup.backend, setup.bob, setup.order).await.expect("cancels");
    setup.assert_has_their_turn(setup.dan).await;
    assert_eq!(setup.waitlist(setup.carol).await.my_position, None, "she has lost her position");
    testing::let_time_pass(&setup.backend.db, Duration::from_hours(24)).await;
    testing::lock_one(&setup.backend, setup.bob, another, PRICE).await.expect("locks again");
    join(&setup.backend, setup.carol, another, 1).await.expect("a day has passed");
}

/// No one can pay for tickets of a cancelled event.
#[sqlx::test(migrator = "crate::database::MIGRATIONS")]
async fn offers_of_a_cancelled_event_do_not_count(db: PgPool) {
    let setup = Setup::without_waitlist(db).await;
    leave_unpaid(&setup, setup.carol, 3).await;
    assert!(matches!(setup.join(setup.carol).await, Err(JoinError::UnpaidOffers { .. })));
    sqlx::query("UPDATE events SET cancelled_at = now()").execute(&setup.backend.db).await.expect("cancels");
    let input = ListingInput { title: "Another".into(), ..testing::listing_input() };
    let listing = tickets::list::list(&setup.backend, setup.ana, &input).await.expect("lists");
    testing::lock_one(&setup.backend, setup.bob, listing, PRICE).await.expect("locks");
    join(&setup.backend, setup.carol, listing, 1).await.expect("joins");
}
