//! Requests that run while an account is being deleted: either they come first and prevent it, or they
//! find no account.

use model::ResetId;
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use tokio::task::JoinHandle;

use super::*;
use crate::{
    auth::{
        self,
        email::Email,
        reset::{self, ResetToken, apply::reset_password},
    },
    ids::fresh,
    orders::take_store::{self, Take},
};

impl Setup {
    async fn waiting(&self, count: i64) {
        let what = format!("{count} wait for a lock");
        testing::until(&what, || async { testing::waiting_for_locks(&self.backend.db).await == count }).await;
    }

    fn deleting(&self) -> JoinHandle<Result<(), DeleteAccountError>> {
        let (backend, ana) = (self.backend.clone(), self.ana.clone());
        tokio::spawn(async move { delete_account(&backend, &ana, PASSWORD, HOME).await })
    }

    /// A deletion that has passed its checks and waits: the test holds a row that it has to erase.
    async fn half_deleted(
        &self,
    ) -> (sqlx::Transaction<'static, sqlx::Postgres>, JoinHandle<Result<(), DeleteAccountError>>) {
        let mut holder = self.backend.db.begin().await.expect("a transaction");
        sqlx::query("SELECT FROM sessions FOR UPDATE").execute(&mut *holder).await.expect("holds");
        let deleting = self.deleting();
        self.waiting(1).await;
        (holder, deleting)
    }

    async fn link(&self) -> ResetToken {
        let (id, token) = (fresh::<ResetId>(), ResetToken::generate());
        let email = Email::parse(&self.ana.email).expect("an address");
        let mut db = self.backend.db.acquire().await.expect("a connection");
        reset::store::note_request(&mut db, id, &email, i64::MAX, 0).await.expect("is stored");
        reset::store::arm(&mut db, id, &token).await.expect("arms").expect("an account");
        token
    }
}

/// While the account is being deleted, Ana's session is still valid: she lists, buys, joins, signs in and
/// uses a link. Each request finds no account.
///
/// Proves `deleted_at IS NULL` under the shared row lock in `tickets::store`, `orders::take_store` and
/// `waitlist::store`, the hash in `auth::store::insert_session`, and `deleted_at IS NULL` in `set_password`:
/// without any one of them its request succeeds.
#[sqlx::test(migrator = "crate::database::MIGRATIONS")]
async fn requests_fail_for_deleted_account(_: PgPoolOptions, connect: PgConnectOptions) {
    // The default test pool has too few connections for all of these requests.
    let db = PgPoolOptions::new().max_connections(10).connect_with(connect).await.expect("a pool");
    let setup = Setup::set(db).await;
    let (free, held) =
        (testing::listing(&setup.backend, setup.bob).await, testing::listing(&setup.backend, setup.bob).await);
    let carol = testing::user(&setup.backend.db, "carol").await;
    testing::lock_one(&setup.backend, carol, held, PRICE).await.expect("locks");
    let link = setup.link().await;

    let (holder, deleting) = setup.half_deleted().await;
    let ana = setup.ana.id;
    let with = || setup.backend.clone();
    let (backend, input) = (with(), testing::listing_input());
    let listing = tokio::spawn(async move { tickets::list::list(&backend, ana, &input).await });
    let backend = with();
    let buying = tokio::spawn(async move { testing::lock_one(&backend, ana, free, PRICE).await });
    let backend = with();
    let waiting = tokio::spawn(async move { join(&backend, ana, held, 1).await });
    let backend = with();
    let entering = tokio::spawn(async move { sign_in(&backend, &credentials(), HOME, &Browser::default()).await });
    let backend = with();
    let resetting = tokio::spawn(async move { reset_password(&backend, &link, "a new horse").await });
    setup.waiting(6).await;
    holder.rollback().await.expect("rolls back");

    deleting.await.expect("no panic").expect("deletes");
    let codes = [
        AppError::from(listing.await.expect("no panic").expect_err("she has no account")),
        AppError::from(buying.await.expect("no panic").expect_err("she has no account")),
        AppError::from(waiting.await.expect("no panic").expect_err("she has no account")),
        AppError::from(entering.await.expect("no panic").expect_err("she has no account")),
        AppError::from(resetting.await.expect("no panic").expect_err("she has no account")),
    ]
    .map(|error| error.code());
    let gone = Code::NotSignedIn;
    assert_eq!(codes, [gone, gone, gone, Code::WrongCredentials, Code::ResetLinkEnded]);
    for left in [
        "SELECT count(*) FROM tickets t JOIN listings l ON l.id = t.listing_id WHERE t.status = 'listed' AND l.seller_id IN (SELECT id FROM users WHERE deleted_at IS NOT NULL)",
        "SELECT count(*) FROM orders WHERE buyer_id IN (SELECT id FROM users WHERE deleted_at IS NOT NULL)",
        "SELECT count(*) FROM waitlist_entries",
        "SELECT count(*) FROM sessions",
    ] {
        assert_eq!(setup.count(left).await, 0, "{left}");
    }
}

