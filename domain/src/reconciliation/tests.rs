//! A shop whose movements at Stripe are compared with its ledger.

use std::time::Duration;

use model::{Money, OrderId, PaymentId, UserId, orders::OrderStatus};
use platform::stripe::CreateIntent;
use sqlx::PgPool;
use stripe_sim::{Faults, Simulator};
use time::Date;

use super::{
    Difference, What,
    accept::{AcceptError, accept},
    read::read_page,
    reading_store::{self, Reading},
    reconcile::{Extent, Reconciled, reconcile},
    sweep::sweep,
};
use crate::{
    Backend,
    ids::fresh,
    ledger::balance::balance,
    orders::show::show,
    payments::check::check,
    testing::{self, GOOD_CARD, TestBackend, let_time_pass, newest_intent, refund},
};

const PRICE: Money = Money::usd(4950);
/// What the simulator takes of the price: 2.9 % and 30 cents.
const FEE_CENTS: i64 = 174;
const A_NIGHT: Duration = Duration::from_hours(25);

/// Bob has bought Ana's ticket.
struct Shop {
    backend: Backend,
    simulator: Simulator,
    ana: UserId,
    bob: UserId,
    order: OrderId,
    intent: String,
}

impl Shop {
    async fn open(db: PgPool) -> Self {
        let (backend, simulator) = TestBackend::with_simulator(db).await;
        let (ana, bob) = (testing::user(&backend.db, "ana").await, testing::user(&backend.db, "bob").await);
        let listing = testing::listing(&backend, ana).await;
        let order = testing::lock_one(&backend, bob, listing, PRICE).await.expect("locks");
        testing::start_payment(&backend, bob, order).await.expect("starts");
        testing::pay_with(&backend, order, GOOD_CARD).await;
        check(&backend, bob, order).await.expect("completes");
        let intent = newest_intent(&backend, order).await;
        Self { backend, simulator, ana, bob, order, intent }
    }

    async fn sweep(&self) -> usize {
        sweep(&self.backend).await.expect("sweeps")
    }

    async fn status(&self) -> OrderStatus {
        show(&self.backend, self.bob, self.order).await.expect("shows").status
    }

    /// Compares everything with Stripe.
    async fn reconciled(&self) -> Reconciled {
        reconcile(&self.backend, yesterday(), Extent::All).await.expect("reconciles")
    }

    async fn differences(&self) -> Vec<Difference> {
        self.reconciled().await.differences
    }

    /// The balance of one of the ledger's accounts.
    async fn account(&self, account: &str) -> i64 {
        sqlx::query_scalar("SELECT coalesce(sum(amount_cents), 0)::bigint FROM ledger_entries WHERE account = $1")
            .bind(account)
            .fetch_one(&self.backend.db)
            .await
            .expect("reads")
    }

    async fn change(&self, sql: &'static str) {
        assert_eq!(sqlx::query(sql).execute(&self.backend.db).await.expect(sql).rows_affected(), 1, "{sql}");
    }

    async fn is_due(&self) {
        sqlx::query("UPDATE balance_readings SET due_at = now()").execute(&self.backend.db).await.expect("is due");
    }

    /// How many pages Stripe was asked for.
    fn pages(&self) -> usize {
        self.simulator.requests().iter().filter(|line| line.path == "/v1/balance_transactions").count()
    }

    async fn open_differences(&self) -> i64 {
        testing::count(&self.backend.db, "SELECT count(*) FROM ledger_differences WHERE closed_at IS NULL").await
    }
}

fn yesterday() -> Date {
    testing::now().date().previous_day().expect("a day")
}

/// Proves that a fee is booked by the id of its movement: read again, it is not booked again.
#[sqlx::test(migrator = "crate::database::MIGRATIONS")]
async fn fee_of_a_charge_is_booked_once_and_is_the_platforms(db: PgPool) {
    let shop = Shop::open(db).await;
    let before = balance(&shop.backend, shop.ana, None).await.expect("reads").balance;
    let platform = shop.account("platform").await;
    for _ in 0..3 {
        shop.sweep().await;
        shop.is_due().await;
    }
    assert_eq!((shop.account("stripe_fees").await, shop.account("platform").await), (FEE_CENTS, platform - FEE_CENTS));
    assert_eq!(balance(&shop.backend, shop.ana, None).await.expect("reads").balance, before);

    // The parts of a refund are those of the price, whatever Stripe has kept.
    refund(&shop.backend, &shop.intent, None).await;
    testing::hear_of(&shop.backend, &shop.intent).await;
    assert_eq!((shop.account("seller").await, shop.account("platform").await), (0, -FEE_CENTS));
    assert_eq!(shop.simulator.balances().fees, FEE_CENTS);
}

