//! The waitlist, from joining to the offer.

mod contended;

use std::time::Duration;

use model::{
    Money, OrderId, TicketId, UserId,
    line::Line,
    orders::{OrderStatus, TicketNow},
    tickets::{Availability, TicketView},
};
use sqlx::PgPool;
use tokio::time::timeout;

use super::{
    join::{JoinError, join},
    leave::leave,
    mine::mine,
};
use crate::{
    Backend,
    expiration::{
        expire::{Expiry, expire},
        sweep::sweep,
    },
    ids::fresh,
    orders::{
        cancel::cancel,
        lock::{LockError, lock},
        show::show,
    },
    testing::{self, TestBackend},
    tickets::{self, browse::browse, change::ChangeError, edit::edit},
};

const PRICE: Money = Money::usd(4950);

/// Ana's ticket, locked by Bob; Carol and Dan wait for it.
struct Scene {
    backend: Backend,
    ana: UserId,
    bob: UserId,
    carol: UserId,
    dan: UserId,
    ticket: TicketId,
    order: OrderId,
}

impl Scene {
    async fn set(db: PgPool) -> Self {
        let scene = Self::without_line(db).await;
        assert_eq!(scene.join(scene.carol).await.expect("joins"), 1);
        assert_eq!(scene.join(scene.dan).await.expect("joins"), 2);
        scene
    }

    async fn without_line(db: PgPool) -> Self {
        let backend = TestBackend::without_stripe(db);
        let mut people = Vec::new();
        for name in ["ana", "bob", "carol", "dan"] {
            people.push(testing::user(&backend.db, name).await);
        }
        let [ana, bob, carol, dan] = people[..] else { panic!("four people") };
        let ticket = testing::ticket(&backend, ana).await;
        let order = lock(&backend, bob, ticket, PRICE).await.expect("locks");
        Self { backend, ana, bob, carol, dan, ticket, order }
    }

    async fn join(&self, user: UserId) -> Result<i64, JoinError> {
        join(&self.backend, user, self.ticket).await
    }

    async fn lock(&self, user: UserId) -> Result<OrderId, LockError> {
        lock(&self.backend, user, self.ticket, PRICE).await
    }

    async fn view(&self, reader: UserId) -> TicketView {
        tickets::show::show(&self.backend, Some(reader), self.ticket).await.expect("shows")
    }

