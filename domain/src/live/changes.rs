//! The set of listings that have changed.

use std::{
    collections::HashSet,
    mem,
    sync::{Arc, Mutex, PoisonError},
};

use model::ListingId;
use tokio::sync::Notify;

/// The capacity. Changes beyond it are dropped: readers find them at their next poll.
const CAPACITY: usize = 10_000;

/// Listings that have changed, each once, until they are taken. Clones share the set.
#[derive(Clone, Debug, Default)]
pub struct ChangeSet(Arc<Marked>);

#[derive(Debug, Default)]
struct Marked {
    listings: Mutex<HashSet<ListingId>>,
    wake: Notify,
}

impl ChangeSet {
    /// Marks a listing as changed. Call it after the commit: a reader who is told earlier finds no change.
    pub fn mark(&self, listing: ListingId) {
        let mut listings = self.0.listings.lock().unwrap_or_else(PoisonError::into_inner);
        if listings.len() < CAPACITY {
            listings.insert(listing);
        }
        drop(listings);
        self.0.wake.notify_one();
    }

    /// Waits until the set is not empty, and takes all of it. A change that follows is marked again.
    pub async fn take(&self) -> Vec<ListingId> {
        loop {
            let taken = mem::take(&mut *self.0.listings.lock().unwrap_or_else(PoisonError::into_inner));
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
