//! The worker process, with a real queue: what it does by itself, and what it does when the queue
//! has lost everything.

use std::{str::FromStr, time::Duration};

use domain::{
    Backend, Money, OrderId, UserId,
    orders::{OrderStatus, lock::lock, show::show},
    outbox::{Job, relay::Entry},
    payments::start::start,
    testing::{self, GOOD_CARD, TestBackend, WEBHOOK_SECRET},
};
use jobs::{
    queue::{Queues, connect, later},
    run::run,
};
use redis::{AsyncCommands, Client, ConnectionInfo, IntoConnectionInfo};
use sqlx::PgPool;
use time::OffsetDateTime;
use tokio::{sync::oneshot, task::JoinHandle};

const PRICE: Money = Money::usd(4950);

/// An empty Redis of the test's own: the `nth` index below that of `REDIS_URL`.
async fn redis(nth: i64) -> Client {
    let url = std::env::var("REDIS_URL").expect("REDIS_URL names the tests' Redis; make test sets it");
    let info = ConnectionInfo::from_str(&url).expect("REDIS_URL can be read");
    let settings = info.redis_settings().clone().set_db(info.redis_settings().db() - nth);
    let client =
        Client::open(info.set_redis_settings(settings).into_connection_info().expect("an address")).expect("a client");
    empty(&client).await;
    client
}

async fn empty(client: &Client) {
    let mut redis = client.get_multiplexed_async_connection().await.expect("Redis answers");
    let () = redis::cmd("FLUSHDB").query_async(&mut redis).await.expect("empties");
}

/// A running worker, until it is told to stop.
struct Worker {
    stop: oneshot::Sender<()>,
    running: JoinHandle<()>,
}

impl Worker {
    fn start(backend: &Backend, redis: &Client) -> Self {
        let (stop, stopped) = oneshot::channel::<()>();
        let running = tokio::spawn(run(backend.clone(), redis.clone(), async {
            // Dropped by a test that failed: stop as well.
            let _ = stopped.await;
        }));
        Self { stop, running }
    }

    async fn stop(self) {
        self.stop.send(()).expect("the worker runs");
        self.running.await.expect("the worker does not panic");
    }
}

async fn seller_and_buyer(backend: &Backend) -> (UserId, UserId) {
    (testing::user(&backend.db, "ana").await, testing::user(&backend.db, "bob").await)
}

async fn is_stored_as(db: &PgPool, order: OrderId, status: &str) -> bool {
    let stored: String = sqlx::query_scalar("SELECT status FROM orders WHERE id = $1")
        .bind(order.as_uuid())
        .fetch_one(db)
        .await
        .expect("the order");
    stored == status
}

#[sqlx::test(migrator = "domain::database::MIGRATIONS")]
async fn ends_an_order_when_its_time_runs_out(db: PgPool) {
    let mut backend = TestBackend::without_stripe(db);
    backend.rules.lock_length = Duration::from_secs(1);
    let redis = redis(1).await;
    let worker = Worker::start(&backend, &redis);
    let (ana, bob) = seller_and_buyer(&backend).await;
    let order = lock(&backend, bob, testing::ticket(&backend, ana).await, PRICE).await.expect("locks");
    testing::until("the order has expired", || is_stored_as(&backend.db, order, "expired")).await;
    assert!(testing::outbox(&backend.db).await.is_empty(), "the job was relayed");
    worker.stop().await;
}

