//! Disputes: heard in any order and any number of times, won and lost, and beside refunds.

use std::time::Duration;

use model::{
    Code, DisputeId, PaymentId,
    auth::{CurrentUser, Role},
    ledger::EntryKind,
    money::Fee,
    orders::OrderEventKind,
};
use platform::stripe::Dispute;
use sqlx::PgPool;

use super::*;
use crate::{
    auth::operators::set_operator,
    catalogue::cancel_event::cancel_event,
    doctor::examine::examine,
    ids::fresh,
    ledger::balance::balance,
    mail::Mail,
    orders::{sale::sale, sales::sales},
    outbox::Job,
    payments::{
        dispute_mail::send_dispute, dispute_record::record, disputes::disputes_for, handle_event::handle_event,
        review::review, store, sweep::sweep,
    },
    testing::{GOOD_CARD, Smtp, newest_intent, outbox, refund},
};

const A_DAY: Duration = Duration::from_hours(25);
const A_MINUTE: Duration = Duration::from_secs(61);
/// What the simulator's Stripe takes for each dispute.
const FEE_CENTS: i64 = 1500;

impl Purchase {
    /// Bob has bought the ticket, of whose price the platform gets a tenth. Olga and Otto are operators.
    async fn is_paid(db: PgPool) -> (Self, String) {
        let (mut backend, simulator) = TestBackend::with_simulator(db).await;
        backend.rules.platform_fee = Fee { basis_points: 1000 };
        let (ana, bob) = (testing::user(&backend.db, "ana").await, testing::user(&backend.db, "bob").await);
        for name in ["olga", "otto"] {
            testing::user(&backend.db, name).await;
            set_operator(&backend.db, &format!("{name}@example.com"), true).await.expect("grants");
        }
        let ticket = testing::listing(&backend, ana).await;
        let order = testing::lock_one(&backend, bob, ticket, PRICE).await.expect("locks");
        let purchase = Self { backend, simulator, ana, bob, ticket, order };
        purchase.pay(GOOD_CARD).await;
        let intent = newest_intent(&purchase.backend, order).await;
        (purchase, intent)
    }