#[sqlx::test(migrator = "crate::database::MIGRATIONS")]
async fn everything_that_moves_agrees_to_the_cent(db: PgPool) {
    let shop = Shop::open(db).await;
    refund(&shop.backend, &shop.intent, Some(1000)).await;
    testing::hear_of(&shop.backend, &shop.intent).await;
    assert_eq!(shop.simulator.return_refunds(&shop.intent), 1);
    testing::hear_of(&shop.backend, &shop.intent).await;
    let payment: PaymentId = sqlx::query_scalar::<_, uuid::Uuid>("SELECT id FROM payments")
        .fetch_one(&shop.backend.db)
        .await
        .expect("a payment")
        .into();
    assert!(shop.simulator.dispute(&shop.intent) && shop.simulator.decide_dispute(&shop.intent, true));
    testing::hear_of_disputes(&shop.backend, payment).await;
    // The bank does not take this one at all, so nothing of it is booked.
    shop.simulator.set_faults(Faults { refund_fail_next: 1, ..Faults::default() });
    refund(&shop.backend, &shop.intent, Some(700)).await;
    testing::hear_of(&shop.backend, &shop.intent).await;

    let Reconciled { sums, differences, .. } = shop.reconciled().await;
    assert_eq!(differences, []);
    let sums: Vec<_> = sums.iter().map(|sum| (sum.kind.as_str(), sum.movements, sum.cents, sum.fee_cents)).collect();
    assert_eq!(
        sums,
        [
            ("adjustment", 2, 0, 1500),
            ("charge", 1, 4950, FEE_CENTS),
            ("refund", 2, -1700, 0),
            ("refund_failure", 2, 1700, 0)
        ]
    );
    assert_eq!(shop.account("stripe_fees").await, shop.simulator.balances().fees);
}

/// No webhook came: the refund, the dispute and the fee are booked before they count as differences.
#[sqlx::test(migrator = "crate::database::MIGRATIONS")]
async fn what_no_event_told_is_caught_up_with(db: PgPool) {
    let shop = Shop::open(db).await;
    refund(&shop.backend, &shop.intent, Some(1000)).await;
    assert!(shop.simulator.dispute(&shop.intent));
    assert_eq!(shop.status().await, OrderStatus::Complete);
    assert_eq!(shop.differences().await, []);
    assert_eq!(shop.status().await, OrderStatus::PartlyRefunded);
    assert_eq!(testing::count(&shop.backend.db, "SELECT count(*) FROM disputes WHERE withdrawn_cents = 4950").await, 1);
}

/// After a restore, such a sale is at Stripe and nowhere else.
#[sqlx::test(migrator = "crate::database::MIGRATIONS")]
async fn sale_that_no_payment_has_is_said(db: PgPool) {
    let shop = Shop::open(db).await;
    let payment = fresh();
    let create =
        CreateIntent { order: fresh(), payment, amount: Money::usd(2500), idempotency_key: payment.to_string() };
    let lost = shop.backend.stripe.create_intent(create).await.expect("creates").id;
    testing::confirm(&shop.backend, &lost, GOOD_CARD).await;
    testing::capture(&shop.backend, &lost).await;

    let found = shop.differences().await;
    let [sale] = &found[..] else { panic!("{found:?}") };
    assert_eq!((sale.what, sale.moved.as_str(), sale.payment_id), (What::Unbooked, "capture", None));
    assert_eq!((sale.stripe_intent_id.as_ref(), sale.stripe_cents, sale.booked_cents), (Some(&lost), 2500, 0));
    let report = crate::doctor::examine::examine(&shop.backend.db).await.expect("examines");
    let violated: Vec<_> = report.violations().map(|check| check.name.as_str()).collect();
    assert_eq!(violated, ["ledger.differs_from_stripe"]);
}

