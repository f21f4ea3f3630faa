//! Deleting an account: what goes, what stays, what stands in the way, and who comes at the same moment.

mod races;

use std::net::Ipv4Addr;

use model::{Money, OrderId, TicketId, auth::Credentials, tickets::Availability};
use sqlx::PgPool;

use super::*;
use crate::{
    auth::{
        browser::Browser,
        confirm::TRIES,
        reset::request::request_reset,
        session::SessionToken,
        sign_in::{SignInError, sign_in},
        sign_up::sign_up,
    },
    current_user::current_user,
    line::join::join,
    orders::{cancel::cancel, lock::lock},
    payments::start::start,
    testing::{self, GOOD_CARD, TestBackend},
    tickets,
};

const HOME: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);
const PASSWORD: &str = "correct horse";
const PRICE: Money = Money::usd(4950);

/// Ana, whose account is to go, and Bob.
struct Scene {
    backend: Backend,
    ana: CurrentUser,
    session: SessionToken,
    bob: UserId,
}

fn credentials() -> Credentials {
    Credentials { email: "Ana@example.com".into(), password: PASSWORD.into() }
}

impl Scene {
    async fn set(db: PgPool) -> Self {
        Self::with(TestBackend::without_stripe(db)).await
    }

    async fn with(backend: Backend) -> Self {
        let session = sign_up(&backend, &credentials(), &Browser::default()).await.expect("signs up");
        let ana = current_user(&backend, &session).await.expect("the database answers").expect("signed in");
        let bob = testing::user(&backend.db, "bob").await;
        Self { backend, ana, session, bob }
    }

    async fn delete(&self) -> Result<(), DeleteAccountError> {
        delete_account(&self.backend, &self.ana, PASSWORD, HOME).await
    }

    /// Deletes the account, to be refused by that code and to change nothing.
    async fn assert_refused(&self, code: Code) {
        let before = testing::snapshot(&self.backend.db).await;
        let refused = self.delete().await;
        assert_eq!(AppError::from(refused.expect_err("something stands in the way")).code(), code);
        assert_eq!(testing::snapshot(&self.backend.db).await, before);
        assert!(self.is_signed_in().await);
    }

    async fn is_signed_in(&self) -> bool {
        current_user(&self.backend, &self.session).await.expect("the database answers").is_some()
    }

    async fn availability(&self, ticket: TicketId) -> Availability {
        tickets::show::show(&self.backend, None, ticket).await.expect("shows").card.availability
    }

    /// Bob's ticket with Ana's order of it.
    async fn anas_order(&self) -> (TicketId, OrderId) {
        let ticket = testing::ticket(&self.backend, self.bob).await;
        (ticket, lock(&self.backend, self.ana.id, ticket, PRICE).await.expect("locks"))
    }

    /// Ana's ticket, and Bob's order of it.
    async fn bobs_order(&self) -> (TicketId, OrderId) {
        let ticket = testing::ticket(&self.backend, self.ana.id).await;
        (ticket, lock(&self.backend, self.bob, ticket, PRICE).await.expect("locks"))
    }

    async fn pay(&self, buyer: UserId, order: OrderId) {
        start(&self.backend, buyer, order).await.expect("starts");
        testing::pay_with(&self.backend, order, GOOD_CARD).await;
        crate::payments::check::check(&self.backend, buyer, order).await.expect("completes");
    }

    async fn count(&self, sql: &'static str) -> i64 {
        testing::count(&self.backend.db, sql).await
    }
}

/// Every row of every table that has Ana's address or id in it, by table.
async fn tables_that_name(db: &PgPool, what: &str) -> Vec<String> {
    let tables: Vec<String> = sqlx::query_scalar(
        "SELECT relname::text FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' ORDER BY relname",
    )
    .fetch_all(db)
    .await
    .expect("tables");
    let mut named = Vec::new();
    for table in tables {
        let sql = format!("SELECT EXISTS (SELECT FROM {table} r WHERE r::text ILIKE '%' || $1 || '%')");
        let is_there: bool = sqlx::query_scalar(sqlx::AssertSqlSafe(sql)).bind(what).fetch_one(db).await.expect("rows");
        if is_there {
            named.push(table);
        }
    }
    named
}

