//! Failures of Redis and weaknesses of apalis-redis. Each test causes one on a real Redis and then checks
//! that all queues work.

use std::time::Duration;

use domain::{
    Backend,
    ids::fresh,
    outbox::{Entry, Job, Queue},
    testing::{self, TestBackend},
};
use jobs::{
    queue::{CAPACITY, Queues, connect, depths},
    relay::BATCH,
};
use model::{Money, OrderId};
use redis::{AsyncCommands, Client};
use sqlx::PgPool;
use tokio::time::Instant;
use uuid::Uuid;

use crate::{
    gate::Gate,
    private_redis::PrivateRedis,
    support::{Worker, all_queues_work, entry, is_done, redis, seller_and_buyer, write_idle_job},
};

const PRICE: Money = Money::usd(4950);

async fn length_of(client: &Client, set: &str) -> usize {
    let mut redis = client.get_multiplexed_async_connection().await.expect("Redis answers");
    redis.zcard(format!("gittix:expiry:{set}")).await.expect("Redis answers")
}

/// Jobs in the queue that no worker has taken yet.
async fn waiting(client: &Client) -> usize {
    let depths = depths(client).await.expect("Redis answers");
    let jobs = depths.into_iter().find_map(|(queue, jobs)| (queue == Queue::Expiry).then_some(jobs));
    jobs.and_then(|jobs| jobs.try_into().ok()).expect("each queue has a depth")
}

/// Locks that all end in the current second, with their timers in the outbox.
async fn locks_that_end_now(backend: &Backend, count: i32) {
    let (ana, bob) = seller_and_buyer(backend).await;
    testing::overdue_orders(&backend.db, ana, bob, count).await;
    let end = "UPDATE tickets SET held_until = date_trunc('second', clock_timestamp())";
    sqlx::query(end).execute(&backend.db).await.expect("an end");
    let timers = "
        INSERT INTO outbox (id, job, queue, run_at)
        SELECT gen_random_uuid(), jsonb_build_object('kind', 'expire_order', 'order_id', order_id), 'expiry', held_until FROM tickets";
    sqlx::query(timers).execute(&backend.db).await.expect("timers");
}

/// With all timers in the queue at once, no worker could take any of them.
#[sqlx::test(migrator = "domain::database::MIGRATIONS")]
async fn twenty_thousand_locks_may_end_in_one_second(db: PgPool) {
    const LOCKS: i32 = 20_000;
    let backend = TestBackend::without_stripe(db);
    let redis = redis(10).await;
    locks_that_end_now(&backend, LOCKS).await;
    let still_locked = testing::count(&backend.db, "SELECT count(*) FROM tickets WHERE held_until > now()");
    assert_eq!(still_locked.await, 0, "every ticket is free to readers at once");

    let began = Instant::now();
    let worker = Worker::start(&backend, &redis);
    let mut most_waiting = 0;
    while testing::count(&backend.db, "SELECT count(*) FROM orders WHERE status <> 'expired'").await > 0 {
        most_waiting = most_waiting.max(waiting(&redis).await);
        assert!(began.elapsed() < Duration::from_mins(5), "five minutes have passed");
    }
    eprintln!("{LOCKS} orders ended in {:?}, up to {most_waiting} jobs in Redis", began.elapsed());
    // The depth is a sum over sets that are read one by one: a job that moves between them counts twice.
    assert!(most_waiting <= CAPACITY + BATCH, "{most_waiting}");
    all_queues_work(&backend.db, &redis).await;
    worker.stop().await;
}

/// Proves that `promote_due` heals a queue with too many due jobs. Without it, no job of the queue is ever
/// done again.
#[sqlx::test(migrator = "domain::database::MIGRATIONS")]
async fn queue_with_too_many_due_jobs_heals(db: PgPool) {
    let backend = TestBackend::without_stripe(db);
    let redis = redis(11).await;
    let mut queues = Queues::new(&connect(&redis).await.expect("Redis answers"));
    for _ in 0..20 {
        let entries: Vec<Entry> =
            (0..1000).map(|_| entry(&Job::ExpireOrder { order_id: fresh::<OrderId>() })).collect();
        queues.push(Queue::Expiry, &entries).await.expect("queues");
    }
    assert_eq!(length_of(&redis, "scheduled").await, 20_000);
    assert_eq!(queues.promote_due(Queue::Expiry).await.expect("Redis answers"), 0, "and no more are handed over");
    assert_eq!(queues.promote_due(Queue::Payments).await.expect("Redis answers"), CAPACITY);

    let worker = Worker::start(&backend, &redis);
    testing::until("all are where workers take them from", || async { length_of(&redis, "scheduled").await == 0 })
        .await;
    let connection = redis.get_multiplexed_async_connection().await.expect("Redis answers");
    testing::until("jobs are done", || async {
        connection.clone().scard::<_, usize>("gittix:expiry:done").await.is_ok_and(|done| done > 0)
    })
    .await;
    worker.stop().await;
}