/// The ledger has what Stripe has not: the keys are another account's, or an entry was made by hand.
#[sqlx::test(migrator = "crate::database::MIGRATIONS")]
async fn booked_movement_that_stripe_lacks_is_found_and_closed_when_it_comes(db: PgPool) {
    let shop = Shop::open(db).await;
    shop.simulator.reset();
    for _ in 0..2 {
        let found = shop.differences().await;
        let [missing] = &found[..] else { panic!("{found:?}") };
        assert_eq!((missing.what, missing.moved.as_str()), (What::NotAtStripe, "capture"));
        assert_eq!((missing.stripe_cents, missing.booked_cents), (0, 4950));
    }
    shop.change(
        "INSERT INTO stripe_movements (id, moved, kind, stripe_intent_id, amount_cents, fee_cents, currency, moved_at)
        SELECT 'txn_late', 'capture', 'charge', stripe_intent_id, amount_cents, 0, currency, now() FROM payments",
    )
    .await;
    assert_eq!(shop.differences().await, []);
    assert_eq!(
        testing::count(&shop.backend.db, "SELECT count(*) FROM ledger_differences WHERE closed_at IS NOT NULL").await,
        1
    );
    // It is open again when it differs again.
    shop.change("DELETE FROM stripe_movements").await;
    assert_eq!(shop.differences().await.len(), 1);
}

/// What an operator has accepted rings no more, until it differs in another way.
#[sqlx::test(migrator = "crate::database::MIGRATIONS")]
async fn accepted_difference_stays_closed_as_it_is(db: PgPool) {
    let shop = Shop::open(db).await;
    shop.reconciled().await;
    shop.change("UPDATE stripe_movements SET amount_cents = 4949").await;
    let movement = shop.differences().await.remove(0).movement;
    let db = &shop.backend.db;
    assert!(matches!(accept(db, &movement, " ").await, Err(AcceptError::Reason)));
    assert!(matches!(accept(db, "txn_none", "it is known").await, Err(AcceptError::NotFound)));
    accept(db, &movement, "it is known").await.expect("accepts");
    assert!(matches!(accept(db, &movement, "again").await, Err(AcceptError::NotFound)));
    assert_eq!(shop.differences().await, []);
    shop.change("UPDATE stripe_movements SET amount_cents = 4948").await;
    assert_eq!(shop.differences().await.len(), 1);
}

#[sqlx::test(migrator = "crate::database::MIGRATIONS")]
async fn other_amounts_and_other_fees_differ(db: PgPool) {
    let shop = Shop::open(db).await;
    assert_eq!(shop.differences().await, []);
    for (change, expected) in [
        ("UPDATE stripe_movements SET amount_cents = amount_cents - 1", (4949, 4950, FEE_CENTS, FEE_CENTS)),
        (
            "UPDATE stripe_movements SET amount_cents = amount_cents + 1, fee_cents = fee_cents + 2",
            (4950, 4950, 176, FEE_CENTS),
        ),
    ] {
        shop.change(change).await;
        let found = shop.differences().await;
        let [other] = &found[..] else { panic!("{found:?}") };
        assert_eq!(other.what, What::OtherAmount);
        let amounts = (other.stripe_cents, other.booked_cents, other.stripe_fee_cents, other.booked_fee_cents);
        assert_eq!(amounts, expected, "{change}");
    }
}

/// The worker compares what is older than half an hour, once a night.
#[sqlx::test(migrator = "crate::database::MIGRATIONS")]
async fn night_finds_what_differs_and_not_what_is_young(db: PgPool) {
    let shop = Shop::open(db).await;
    shop.sweep().await;
    shop.change("UPDATE stripe_movements SET amount_cents = 1").await;
    shop.is_due().await;
    shop.sweep().await;
    assert_eq!(shop.open_differences().await, 0, "an event about it may be on its way");
    let_time_pass(&shop.backend.db, A_NIGHT).await;
    shop.sweep().await;
    assert_eq!(shop.open_differences().await, 1);
    // However old it is by then.
    let_time_pass(&shop.backend.db, A_NIGHT * 50).await;
    shop.change("UPDATE stripe_movements SET amount_cents = 4950").await;
    shop.sweep().await;
    assert_eq!(shop.open_differences().await, 0);
}