    /// An event of this kind about the intent arrives and is handled.
    async fn hears(&self, kind: &str) -> String {
        let id = format!("evt_{}", fresh::<uuid::Uuid>());
        let intent = newest_intent(&self.backend, self.order).await;
        sqlx::query("INSERT INTO stripe_events (id, type, payload) VALUES ($1, $2, $3)")
            .bind(&id)
            .bind(kind)
            .bind(format!(r#"{{"data":{{"object":{{"id":"dp","object":"dispute","payment_intent":"{intent}"}}}}}}"#))
            .execute(&self.backend.db)
            .await
            .expect("an event");
        handle_event(&self.backend, &id).await.expect("handles");
        id
    }

    async fn hears_of_the_dispute(&self) {
        self.hears("charge.dispute.updated").await;
    }

    /// What each account has, in cents: seller, platform, Stripe.
    async fn accounts(&self) -> (i64, i64, i64) {
        let of = async |account: &'static str| {
            let sum = "SELECT coalesce(sum(amount_cents), 0)::bigint FROM ledger_entries WHERE account = $1";
            sqlx::query_scalar(sum).bind(account).fetch_one(&self.backend.db).await.expect("reads")
        };
        (of("seller").await, of("platform").await, of("stripe_fees").await)
    }

    /// Asserts that the ledger has what is at Stripe, to the cent, and that the doctor finds only `found`.
    async fn assert_equals_stripe(&self, found: &[&str]) {
        let books = self.simulator.balances();
        let sum = "SELECT coalesce(sum(amount_cents), 0)::bigint FROM ledger_entries WHERE account = 'buyer'";
        let buyer = testing::count(&self.backend.db, sum).await;
        assert_eq!(buyer, books.refunded + books.disputed - books.captured);
        let (seller, platform, fees) = self.accounts().await;
        assert_eq!((fees, seller + platform + fees), (books.dispute_fees, -buyer));
        let report = examine(&self.backend.db).await.expect("examines");
        // No worker does the jobs here.
        let names = report.violations().map(|check| check.name.as_str()).filter(|name| !name.starts_with("backlog"));
        let names: Vec<_> = names.collect();
        assert_eq!(names, found);
    }

    /// What buyer and seller read.
    async fn words(&self) -> (String, String) {
        let order = show(&self.backend, self.bob, self.order).await.expect("shows");
        let sales = sale(&self.backend, self.ana, self.ticket).await.expect("shows").sales;
        (order.dispute.expect("the buyer's words"), sales[0].dispute.clone().expect("the seller's words"))
    }

    async fn events_since_sale(&self) -> Vec<OrderEventKind> {
        let timeline = self.timeline().await;
        let sold = timeline.iter().position(|(what, _)| *what == OrderEventKind::Completed).expect("it is sold");
        timeline[sold + 1..].iter().map(|(what, _)| *what).collect()
    }

    async fn disputes_at_stripe(&self, intent: &str) -> Vec<Dispute> {
        self.backend.stripe.disputes(intent).await.expect("reads")
    }
}

#[sqlx::test(migrator = "crate::database::MIGRATIONS")]
async fn open_dispute_takes_the_parts_back_and_the_shop_bears_the_fee(db: PgPool) {
    let (purchase, intent) = Purchase::is_paid(db).await;
    assert_eq!(purchase.accounts().await, (4455, 495, 0));
    assert!(purchase.simulator.dispute(&intent));
    let event = purchase.hears("charge.dispute.created").await;
    assert_eq!(purchase.accounts().await, (0, -FEE_CENTS, FEE_CENTS));
    assert_eq!(purchase.status().await, OrderStatus::Complete, "the bank has not decided");
    assert_eq!(purchase.events_since_sale().await, [OrderEventKind::Disputed]);
    let (buyer, seller) = purchase.words().await;
    assert!(buyer.contains("Your payment of $49.50 is disputed") && buyer.contains("We answer it by "), "{buyer}");
    assert!(seller.contains("Your part is off your balance until then."), "{seller}");
    let account = balance(&purchase.backend, purchase.ana, None).await.expect("reads");
    assert_eq!((account.entries[0].kind, account.entries[0].amount), (EntryKind::Dispute, Money::usd(-4455)));
    purchase.assert_equals_stripe(&[]).await;
    let sold = sales(&purchase.backend, purchase.ana, None).await.expect("reads").sales.remove(0);
    assert_eq!((sold.fee, sold.seller_gets), (Money::usd(0), Money::usd(0)), "Stripe's fee is not the seller's");

    // Heard again, by whatever event.
    let before = testing::snapshot(&purchase.backend.db).await;
    handle_event(&purchase.backend, &event).await.expect("is handled already");
    assert_eq!(testing::snapshot(&purchase.backend.db).await, before);
    for kind in ["charge.dispute.funds_withdrawn", "charge.dispute.created", "charge.refunded"] {
        purchase.hears(kind).await;
    }
    purchase.assert_equals_stripe(&[]).await;
    assert_eq!(purchase.events_since_sale().await, [OrderEventKind::Disputed]);
}

#[sqlx::test(migrator = "crate::database::MIGRATIONS")]
async fn won_dispute_gives_the_parts_back(db: PgPool) {
    let (purchase, intent) = Purchase::is_paid(db).await;
    assert!(purchase.simulator.dispute(&intent));
    purchase.hears_of_the_dispute().await;
    assert!(purchase.simulator.answer_dispute(&intent));
    purchase.hears_of_the_dispute().await;
    assert!(purchase.words().await.1.contains("We have answered it."));
    assert!(purchase.simulator.decide_dispute(&intent, true));
    for _ in 0..2 {
        purchase.hears_of_the_dispute().await;
    }
    assert_eq!(purchase.accounts().await, (4455, 495 - FEE_CENTS, FEE_CENTS), "Stripe keeps its fee");
    assert_eq!(purchase.events_since_sale().await, [OrderEventKind::Disputed, OrderEventKind::DisputeWon]);
    assert!(purchase.words().await.0.contains("the payment stands"));
    assert_eq!(purchase.status().await, OrderStatus::Complete);
    purchase.assert_equals_stripe(&[]).await;
}

#[sqlx::test(migrator = "crate::database::MIGRATIONS")]
async fn lost_dispute_leaves_the_money_with_the_buyer(db: PgPool) {
    let (purchase, intent) = Purchase::is_paid(db).await;
    assert!(purchase.simulator.dispute(&intent) && purchase.simulator.decide_dispute(&intent, false));
    for _ in 0..2 {
        purchase.hears("charge.dispute.closed").await;
    }
    assert_eq!(purchase.accounts().await, (0, -FEE_CENTS, FEE_CENTS));
    assert_eq!(purchase.events_since_sale().await, [OrderEventKind::Disputed, OrderEventKind::DisputeLost]);
    assert!(purchase.words().await.0.contains("you get the money back from it"));
    assert!(purchase.words().await.1.contains("given it back to the buyer"));
    assert_eq!((purchase.status().await, purchase.refund().await), (OrderStatus::Complete, None));
    purchase.assert_equals_stripe(&[]).await;
}

/// What Stripe said at each moment is stored in every order, some of it twice, and the end is the same.
#[sqlx::test(migrator = "crate::database::MIGRATIONS")]
async fn order_of_hearing_does_not_matter(db: PgPool) {
    let (purchase, intent) = Purchase::is_paid(db).await;
    let mut moments = Vec::new();
    assert!(purchase.simulator.inquire(&intent));
    moments.push(purchase.disputes_at_stripe(&intent).await);
    assert!(purchase.simulator.dispute(&intent));
    moments.push(purchase.disputes_at_stripe(&intent).await);
    assert!(purchase.simulator.answer_dispute(&intent));
    moments.push(purchase.disputes_at_stripe(&intent).await);
    assert!(purchase.simulator.decide_dispute(&intent, true));
    moments.push(purchase.disputes_at_stripe(&intent).await);
    let payment: PaymentId =
        sqlx::query_scalar("SELECT id FROM payments").fetch_one(&purchase.backend.db).await.expect("one");
    let payment = store::find(&purchase.backend.db, payment).await.expect("reads").expect("it is stored");
    let reset = "
        ALTER TABLE ledger_entries DISABLE TRIGGER USER; ALTER TABLE order_events DISABLE TRIGGER USER;
        DELETE FROM ledger_entries WHERE kind <> 'capture'; DELETE FROM order_events WHERE kind LIKE 'dispute%'; DELETE FROM disputes;
        ALTER TABLE ledger_entries ENABLE TRIGGER USER; ALTER TABLE order_events ENABLE TRIGGER USER";
    for order in [[0, 1, 2, 3], [3, 2, 1, 0], [1, 3, 0, 2], [2, 0, 3, 1], [3, 3, 3, 3], [0, 3, 0, 3]] {
        for moment in order {
            record(&purchase.backend, &payment, &moments[moment]).await.expect("stores");
        }
        assert_eq!(purchase.accounts().await, (4455, 495 - FEE_CENTS, FEE_CENTS), "{order:?}");
        assert_eq!(
            purchase.events_since_sale().await,
            [OrderEventKind::Disputed, OrderEventKind::DisputeWon],
            "{order:?}"
        );
        purchase.assert_equals_stripe(&[]).await;
        sqlx::raw_sql(reset).execute(&purchase.backend.db).await.expect("as before");
    }
}

/// The order was refunded, and its bank takes the money a second time: the seller gives its part once.
#[sqlx::test(migrator = "crate::database::MIGRATIONS")]
async fn dispute_after_a_refund_is_the_shops_loss(db: PgPool) {
    let (purchase, intent) = Purchase::is_paid(db).await;
    refund(&purchase.backend, &intent, None).await;
    purchase.some_event_arrives().await;
    assert_eq!((purchase.status().await, purchase.accounts().await), (OrderStatus::Refunded, (0, 0, 0)));
    assert!(purchase.simulator.dispute(&intent));
    purchase.hears_of_the_dispute().await;
    assert_eq!(purchase.accounts().await, (0, -4950 - FEE_CENTS, FEE_CENTS));
    purchase.assert_equals_stripe(&["disputes.paid_twice"]).await;
    let shown = disputes_for(&purchase.backend, Some(&operator())).await.expect("shows");
    assert_eq!(shown.open[0].refunded, Some(PRICE));

    assert!(purchase.simulator.answer_dispute(&intent));
    purchase.hears_of_the_dispute().await;
    purchase.assert_equals_stripe(&[]).await;
    assert!(purchase.simulator.decide_dispute(&intent, true));
    purchase.hears_of_the_dispute().await;
    assert_eq!(purchase.accounts().await, (0, -FEE_CENTS, FEE_CENTS));
    assert_eq!(purchase.status().await, OrderStatus::Refunded);
    purchase.assert_equals_stripe(&[]).await;
}

/// The event is cancelled while the bank decides. Stripe is not asked for a refund that it would refuse, and the bank's
/// decision says what is left to refund.
async fn cancelled_while_disputed(db: PgPool, is_won: bool) {
    let (purchase, intent) = Purchase::is_paid(db).await;
    assert!(purchase.simulator.dispute(&intent));
    purchase.hears_of_the_dispute().await;
    let shown = tickets::show::show(&purchase.backend, None, purchase.ticket).await.expect("shows");
    let slug = shown.event;
    assert_eq!(cancel_event(&purchase.backend.db, &slug).await.expect("cancels").refunds, 1);
    for _ in 0..3 {
        purchase.sweep_after(A_DAY).await;
    }
    assert_eq!(purchase.calls_at("/v1/refunds"), 0, "Stripe would refuse");
    assert_eq!(purchase.attempts().await, [PaymentStatus::Refunding]);
    assert!(purchase.words().await.0.contains("Until it has decided, we cannot refund the payment."));

    assert!(purchase.simulator.decide_dispute(&intent, is_won));
    purchase.hears_of_the_dispute().await;
    purchase.sweep_after(A_MINUTE).await;
    assert_eq!(purchase.calls_at("/v1/refunds"), usize::from(is_won));
    assert_eq!(purchase.attempts().await, [PaymentStatus::Refunded]);
    assert_eq!(purchase.status().await, OrderStatus::Refunded);
    assert_eq!(purchase.accounts().await, (0, -FEE_CENTS, FEE_CENTS));
}

#[sqlx::test(migrator = "crate::database::MIGRATIONS")]
async fn refund_waits_for_the_bank_and_follows_when_it_is_won(db: PgPool) {
    cancelled_while_disputed(db, true).await;
}

#[sqlx::test(migrator = "crate::database::MIGRATIONS")]
async fn refund_is_not_needed_when_the_bank_gave_the_money_back(db: PgPool) {
    cancelled_while_disputed(db, false).await;
}

impl Purchase {
    /// How many POSTs the simulator got at a path, whatever it answered.
    fn calls_at(&self, path: &str) -> usize {
        self.simulator.requests().iter().filter(|line| line.method == "POST" && line.path == path).count()
    }
}

/// A bank only asks: no money moves, a refund is possible, and it ends well.
#[sqlx::test(migrator = "crate::database::MIGRATIONS")]
async fn inquiry_moves_no_money(db: PgPool) {
    let (purchase, intent) = Purchase::is_paid(db).await;
    assert!(purchase.simulator.inquire(&intent));
    purchase.hears_of_the_dispute().await;
    assert!(purchase.words().await.0.contains("No money has moved."));
    refund(&purchase.backend, &intent, Some(2000)).await;
    purchase.some_event_arrives().await;
    assert!(purchase.simulator.decide_dispute(&intent, true));
    purchase.hears_of_the_dispute().await;
    assert_eq!(
        purchase.events_since_sale().await,
        [OrderEventKind::Disputed, OrderEventKind::PartlyRefunded, OrderEventKind::DisputeEnded]
    );
    purchase.assert_equals_stripe(&[]).await;
}

/// No event tells of a dispute, nor of its end months later, nor of a warning.
#[sqlx::test(migrator = "crate::database::MIGRATIONS")]
async fn review_finds_disputes_without_webhooks(db: PgPool) {
    let (purchase, intent) = Purchase::is_paid(db).await;
    assert_eq!(review(&purchase.backend).await.expect("reviews"), 0);
    assert!(purchase.simulator.warn_of_fraud(&intent) && purchase.simulator.dispute(&intent));
    testing::let_time_pass(&purchase.backend.db, A_DAY).await;
    assert_eq!(review(&purchase.backend).await.expect("reviews"), 2);
    purchase.assert_equals_stripe(&[]).await;
    assert_eq!(
        testing::count(&purchase.backend.db, "SELECT count(*) FROM fraud_warnings WHERE is_actionable").await,
        1
    );

    // It is older than what is reviewed, and open.
    let opened = "SELECT extract(epoch FROM opened_at)::bigint FROM disputes";
    testing::let_time_pass(&purchase.backend.db, A_DAY * 60).await;
    let since = testing::count(&purchase.backend.db, opened).await;
    assert!(since < testing::now().unix_timestamp() - 30 * 24 * 3600);
    assert!(purchase.simulator.decide_dispute(&intent, false));
    assert_eq!(review(&purchase.backend).await.expect("reviews"), 1);
    assert_eq!(purchase.events_since_sale().await, [OrderEventKind::Disputed, OrderEventKind::DisputeLost]);
    testing::let_time_pass(&purchase.backend.db, A_DAY).await;
    assert_eq!(review(&purchase.backend).await.expect("reviews"), 0, "nothing is new");
}

#[sqlx::test(migrator = "crate::database::MIGRATIONS")]
async fn operators_are_told_once_and_see_it(db: PgPool) {
    let (purchase, intent) = Purchase::is_paid(db).await;
    let written = outbox(&purchase.backend.db).await.len();
    assert!(purchase.simulator.warn_of_fraud(&intent));
    purchase.hears("radar.early_fraud_warning.created").await;
    assert!(purchase.simulator.dispute(&intent));
    for _ in 0..2 {
        purchase.hears_of_the_dispute().await;
    }
    let jobs = outbox(&purchase.backend.db).await.split_off(written);
    let mut told = Vec::new();
    for (job, _) in jobs {
        let Job::SendMail { mail: Mail::DisputeReport { dispute_id, operator_id } } = job else { panic!("{job:?}") };
        told.push((dispute_id, operator_id));
    }
    assert_eq!(told.len(), 2, "each operator once");

    let mut backend = purchase.backend.clone();
    let smtp = Smtp::listen(&mut backend);
    let dispute: DisputeId = told[0].0;
    for user in [told[0].1, purchase.bob] {
        send_dispute(&backend, dispute, user).await.expect("sends to operators");
    }
    let mails = smtp.mails();
    let [mail] = &mails[..] else { panic!("one mail: {mails:?}") };
    for words in
        ["A payment of $49.50 is disputed", "Give your evidence at Stripe by", "https://gittix.example/operator"]
    {
        assert!(mail.contains(words), "{words} in {mail}");
    }
    assert!(!mail.contains("bob@"), "{mail}");

    let shown = disputes_for(&purchase.backend, Some(&operator())).await.expect("shows");
    assert_eq!((shown.open.len(), shown.warnings.len()), (1, 1));
    assert_eq!((shown.open[0].amount, shown.open[0].fee), (PRICE, Money::usd(FEE_CENTS)));
    let due_ms = shown.open[0].evidence_due.as_ref().expect("a date").unix_ms;
    assert!(due_ms > testing::now().unix_timestamp() * 1000 + 6 * 24 * 3_600_000);
    for stranger in [None, Some(CurrentUser { role: Role::Member, ..operator() })] {
        let refused = disputes_for(&purchase.backend, stranger.as_ref()).await.expect_err("is no operator");
        assert_eq!(model::AppError::from(refused), model::AppError::from(Code::NotFound));
    }
    let operator = CurrentUser { has_second_factor: false, ..operator() };
    let refused = disputes_for(&purchase.backend, Some(&operator)).await.expect_err("has no second factor");
    assert_eq!(model::AppError::from(refused), model::AppError::from(Code::SecondFactorNeeded));
}

fn operator() -> CurrentUser {
    CurrentUser {
        id: fresh(),
        email: "olga@example.com".to_owned(),
        role: Role::Operator,
        is_verified: true,
        has_second_factor: true,
        locked_order: None,
        is_waiting: false,
        is_watching: false,
    }
}

/// The payload of an event is kept where nothing here has read what it says.
#[sqlx::test(migrator = "crate::database::MIGRATIONS")]
async fn payload_is_kept_unless_what_it_says_was_read(db: PgPool) {
    let (purchase, intent) = Purchase::is_paid(db).await;
    assert!(purchase.simulator.dispute(&intent));
    purchase.hears("charge.dispute.created").await;
    purchase.hears("review.opened").await;
    sqlx::query(
        r#"INSERT INTO stripe_events (id, type, payload)
        VALUES ('evt_foreign', 'charge.dispute.created', '{"data":{"object":{"id":"dp_2","payment_intent":"pi_foreign"}}}')"#,
    )
    .execute(&purchase.backend.db)
    .await
    .expect("an event");
    handle_event(&purchase.backend, "evt_foreign").await.expect("handles");
    let kept: Vec<String> = sqlx::query_scalar(
        "SELECT type FROM stripe_events WHERE payload <> '{}' AND handled_at IS NOT NULL ORDER BY type",
    )
    .fetch_all(&purchase.backend.db)
    .await
    .expect("reads");
    assert_eq!(kept, ["charge.dispute.created", "review.opened"], "the one of a foreign payment, and the unknown kind");
    sweep(&purchase.backend).await.expect("sweeps");
}
