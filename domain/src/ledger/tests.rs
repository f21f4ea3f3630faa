//! What is booked, and what the tables refuse.

use model::{
    ListingId, Money, OrderId, UserId,
    ledger::EntryKind,
    money::{Fee, PriceParts},
};
use sqlx::PgPool;
use stripe_sim::Simulator;

use super::balance::balance;
use crate::{
    Backend,
    ids::fresh,
    orders::{sale::sale as show_sale, show::show as show_order},
    payments::{check::check, handle_event::handle_event, sweep::sweep},
    testing::{self, GOOD_CARD, TestBackend, capture, newest_intent, pay_with, refund},
    tickets::{show::show as show_listing, state::PAYMENT_GRACE},
};

const PRICE: Money = Money::usd(4950);

/// Ana sells to Bob, and the platform's fee is 2.5 %.
struct Sale {
    backend: Backend,
    _simulator: Simulator,
    ana: UserId,
    bob: UserId,
    listing: ListingId,
    order: OrderId,
}

impl Sale {
    async fn begin(db: PgPool) -> Self {
        let (mut backend, simulator) = TestBackend::with_simulator(db).await;
        backend.rules.platform_fee = Fee { basis_points: 250 };
        let (ana, bob) = (testing::user(&backend.db, "ana").await, testing::user(&backend.db, "bob").await);
        let listing = testing::listing(&backend, ana).await;
        let order = testing::lock_one(&backend, bob, listing, PRICE).await.expect("locks");
        testing::start_payment(&backend, bob, order).await.expect("starts");
        pay_with(&backend, order, GOOD_CARD).await;
        Self { backend, _simulator: simulator, ana, bob, listing, order }
    }

    async fn is_paid(&self) {
        check(&self.backend, self.bob, self.order).await.expect("checks");
    }

    /// The booked entries, oldest first.
    async fn booked(&self) -> Vec<(String, String, i64)> {
        sqlx::query_as("SELECT kind, account, amount_cents FROM ledger_entries ORDER BY id")
            .fetch_all(&self.backend.db)
            .await
            .expect("reads")
    }