    async fn line(&self, reader: UserId) -> Line {
        self.view(reader).await.line
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
        assert_eq!(self.line(user).await.my_place, None, "they have left the waitlist");
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
    let scene = Scene::set(db).await;
    let places = async |user| {
        let lines = mine(&scene.backend, user).await.expect("reads");
        lines.iter().map(|line| (line.ticket, line.place)).collect::<Vec<_>>()
    };
    assert_eq!(places(scene.carol).await, [(scene.ticket, 1)]);
    assert_eq!(places(scene.dan).await, [(scene.ticket, 2)]);
    assert_eq!(places(scene.bob).await, []);
    leave(&scene.backend, scene.carol, scene.ticket).await.expect("leaves");
    assert_eq!((places(scene.carol).await, places(scene.dan).await), (vec![], vec![(scene.ticket, 1)]));
}

#[sqlx::test(migrator = "crate::database::MIGRATIONS")]
async fn cancel_offers_ticket_to_first(db: PgPool) {
    let scene = Scene::set(db).await;
    cancel(&scene.backend, scene.bob, scene.order).await.expect("cancels");
    scene.assert_has_their_turn(scene.carol).await;
    assert_eq!(scene.line(scene.dan).await, Line { length: 1, my_place: Some(1), is_my_turn: false });
    let bobs = show(&scene.backend, scene.bob, scene.order).await.expect("shows");
    assert_eq!((bobs.status, bobs.ticket_now), (OrderStatus::Cancelled, Some(TicketNow::Held)));
}

#[sqlx::test(migrator = "crate::database::MIGRATIONS")]
async fn timer_offers_ticket_once(db: PgPool) {
    let scene = Scene::set(db).await;
    scene.time_runs_out().await;
    assert_eq!(expire(&scene.backend, scene.order).await.expect("runs"), Expiry::Expired);
    scene.assert_has_their_turn(scene.carol).await;
    let after_once = testing::snapshot(&scene.backend.db).await;
    assert_eq!(expire(&scene.backend, scene.order).await.expect("runs"), Expiry::AlreadyOver);
    assert_eq!(testing::snapshot(&scene.backend.db).await, after_once, "a second run changes nothing");
}

#[sqlx::test(migrator = "crate::database::MIGRATIONS")]
async fn sweep_offers_ticket_down_the_waitlist(db: PgPool) {
    let scene = Scene::set(db).await;
    for next in [scene.carol, scene.dan] {
        scene.time_runs_out().await;
        let swept = sweep(&scene.backend).await.expect("sweeps");
        assert_eq!((swept.unpaid, swept.wanted.len()), (0, 1));
        scene.assert_has_their_turn(next).await;
    }
    scene.time_runs_out().await;
    sweep(&scene.backend).await.expect("sweeps");
    assert_eq!(scene.view(scene.bob).await.card.availability, Availability::OnSale, "the waitlist is empty");
}

/// No job has run, and yet the ticket is Carol's: another user's attempt to lock it gives it to her.
#[sqlx::test(migrator = "crate::database::MIGRATIONS")]
async fn lock_fails_when_ticket_has_waitlist(db: PgPool) {
    let scene = Scene::set(db).await;
    let eve = testing::user(&scene.backend.db, "eve").await;
    scene.time_runs_out().await;
    // Discards the changes of the setup.
    scene.backend.changes.take().await;
    let refused = scene.lock(eve).await.expect_err("Carol has the offer");
    let LockError::Locked { until } = refused else { panic!("{refused:?}") };
    scene.assert_has_their_turn(scene.carol).await;
    let order = scene.view(scene.carol).await.my_order.expect("her order");
    let end = show(&scene.backend, scene.carol, order).await.expect("shows").expires_at;
    assert_eq!(until.unix_timestamp(), end.unix_ms / 1000);
    let changed = timeout(Duration::from_secs(10), scene.backend.changes.take()).await;
    assert_eq!(changed.expect("the change is published"), [scene.ticket]);
}

#[sqlx::test(migrator = "crate::database::MIGRATIONS")]
async fn first_can_lock_before_the_job_runs(db: PgPool) {
    let scene = Scene::set(db).await;
    assert!(matches!(scene.lock(scene.carol).await, Err(LockError::Locked { .. })), "Bob still holds it");
    scene.time_runs_out().await;
    let order = scene.lock(scene.carol).await.expect("she has the offer");
    scene.assert_has_their_turn(scene.carol).await;
    assert_eq!(scene.view(scene.carol).await.my_order, Some(order));
}

/// Between the end of a lock and the job that offers the ticket, no reader sees a free ticket.
#[sqlx::test(migrator = "crate::database::MIGRATIONS")]
async fn ticket_with_waitlist_is_never_shown_as_free(db: PgPool) {
    let scene = Scene::set(db).await;
    scene.time_runs_out().await;
    for reader in [scene.ana, scene.bob, scene.carol, scene.dan] {
        let view = scene.view(reader).await;
        assert!(matches!(view.card.availability, Availability::LockedUntil(_)), "{view:?}");
        assert_eq!((view.my_order, view.line.is_my_turn), (None, reader == scene.carol));
    }
    assert!(browse(&scene.backend, None).await.expect("browses").tickets.is_empty());
    let mine = tickets::mine::mine(&scene.backend, scene.ana, None).await.expect("reads");
    assert!(matches!(mine.tickets[0].availability, Availability::LockedUntil(_)), "{mine:?}");
    let bobs = show(&scene.backend, scene.bob, scene.order).await.expect("shows");
    assert_eq!(bobs.ticket_now, Some(TicketNow::Held));

    let input = testing::listing_input();
    let refused = edit(&scene.backend, scene.ana, scene.ticket, 1, &input).await;
    assert!(matches!(refused, Err(ChangeError::Locked { .. })), "{refused:?}");
    scene.assert_has_their_turn(scene.carol).await;
}

#[sqlx::test(migrator = "crate::database::MIGRATIONS")]
async fn buyer_at_the_cap_loses_offer_to_next(db: PgPool) {
    let mut scene = Scene::set(db).await;
    scene.backend.rules.max_active_locks = 1;
    let other = testing::ticket(&scene.backend, scene.ana).await;
    lock(&scene.backend, scene.carol, other, PRICE).await.expect("locks");
    cancel(&scene.backend, scene.bob, scene.order).await.expect("cancels");
    assert!(scene.view(scene.dan).await.my_order.is_some(), "Dan has it");
    assert_eq!(scene.line(scene.carol).await, Line::default(), "Carol has lost her position");
}

#[sqlx::test(migrator = "crate::database::MIGRATIONS")]
async fn leave_moves_others_up(db: PgPool) {
    let scene = Scene::set(db).await;
    for _ in 0..2 {
        leave(&scene.backend, scene.carol, scene.ticket).await.expect("leaves, or has left before");
        assert_eq!(scene.line(scene.dan).await, Line { length: 1, my_place: Some(1), is_my_turn: false });
    }
    leave(&scene.backend, scene.dan, scene.ticket).await.expect("leaves");
    cancel(&scene.backend, scene.bob, scene.order).await.expect("cancels");
    assert_eq!(scene.view(scene.dan).await.card.availability, Availability::OnSale);
}

#[sqlx::test(migrator = "crate::database::MIGRATIONS")]
async fn join_fails_with_the_reason(db: PgPool) {
    let mut scene = Scene::set(db).await;
    let eve = testing::user(&scene.backend.db, "eve").await;
    assert_eq!(scene.join(scene.carol).await.expect("is on it already"), 1);
    assert!(matches!(scene.join(scene.ana).await, Err(JoinError::OwnTicket)));
    assert!(matches!(scene.join(scene.bob).await, Err(JoinError::AlreadyYours)));
    assert!(matches!(join(&scene.backend, eve, fresh::<TicketId>()).await, Err(JoinError::NotFound)));
    let free = testing::ticket(&scene.backend, scene.ana).await;
    assert!(matches!(join(&scene.backend, eve, free).await, Err(JoinError::Free)));

    scene.backend.rules.max_line_length = 2;
    assert!(matches!(scene.join(eve).await, Err(JoinError::Full)));
    scene.backend.rules.max_line_length = 100;
    scene.backend.rules.max_line_places = 1;
    lock(&scene.backend, scene.bob, free, PRICE).await.expect("locks");
    assert!(matches!(join(&scene.backend, scene.carol, free).await, Err(JoinError::TooManyPlaces)));
    for (status, expected) in [("sold", "Sold"), ("withdrawn", "Withdrawn")] {
        testing::set_ticket_status(&scene.backend.db, scene.ticket, status).await;
        let refused = scene.join(eve).await.expect_err("nothing to wait for");
        assert_eq!(format!("{refused:?}"), expected);
    }
}

/// A user who let a wanted lock expire cannot get the ticket back through the waitlist within the
/// cool-down.
#[sqlx::test(migrator = "crate::database::MIGRATIONS")]
async fn join_fails_during_cool_down(db: PgPool) {
    let scene = Scene::set(db).await;
    scene.time_runs_out().await;
    expire(&scene.backend, scene.order).await.expect("runs");
    assert!(matches!(scene.join(scene.bob).await, Err(JoinError::CoolDown { .. })));
    testing::let_time_pass(&scene.backend.db, scene.backend.rules.lock_cooldown).await;
    assert_eq!(scene.join(scene.bob).await.expect("joins"), 2, "behind Dan");
}

#[sqlx::test(migrator = "crate::database::MIGRATIONS")]
async fn waitlist_is_deleted_when_event_starts(db: PgPool) {
    let scene = Scene::set(db).await;
    testing::let_time_pass(&scene.backend.db, testing::UNTIL_THE_EVENT).await;
    assert_eq!(scene.view(scene.carol).await.card.availability, Availability::Started);
    assert!(!scene.line(scene.carol).await.is_my_turn);
    sweep(&scene.backend).await.expect("sweeps");
    assert_eq!(scene.line(scene.carol).await, Line::default());
    assert_eq!(
        testing::count(&scene.backend.db, "SELECT count(*) FROM orders").await,
        1,
        "no one was given the ticket"
    );
}