#[sqlx::test(migrator = "domain::database::MIGRATIONS")]
async fn queues_work_after_redis_is_killed_with_or_without_its_data(db: PgPool) {
    let backend = TestBackend::without_stripe(db);
    let mut redis = PrivateRedis::running().await;
    let worker = Worker::start(&backend, &redis.client());
    all_queues_work(&backend.db, &redis.client()).await;
    for keeps_data in [true, false] {
        redis.kill();
        let written_meanwhile = write_idle_job(&backend.db, Queue::Payments).await;
        if !keeps_data {
            redis.delete_data();
        }
        redis.start().await;
        let client = redis.client();
        testing::until("the job is done", || is_done(&backend.db, &client, Queue::Payments, written_meanwhile)).await;
        all_queues_work(&backend.db, &client).await;
    }
    worker.stop().await;
}

/// The stall is longer than the response timeout: workers end, and the replies to some pushes are lost.
#[sqlx::test(migrator = "domain::database::MIGRATIONS")]
async fn queues_work_after_redis_stalls_beyond_the_response_timeout(db: PgPool) {
    let backend = TestBackend::without_stripe(db);
    let redis = PrivateRedis::running().await;
    let client = redis.client();
    let worker = Worker::start(&backend, &client);
    all_queues_work(&backend.db, &client).await;
    redis.stall(7000).await;
    all_queues_work(&backend.db, &client).await;
    worker.stop().await;
}

/// Proves that each worker has a new name: Redis counts the workers of a killed process as alive for half a
/// minute and refuses their names for as long.
#[sqlx::test(migrator = "domain::database::MIGRATIONS")]
async fn worker_replaces_a_killed_one_at_once(db: PgPool) {
    let backend = TestBackend::without_stripe(db);
    let redis = redis(12).await;
    let killed = Worker::start(&backend, &redis);
    let other = Worker::start(&backend, &redis);
    testing::until("both have registered", || async { length_of(&redis, "workers").await == 2 }).await;
    killed.kill().await;
    other.stop().await;

    let began = Instant::now();
    let worker = Worker::start(&backend, &redis);
    all_queues_work(&backend.db, &redis).await;
    // Well below the half minute for which Redis counts a killed worker as alive.
    assert!(began.elapsed() < Duration::from_secs(25), "{:?}", began.elapsed());
    worker.stop().await;
}

/// Proves the bound on attempts, and that `trim` removes all data of a job. Without either, failed jobs fill
/// Redis.
#[sqlx::test(migrator = "domain::database::MIGRATIONS")]
async fn failing_job_is_given_up_and_trimmed(db: PgPool) {
    let backend = TestBackend::without_stripe(db);
    let client = redis(13).await;
    let (ana, bob) = seller_and_buyer(&backend).await;
    let order = testing::lock_one(&backend, bob, testing::listing(&backend, ana).await, PRICE).await.expect("locks");
    testing::start_payment(&backend, bob, order).await.expect_err("Stripe does not answer");
    let opened = "UPDATE payments SET status = 'open', stripe_intent_id = 'pi_1' RETURNING id";
    let payment: Uuid = sqlx::query_scalar(opened).fetch_one(&backend.db).await.expect("an attempt");

    let mut queues = Queues::new(&connect(&client).await.expect("Redis answers"));
    let entry = entry(&Job::ReconcilePayment { payment_id: payment.into() });
    let id = entry.id;
    queues.push(Queue::Payments, &[entry]).await.expect("queues");
    let worker = Worker::start(&backend, &client);

    let redis = client.get_multiplexed_async_connection().await.expect("Redis answers");
    let meta = format!("gittix:payments:meta:{id}");
    let attempts = async || redis.clone().hget::<_, _, usize>(&meta, "attempts").await.expect("Redis answers");
    testing::until("it has failed once", || async { attempts().await == 1 }).await;
    // Its other attempts would take most of a minute.
    let () = redis.clone().hset(&meta, "attempts", 9).await.expect("Redis answers");
    testing::until("it is given up", || async {
        redis.clone().sismember("gittix:payments:dead", id.to_string()).await.expect("Redis answers")
    })
    .await;
    assert_eq!(attempts().await, 10);

    worker.stop().await;
    queues.trim().await.expect("trims");
    let left: Vec<String> = redis.clone().keys("gittix:payments:*").await.expect("Redis answers");
    let expected = ["gittix:payments:workers"];
    assert!(left.iter().all(|key| expected.contains(&key.as_str()) || key.contains(":metadata:")), "{left:?}");
}

/// Both start after the worker, Redis first.
#[sqlx::test(migrator = "domain::database::MIGRATIONS")]
async fn worker_waits_for_redis_and_postgres(db: PgPool) {
    let (gate, through) = Gate::to_database(&db).await;
    let backend = TestBackend::without_stripe(through);
    let mut redis = PrivateRedis::prepare();
    let client = redis.client();
    let worker = Worker::start(&backend, &client);
    let job = write_idle_job(&db, Queue::Expiry).await;
    redis.start().await;
    testing::until("the workers have registered", || async { length_of(&client, "workers").await == 1 }).await;
    assert!(!is_done(&db, &client, Queue::Expiry, job).await);
    gate.open().await;
    testing::until("the job is done", || is_done(&db, &client, Queue::Expiry, job)).await;
    worker.stop().await;
}
