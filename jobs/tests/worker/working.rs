//! What a worker does by itself, with its queue and after the queue has lost all jobs.

use std::time::Duration;

use domain::{
    auth::reset::request::request_reset,
    ids::fresh,
    orders::show::show,
    outbox::{Entry, Job, Queue},
    payments::check::check,
    testing::{self, GOOD_CARD, Smtp, TestBackend, WEBHOOK_SECRET},
    waitlist::join::join,
};
use jobs::queue::{Queues, connect};
use model::{Money, OrderId, orders::OrderStatus};
use redis::AsyncCommands;
use serde_json::{Value, json};
use sqlx::PgPool;
use stripe_sim::Faults;
use uuid::Uuid;

use crate::support::{Worker, empty, entry, is_done, is_stored_as, redis, seller_and_buyer, write_idle_job};

const PRICE: Money = Money::usd(4950);

#[sqlx::test(migrator = "domain::database::MIGRATIONS")]
async fn worker_expires_an_overdue_order(db: PgPool) {
    let mut backend = TestBackend::without_stripe(db);
    backend.rules.lock_length = Duration::from_secs(1);
    let redis = redis(1).await;
    let worker = Worker::start(&backend, &redis);
    let (ana, bob) = seller_and_buyer(&backend).await;
    let order = testing::lock_one(&backend, bob, testing::listing(&backend, ana).await, PRICE).await.expect("locks");
    testing::until("the order has expired", || is_stored_as(&backend.db, order, "expired")).await;
    testing::until("the job was relayed", || async { testing::outbox(&backend.db).await.is_empty() }).await;
    worker.stop().await;
}

/// The mail server refuses the first attempt. A later attempt succeeds, and one mail arrives.
#[sqlx::test(migrator = "domain::database::MIGRATIONS")]
async fn worker_retries_a_refused_mail(db: PgPool) {
    let mut backend = TestBackend::without_stripe(db);
    let smtp = Smtp::listen(&mut backend);
    smtp.answer("451 try later");
    let redis = redis(30).await;
    testing::user(&backend.db, "ana").await;
    request_reset(&backend, "ana@example.com").await.expect("notes");
    let worker = Worker::start(&backend, &redis);
    testing::until("the first attempt", || async { smtp.mails().len() == 1 }).await;
    smtp.answer("250 ok");
    let sent = "SELECT count(*) FROM password_resets WHERE sent_at IS NOT NULL";
    testing::until("the mail is sent", || async { testing::count(&backend.db, sent).await == 1 }).await;
    worker.stop().await;
    let mails = smtp.mails();
    let link = |mail: &String| mail.split_once("/reset#").map(|(_, token)| token.get(..64).map(str::to_owned));
    assert_ne!(link(&mails[0]), link(mails.last().expect("a mail")), "each attempt has a new token");
}

/// The step's job took too long and is dropped, and the worker is told to stop.
///
/// Proves that it waits for the step: otherwise the order still awaits its payment.
#[sqlx::test(migrator = "domain::database::MIGRATIONS")]
async fn worker_waits_for_a_payment_whose_job_is_over(db: PgPool) {
    let (backend, simulator) = TestBackend::with_simulator(db).await;
    let redis = redis(36).await;
    let (ana, bob) = seller_and_buyer(&backend).await;
    let order = testing::lock_one(&backend, bob, testing::listing(&backend, ana).await, PRICE).await.expect("locks");
    testing::start_payment(&backend, bob, order).await.expect("starts");
    testing::pay_with(&backend, order, GOOD_CARD).await;
    let stall = Faults { stall_next: 1, stall_ms: 1500, path: Some("/capture".into()), ..Default::default() };
    simulator.set_faults(stall);
    let worker = Worker::start(&backend, &redis);
    let capturing = "SELECT count(*) FROM payments WHERE status = 'capturing'";
    tokio::select! {
        checked = check(&backend, bob, order) => panic!("too early: {checked:?}"),
        () = testing::until("it captures", || async { testing::count(&backend.db, capturing).await == 1 }) => {}
    }
    worker.stop().await;
    assert!(is_stored_as(&backend.db, order, "complete").await);
}

/// The job does it, not the sweep, which leaves new events alone for a while.
#[sqlx::test(migrator = "domain::database::MIGRATIONS")]
async fn worker_handles_a_webhook_through_the_queue(db: PgPool) {
    let (backend, simulator) = TestBackend::with_simulator(db).await;
    let redis = redis(2).await;
    let worker = Worker::start(&backend, &redis);
    let (ana, bob) = seller_and_buyer(&backend).await;
    let order = testing::lock_one(&backend, bob, testing::listing(&backend, ana).await, PRICE).await.expect("locks");
    testing::start_payment(&backend, bob, order).await.expect("starts");
    testing::pay_with(&backend, order, GOOD_CARD).await;

    let intent = testing::newest_intent(&backend, order).await;
    let body = format!(
        r#"{{"id":"evt_1","type":"payment_intent.amount_capturable_updated","data":{{"object":{{"id":"{intent}","object":"payment_intent"}}}}}}"#
    );
    let signature = stripe_sim::sign(&body, WEBHOOK_SECRET, testing::now().unix_timestamp());
    domain::payments::receive_event::receive_event(&backend, body.as_bytes(), &signature).await.expect("receives");

    testing::until("the order is complete", || is_stored_as(&backend.db, order, "complete")).await;
    assert_eq!(simulator.balances().captured, PRICE.cents());
    worker.stop().await;
}

