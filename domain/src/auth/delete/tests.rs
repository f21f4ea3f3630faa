//! Deleting an account: what is erased, what is kept, what prevents it, and what happens at the same
//! time.

mod races;

use std::{collections::HashSet, net::Ipv4Addr};

use futures_util::FutureExt;
use model::{ListingId, Money, OrderId, auth::Credentials, mails::MailTopic, tickets::Availability};
use sqlx::PgPool;

use super::*;
use crate::{
    auth::{
        browser::Browser,
        confirm::TRIES,
        reset::request::request_reset,
        session::SessionToken,
        sign_in::{SignInError, sign_in},
    },
    current_user::current_user,
    drafts::save::save,
    ids::fresh,
    mail::choices::choose,
    orders::cancel::cancel,
    payments::{self},
    testing::{self, GOOD_CARD, TestBackend, sign_up},
    tickets,
    waitlist::join::join,
    watching::watch::watch_listing,
};

const HOME: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);
const PASSWORD: &str = "correct horse";
const PRICE: Money = Money::usd(4950);

/// Ana, whose account is deleted, and Bob.
struct Setup {
    backend: Backend,
    ana: CurrentUser,
    session: SessionToken,
    bob: UserId,
}

fn credentials() -> Credentials {
    Credentials { email: "Ana@example.com".into(), password: PASSWORD.into() }
}

impl Setup {
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

    /// Asserts that the deletion fails with that code and changes nothing.
    async fn assert_refused(&self, code: Code) {
        let before = testing::snapshot(&self.backend.db).await;
        let refused = self.delete().await;
        assert_eq!(AppError::from(refused.expect_err("the deletion is refused")).code(), code);
        assert_eq!(testing::snapshot(&self.backend.db).await, before);
        assert!(self.is_signed_in().await);
    }

    async fn is_signed_in(&self) -> bool {
        current_user(&self.backend, &self.session).await.expect("the database answers").is_some()
    }

    async fn availability(&self, ticket: ListingId) -> Availability {
        tickets::show::show(&self.backend, None, ticket).await.expect("shows").card.availability
    }

    /// Bob's ticket with Ana's order for it.
    async fn anas_order(&self) -> (ListingId, OrderId) {
        let ticket = testing::listing(&self.backend, self.bob).await;
        (ticket, testing::lock_one(&self.backend, self.ana.id, ticket, PRICE).await.expect("locks"))
    }

    /// Ana's ticket with Bob's order for it.
    async fn bobs_order(&self) -> (ListingId, OrderId) {
        let ticket = testing::listing(&self.backend, self.ana.id).await;
        (ticket, testing::lock_one(&self.backend, self.bob, ticket, PRICE).await.expect("locks"))
    }

    async fn pay(&self, buyer: UserId, order: OrderId) {
        testing::start_payment(&self.backend, buyer, order).await.expect("starts");
        testing::pay_with(&self.backend, order, GOOD_CARD).await;
        crate::payments::check::check(&self.backend, buyer, order).await.expect("completes");
    }

    async fn count(&self, sql: &'static str) -> i64 {
        testing::count(&self.backend.db, sql).await
    }
}

/// The tables that hold Ana's address or id in any row.
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
async fn deletion_marks_tickets_and_waitlists(db: PgPool) {
    let setup = Setup::set(db).await;
    let carol = testing::user(&setup.backend.db, "carol").await;
    let own = testing::listing(&setup.backend, setup.ana.id).await;
    let other = testing::listing(&setup.backend, setup.bob).await;
    testing::lock_one(&setup.backend, carol, other, PRICE).await.expect("locks");
    join(&setup.backend, setup.ana.id, other, 1).await.expect("joins");
    setup.backend.changes.take().await;
    setup.delete().await.expect("deletes");
    let marked: HashSet<_> = setup.backend.changes.take().now_or_never().into_iter().flatten().collect();
    assert_eq!(marked, HashSet::from([own, other]));
}

