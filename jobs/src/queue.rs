//! The queues on Redis.

use std::time::Duration;

use apalis::prelude::{Task, TaskBuilder, TaskId, TaskSink, TaskSinkError};
use apalis_redis::{Config, RedisStorage};
use domain::outbox::{Entry, Job, Queue};
use futures_util::stream;
use redis::{
    AsyncCommands, Client, RedisError, Script,
    aio::{ConnectionManager, ConnectionManagerConfig},
};
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

/// A reply slower than the default half a second would end the worker.
const RESPONSE_TIMEOUT: Duration = Duration::from_secs(5);

/// How often a worker says that it lives. A wake-up that was lost to a slow reply is made up for then.
const HEARTBEAT: Duration = Duration::from_secs(5);

/// After so many heartbeats that did not come, a worker's jobs go to another.
const MISSED_HEARTBEATS: usize = 6;

/// Jobs that a worker takes from Redis at once. It says that it lives only between two lots: with more
/// than one in hand, a few slow ones would have it taken for dead.
const TAKEN_AT_ONCE: usize = 1;

/// Jobs that wait at one queue. The others stay in the outbox: Redis is not where a flood is kept.
/// Several relays may each add a batch beyond it, which is far from the eight thousand that a worker
/// cannot take.
pub const WAITING: usize = 2000;

/// Due jobs moved by one round trip.
const MOVED_AT_ONCE: usize = 4000;

/// Ended jobs removed by one round trip.
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

/// How a queue is set up.
fn config(queue: Queue) -> Config {
    Config::default()
        .queue(format!("gittix:{}", queue.name()))
        .heartbeat_interval(HEARTBEAT)
        .missed_heartbeats(MISSED_HEARTBEATS)
        .batch_size(TAKEN_AT_ONCE)
        // Nobody listens to events or reads who works on what, and each would be one more call that can fail.
        .emit_events(false)
        .lock_tasks(false)
}

/// How many jobs wait at each queue.
///
/// # Errors
///
/// When Redis does not answer in time.
pub async fn depths(client: &Client) -> Result<Vec<(Queue, i64)>, RedisError> {
    let mut redis = client.get_multiplexed_async_connection().await?;
    let mut depths = Vec::new();
    for queue in Queue::ALL {
        let config = config(queue);
        let (taken_from, later): (i64, i64) =
            (redis.llen(config.active_jobs_list()).await?, redis.zcard(config.scheduled_jobs_set()).await?);
        depths.push((queue, taken_from + later));
    }
    Ok(depths)
}

/// A job as Redis keeps it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Carried {
    /// What to do.
    #[serde(flatten)]
    pub job: Job,
    /// The span that it follows from.
    #[serde(default)]
    pub traceparent: Option<String>,
}

/// The queues behind a connection.
#[derive(Clone, Debug)]
pub struct Queues {
    expiry: RedisStorage<Carried>,
    payments: RedisStorage<Carried>,
    mail: RedisStorage<Carried>,
    redis: ConnectionManager,
}

impl Queues {
    /// The queues behind a connection.
    #[must_use]
    pub fn new(redis: &ConnectionManager) -> Self {
        let storage = |queue: Queue| RedisStorage::new(redis.clone()).with_config(config(queue));
        Self {
            expiry: storage(Queue::Expiry),
            payments: storage(Queue::Payments),
            mail: storage(Queue::Mail),
            redis: redis.clone(),
        }
    }

    /// What workers take jobs from.
    #[must_use]
    pub fn storage(&self, queue: Queue) -> &RedisStorage<Carried> {
        match queue {
            Queue::Expiry => &self.expiry,
            Queue::Payments => &self.payments,
            Queue::Mail => &self.mail,
        }
    }

    /// Queues jobs, to be done at once. One whose id is there already is left as it is.
    ///
    /// # Errors
    ///
    /// When Redis does not take them all. Pushing them again is safe.
    pub async fn push(&self, queue: Queue, entries: &[Entry]) -> Result<(), QueueError> {
        // A clone: what a failed push leaves behind in it goes with it.
        let mut storage = self.storage(queue).clone();
        let tasks: Vec<Task<Carried>> = entries.iter().map(task).collect();
        storage.push_all(&mut stream::iter(tasks)).await.map_err(QueueError::Push)
    }

    /// How many more jobs a queue may be given. Mends a queue of which more is due than a worker can take.
    ///
    /// # Errors
    ///
    /// When Redis does not answer.
    pub async fn make_room(&mut self, queue: Queue) -> Result<usize, RedisError> {
        let config = self.storage(queue).get_config();
        let script = Script::new(include_str!("make_room.lua"));
        let mut call = script.key(config.scheduled_jobs_set());
        call.key(config.active_jobs_list()).arg(OffsetDateTime::now_utc().unix_timestamp()).arg(MOVED_AT_ONCE);
        let waiting: usize = call.invoke_async(&mut self.redis).await?;
        Ok(WAITING.saturating_sub(waiting))
    }

    /// Removes what is left of jobs and workers that have ended: nothing else ever does. Returns how
    /// many jobs.
    ///
    /// # Errors
    ///
    /// When Redis does not answer.
    pub async fn trim(&mut self) -> Result<usize, RedisError> {
        let mut trimmed = 0;
        for queue in Queue::ALL {
            let config = self.storage(queue).get_config().clone();
            let script = Script::new(include_str!("trim.lua"));
            for ended in [config.done_jobs_set(), config.dead_jobs_set()] {
                loop {
                    let mut call = script.key(&ended);
                    call.key(config.job_data_hash()).key(config.job_meta_hash()).arg(TRIM_BATCH);
                    let batch: usize = call.invoke_async(&mut self.redis).await?;
                    trimmed += batch;
                    if batch < TRIM_BATCH {
                        break;
                    }
                }
            }
            self.trim_workers(&config).await?;
        }
        Ok(trimmed)
    }

    /// Each worker leaves a description behind, under its own name.
    async fn trim_workers(&mut self, config: &Config) -> Result<(), RedisError> {
        let prefix = format!("{}:metadata:", config.workers_set());
        let mut described = Vec::new();
        let mut keys = self.redis.scan_match::<_, String>(format!("{prefix}*")).await?;
        while let Some(key) = keys.next_item().await {
            described.push(key?);
        }
        drop(keys);
        for key in described {
            let name = key.strip_prefix(&prefix).unwrap_or_default();
            if self.redis.zscore::<_, _, Option<f64>>(config.workers_set(), name).await?.is_none() {
                let () = self.redis.del(&key).await?;
            }
        }
        Ok(())
    }
}

fn task(entry: &Entry) -> Task<Carried> {
    TaskBuilder::new(Carried { job: entry.job.clone(), traceparent: entry.traceparent.clone() })
        .task_id(TaskId::from_string(entry.id.to_string()))
        .build()
}

#[cfg(test)]
mod tests {
    use domain::ids::fresh;
    use model::OrderId;

    use super::*;

    /// While workers are replaced, those of the version before and after take each other's jobs.
    #[test]
    fn a_job_is_read_with_and_without_what_it_follows_from() {
        let job = Job::ExpireOrder { order_id: fresh::<OrderId>() };
        let plain = serde_json::to_string(&job).expect("writes");
        let carried: Carried = serde_json::from_str(&plain).expect("reads what has no trace");
        assert_eq!((carried.job, carried.traceparent), (job.clone(), None));
        let carried = Carried { job: job.clone(), traceparent: Some("00-1-2-01".into()) };
        let written = serde_json::to_string(&carried).expect("writes");
        assert_eq!(serde_json::from_str::<Job>(&written).expect("reads past the trace"), job);
    }
}
