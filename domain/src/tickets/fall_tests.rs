use std::time::Duration;

use model::{
    Money, UserId,
    tickets::{FallInterval, ListingInput, ListingView, SplitRule},
};
use sqlx::PgPool;

use super::*;
use crate::{
    orders::{cancel::cancel, lock::LockError},
    testing::{self, Listed, TestBackend},
    tickets::{edit::edit, list::list, show::show, withdraw::withdraw},
    waitlist::join::join,
};

const DAY: Duration = Duration::from_hours(24);

/// From $49.50 by $5 each day, to $38.
fn falling() -> ListingInput {
    ListingInput { fall_every: "24".into(), fall_by: "5".into(), fall_to: "38".into(), ..testing::listing_input() }
}

async fn seen(backend: &Backend, id: ListingId) -> ListingView {
    show(backend, None, id).await.expect("shows")
}

/// Its price and version.
async fn priced(backend: &Backend, id: ListingId) -> (i64, i32) {
    let view = seen(backend, id).await;
    (view.card.price.cents(), view.version)
}

/// What one sweep does, listing by listing.
async fn swept(backend: &Backend) -> Vec<Looked> {
    sweep(backend).await.expect("sweeps").into_iter().map(|(_, looked)| looked.expect("looks")).collect()
}

async fn schedules(backend: &Backend) -> i64 {
    testing::count(&backend.db, "SELECT count(*) FROM price_schedules").await
}

/// A listing of `count` tickets whose price falls, of a new user.
async fn listed(backend: &Backend, count: usize) -> (UserId, ListingId) {
    let ana = testing::user(&backend.db, "ana").await;
    let input = ListingInput { seat: format!("1-{count}"), split: SplitRule::Any.code().into(), ..falling() };
    (ana, list(backend, ana, &input).await.expect("lists"))
}

#[sqlx::test(migrator = "crate::database::MIGRATIONS")]
async fn price_falls_by_its_steps_and_ends_at_the_floor(db: PgPool) {
    let backend = TestBackend::without_stripe(db);
    let (_, id) = listed(&backend, 1).await;
    assert_eq!(swept(&backend).await, []);
    let view = seen(&backend, id).await;
    assert_eq!(view.fall, ["24", "5.00", "38.00"]);
    assert!(view.falling[0].starts_with("The price falls. Next: $44.50 from "), "{:?}", view.falling);
    assert!(view.falling[1].starts_with("The price falls by $5.00 every day, to $38.00 at the lowest."));
    let prices: Vec<_> = view.falling[2..].iter().filter_map(|step| step.split(' ').next()).collect();
    assert_eq!(prices, ["$44.50", "$39.50", "$38.00"]);

    for (n, price) in [(2, 4450), (3, 3950), (4, 3800)] {
        testing::let_time_pass(&backend.db, DAY).await;
        assert_eq!(swept(&backend).await, [Looked::Fell]);
        assert_eq!(swept(&backend).await, [], "each step once");
        assert_eq!(priced(&backend, id).await, (price, n));
    }
    assert_eq!((schedules(&backend).await, seen(&backend, id).await.falling), (0, vec![]));
    let noted = testing::count(&backend.db, "SELECT count(*) FROM listing_prices").await;
    assert_eq!(noted, 4, "each step is in the history of the price");
}

/// Proves the check of the tickets in `Step::of`: without it the price changes under the buyer who pays.
#[sqlx::test(migrator = "crate::database::MIGRATIONS")]
async fn locked_listing_keeps_its_price_and_then_falls_by_one_edit(db: PgPool) {
    let backend = TestBackend::without_stripe(db);
    let (_, id) = listed(&backend, 3).await;
    let bob = testing::user(&backend.db, "bob").await;
    // A lock that outlasts two steps.
    let mut patient = backend.clone();
    patient.rules.lock_length = DAY * 3;
    let order = testing::lock_one(&patient, bob, id, Money::usd(4950)).await.expect("locks");
    testing::let_time_pass(&backend.db, DAY * 2).await;
    assert_eq!(swept(&backend).await, [Looked::PutOff]);
    assert_eq!(priced(&backend, id).await, (4950, 1));
    assert_eq!(seen(&backend, id).await.falling[2], "$39.50 as soon as no ticket is reserved");
    assert_eq!(swept(&backend).await, [], "it is not looked at all the time");

    cancel(&backend, bob, order).await.expect("cancels");
    testing::let_time_pass(&backend.db, AGAIN_AFTER.unsigned_abs()).await;
    assert_eq!(swept(&backend).await, [Looked::Fell]);
    assert_eq!(priced(&backend, id).await, (3950, 2), "what the schedule says now, at once");
}