#[sqlx::test(migrator = "crate::database::MIGRATIONS")]
async fn deletion_erases_identity_and_keeps_ledger(db: PgPool) {
    let (backend, _stripe) = TestBackend::with_simulator(db).await;
    let setup = Setup::with(backend).await;
    let (_, bought) = setup.anas_order().await;
    setup.pay(setup.ana.id, bought).await;
    let (_, sold) = setup.bobs_order().await;
    setup.pay(setup.bob, sold).await;
    testing::let_time_pass(&setup.backend.db, testing::UNTIL_THE_EVENT).await;
    let session = sign_in(&setup.backend, &credentials(), HOME, &Browser::default()).await.expect("signs in");
    let setup = Setup { session, ..setup };
    let offered = testing::listing(&setup.backend, setup.ana.id).await;
    let waited_for = testing::listing(&setup.backend, setup.bob).await;
    let carol = testing::user(&setup.backend.db, "carol").await;
    let carols = testing::lock_one(&setup.backend, carol, waited_for, PRICE).await.expect("locks");
    join(&setup.backend, setup.ana.id, waited_for, 1).await.expect("joins");
    watch_listing(&setup.backend, setup.ana.id, waited_for, true).await.expect("watches");
    save(&setup.backend, setup.ana.id, fresh(), String::new(), testing::listing_input()).await.expect("saves");
    choose(&setup.backend, setup.ana.id, MailTopic::WatchNews, false).await.expect("turns off");
    request_reset(&setup.backend, "ana@example.com").await.expect("is stored");
    let books = "SELECT count(*) FROM ledger_entries";
    let booked = setup.count(books).await;

    setup.delete().await.expect("deletes");

    assert!(!setup.is_signed_in().await);
    assert_eq!(setup.availability(offered).await, Availability::Withdrawn);
    assert_eq!(tables_that_name(&setup.backend.db, "ana@example").await, [""; 0], "the address is erased");
    let kept = tables_that_name(&setup.backend.db, &setup.ana.id.to_string()).await;
    assert_eq!(kept, ["card_attempts", "ledger_entries", "listings", "orders", "tickets", "users"]);
    assert_eq!((setup.count(books).await, booked), (4, 4));
    let erased = "SELECT count(*) FROM users WHERE email IS NULL AND password_hash IS NULL AND deleted_at IS NOT NULL";
    assert_eq!(setup.count(erased).await, 1);
    // The ticket that Ana waited for is free, and not hers.
    cancel(&setup.backend, carol, carols).await.expect("cancels");
    assert_eq!(setup.availability(waited_for).await, Availability::OnSale);
    let report = crate::doctor::examine::examine(&setup.backend.db).await.expect("examines");
    // No worker has run here, and time has passed.
    let broken: Vec<_> = report.violations().filter(|check| !check.name.starts_with("backlog.")).collect();
    assert!(broken.is_empty(), "{broken:?}");
}

#[sqlx::test(migrator = "crate::database::MIGRATIONS")]
async fn deleted_address_can_sign_up_again(db: PgPool) {
    let setup = Setup::set(db).await;
    testing::listing(&setup.backend, setup.ana.id).await;
    setup.delete().await.expect("deletes");
    let gone = sign_in(&setup.backend, &credentials(), HOME, &Browser::default()).await;
    assert!(matches!(gone, Err(SignInError::WrongCredentials)), "{gone:?}");
    let again = sign_up(&setup.backend, &credentials(), &Browser::default()).await.expect("signs up");
    let again = current_user(&setup.backend, &again).await.expect("the database answers").expect("signed in");
    assert_ne!(again.id, setup.ana.id);
    let theirs =
        tickets::mine::mine(&setup.backend, again.id, model::tickets::ListingsPart::Coming, None).await.expect("reads");
    assert!(theirs.listings.is_empty(), "{theirs:?}");
    // The second account can be deleted while the first one is deleted already.
    delete_account(&setup.backend, &again, PASSWORD, HOME).await.expect("deletes");
    let twice = setup.delete().await;
    assert!(matches!(twice, Err(DeleteAccountError::Unconfirmed(ConfirmError::WrongPassword))), "{twice:?}");
}

/// Proves that the password is checked, and that attempts are counted.
#[sqlx::test(migrator = "crate::database::MIGRATIONS")]
async fn deletion_fails_without_password_and_counts_attempts(db: PgPool) {
    let setup = Setup::set(db).await;
    let try_with = async |password: &str| {
        let refused = delete_account(&setup.backend, &setup.ana, password, HOME).await;
        AppError::from(refused.expect_err("refuses"))
    };
    assert_eq!(try_with("").await, AppError::field(Field::Password, Code::Required));
    for _ in 0..TRIES {
        assert_eq!(try_with("a guess").await, AppError::field(Field::Password, Code::WrongPassword));
    }
    assert_eq!(try_with(PASSWORD).await.code(), Code::TooManyAttempts);
    assert!(setup.is_signed_in().await);
}

#[sqlx::test(migrator = "crate::database::MIGRATIONS")]
async fn deletion_fails_for_operator(db: PgPool) {
    let mut setup = Setup::set(db).await;
    setup.ana.role = Role::Operator;
    setup.assert_refused(Code::RunsTheShop).await;
}

#[sqlx::test(migrator = "crate::database::MIGRATIONS")]
async fn deletion_fails_while_user_holds_ticket(db: PgPool) {
    let setup = Setup::set(db).await;
    setup.anas_order().await;
    setup.assert_refused(Code::OrderOpen).await;
    testing::let_time_pass(&setup.backend.db, setup.backend.rules.lock_length).await;
    setup.delete().await.expect("a lock past its end holds nothing");
}

