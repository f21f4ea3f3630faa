//! Cached probes: the result of a slow query, shared by all its readers.

use std::{future::Future, sync::Arc, time::Duration};

use tokio::{
    sync::{Mutex, watch},
    time::Instant,
};

/// The least time between two probes, however quick they are.
const KEPT_FOR: Duration = Duration::from_secs(10);
/// A probe that took a second is cached for a minute: however large the shop grows, probes stay a
/// small part of the database's work.
const TIMES_KEPT: u32 = 60;
/// How long a reader waits for a probe, so that the other metrics arrive in time. Prometheus gives
/// up on a response after ten seconds.
const PATIENCE: Duration = Duration::from_secs(3);

/// The newest result of a probe, and when the next one is due.
#[derive(Debug)]
pub(super) struct Looks<T> {
    newest: watch::Sender<Option<Arc<T>>>,
    /// Locked by the task that runs the probe.
    due: Arc<Mutex<Instant>>,
    patience: Duration,
}

impl<T> Clone for Looks<T> {
    fn clone(&self) -> Self {
        Self { newest: self.newest.clone(), due: Arc::clone(&self.due), patience: self.patience }
    }
}

impl<T> Default for Looks<T> {
    fn default() -> Self {
        Self { newest: watch::Sender::default(), due: Arc::new(Mutex::new(Instant::now())), patience: PATIENCE }
    }
}

impl<T: Send + Sync + 'static> Looks<T> {
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
                    *due = Instant::now() + kept_for(found.is_some(), begun.elapsed());
                    newest.send_replace(found.map(Arc::new));
                });
                true
            }
        };
        if is_under_way {
            // If the probe is late or failed, the last result is used.
            let _ = tokio::time::timeout(self.patience, changes.changed()).await;
        }
        self.newest.borrow().clone()
    }
}

/// A failed probe is retried soon, because the database may be back.
fn kept_for(has_found: bool, took: Duration) -> Duration {
    if has_found { KEPT_FOR.max(took * TIMES_KEPT) } else { KEPT_FOR }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU32, Ordering};

    use domain::testing::until;
    use tokio::sync::Notify;

    use super::*;

    /// A probe that returns its own number, once the test lets it.
    #[derive(Default)]
    struct Scene {
        begun: AtomicU32,
        may_end: Notify,
    }

    fn look(scene: &Arc<Scene>) -> impl Future<Output = Option<u32>> + Send + 'static {
        let scene = Arc::clone(scene);
        async move {
            let which = scene.begun.fetch_add(1, Ordering::Relaxed) + 1;
            scene.may_end.notified().await;
            Some(which)
        }
    }

    #[tokio::test]
    async fn one_look_serves_all_who_ask_while_it_is_new() {
        let (looks, scene) = (Looks::default(), Arc::<Scene>::default());
        scene.may_end.notify_one();
        let (first, second) = tokio::join!(looks.newest(look(&scene)), looks.newest(look(&scene)));
        let third = looks.newest(look(&scene)).await;
        assert_eq!([first, second, third].map(|seen| seen.as_deref().copied()), [Some(1); 3]);
    }

    #[tokio::test]
    async fn a_slow_look_keeps_nobody_waiting_and_is_told_later() {
        let looks = Looks { patience: Duration::from_millis(1), ..Looks::default() };
        let scene = Arc::<Scene>::default();
        for _ in 0..3 {
            assert_eq!(looks.newest(look(&scene)).await, None);
        }
        assert_eq!(scene.begun.load(Ordering::Relaxed), 1, "no second look begins beside the first");
        scene.may_end.notify_one();
        until("the look is told", || async { looks.newest(look(&scene)).await.as_deref() == Some(&1) }).await;
    }

    #[test]
    fn looking_stays_a_small_part_of_the_work() {
        let seconds = Duration::from_secs;
        assert_eq!(kept_for(true, Duration::from_millis(5)), KEPT_FOR);
        assert_eq!(kept_for(true, seconds(2)), seconds(120));
        assert_eq!(kept_for(false, seconds(10)), KEPT_FOR);
    }
}