#[sqlx::test(migrator = "crate::database::MIGRATIONS")]
async fn waitlist_gets_its_offer_before_the_price_falls(db: PgPool) {
    let backend = TestBackend::without_stripe(db);
    let (_, id) = listed(&backend, 1).await;
    let [bob, eve] = testing::users(&backend.db, 2).await[..] else { panic!("two users") };
    testing::lock_one(&backend, bob, id, Money::usd(4950)).await.expect("locks");
    join(&backend, eve, id, 1).await.expect("joins");
    testing::let_time_pass(&backend.db, DAY).await;
    assert_eq!(swept(&backend).await, [Looked::PutOff]);
    assert_eq!(priced(&backend, id).await, (4950, 1));
    let offered = "SELECT count(*) FROM orders WHERE from_waitlist AND price_cents = 4950";
    assert_eq!(testing::count(&backend.db, offered).await, 1, "at the price for which she waited");
    testing::let_time_pass(&backend.db, DAY).await;
    assert_eq!(swept(&backend).await, [Looked::Fell]);
    assert_eq!(priced(&backend, id).await, (3950, 2));
}

#[sqlx::test(migrator = "crate::database::MIGRATIONS")]
async fn schedule_ends_with_what_can_no_longer_change(db: PgPool) {
    let backend = TestBackend::without_stripe(db);
    let (ana, sold) = listed(&backend, 2).await;
    let withdrawn = list(&backend, ana, &falling()).await.expect("lists");
    let started = ListingInput { fall_every: "168".into(), ..falling() };
    list(&backend, ana, &started).await.expect("lists");
    sqlx::query("DELETE FROM price_schedules WHERE listing_id = $1")
        .bind(withdrawn.as_uuid())
        .execute(&backend.db)
        .await
        .expect("ends");
    testing::set_ticket_status(&backend.db, sold, "sold").await;
    assert_eq!(seen(&backend, sold).await.falling, [""; 0], "no promise that is not kept");
    testing::let_time_pass(&backend.db, DAY).await;
    assert_eq!(swept(&backend).await, [Looked::Ended]);
    testing::let_time_pass(&backend.db, testing::UNTIL_THE_EVENT).await;
    assert_eq!(swept(&backend).await, [Looked::Ended]);
    assert_eq!(schedules(&backend).await, 0);
}

#[sqlx::test(migrator = "crate::database::MIGRATIONS")]
async fn withdrawn_listing_falls_no_more_once_it_cannot_come_back(db: PgPool) {
    let backend = TestBackend::without_stripe(db);
    let (ana, id) = listed(&backend, 1).await;
    testing::let_time_pass(&backend.db, DAY).await;
    withdraw(&backend, ana, id, None).await.expect("withdraws");
    assert_eq!(seen(&backend, id).await.falling, [""; 0]);
    assert_eq!(swept(&backend).await, [Looked::PutOff], "its seller can undo it");
    testing::let_time_pass(&backend.db, crate::tickets::restore::RESTORE_WITHIN.unsigned_abs()).await;
    assert_eq!(swept(&backend).await, [Looked::Ended]);
    assert_eq!(priced(&backend, id).await, (4950, 1));
}

#[sqlx::test(migrator = "crate::database::MIGRATIONS")]
async fn edit_lets_the_schedule_go_on_begin_anew_or_end(db: PgPool) {
    let backend = TestBackend::without_stripe(db);
    let (ana, id) = listed(&backend, 1).await;
    let half = Duration::from_hours(12);
    testing::let_time_pass(&backend.db, half).await;
    let other_field = ListingInput { section: "B".into(), ..falling() };
    edit(&backend, ana, id, 1, &other_field).await.expect("edits");
    testing::let_time_pass(&backend.db, half).await;
    assert_eq!(swept(&backend).await, [Looked::Fell], "an edit of another field does not put it off");
    assert_eq!(priced(&backend, id).await, (4450, 3));

    let higher = ListingInput { price: "60".into(), ..falling() };
    edit(&backend, ana, id, 3, &higher).await.expect("edits");
    testing::let_time_pass(&backend.db, half).await;
    assert_eq!(swept(&backend).await, [], "it begins anew, at the edit");
    testing::let_time_pass(&backend.db, half).await;
    assert_eq!(swept(&backend).await, [Looked::Fell]);
    assert_eq!(priced(&backend, id).await, (5500, 5));

    let never = ListingInput { fall_every: FallInterval::NEVER.into(), price: "55".into(), ..falling() };
    edit(&backend, ana, id, 5, &never).await.expect("edits");
    assert_eq!((schedules(&backend).await, seen(&backend, id).await.falling), (0, vec![]));
    edit(&backend, ana, id, 6, &falling()).await.expect("edits");
    assert_eq!(schedules(&backend).await, 1);
}

