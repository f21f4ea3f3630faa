//! Helpers of the worker tests.

use std::str::FromStr;

use domain::{
    Backend,
    ids::fresh,
    mail::Mail,
    outbox::{Entry, Job, Queue},
    testing,
};
use jobs::run::run;
use model::{OrderId, ResetId, UserId};
use redis::{Client, ConnectionInfo, IntoConnectionInfo};
use sqlx::{PgPool, types::Json};
use tokio::{sync::oneshot, task::JoinHandle};
use uuid::Uuid;

/// An empty Redis database for one test: the `nth` below that of `REDIS_URL`.
pub(crate) async fn redis(nth: i64) -> Client {
    let url = std::env::var("REDIS_URL").expect("REDIS_URL names the tests' Redis; make test sets it");
    let info = ConnectionInfo::from_str(&url).expect("REDIS_URL can be read");
    let settings = info.redis_settings().clone().set_db(info.redis_settings().db() - nth);
    let client =
        Client::open(info.set_redis_settings(settings).into_connection_info().expect("an address")).expect("a client");
    empty(&client).await;
    client
}

pub(crate) async fn empty(client: &Client) {
    let mut redis = client.get_multiplexed_async_connection().await.expect("Redis answers");
    let () = redis::cmd("FLUSHDB").query_async(&mut redis).await.expect("empties");
}

/// A running worker.
pub(crate) struct Worker {
    stop: oneshot::Sender<()>,
    running: JoinHandle<()>,
}

impl Worker {
    pub(crate) fn start(backend: &Backend, redis: &Client) -> Self {
        let (stop, stopped) = oneshot::channel::<()>();
        let running = tokio::spawn(run(backend.clone(), redis.clone(), async {
            // A test that failed drops the sender, which stops the worker as well.
            let _ = stopped.await;
        }));
        Self { stop, running }
    }

    /// Stops it as SIGTERM does.
    pub(crate) async fn stop(self) {
        self.stop.send(()).expect("the worker runs");
        self.running.await.expect("the worker does not panic");
    }

    /// Ends it as SIGKILL does: at any point of its work.
    pub(crate) async fn kill(self) {
        self.running.abort();
        assert!(self.running.await.expect_err("it did not end by itself").is_cancelled());
    }
}

pub(crate) async fn seller_and_buyer(backend: &Backend) -> (UserId, UserId) {
    (testing::user(&backend.db, "ana").await, testing::user(&backend.db, "bob").await)
}

pub(crate) async fn is_stored_as(db: &PgPool, order: OrderId, status: &str) -> bool {
    let stored: String = sqlx::query_scalar("SELECT status FROM orders WHERE id = $1")
        .bind(order.as_uuid())
        .fetch_one(db)
        .await
        .expect("the order");
    stored == status
}

/// Writes a job without an effect, so that only the queue can do it and no sweep.
pub(crate) async fn write_idle_job(db: &PgPool, queue: Queue) -> Uuid {
    let job = match queue {
        Queue::Expiry => Job::ExpireOrder { order_id: fresh::<OrderId>() },
        Queue::Payments => Job::HandleStripeEvent { event_id: "evt_unknown".into() },
        Queue::Mail => Job::SendMail { mail: Mail::PasswordReset { reset_id: fresh::<ResetId>() } },
    };
    let id = fresh::<Uuid>();
    sqlx::query("INSERT INTO outbox (id, job, queue, run_at) VALUES ($1, $2, $3, clock_timestamp())")
        .bind(id)
        .bind(Json(job))
        .bind(queue.name())
        .execute(db)
        .await
        .expect("a job");
    id
}

/// A job as a relay hands it over.
pub(crate) fn entry(job: &Job) -> Entry {
    Entry { id: fresh::<Uuid>(), job: serde_json::to_value(job).expect("JSON"), traceparent: None }
}

/// Whether a job was done through its queue. A worker trims as it starts, so a job that is done then may be gone from
/// Redis before anyone sees it there.
pub(crate) async fn is_done(db: &PgPool, client: &Client, queue: Queue, job: Uuid) -> bool {
    // A job leaves the outbox only after the queue has it, and its data leaves the queue only when it is trimmed.
    let waits = "SELECT EXISTS (SELECT FROM outbox WHERE id = $1)";
    if sqlx::query_scalar(waits).bind(job).fetch_one(db).await.expect("the outbox") {
        return false;
    }
    let Ok(mut redis) = client.get_multiplexed_async_connection().await else { return false };
    let (name, job) = (queue.name(), job.to_string());
    let answer = redis::pipe()
        .atomic()
        .sismember(format!("gittix:{name}:done"), &job)
        .hexists(format!("gittix:{name}:data"), &job)
        .query_async(&mut redis)
        .await;
    answer.is_ok_and(|(is_done, is_kept): (bool, bool)| is_done || !is_kept)
}

/// Waits until every queue has done a job that is written now.
pub(crate) async fn all_queues_work(db: &PgPool, client: &Client) {
    for queue in Queue::ALL {
        let job = write_idle_job(db, queue).await;
        testing::until("a job is done through its queue", || is_done(db, client, queue, job)).await;
    }
}