/// A slow Stripe delays orders with a payment, and no other order.
///
/// Proves that orders with a payment need their own sweep: in a single sweep, an overdue order waits until
/// Stripe has responded for all others.
#[sqlx::test(migrator = "domain::database::MIGRATIONS")]
async fn slow_stripe_does_not_delay_orders_without_payment(db: PgPool) {
    const PAYING: i64 = 40;
    let (backend, simulator) = TestBackend::with_simulator(db).await;
    let redis = redis(33).await;
    let (ana, bob) = seller_and_buyer(&backend).await;
    for _ in 0..PAYING {
        let order =
            testing::lock_one(&backend, bob, testing::listing(&backend, ana).await, PRICE).await.expect("locks");
        testing::start_payment(&backend, bob, order).await.expect("starts");
    }
    testing::let_time_pass(&backend.db, backend.rules.lock_length).await;
    let lose_timers = async || sqlx::query("DELETE FROM outbox").execute(&backend.db).await.expect("no timers");
    lose_timers().await;
    // Longer than any caller waits.
    simulator.set_faults(Faults { stall_next: 10_000, stall_ms: 120_000, ..Faults::default() });
    let stalls = || simulator.faults().stall_next < 10_000;
    let worker = Worker::start(&backend, &redis);
    testing::until("Stripe is asked", || async { stalls() }).await;

    let ticket = testing::listing(&backend, ana).await;
    let wanted = testing::lock_one(&backend, bob, ticket, PRICE).await.expect("locks");
    let carol = testing::user(&backend.db, "carol").await;
    join(&backend, carol, ticket, 1).await.expect("waits for it");
    let plain = testing::lock_one(&backend, bob, testing::listing(&backend, ana).await, PRICE).await.expect("locks");
    lose_timers().await;
    sqlx::query("UPDATE tickets SET held_until = now() WHERE order_id = ANY($1)")
        .bind([wanted.as_uuid(), plain.as_uuid()])
        .execute(&backend.db)
        .await
        .expect("their time runs out");
    for order in [plain, wanted] {
        testing::until("it has ended", || is_stored_as(&backend.db, order, "expired")).await;
    }
    let paying = "SELECT count(*) FROM orders WHERE status = 'awaiting_payment'";
    assert_eq!(testing::count(&backend.db, paying).await, PAYING, "and Stripe has not answered yet");
    simulator.set_faults(Faults::default());
    worker.stop().await;
}

/// Redis is emptied while the worker runs. A sweep finds the lost job's order in PostgreSQL.
#[sqlx::test(migrator = "domain::database::MIGRATIONS")]
async fn worker_expires_an_order_after_redis_is_emptied(db: PgPool) {
    let mut backend = TestBackend::without_stripe(db);
    backend.rules.lock_length = Duration::from_millis(1);
    let redis = redis(3).await;
    let (ana, bob) = seller_and_buyer(&backend).await;
    let order = testing::lock_one(&backend, bob, testing::listing(&backend, ana).await, PRICE).await.expect("locks");
    sqlx::query("DELETE FROM outbox").execute(&backend.db).await.expect("the timer was handed over");
    let worker = Worker::start(&backend, &redis);
    empty(&redis).await;
    testing::until("the order has expired", || is_stored_as(&backend.db, order, "expired")).await;
    worker.stop().await;
}

/// Without a worker, a lock still ends for readers. A worker that starts later expires the order.
#[sqlx::test(migrator = "domain::database::MIGRATIONS")]
async fn worker_expires_orders_that_ended_while_none_ran(db: PgPool) {
    let backend = TestBackend::without_stripe(db);
    let redis = redis(4).await;
    let (ana, bob) = seller_and_buyer(&backend).await;
    let order = testing::lock_one(&backend, bob, testing::listing(&backend, ana).await, PRICE).await.expect("locks");
    testing::let_time_pass(&backend.db, backend.rules.lock_length).await;
    assert_eq!(
        show(&backend, bob, order).await.expect("shows").status,
        OrderStatus::Expired,
        "for readers it has ended"
    );
    assert!(is_stored_as(&backend.db, order, "created").await, "no worker has expired it yet");

    let worker = Worker::start(&backend, &redis);
    testing::until("the order has expired", || is_stored_as(&backend.db, order, "expired")).await;
    worker.stop().await;
}