/// A server of the previous version edits a listing and knows of no schedule. Proves the version in `fall_store::find`:
/// without it the price would fall from one that its seller has replaced.
#[sqlx::test(migrator = "crate::database::MIGRATIONS")]
async fn edit_that_knows_no_schedule_ends_it(db: PgPool) {
    let backend = TestBackend::without_stripe(db);
    let (_, id) = listed(&backend, 1).await;
    let edited = "UPDATE listings SET price_cents = 9000, version = version + 1";
    sqlx::query(edited).execute(&backend.db).await.expect("edits");
    assert_eq!(seen(&backend, id).await.falling, [""; 0]);
    testing::let_time_pass(&backend.db, DAY).await;
    assert_eq!(swept(&backend).await, [Looked::Ended]);
    assert_eq!(priced(&backend, id).await, (9000, 2));
}

/// No buyer pays a price other than the one that they saw, however the steps and the locks meet.
///
/// Proves the row lock of the listing and the check under it: without them, orders have one price and their listing
/// another one.
#[sqlx::test(migrator = "crate::database::MIGRATIONS")]
async fn step_races_with_lock_and_the_buyer_pays_the_shown_price(db: PgPool) {
    let Listed { backend, ana, bob, .. } = Listed::new(db).await;
    let (mut locked, mut refused) = (0, 0);
    for _ in 0..200 {
        let id = list(&backend, ana, &falling()).await.expect("lists");
        let due = "UPDATE price_schedules SET began_at = began_at - interval '25 hours', look_at = look_at - interval '25 hours' WHERE listing_id = $1";
        sqlx::query(due).bind(id.as_uuid()).execute(&backend.db).await.expect("a step is due");
        let seen_price = Money::usd(4950);
        let (swept, lock) = tokio::join!(look(&backend, id), testing::lock_one(&backend, bob, id, seen_price));
        let (price, version) = priced(&backend, id).await;
        match (swept.expect("looks"), lock) {
            (Looked::PutOff | Looked::Busy, Ok(order)) => {
                let charged = testing::order_price(&backend.db, order).await;
                assert_eq!((charged, price, version), (seen_price, 4950, 1));
                locked += 1;
            }
            (Looked::Fell, Err(LockError::Changed { now, .. })) => {
                assert_eq!((now.card.price.cents(), price, version), (4450, 4450, 2));
                refused += 1;
            }
            (swept, lock) => panic!("neither or both went through: {swept:?}, {lock:?}"),
        }
    }
    assert_eq!(locked + refused, 200);
    let report = crate::doctor::examine::examine(&backend.db).await.expect("examines");
    assert_eq!(report.violations().count(), 0, "{report:?}");
}

/// Two workers sweep at the same time, and each price falls once.
#[sqlx::test(migrator = "crate::database::MIGRATIONS")]
async fn two_sweeps_lower_each_price_once(db: PgPool) {
    let backend = TestBackend::without_stripe(db);
    let ana = testing::user(&backend.db, "ana").await;
    for _ in 0..60 {
        list(&backend, ana, &falling()).await.expect("lists");
    }
    testing::let_time_pass(&backend.db, DAY).await;
    let (one, two) = tokio::join!(swept(&backend), swept(&backend));
    let fell = |looked: &[Looked]| looked.iter().filter(|looked| **looked == Looked::Fell).count();
    assert_eq!(fell(&one) + fell(&two) + fell(&swept(&backend).await), 60);
    let wrong = "SELECT count(*) FROM listings WHERE price_cents <> 4450 OR version <> 2";
    assert_eq!(testing::count(&backend.db, wrong).await, 0);
}

#[sqlx::test(migrator = "crate::database::MIGRATIONS")]
async fn open_pages_hear_of_a_step(db: PgPool) {
    let backend = TestBackend::without_stripe(db);
    let (_, id) = listed(&backend, 1).await;
    // They hear of the listing too.
    backend.changes.take().await;
    testing::let_time_pass(&backend.db, DAY).await;
    assert_eq!(swept(&backend).await, [Looked::Fell]);
    assert_eq!(backend.changes.take().await, [id]);
}
