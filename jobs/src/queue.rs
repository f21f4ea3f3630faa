//! The queues in Redis.

use std::time::Duration;

use apalis::prelude::{BackendExt, Codec, Task, TaskBuilder, TaskId, TaskSink, TaskSinkError};
use apalis_redis::{Config, RedisStorage};
use domain::outbox::{Entry, Queue};
use futures_util::stream;
use redis::{
    AsyncCommands, Client, RedisError, Script,
    aio::{ConnectionManager, ConnectionManagerConfig},
};
use serde_json::Value;
use time::OffsetDateTime;

/// A reply slower than the default half a second would end the worker.
const RESPONSE_TIMEOUT: Duration = Duration::from_secs(5);

/// How often a worker sends a heartbeat, which also repairs a wake-up that was lost to a slow reply.
const HEARTBEAT: Duration = Duration::from_secs(5);

/// After so many missed heartbeats, another worker takes a worker's jobs.
const MISSED_HEARTBEATS: usize = 6;

/// Jobs that a worker fetches at once. It sends heartbeats only between two fetches, so a few slow jobs in one
/// fetch would make it look dead.
const PREFETCH: usize = 1;

/// Jobs that wait in one queue. The rest stay in the outbox, which holds any number. Each relay may exceed this by
/// one batch, which is far below the eight thousand due jobs that a worker cannot move.
pub const CAPACITY: usize = 2000;

/// Due jobs that one round trip moves.
const PROMOTE_BATCH: usize = 4000;

/// Ended jobs that one round trip removes.
const TRIM_BATCH: usize = 500;

/// Why a job was not queued.
#[derive(Debug, thiserror::Error)]
pub enum QueueError {
    /// Redis failed, or the job could not be serialized.
    #[error("the job was not pushed to its queue")]
    Push(#[source] TaskSinkError<apalis_redis::Error>),
}

/// A connection that reconnects by itself.
///
/// # Errors
///
/// When Redis is not up yet.
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
        .batch_size(PREFETCH)
        // Nothing reads events or locks, and each would be one more request that can fail.
        .emit_events(false)
        .lock_tasks(false)
}

/// How many jobs wait in each queue.
///
/// # Errors
///
/// When Redis does not answer in time.
pub async fn depths(client: &Client) -> Result<Vec<(Queue, i64)>, RedisError> {
    let mut redis = client.get_multiplexed_async_connection().await?;
    let mut depths = Vec::new();
    for queue in Queue::ALL {
        let config = config(queue);
        let (active, scheduled): (i64, i64) =
            (redis.llen(config.active_jobs_list()).await?, redis.zcard(config.scheduled_jobs_set()).await?);
        depths.push((queue, active + scheduled));
    }
    Ok(depths)
}

/// A job as Redis keeps it: JSON, with the span that it follows from among its fields.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Envelope {
    /// The job as it is stored.
    pub job: Value,
    /// The span that it follows from.
    pub traceparent: Option<String>,
}

/// The field of the span.
const TRACEPARENT: &str = "traceparent";

/// Writes envelopes, and opens them whatever is inside: apalis ends the worker over a job that its codec
/// cannot decode, and gives that job to the next worker half a minute later.
#[derive(Clone, Debug)]
pub struct EnvelopeCodec;

impl Codec<Envelope> for EnvelopeCodec {
    type Compact = Vec<u8>;
    type Error = serde_json::Error;

    fn encode(&self, envelope: &Envelope) -> Result<Vec<u8>, serde_json::Error> {
        let mut json = envelope.job.clone();
        if let (Value::Object(fields), Some(traceparent)) = (&mut json, &envelope.traceparent) {
            fields.insert(TRACEPARENT.to_owned(), traceparent.as_str().into());
        }
        serde_json::to_vec(&json)
    }

    fn decode(&self, written: &Vec<u8>) -> Result<Envelope, serde_json::Error> {
        // Text that is not JSON becomes a string that PostgreSQL can store.
        let mut job = serde_json::from_slice(written)
            .unwrap_or_else(|_| Value::String(String::from_utf8_lossy(written).replace('\0', " ")));
        let traceparent = job.as_object_mut().and_then(|fields| fields.remove(TRACEPARENT));
        Ok(Envelope { job, traceparent: traceparent.and_then(|span| span.as_str().map(str::to_owned)) })
    }
}

/// The queues behind a connection.
#[derive(Clone, Debug)]
pub struct Queues {
    expiry: RedisStorage<Envelope>,
    payments: RedisStorage<Envelope>,
    mail: RedisStorage<Envelope>,
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