/// The job itself, not the sweep: an event that has just come in is none of the sweep's business yet.
#[sqlx::test(migrator = "domain::database::MIGRATIONS")]
async fn acts_on_a_webhook_through_the_queue(db: PgPool) {
    let (backend, simulator) = TestBackend::with_simulator(db).await;
    let redis = redis(2).await;
    let worker = Worker::start(&backend, &redis);
    let (ana, bob) = seller_and_buyer(&backend).await;
    let order = lock(&backend, bob, testing::ticket(&backend, ana).await, PRICE).await.expect("locks");
    start(&backend, bob, order).await.expect("starts");
    testing::pay_with(&backend, order, GOOD_CARD).await;

    let intent = testing::newest_intent(&backend, order).await;
    let body = format!(
        r#"{{"id":"evt_1","type":"payment_intent.amount_capturable_updated","data":{{"object":{{"id":"{intent}","object":"payment_intent"}}}}}}"#
    );
    let signature = stripe_sim::sign(&body, WEBHOOK_SECRET, OffsetDateTime::now_utc().unix_timestamp());
    domain::payments::receive_event::receive_event(&backend, &body, &signature).await.expect("receives");

    testing::until("the order is complete", || is_stored_as(&backend.db, order, "complete")).await;
    assert_eq!(simulator.books().captured, PRICE.cents());
    worker.stop().await;
}

/// Redis is emptied between the lock and its end: the sweep finds the order in PostgreSQL.
#[sqlx::test(migrator = "domain::database::MIGRATIONS")]
async fn loses_nothing_when_redis_is_emptied(db: PgPool) {
    let mut backend = TestBackend::without_stripe(db);
    backend.rules.lock_length = Duration::from_secs(3);
    let redis = redis(3).await;
    let worker = Worker::start(&backend, &redis);
    let (ana, bob) = seller_and_buyer(&backend).await;
    let order = lock(&backend, bob, testing::ticket(&backend, ana).await, PRICE).await.expect("locks");
    testing::until("the timer is in Redis", || async { testing::outbox(&backend.db).await.is_empty() }).await;
    empty(&redis).await;
    testing::until("the order has expired", || is_stored_as(&backend.db, order, "expired")).await;
    worker.stop().await;
}

/// While no worker runs a lock ends for readers all the same; one that starts later tidies up.
#[sqlx::test(migrator = "domain::database::MIGRATIONS")]
async fn tidies_up_after_having_been_away(db: PgPool) {
    let backend = TestBackend::without_stripe(db);
    let redis = redis(4).await;
    let (ana, bob) = seller_and_buyer(&backend).await;
    let order = lock(&backend, bob, testing::ticket(&backend, ana).await, PRICE).await.expect("locks");
    testing::let_time_pass(&backend.db, backend.rules.lock_length).await;
    assert_eq!(
        show(&backend, bob, order).await.expect("shows").status,
        OrderStatus::Expired,
        "for readers it has ended"
    );
    assert!(is_stored_as(&backend.db, order, "created").await, "and nobody has tidied up");

    let worker = Worker::start(&backend, &redis);
    testing::until("the order has expired", || is_stored_as(&backend.db, order, "expired")).await;
    worker.stop().await;
}

/// The relay pushes again what it had pushed before a crash: the queue has it once.
#[sqlx::test(migrator = "domain::database::MIGRATIONS")]
async fn queues_a_job_once_and_forgets_it_when_it_is_done(db: PgPool) {
    let backend = TestBackend::without_stripe(db);
    let redis = redis(5).await;
    let mut connection = connect(&redis).await.expect("Redis answers");
    let mut queues = Queues::new(&connection);
    let entry: Entry = later(Job::ExpireOrder { order_id: OrderId::new() }, OffsetDateTime::now_utc());
    for _ in 0..3 {
        queues.push(std::slice::from_ref(&entry)).await.expect("queues");
    }
    let config = queues.expiry.get_config().clone();
    let queued: i64 = connection.hlen(config.job_data_hash()).await.expect("Redis answers");
    assert_eq!(queued, 1);

    let worker = Worker::start(&backend, &redis);
    testing::until("the job is done", || {
        let (mut connection, config) = (connection.clone(), config.clone());
        async move { connection.scard::<_, i64>(config.done_jobs_set()).await.expect("Redis answers") == 1 }
    })
    .await;
    worker.stop().await;
    assert_eq!(queues.trim().await.expect("trims"), 1);
    let left: (i64, i64) = (
        connection.hlen(config.job_data_hash()).await.expect("Redis answers"),
        connection.exists(format!("{}:{}", config.job_meta_hash(), entry.id)).await.expect("Redis answers"),
    );
    assert_eq!(left, (0, 0));
}
