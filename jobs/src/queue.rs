//! The queues on Redis.

use std::time::{Duration, SystemTime};

use apalis::prelude::{Task, TaskBuilder, TaskId, TaskSink, TaskSinkError};
use apalis_redis::{Config, RedisStorage};
use domain::outbox::{Job, relay::Entry};
use futures_util::stream;
use redis::{
    AsyncCommands, Client, RedisError,
    aio::{ConnectionManager, ConnectionManagerConfig},
};
use uuid::Uuid;

/// Redis keeps times in whole seconds and cuts the rest off: without this a job rings up to a
/// second early.
const ROUNDING: Duration = Duration::from_secs(1);

/// A reply slower than the default half a second would end the worker.
const RESPONSE_TIMEOUT: Duration = Duration::from_secs(5);

/// How often a worker says that it lives. A wake-up that was lost to a slow reply is made up for then.
const HEARTBEAT: Duration = Duration::from_secs(5);

/// After so many heartbeats that did not come, a worker's jobs go to another.
const MISSED_HEARTBEATS: usize = 6;

/// Finished jobs removed by one round trip.
const TRIM_BATCH: usize = 500;

/// Why a job was not queued.
#[derive(Debug, thiserror::Error)]
pub enum QueueError {
    /// Redis, or a job that cannot be written.
    #[error("the queue did not take the job")]
    Push(#[source] TaskSinkError<apalis_redis::Error>),
}

/// A connection that heals itself.
///
/// # Errors
///
/// When Redis is not there yet.
pub async fn connect(client: &Client) -> Result<ConnectionManager, RedisError> {
    let config = ConnectionManagerConfig::new()
        .set_response_timeout(Some(RESPONSE_TIMEOUT))
        .set_connection_timeout(Some(RESPONSE_TIMEOUT));
    client.get_connection_manager_with_config(config).await
}

/// The queues. Expiries and payments have one each: a flood of the former keeps no buyer waiting.
#[derive(Clone, Debug)]
pub struct Queues {
    /// Ends orders.
    pub expiry: RedisStorage<Job>,
    /// Settles payments.
    pub payments: RedisStorage<Job>,
    redis: ConnectionManager,
}

impl Queues {
    /// The queues behind a connection.
    #[must_use]
    pub fn new(redis: &ConnectionManager) -> Self {
        let queue = |name: &str| {
            let config = Config::default()
                .queue(name)
                .heartbeat_interval(HEARTBEAT)
                .missed_heartbeats(MISSED_HEARTBEATS)
                .batch_size(100);
            RedisStorage::new(redis.clone()).with_config(config)
        };
        Self { expiry: queue("gittix:expiry"), payments: queue("gittix:payments"), redis: redis.clone() }
    }

    /// Queues jobs. One whose id is there already is left as it is.
    ///
    /// # Errors
    ///
    /// When Redis does not take them all. Pushing them again is safe.
    pub async fn push(&mut self, entries: &[Entry]) -> Result<(), QueueError> {
        let (expiry, payments): (Vec<&Entry>, Vec<&Entry>) =
            entries.iter().partition(|entry| matches!(entry.job, Job::ExpireOrder { .. }));
        for (queue, entries) in [(&mut self.expiry, expiry), (&mut self.payments, payments)] {
            if !entries.is_empty() {
                let mut tasks = stream::iter(entries.into_iter().map(task));
                queue.push_all(&mut tasks).await.map_err(QueueError::Push)?;
            }
        }
        Ok(())
    }

    /// Removes jobs that are done: nothing else ever does. Returns how many.
    ///
    /// # Errors
    ///
    /// When Redis does not answer.
    pub async fn trim(&mut self) -> Result<usize, RedisError> {
        let mut trimmed = 0;
        for queue in [&self.expiry, &self.payments] {
            let config = queue.get_config();
            loop {
                let done: Vec<String> =
                    redis::cmd("SPOP").arg(config.done_jobs_set()).arg(TRIM_BATCH).query_async(&mut self.redis).await?;
                if done.is_empty() {
                    break;
                }
                let meta: Vec<String> = done.iter().map(|id| format!("{}:{id}", config.job_meta_hash())).collect();
                let () = self.redis.del(meta).await?;
                let () = self.redis.hdel(config.job_data_hash(), &done).await?;
                trimmed += done.len();
            }
        }
        Ok(trimmed)
    }
}

fn task(entry: &Entry) -> Task<Job> {
    let builder = TaskBuilder::new(entry.job.clone()).task_id(TaskId::from_string(entry.id.to_string()));
    let due = SystemTime::from(entry.run_at);
    if due <= SystemTime::now() { builder.build() } else { builder.run_at_time(due + ROUNDING).build() }
}

/// A job for later that the outbox does not know of.
#[must_use]
pub fn later(job: Job, run_at: time::OffsetDateTime) -> Entry {
    Entry { id: Uuid::now_v7(), job, run_at }
}
