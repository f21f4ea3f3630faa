//! The views that are counted and not written yet.

use std::{
    collections::HashMap,
    mem,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use model::ListingId;

use super::COUNTED_MAX;

/// The views of each listing since the last flush. Clones share the counts.
#[derive(Clone, Debug, Default)]
pub struct ViewCounts(Arc<Mutex<HashMap<ListingId, i64>>>);

impl ViewCounts {
    /// Counts a view.
    pub fn count(&self, listing: ListingId) {
        self.add(listing, 1);
    }

    /// Counts views, unless as many listings are counted as there is room for.
    pub(super) fn add(&self, listing: ListingId, views: i64) {
        let mut counts = self.lock();
        if counts.len() < COUNTED_MAX || counts.contains_key(&listing) {
            *counts.entry(listing).or_default() += views;
        }
    }

    /// The counts, which begin anew.
    pub(super) fn take(&self) -> Vec<(ListingId, i64)> {
        mem::take(&mut *self.lock()).into_iter().collect()
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<ListingId, i64>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ids::fresh;

    #[test]
    fn counts_are_taken_once() {
        let (counts, listing) = (ViewCounts::default(), fresh());
        counts.count(listing);
        counts.clone().count(listing);
        assert_eq!(counts.take(), [(listing, 2)]);
        assert_eq!(counts.take(), []);
    }

    #[test]
    fn memory_is_bounded() {
        let (counts, first) = (ViewCounts::default(), fresh());
        counts.count(first);
        for _ in 0..COUNTED_MAX + 10 {
            counts.count(fresh());
        }
        counts.count(first);
        let taken = counts.take();
        assert_eq!(taken.len(), COUNTED_MAX);
        assert!(taken.contains(&(first, 2)), "what is counted already goes on");
    }
}