    /// What workers take jobs from, by [`EnvelopeCodec`].
    #[must_use]
    pub fn storage(&self, queue: Queue) -> &RedisStorage<Envelope> {
        match queue {
            Queue::Expiry => &self.expiry,
            Queue::Payments => &self.payments,
            Queue::Mail => &self.mail,
        }
    }

    /// Pushes jobs that are due now. A job whose id is in the queue already stays as it is.
    ///
    /// # Errors
    ///
    /// When Redis does not accept all of them. Pushing them again is safe.
    pub async fn push(&self, queue: Queue, entries: &[Entry]) -> Result<(), QueueError> {
        // A clone, as a failed push leaves its tasks in the storage.
        let mut storage = self.storage(queue).clone().with_codec(EnvelopeCodec);
        let tasks: Vec<Task<Envelope>> = entries.iter().map(task).collect();
        storage.push_all(&mut stream::iter(tasks)).await.map_err(QueueError::Push)
    }

    /// Moves due jobs to the list that workers fetch from, and returns how many more jobs the queue has room for. This
    /// heals a queue with more due jobs than a worker can move.
    ///
    /// # Errors
    ///
    /// When Redis does not answer.
    #[expect(clippy::disallowed_methods, reason = "apalis scores the queue by the workers' clock")]
    pub async fn promote_due(&mut self, queue: Queue) -> Result<usize, RedisError> {
        let config = self.storage(queue).get_config();
        let script = Script::new(include_str!("promote_due.lua"));
        let mut call = script.key(config.scheduled_jobs_set());
        call.key(config.active_jobs_list()).arg(OffsetDateTime::now_utc().unix_timestamp()).arg(PROMOTE_BATCH);
        let waiting: usize = call.invoke_async(&mut self.redis).await?;
        Ok(CAPACITY.saturating_sub(waiting))
    }

    /// Removes the data of ended jobs and workers, which nothing else does. Returns the number of jobs.
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

    /// Removes the metadata of ended workers. Each worker writes its own.
    async fn trim_workers(&mut self, config: &Config) -> Result<(), RedisError> {
        let prefix = format!("{}:metadata:", config.workers_set());
        let mut metadata_keys = Vec::new();
        let mut keys = self.redis.scan_match::<_, String>(format!("{prefix}*")).await?;
        while let Some(key) = keys.next_item().await {
            metadata_keys.push(key?);
        }
        drop(keys);
        for key in metadata_keys {
            let name = key.strip_prefix(&prefix).unwrap_or_default();
            if self.redis.zscore::<_, _, Option<f64>>(config.workers_set(), name).await?.is_none() {
                let () = self.redis.del(&key).await?;
            }
        }
        Ok(())
    }
}

fn task(entry: &Entry) -> Task<Envelope> {
    TaskBuilder::new(Envelope { job: entry.job.clone(), traceparent: entry.traceparent.clone() })
        .task_id(TaskId::from_string(entry.id.to_string()))
        .build()
}

#[cfg(test)]
mod tests {
    use domain::{ids::fresh, outbox::Job};
    use model::OrderId;
    use serde_json::json;

    use super::*;

    fn open(written: &str) -> Envelope {
        EnvelopeCodec.decode(&written.as_bytes().to_vec()).expect("opens whatever is inside")
    }

    /// During a rollout, workers of both versions take each other's jobs.
    #[test]
    fn envelope_opens_with_and_without_a_span() {
        let job = Job::ExpireOrder { order_id: fresh::<OrderId>() };
        let plain = serde_json::to_string(&job).expect("writes");
        let envelope = open(&plain);
        assert_eq!((Job::read(&envelope.job).expect("reads"), envelope.traceparent.clone()), (job.clone(), None));
        let envelope = Envelope { traceparent: Some("00-1-2-01".into()), ..envelope };
        let written = EnvelopeCodec.encode(&envelope).expect("writes");
        assert_eq!(EnvelopeCodec.decode(&written).expect("opens"), envelope);
        assert_eq!(serde_json::from_slice::<Job>(&written).expect("reads past the span"), job);
    }

    #[test]
    fn envelope_opens_whatever_is_inside() {
        let newer = open(r#"{"kind":"pay_out","payout":{"id":7},"traceparent":"00-1-2-01"}"#);
        assert_eq!(newer.job, json!({ "kind": "pay_out", "payout": { "id": 7 } }));
        assert_eq!(newer.traceparent.as_deref(), Some("00-1-2-01"));
        assert_eq!(open("[1, 2]").job, json!([1, 2]));
        assert_eq!(open("no\0 JSON").job, json!("no  JSON"));
    }
}