#[sqlx::test(migrator = "crate::database::MIGRATIONS")]
async fn forgets_who_somebody_was_and_keeps_the_books(db: PgPool) {
    let (backend, _stripe) = TestBackend::with_simulator(db).await;
    let scene = Scene::with(backend).await;
    let (_, bought) = scene.anas_order().await;
    scene.pay(scene.ana.id, bought).await;
    let (_, sold) = scene.bobs_order().await;
    scene.pay(scene.bob, sold).await;
    testing::let_time_pass(&scene.backend.db, testing::UNTIL_THE_EVENT).await;
    let session = sign_in(&scene.backend, &credentials(), HOME, &Browser::default()).await.expect("signs in");
    let scene = Scene { session, ..scene };
    let offered = testing::ticket(&scene.backend, scene.ana.id).await;
    let waited_for = testing::ticket(&scene.backend, scene.bob).await;
    let carol = testing::user(&scene.backend.db, "carol").await;
    let carols = lock(&scene.backend, carol, waited_for, PRICE).await.expect("locks");
    join(&scene.backend, scene.ana.id, waited_for).await.expect("joins");
    request_reset(&scene.backend, "ana@example.com").await.expect("notes");
    let books = "SELECT count(*) FROM ledger_entries";
    let booked = scene.count(books).await;

    scene.delete().await.expect("deletes");

    assert!(!scene.is_signed_in().await);
    assert_eq!(scene.availability(offered).await, Availability::Withdrawn);
    assert_eq!(tables_that_name(&scene.backend.db, "ana@example").await, [""; 0], "nobody's address is left");
    let kept = tables_that_name(&scene.backend.db, &scene.ana.id.to_string()).await;
    assert_eq!(kept, ["ledger_entries", "orders", "tickets", "users"]);
    assert_eq!((scene.count(books).await, booked), (4, 4));
    let erased = "SELECT count(*) FROM users WHERE email IS NULL AND password_hash IS NULL AND deleted_at IS NOT NULL";
    assert_eq!(scene.count(erased).await, 1);
    // Nobody has the ticket that she waited for: it is free, and not hers.
    cancel(&scene.backend, carol, carols).await.expect("cancels");
    assert_eq!(scene.availability(waited_for).await, Availability::OnSale);
    let report = crate::doctor::examine::examine(&scene.backend.db).await.expect("examines");
    // No worker has run here, and time has passed.
    let broken: Vec<_> = report.breaches().filter(|finding| !finding.name.starts_with("backlog.")).collect();
    assert!(broken.is_empty(), "{broken:?}");
}

#[sqlx::test(migrator = "crate::database::MIGRATIONS")]
async fn the_address_may_sign_up_again_as_somebody_else(db: PgPool) {
    let scene = Scene::set(db).await;
    testing::ticket(&scene.backend, scene.ana.id).await;
    scene.delete().await.expect("deletes");
    let gone = sign_in(&scene.backend, &credentials(), HOME, &Browser::default()).await;
    assert!(matches!(gone, Err(SignInError::WrongCredentials)), "{gone:?}");
    let again = sign_up(&scene.backend, &credentials(), &Browser::default()).await.expect("signs up");
    let again = current_user(&scene.backend, &again).await.expect("the database answers").expect("signed in");
    assert_ne!(again.id, scene.ana.id);
    let theirs = tickets::mine::mine(&scene.backend, again.id, None).await.expect("reads");
    assert!(theirs.tickets.is_empty(), "{theirs:?}");
    // And may go again, while the first is gone already.
    delete_account(&scene.backend, &again, PASSWORD, HOME).await.expect("deletes");
    let twice = scene.delete().await;
    assert!(matches!(twice, Err(DeleteAccountError::Unconfirmed(ConfirmError::WrongPassword))), "{twice:?}");
}