/// More movements than one page has: a reading continues at the page where another worker stopped.
#[sqlx::test(migrator = "crate::database::MIGRATIONS")]
async fn reading_continues_where_it_stopped(db: PgPool) {
    let shop = Shop::open(db).await;
    for _ in 0..230 {
        refund(&shop.backend, &shop.intent, Some(1)).await;
    }
    let db = &shop.backend.db;
    let place = reading_store::take(db, Reading::Recent, 30).await.expect("takes").expect("it is due");
    let next =
        read_page(&shop.backend, place.since.unix_timestamp(), None).await.expect("reads").expect("another page");
    reading_store::proceed(db, Reading::Recent, &next).await.expect("proceeds");
    let asked = shop.pages();
    sqlx::query("UPDATE balance_readings SET due_at = 'infinity' WHERE name = 'nightly'")
        .execute(db)
        .await
        .expect("waits");
    assert_eq!((shop.sweep().await, shop.pages() - asked), (2, 2), "the other two pages");
    assert_eq!(testing::count(db, "SELECT count(*) FROM stripe_movements").await, 231);
    assert_eq!(shop.sweep().await, 0, "it is not due");
}

/// Stripe is away: another worker does not ask for ten minutes, and then the reading begins anew.
#[sqlx::test(migrator = "crate::database::MIGRATIONS")]
async fn reading_waits_after_a_failure(db: PgPool) {
    let shop = Shop::open(db).await;
    let path = Some("GET /v1/balance_transactions".to_owned());
    shop.simulator.set_faults(Faults { fail_next: 2, path, ..Faults::default() });
    sweep(&shop.backend).await.expect_err("Stripe failed");
    assert_eq!((shop.sweep().await, shop.pages()), (0, 2), "each reading has asked once");
    let_time_pass(&shop.backend.db, Duration::from_mins(11)).await;
    assert_eq!((shop.sweep().await, shop.pages()), (2, 4));
    assert_eq!(shop.account("stripe_fees").await, FEE_CENTS);
}

/// Stripe no longer knows the movement at which the reading stopped.
#[sqlx::test(migrator = "crate::database::MIGRATIONS")]
async fn reading_begins_anew_when_stripe_refuses_its_cursor(db: PgPool) {
    let shop = Shop::open(db).await;
    shop.change("UPDATE balance_readings SET cursor = 'txn_none' WHERE name = 'nightly'").await;
    sweep(&shop.backend).await.expect_err("there is no such movement");
    let_time_pass(&shop.backend.db, Duration::from_mins(11)).await;
    shop.sweep().await;
    assert_eq!(
        testing::count(&shop.backend.db, "SELECT count(*) FROM balance_readings WHERE cursor IS NOT NULL").await,
        0
    );
}

/// The operator's own reading, which was stopped after two of three pages.
#[sqlx::test(migrator = "crate::database::MIGRATIONS")]
async fn reading_by_hand_continues_where_it_stopped(db: PgPool) {
    let shop = Shop::open(db).await;
    for _ in 0..230 {
        refund(&shop.backend, &shop.intent, Some(1)).await;
    }
    let db = &shop.backend.db;
    let since = yesterday().midnight().assume_utc();
    let stop_after = async |pages: usize| {
        let mut cursor = reading_store::take_by_hand(db, since).await.expect("takes").cursor;
        for _ in 0..pages {
            cursor = read_page(&shop.backend, since.unix_timestamp(), cursor.as_deref()).await.expect("reads");
            reading_store::note_by_hand(db, since, cursor.as_deref()).await.expect("notes");
        }
    };
    let movements = async || testing::count(db, "SELECT count(*) FROM stripe_movements").await;

    stop_after(2).await;
    assert_eq!(movements().await, 200);
    // What has moved since then is read, too: here it is on a page that was read before.
    refund(&shop.backend, &shop.intent, Some(1)).await;
    shop.reconciled().await;
    assert_eq!(movements().await, 232);

    stop_after(2).await;
    sqlx::query("UPDATE balance_readings SET begun_at = now() + interval '2 hours' WHERE name = 'by_hand'")
        .execute(db)
        .await
        .expect("nothing has moved since it began");
    let asked = shop.pages();
    shop.reconciled().await;
    assert_eq!(shop.pages() - asked, 2, "the third page, and what has moved since");
    let asked = shop.pages();
    shop.reconciled().await;
    assert_eq!(shop.pages() - asked, 3, "it was completed: this is another reading");

    // Stripe does not know the movement any more.
    stop_after(1).await;
    sqlx::query("UPDATE balance_readings SET cursor = 'txn_none' WHERE name = 'by_hand'")
        .execute(db)
        .await
        .expect("loses it");
    reconcile(&shop.backend, yesterday(), Extent::All).await.expect_err("Stripe refuses the cursor");
    let asked = shop.pages();
    shop.reconciled().await;
    assert_eq!(shop.pages() - asked, 3, "it begins anew");
}