    async fn some_event_arrives(&self) {
        let id = fresh::<uuid::Uuid>().to_string();
        let intent = newest_intent(&self.backend, self.order).await;
        sqlx::query("INSERT INTO stripe_events (id, type, payload) VALUES ($1, 'charge.refunded', $2)")
            .bind(&id)
            .bind(format!(r#"{{"data":{{"object":{{"object":"charge","payment_intent":"{intent}"}}}}}}"#))
            .execute(&self.backend.db)
            .await
            .expect("an event");
        handle_event(&self.backend, &id).await.expect("handles");
    }
}

fn entries(kind: &str, amounts: &[(&str, i64)]) -> Vec<(String, String, i64)> {
    amounts.iter().map(|(account, cents)| (kind.to_owned(), (*account).to_owned(), *cents)).collect()
}

#[sqlx::test(migrator = "crate::database::MIGRATIONS")]
async fn sale_is_booked_once_and_refund_reverses_it(db: PgPool) {
    let sale = Sale::begin(db).await;
    sale.is_paid().await;
    sale.some_event_arrives().await;
    // 2.5 % of $49.50 are 123.75 cents: Ana gets the fraction.
    let captured = entries("capture", &[("buyer", -4950), ("seller", 4827), ("platform", 123)]);
    assert_eq!(sale.booked().await, captured);
    let account = balance(&sale.backend, sale.ana, None).await.expect("reads");
    assert_eq!(account.balance, Money::usd(4827));
    assert_eq!((account.entries[0].kind, account.entries[0].amount), (EntryKind::Capture, Money::usd(4827)));

    refund(&sale.backend, &newest_intent(&sale.backend, sale.order).await, None).await;
    for _ in 0..2 {
        sale.some_event_arrives().await;
    }
    let refunded = entries("refund", &[("buyer", 4950), ("seller", -4827), ("platform", -123)]);
    assert_eq!(sale.booked().await, [captured, refunded].concat());
    assert_eq!(balance(&sale.backend, sale.ana, None).await.expect("reads").balance, Money::usd(0));
}

/// The three lines on the pages are what is booked.
#[sqlx::test(migrator = "crate::database::MIGRATIONS")]
async fn pages_show_the_parts_that_are_booked(db: PgPool) {
    let mut sale = Sale::begin(db).await;
    let shown = async |sale: &Sale| show_order(&sale.backend, sale.bob, sale.order).await.expect("shows").parts;
    let listing = show_listing(&sale.backend, None, sale.listing).await.expect("shows");
    let before = shown(&sale).await.expect("the buyer can pay");
    assert_eq!(before, listing.fee.parts(listing.card.price));
    // A later fee does not touch an order.
    sale.backend.rules.platform_fee = Fee { basis_points: 1000 };
    sale.is_paid().await;
    assert_eq!(shown(&sale).await, Some(before));
    let of_seller = show_sale(&sale.backend, sale.ana, sale.listing).await.expect("shows");
    assert_eq!(of_seller.sales[0].parts, Some(before));

    let PriceParts { buyer, seller, platform } = before;
    let lines = [("buyer", -buyer.cents()), ("seller", seller.cents()), ("platform", platform.cents())];
    assert_eq!(sale.booked().await, entries("capture", &lines));
}

/// The ticket was gone when the money was captured, so the money never belongs to the seller.
#[sqlx::test(migrator = "crate::database::MIGRATIONS")]
async fn undeliverable_payment_is_not_booked_to_seller(db: PgPool) {
    let sale = Sale::begin(db).await;
    capture(&sale.backend, &newest_intent(&sale.backend, sale.order).await).await;
    testing::let_time_pass(&sale.backend.db, sale.backend.rules.lock_length + PAYMENT_GRACE.unsigned_abs()).await;
    let carol = testing::user(&sale.backend.db, "carol").await;
    testing::lock_one(&sale.backend, carol, sale.listing, PRICE).await.expect("an overdue lock is no lock");
    sweep(&sale.backend).await.expect("sweeps");
    let taken = entries("capture", &[("buyer", -4950), ("platform", 4950)]);
    let back = entries("refund", &[("buyer", 4950), ("platform", -4950)]);
    assert_eq!(sale.booked().await, [taken, back].concat());
    assert!(balance(&sale.backend, sale.ana, None).await.expect("reads").entries.is_empty());
}

/// Proves the triggers and the constraint: without each of them its statement succeeds.
#[sqlx::test(migrator = "crate::database::MIGRATIONS")]
async fn table_refuses_unbalanced_repeated_and_changed_entries(db: PgPool) {
    let sale = Sale::begin(db).await;
    sale.is_paid().await;
    let half = "INSERT INTO ledger_entries (transfer_id, account, user_id, order_id, payment_id, kind, amount_cents, currency)
        SELECT gen_random_uuid(), account, user_id, order_id, payment_id, 'refund', -amount_cents, currency FROM ledger_entries";
    let twice = "INSERT INTO ledger_entries (transfer_id, account, user_id, order_id, payment_id, kind, source, source_id, amount_cents, currency)
        SELECT transfer_id, account, user_id, order_id, payment_id, kind, source, source_id, amount_cents, currency FROM ledger_entries";
    for (statement, why) in [
        (half, "does not add up"),
        (twice, "ledger_entries_source_key"),
        ("UPDATE ledger_entries SET amount_cents = 1", "added, never changed"),
        ("DELETE FROM ledger_entries", "added, never changed"),
        ("TRUNCATE ledger_entries", "added, never changed"),
    ] {
        let refused = sqlx::query(statement).execute(&sale.backend.db).await.expect_err(statement);
        assert!(refused.to_string().contains(why), "{refused}");
    }
    assert_eq!(sale.booked().await.len(), 3);
}

/// Part of a transfer may be missing while its transaction runs, but not at its commit.
#[sqlx::test(migrator = "crate::database::MIGRATIONS")]
async fn transfer_must_balance_at_commit(db: PgPool) {
    let sale = Sale::begin(db).await;
    sale.is_paid().await;
    let mut tx = sale.backend.db.begin().await.expect("begins");
    sqlx::query(
        "INSERT INTO ledger_entries (transfer_id, account, user_id, order_id, payment_id, kind, amount_cents, currency)
         SELECT gen_random_uuid(), account, user_id, order_id, payment_id, 'refund', -amount_cents, currency
         FROM ledger_entries WHERE account = 'buyer'",
    )
    .execute(&mut *tx)
    .await
    .expect("it may still be balanced");
    let refused = tx.commit().await.expect_err("the transfer is not balanced");
    assert!(refused.to_string().contains("does not add up"), "{refused}");
}

#[sqlx::test(migrator = "crate::database::MIGRATIONS")]
async fn balance_lists_entries_page_by_page(db: PgPool) {
    let sale = Sale::begin(db).await;
    sale.is_paid().await;
    // Each entry needs a payment of its own, because no payment is booked twice.
    sqlx::query(
        "
        WITH payment AS (
            INSERT INTO payments (id, order_id, attempt, status, amount_cents, currency)
            SELECT gen_random_uuid(), $1, 1 + n, 'captured', 100, 'usd' FROM generate_series(1, 21) n
            RETURNING id
        )
        INSERT INTO ledger_entries (transfer_id, account, user_id, order_id, payment_id, kind, amount_cents, currency)
        SELECT payment.id, side.account, side.user_id, $1, payment.id, 'capture', side.cents, 'usd'
        FROM payment, (VALUES ('seller', $2::uuid, 100), ('buyer', $3::uuid, -100)) side (account, user_id, cents)
        ",
    )
    .bind(sale.order.as_uuid())
    .bind(sale.ana.as_uuid())
    .bind(sale.bob.as_uuid())
    .execute(&sale.backend.db)
    .await
    .expect("more sales");
    let first = balance(&sale.backend, sale.ana, None).await.expect("reads");
    let second = balance(&sale.backend, sale.ana, first.next).await.expect("reads");
    assert_eq!((first.entries.len(), second.entries.len(), second.next), (20, 2, None));
    assert_eq!((first.balance, second.entries[1].amount), (Money::usd(6927), Money::usd(4827)));
}