/// Proves the password, and that its tries are counted.
#[sqlx::test(migrator = "crate::database::MIGRATIONS")]
async fn asks_for_the_password_and_counts_the_tries(db: PgPool) {
    let scene = Scene::set(db).await;
    let try_with = async |password: &str| {
        let refused = delete_account(&scene.backend, &scene.ana, password, HOME).await;
        AppError::from(refused.expect_err("refuses"))
    };
    assert_eq!(try_with("").await, AppError::field(Field::Password, Code::Required));
    for _ in 0..TRIES {
        assert_eq!(try_with("a guess").await, AppError::field(Field::Password, Code::WrongPassword));
    }
    assert_eq!(try_with(PASSWORD).await.code(), Code::TooManyAttempts);
    assert!(scene.is_signed_in().await);
}

/// Whoever took the address next would run the shop.
#[sqlx::test(migrator = "crate::database::MIGRATIONS")]
async fn an_operator_stays(db: PgPool) {
    let operators = "ana@example.com".parse().expect("an address");
    Scene::with(Backend { operators, ..TestBackend::without_stripe(db) }).await.assert_refused(Code::RunsTheShop).await;
}

#[sqlx::test(migrator = "crate::database::MIGRATIONS")]
async fn a_buyer_stays_while_they_hold_a_ticket(db: PgPool) {
    let scene = Scene::set(db).await;
    scene.anas_order().await;
    scene.assert_refused(Code::OrderOpen).await;
    testing::let_time_pass(&scene.backend.db, scene.backend.rules.lock_length).await;
    scene.delete().await.expect("a lock past its end holds nothing");
}

#[sqlx::test(migrator = "crate::database::MIGRATIONS")]
async fn a_buyer_stays_while_their_money_is_on_its_way(db: PgPool) {
    let (backend, _stripe) = TestBackend::with_simulator(db).await;
    let scene = Scene::with(backend).await;
    let (_, order) = scene.anas_order().await;
    start(&scene.backend, scene.ana.id, order).await.expect("starts");
    testing::pay_with(&scene.backend, order, GOOD_CARD).await;
    testing::let_time_pass(&scene.backend.db, scene.backend.rules.lock_length).await;
    scene.assert_refused(Code::PaymentUnsettled).await;
    for status in ["starting", "capturing", "refunding", "refund_failed"] {
        sqlx::query("UPDATE payments SET status = $1").bind(status).execute(&scene.backend.db).await.expect("sets");
        scene.assert_refused(Code::PaymentUnsettled).await;
    }
    sqlx::query("UPDATE payments SET status = 'refunded'").execute(&scene.backend.db).await.expect("sets");
    scene.delete().await.expect("deletes");
}

#[sqlx::test(migrator = "crate::database::MIGRATIONS")]
async fn a_seller_stays_while_somebody_pays_or_waits(db: PgPool) {
    let scene = Scene::set(db).await;
    let (ticket, _) = scene.bobs_order().await;
    scene.assert_refused(Code::ListingLocked).await;
    let carol = testing::user(&scene.backend.db, "carol").await;
    join(&scene.backend, carol, ticket).await.expect("joins");
    testing::let_time_pass(&scene.backend.db, scene.backend.rules.lock_length).await;
    scene.assert_refused(Code::ListingLocked).await;
    // The event has started: she waits for nothing.
    testing::let_time_pass(&scene.backend.db, testing::UNTIL_THE_EVENT).await;
    let session = sign_in(&scene.backend, &credentials(), HOME, &Browser::default()).await.expect("signs in");
    Scene { session, ..scene }.delete().await.expect("deletes");
}

#[sqlx::test(migrator = "crate::database::MIGRATIONS")]
async fn a_seller_stays_until_what_they_sold_has_begun(db: PgPool) {
    let (backend, _stripe) = TestBackend::with_simulator(db).await;
    let scene = Scene::with(backend).await;
    let (_, order) = scene.bobs_order().await;
    scene.pay(scene.bob, order).await;
    scene.assert_refused(Code::SaleToCome).await;
    testing::let_time_pass(&scene.backend.db, testing::UNTIL_THE_EVENT).await;
    scene.delete().await.expect("deletes");
}