#[sqlx::test(migrator = "crate::database::MIGRATIONS")]
async fn deletion_fails_while_payment_or_refund_is_open(db: PgPool) {
    let (backend, _stripe) = TestBackend::with_simulator(db).await;
    let setup = Setup::with(backend).await;
    let (_, order) = setup.anas_order().await;
    testing::start_payment(&setup.backend, setup.ana.id, order).await.expect("starts");
    testing::pay_with(&setup.backend, order, GOOD_CARD).await;
    testing::let_time_pass(&setup.backend.db, setup.backend.rules.lock_length).await;
    setup.assert_refused(Code::PaymentUnsettled).await;
    for status in ["starting", "capturing", "refunding", "refund_failed"] {
        sqlx::query("UPDATE payments SET status = $1").bind(status).execute(&setup.backend.db).await.expect("sets");
        setup.assert_refused(Code::PaymentUnsettled).await;
    }
    sqlx::query("UPDATE payments SET status = 'refunded'").execute(&setup.backend.db).await.expect("sets");
    setup.delete().await.expect("deletes");
}

#[sqlx::test(migrator = "crate::database::MIGRATIONS")]
async fn deletion_fails_while_another_pays_or_waits(db: PgPool) {
    let setup = Setup::set(db).await;
    let (ticket, _) = setup.bobs_order().await;
    setup.assert_refused(Code::ListingLocked).await;
    let carol = testing::user(&setup.backend.db, "carol").await;
    join(&setup.backend, carol, ticket, 1).await.expect("joins");
    testing::let_time_pass(&setup.backend.db, setup.backend.rules.lock_length).await;
    setup.assert_refused(Code::ListingLocked).await;
    // The event has started: Carol has nothing to wait for.
    testing::let_time_pass(&setup.backend.db, testing::UNTIL_THE_EVENT).await;
    let session = sign_in(&setup.backend, &credentials(), HOME, &Browser::default()).await.expect("signs in");
    Setup { session, ..setup }.delete().await.expect("deletes");
}

#[sqlx::test(migrator = "crate::database::MIGRATIONS")]
async fn deletion_fails_until_sold_event_starts(db: PgPool) {
    let (backend, _stripe) = TestBackend::with_simulator(db).await;
    let setup = Setup::with(backend).await;
    let (_, order) = setup.bobs_order().await;
    setup.pay(setup.bob, order).await;
    setup.assert_refused(Code::SaleToCome).await;
    testing::let_time_pass(&setup.backend.db, testing::UNTIL_THE_EVENT).await;
    setup.delete().await.expect("deletes");
}

/// Each side of a disputed sale stays until the bank has decided.
async fn deletion_waits_for_a_bank(db: PgPool, ana_sells: bool) {
    let (backend, stripe) = TestBackend::with_simulator(db).await;
    let setup = Setup::with(backend).await;
    let order = if ana_sells {
        let (_, order) = setup.bobs_order().await;
        setup.pay(setup.bob, order).await;
        testing::let_time_pass(&setup.backend.db, testing::UNTIL_THE_EVENT).await;
        order
    } else {
        let listing = testing::listing(&setup.backend, setup.bob).await;
        let order = testing::lock_one(&setup.backend, setup.ana.id, listing, PRICE).await.expect("locks");
        setup.pay(setup.ana.id, order).await;
        order
    };
    let session = sign_in(&setup.backend, &credentials(), HOME, &Browser::default()).await.expect("signs in");
    let setup = Setup { session, ..setup };
    let intent = testing::newest_intent(&setup.backend, order).await;
    let hears = async || {
        let payment = payments::store::find_by_intent(&setup.backend.db, &intent).await.expect("reads");
        testing::hear_of_disputes(&setup.backend, payment.expect("the payment")).await;
    };
    assert!(stripe.inquire(&intent));
    hears().await;
    setup.assert_refused(Code::DisputeOpen).await;
    assert!(stripe.dispute(&intent));
    hears().await;
    setup.assert_refused(Code::DisputeOpen).await;
    assert!(stripe.decide_dispute(&intent, true));
    hears().await;
    setup.delete().await.expect("deletes");
}

#[sqlx::test(migrator = "crate::database::MIGRATIONS")]
async fn deletion_of_a_seller_waits_for_a_bank(db: PgPool) {
    deletion_waits_for_a_bank(db, true).await;
}

#[sqlx::test(migrator = "crate::database::MIGRATIONS")]
async fn deletion_of_a_buyer_waits_for_a_bank(db: PgPool) {
    deletion_waits_for_a_bank(db, false).await;
}