/// After a stop signal, a job that waits for Stripe finishes, and no new job starts.
#[sqlx::test(migrator = "domain::database::MIGRATIONS")]
async fn stop_finishes_running_jobs_and_starts_none(db: PgPool) {
    let (backend, simulator) = TestBackend::with_simulator(db).await;
    let redis = redis(6).await;
    let (ana, bob) = seller_and_buyer(&backend).await;
    let order = testing::lock_one(&backend, bob, testing::listing(&backend, ana).await, PRICE).await.expect("locks");
    testing::start_payment(&backend, bob, order).await.expect("starts");
    testing::pay_with(&backend, order, GOOD_CARD).await;
    let payment: Uuid = sqlx::query_scalar("SELECT id FROM payments").fetch_one(&backend.db).await.expect("an attempt");
    let entry = entry(&Job::ReconcilePayment { payment_id: payment.into() });
    let queues = Queues::new(&connect(&redis).await.expect("Redis answers"));
    queues.push(Queue::Payments, std::slice::from_ref(&entry)).await.expect("queues");

    simulator.set_faults(Faults { stall_next: 1, stall_ms: 2000, ..Faults::default() });
    let worker = Worker::start(&backend, &redis);
    testing::until("the job has called Stripe", || async { simulator.faults().stall_next == 0 }).await;
    let late = Entry { id: fresh::<Uuid>(), ..entry.clone() };
    let ((), pushed) = tokio::join!(worker.stop(), queues.push(Queue::Payments, std::slice::from_ref(&late)));
    pushed.expect("queues");
    assert!(is_done(&backend.db, &redis, Queue::Payments, entry.id).await, "the running job finished");
    assert!(is_stored_as(&backend.db, order, "complete").await);
    assert!(!is_done(&backend.db, &redis, Queue::Payments, late.id).await, "the later job did not start");
}

/// A relay that crashed pushes a job again. The queue has it once.
#[sqlx::test(migrator = "domain::database::MIGRATIONS")]
async fn repeated_push_queues_a_job_once(db: PgPool) {
    let backend = TestBackend::without_stripe(db);
    let redis = redis(5).await;
    let mut connection = connect(&redis).await.expect("Redis answers");
    let mut queues = Queues::new(&connection);
    let entry = entry(&Job::ExpireOrder { order_id: fresh::<OrderId>() });
    for _ in 0..3 {
        queues.push(Queue::Expiry, std::slice::from_ref(&entry)).await.expect("queues");
    }
    let config = queues.storage(Queue::Expiry).get_config().clone();
    let queued: i64 = connection.hlen(config.job_data_hash()).await.expect("Redis answers");
    assert_eq!(queued, 1);

    let worker = Worker::start(&backend, &redis);
    testing::until("the job is done", || is_done(&backend.db, &redis, Queue::Expiry, entry.id)).await;
    worker.stop().await;
    // Nothing is left to trim if the worker did: it trims as it starts.
    queues.trim().await.expect("trims");
    let left: (i64, i64) = (
        connection.hlen(config.job_data_hash()).await.expect("Redis answers"),
        connection.exists(format!("{}:{}", config.job_meta_hash(), entry.id)).await.expect("Redis answers"),
    );
    assert_eq!(left, (0, 0));
}

/// As when a worker of a later release runs beside this one, or ran before it.
///
/// Proves the codec that opens every envelope: with apalis' own the first of these jobs ends the worker,
/// and the next worker half a minute later.
#[sqlx::test(migrator = "domain::database::MIGRATIONS")]
async fn jobs_of_a_later_version_go_back_to_the_outbox(db: PgPool) {
    const SPAN: &str = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
    let backend = TestBackend::without_stripe(db);
    let redis = redis(35).await;
    let mut connection = connect(&redis).await.expect("Redis answers");
    let queues = Queues::new(&connection);
    let jobs = [
        json!({ "kind": "pay_out", "payout_id": 7 }),
        json!({ "kind": "reconcile_payment", "payment_id": 7 }),
        json!({ "kind": "send_mail", "mail": { "about": "sold", "order_id": 7 } }),
        json!("no JSON"),
    ];
    let entries = jobs.clone().map(|job| Entry { id: fresh::<Uuid>(), job, traceparent: Some(SPAN.into()) });
    queues.push(Queue::Payments, &entries).await.expect("queues");
    let data = queues.storage(Queue::Payments).get_config().job_data_hash();
    let () = connection.hset(data, entries[3].id.to_string(), "no JSON").await.expect("Redis answers");

    let worker = Worker::start(&backend, &redis);
    let behind = write_idle_job(&backend.db, Queue::Payments).await;
    testing::until("the job behind them is done", || is_done(&backend.db, &redis, Queue::Payments, behind)).await;
    let waiting = "SELECT count(*) FROM outbox";
    testing::until("they are in the outbox", || async { testing::count(&backend.db, waiting).await == 4 }).await;
    for entry in entries {
        let what = format!("the queue is done with {}", entry.job);
        testing::until(&what, || is_done(&backend.db, &redis, Queue::Payments, entry.id)).await;
    }
    worker.stop().await;
    let back: Vec<(Value, String, Option<String>, bool)> =
        sqlx::query_as("SELECT job, queue, traceparent, run_at > created_at FROM outbox ORDER BY job->>'kind'")
            .fetch_all(&backend.db)
            .await
            .expect("jobs");
    let expected = jobs.map(|job| {
        let span = job.is_object().then(|| SPAN.to_owned());
        (job, "payments".to_owned(), span, true)
    });
    assert_eq!(back, expected);
}