/// The same for the waitlist alone: in the test above, buying holds Ana's buyer lock, and joining waits
/// for it.
///
/// Proves the shared row lock in `waitlist::store`.
#[sqlx::test(migrator = "crate::database::MIGRATIONS")]
async fn join_fails_for_deleted_account(db: PgPool) {
    let setup = Setup::set(db).await;
    let ticket = testing::listing(&setup.backend, setup.bob).await;
    let carol = testing::user(&setup.backend.db, "carol").await;
    testing::lock_one(&setup.backend, carol, ticket, PRICE).await.expect("locks");
    let (holder, deleting) = setup.half_deleted().await;
    let joining = tokio::spawn({
        let (backend, ana) = (setup.backend.clone(), setup.ana.id);
        async move { join(&backend, ana, ticket, 1).await }
    });
    setup.waiting(2).await;
    holder.rollback().await.expect("rolls back");
    deleting.await.expect("no panic").expect("deletes");
    let refused = joining.await.expect("no panic");
    assert!(matches!(refused, Err(crate::waitlist::join::JoinError::NoAccount)), "{refused:?}");
}

/// Proves `FOR UPDATE` in `lock_account`: the deletion waits for a listing that began before it, and
/// withdraws it.
#[sqlx::test(migrator = "crate::database::MIGRATIONS")]
async fn deletion_withdraws_listing_begun_before(db: PgPool) {
    let setup = Setup::set(db).await;
    let known = testing::listing(&setup.backend, setup.bob).await;
    let mut tx = setup.backend.db.begin().await.expect("a transaction");
    let begun: uuid::Uuid = sqlx::query_scalar(
        "
        WITH listed AS (
            INSERT INTO listings (event_id, seller_id, price_cents) SELECT event_id, $1, price_cents FROM listings WHERE id = $2 RETURNING id
        )
        INSERT INTO tickets (listing_id, position, starts_at)
        SELECT l.id, 1, t.starts_at FROM listed l, tickets t WHERE t.listing_id = $2 RETURNING listing_id",
    )
    .bind(setup.ana.id.as_uuid())
    .bind(known.as_uuid())
    .fetch_one(&mut *tx)
    .await
    .expect("lists");
    let id = ListingId::from(begun);
    let deleting = setup.deleting();
    setup.waiting(1).await;
    tx.commit().await.expect("commits");
    deleting.await.expect("no panic").expect("deletes");
    assert_eq!(setup.availability(id).await, Availability::Withdrawn);
}

/// Locks the ticket of a listing in a transaction that goes on.
async fn take(setup: &Setup, tx: &mut crate::transaction::Transaction<'_>, listing: ListingId, buyer: UserId) {
    let take = Take { listing, version: 1, price: PRICE, buyer, count: 1, tickets: &[] };
    let order = take_store::take(tx, &setup.backend.rules, &take, None).await.expect("takes");
    assert!(order.is_some());
}

/// The same for an order, which prevents the deletion.
#[sqlx::test(migrator = "crate::database::MIGRATIONS")]
async fn deletion_fails_when_order_began_before(db: PgPool) {
    let setup = Setup::set(db).await;
    let ticket = testing::listing(&setup.backend, setup.bob).await;
    let mut tx = setup.backend.begin().await.expect("a transaction");
    take(&setup, &mut tx, ticket, setup.ana.id).await;
    let deleting = setup.deleting();
    setup.waiting(1).await;
    tx.commit().await.expect("commits");
    let refused = deleting.await.expect("no panic");
    assert!(matches!(refused, Err(DeleteAccountError::HoldsATicket)), "{refused:?}");
}

/// Proves the listings' row locks: without them the ticket is withdrawn under a buyer who has just locked
/// it.
#[sqlx::test(migrator = "crate::database::MIGRATIONS")]
async fn deletion_fails_when_buyer_was_first(db: PgPool) {
    let setup = Setup::set(db).await;
    let ticket = testing::listing(&setup.backend, setup.ana.id).await;
    let mut holder = setup.backend.db.begin().await.expect("a transaction");
    tickets::store::lock(&mut holder, ticket).await.expect("the row lock");
    let buying = tokio::spawn({
        let (backend, bob) = (setup.backend.clone(), setup.bob);
        async move { testing::lock_one(&backend, bob, ticket, PRICE).await }
    });
    setup.waiting(1).await;
    let deleting = setup.deleting();
    setup.waiting(2).await;
    holder.rollback().await.expect("rolls back");
    buying.await.expect("no panic").expect("locks");
    let refused = deleting.await.expect("no panic");
    assert!(matches!(refused, Err(DeleteAccountError::IsBoughtFrom)), "{refused:?}");
    assert!(matches!(setup.availability(ticket).await, Availability::LockedUntil(_)));
}

