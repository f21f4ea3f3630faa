//! The set of listings that have changed.

use std::{
    collections::HashSet,
    hash::Hash,
    mem,
    sync::{Arc, Mutex, PoisonError},
};

use model::ListingId;
use tokio::sync::Notify;

/// The capacity. Changes beyond it are dropped: readers find them at their next poll.
const CAPACITY: usize = 10_000;

/// Listings that have changed, or other things that have to be read, each once, until they are taken. Clones share the
/// set.
#[derive(Debug)]
pub struct ChangeSet<Id = ListingId>(Arc<Marked<Id>>);

#[derive(Debug)]
struct Marked<Id> {
    ids: Mutex<HashSet<Id>>,
    wake: Notify,
}

impl<Id> Clone for ChangeSet<Id> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<Id> Default for ChangeSet<Id> {
    fn default() -> Self {
        Self(Arc::new(Marked { ids: Mutex::default(), wake: Notify::new() }))
    }
}

impl<Id: Eq + Hash> ChangeSet<Id> {
    /// Marks a listing as changed. Call it after the commit: a reader who is told earlier finds no change.
    pub fn mark(&self, id: Id) {
        let mut ids = self.0.ids.lock().unwrap_or_else(PoisonError::into_inner);
        if ids.len() < CAPACITY {
            ids.insert(id);
        }
        drop(ids);
        self.0.wake.notify_one();
    }

    /// Waits until the set is not empty, and takes all of it. A change that follows is marked again.
    pub async fn take(&self) -> Vec<Id> {
        loop {
            let taken = mem::take(&mut *self.0.ids.lock().unwrap_or_else(PoisonError::into_inner));
            if !taken.is_empty() {
                return taken.into_iter().collect();
            }
            self.0.wake.notified().await;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ids::fresh;

    #[tokio::test]
    async fn change_is_taken_once_however_often_marked() {
        let changes = ChangeSet::default();
        let (one, other) = (fresh::<ListingId>(), fresh::<ListingId>());
        for listing in [one, other, one] {
            changes.mark(listing);
        }
        assert_eq!(changes.take().await.into_iter().collect::<HashSet<_>>(), HashSet::from([one, other]));

        let waiting = tokio::spawn({
            let changes = changes.clone();
            async move { changes.take().await }
        });
        tokio::task::yield_now().await;
        changes.mark(one);
        assert_eq!(waiting.await.expect("takes"), [one]);
    }

    #[tokio::test]
    async fn changes_are_bounded() {
        let changes = ChangeSet::default();
        (0..=CAPACITY).for_each(|_| changes.mark(fresh::<ListingId>()));
        assert_eq!(changes.take().await.len(), CAPACITY);
    }
}
