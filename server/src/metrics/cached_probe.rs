//! Cached probes: the result of a slow query, shared by all its readers.

use std::{future::Future, sync::Arc, time::Duration};

use tokio::{
    sync::{Mutex, watch},
    time::Instant,
};

/// The least time between two probes, however quick they are.
const TTL: Duration = Duration::from_secs(10);
/// A probe that took a second is cached for a minute: however large the shop grows, probes stay a
/// small part of the database's work.
const TTL_FACTOR: u32 = 60;
/// How long a reader waits for a probe, so that the other metrics arrive in time. Prometheus gives
/// up on a response after ten seconds.
const READ_TIMEOUT: Duration = Duration::from_secs(3);

/// The newest result of a probe, and when the next one is due.
#[derive(Debug)]
pub(super) struct CachedProbe<T> {
    newest: watch::Sender<Option<Arc<T>>>,
    /// Locked by the task that runs the probe.
    due: Arc<Mutex<Instant>>,
    read_timeout: Duration,
}

impl<T> Clone for CachedProbe<T> {
    fn clone(&self) -> Self {
        Self { newest: self.newest.clone(), due: Arc::clone(&self.due), read_timeout: self.read_timeout }
    }
}

impl<T> Default for CachedProbe<T> {
    fn default() -> Self {
        Self { newest: watch::Sender::default(), due: Arc::new(Mutex::new(Instant::now())), read_timeout: READ_TIMEOUT }
    }
}

impl<T: Send + Sync + 'static> CachedProbe<T> {
    /// The newest result. A probe that is due runs `take` in a task of its own. The reader waits for it up to the
    /// timeout; after that, the next reader gets its result. `None` if no probe has succeeded yet, or if the
    /// newest failed.
    pub(super) async fn newest(&self, take: impl Future<Output = Option<T>> + Send + 'static) -> Option<Arc<T>> {
        let mut changes = self.newest.subscribe();
        let is_under_way = match Arc::clone(&self.due).try_lock_owned() {
            Err(_) => true,
            Ok(due) if *due > Instant::now() => false,
            Ok(mut due) => {
                let newest = self.newest.clone();
                tokio::spawn(async move {
                    let begun = Instant::now();
                    let found = take.await;
                    *due = Instant::now() + ttl(found.is_some(), begun.elapsed());
                    newest.send_replace(found.map(Arc::new));
                });
                true
            }
        };
        if is_under_way {
            // If the probe is late or failed, the last result is used.
            let _ = tokio::time::timeout(self.read_timeout, changes.changed()).await;
        }
        self.newest.borrow().clone()
    }
}

/// A failed probe is retried soon, because the database may be back.
fn ttl(has_found: bool, took: Duration) -> Duration {
    if has_found { TTL.max(took * TTL_FACTOR) } else { TTL }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU32, Ordering};

    use domain::testing::until;
    use tokio::sync::Notify;

    use super::*;

    /// A probe that returns its own number, once the test lets it.
    #[derive(Default)]
    struct Query {
        begun: AtomicU32,
        may_end: Notify,
    }

    fn run(query: &Arc<Query>) -> impl Future<Output = Option<u32>> + Send + 'static {
        let query = Arc::clone(query);
        async move {
            let which = query.begun.fetch_add(1, Ordering::Relaxed) + 1;
            query.may_end.notified().await;
            Some(which)
        }
    }

    #[tokio::test]
    async fn readers_share_one_fresh_result() {
        let (probe, query) = (CachedProbe::default(), Arc::<Query>::default());
        query.may_end.notify_one();
        let (first, second) = tokio::join!(probe.newest(run(&query)), probe.newest(run(&query)));
        let third = probe.newest(run(&query)).await;
        assert_eq!([first, second, third].map(|seen| seen.as_deref().copied()), [Some(1); 3]);
    }

    #[tokio::test]
    async fn slow_query_times_out_its_readers_and_serves_the_next() {
        let probe = CachedProbe { read_timeout: Duration::from_millis(1), ..CachedProbe::default() };
        let query = Arc::<Query>::default();
        for _ in 0..3 {
            assert_eq!(probe.newest(run(&query)).await, None);
        }
        assert_eq!(query.begun.load(Ordering::Relaxed), 1, "no second query begins beside the first");
        query.may_end.notify_one();
        until("the result arrives", || async { probe.newest(run(&query)).await.as_deref() == Some(&1) }).await;
    }

    #[test]
    fn ttl_grows_with_the_query() {
        let seconds = Duration::from_secs;
        assert_eq!(ttl(true, Duration::from_millis(5)), TTL);
        assert_eq!(ttl(true, seconds(2)), seconds(120));
        assert_eq!(ttl(false, seconds(10)), TTL);
    }
}