/// Proves the second check: without it a ticket that was listed and locked after the first check is
/// withdrawn under its buyer.
#[sqlx::test(migrator = "crate::database::MIGRATIONS")]
async fn deletion_checks_tickets_listed_meanwhile(db: PgPool) {
    let setup = Setup::set(db).await;
    let mut holder = setup.backend.db.begin().await.expect("a transaction");
    let share = sqlx::query("SELECT FROM users WHERE id = $1 FOR KEY SHARE").bind(setup.ana.id.as_uuid());
    share.execute(&mut *holder).await.expect("shares the account");
    let deleting = setup.deleting();
    setup.waiting(1).await;
    let ticket = testing::listing(&setup.backend, setup.ana.id).await;
    let mut buying = setup.backend.begin().await.expect("a transaction");
    tickets::store::lock(&mut buying, ticket).await.expect("the row lock");
    take(&setup, &mut buying, ticket, setup.bob).await;
    holder.rollback().await.expect("rolls back");
    testing::until("the deletion waits for the listing", || async {
        let waits = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock' AND query LIKE '%listings%'";
        setup.count(waits).await == 1
    })
    .await;
    buying.commit().await.expect("commits");
    let refused = deleting.await.expect("no panic");
    assert!(matches!(refused, Err(DeleteAccountError::IsBoughtFrom)), "{refused:?}");
}

/// Proves that the hash is checked again under the account's lock.
#[sqlx::test(migrator = "crate::database::MIGRATIONS")]
async fn deletion_fails_when_password_changes_meanwhile(db: PgPool) {
    let setup = Setup::set(db).await;
    let mut tx = setup.backend.db.begin().await.expect("a transaction");
    assert!(auth::store::set_password(&mut tx, setup.ana.id, "another").await.expect("sets"));
    let deleting = setup.deleting();
    setup.waiting(1).await;
    tx.commit().await.expect("commits");
    let refused = deleting.await.expect("no panic");
    assert!(matches!(refused, Err(DeleteAccountError::Unconfirmed(ConfirmError::WrongPassword))), "{refused:?}");
}

/// Ten rounds of all requests at the same time: there is no deadlock, and in the end there is either a
/// whole account or none of its data.
#[sqlx::test(migrator = "crate::database::MIGRATIONS")]
async fn many_at_once_leave_whole_account_or_none(db: PgPool) {
    let backend = TestBackend::without_stripe(db);
    for round in 0..10 {
        let email = format!("ana{round}@example.com");
        let typed = Credentials { email, password: PASSWORD.into() };
        let session = sign_up(&backend, &typed, &Browser::default()).await.expect("signs up");
        let ana = current_user(&backend, &session).await.expect("the database answers").expect("signed in");
        let bob = testing::user(&backend.db, &format!("bob{round}")).await;
        let (hers, his) = (testing::listing(&backend, ana.id).await, testing::listing(&backend, bob).await);
        let mut holder = backend.db.begin().await.expect("a transaction");
        let hold =
            sqlx::query("SELECT FROM listings WHERE id = ANY ($1) FOR UPDATE").bind([hers.as_uuid(), his.as_uuid()]);
        hold.execute(&mut *holder).await.expect("holds");
        let mut tries = tokio::task::JoinSet::<Result<(), AppError>>::new();
        let (b, who) = (backend.clone(), ana.clone());
        tries.spawn(async move { delete_account(&b, &who, PASSWORD, HOME).await.map_err(Into::into) });
        let b = backend.clone();
        tries.spawn(async move { testing::lock_one(&b, ana.id, his, PRICE).await.map(drop).map_err(Into::into) });
        let b = backend.clone();
        tries.spawn(async move { testing::lock_one(&b, bob, hers, PRICE).await.map(drop).map_err(Into::into) });
        testing::until("three wait", || async { testing::waiting_for_locks(&backend.db).await >= 3 }).await;
        holder.rollback().await.expect("rolls back");
        let refused: Vec<_> = tries.join_all().await.into_iter().filter_map(Result::err).map(|e| e.code()).collect();
        let expected = [Code::NotSignedIn, Code::OrderOpen, Code::ListingLocked, Code::TicketWithdrawn];
        assert!(refused.iter().all(|code| expected.contains(code)), "{refused:?}");
    }
    let left = "
        SELECT (SELECT count(*) FROM tickets t JOIN listings l ON l.id = t.listing_id JOIN users u ON u.id = l.seller_id WHERE t.status = 'listed' AND u.deleted_at IS NOT NULL)
            + (SELECT count(*) FROM orders o JOIN users u ON u.id = o.buyer_id WHERE o.status = 'created' AND u.deleted_at IS NOT NULL)
            + (SELECT count(*) FROM sessions s JOIN users u ON u.id = s.user_id WHERE u.deleted_at IS NOT NULL)";
    assert_eq!(testing::count(&backend.db, left).await, 0);
}
