//! The set of tickets that have changed.

use std::{
    collections::HashSet,
    mem,
    sync::{Arc, Mutex, PoisonError},
};

use model::TicketId;
use tokio::sync::Notify;

/// The capacity. Changes beyond it are dropped: readers find them at their next poll.
const CAPACITY: usize = 10_000;

/// Tickets that have changed, each once, until they are taken. Clones share the set.
#[derive(Clone, Debug, Default)]
pub struct ChangeSet(Arc<Marked>);

#[derive(Debug, Default)]
struct Marked {
    tickets: Mutex<HashSet<TicketId>>,
    wake: Notify,
}

impl ChangeSet {
    /// Marks a ticket as changed. Call it after the commit: a reader who is told earlier finds no change.
    pub fn mark(&self, ticket: TicketId) {
        let mut tickets = self.0.tickets.lock().unwrap_or_else(PoisonError::into_inner);
        if tickets.len() < CAPACITY {
            tickets.insert(ticket);
        }
        drop(tickets);
        self.0.wake.notify_one();
    }

    /// Waits until the set is not empty, and takes all of it. A change that follows is marked again.
    pub async fn take(&self) -> Vec<TicketId> {
        loop {
            let taken = mem::take(&mut *self.0.tickets.lock().unwrap_or_else(PoisonError::into_inner));
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
        let (one, other) = (fresh::<TicketId>(), fresh::<TicketId>());
        for ticket in [one, other, one] {
            changes.mark(ticket);
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
        (0..=CAPACITY).for_each(|_| changes.mark(fresh::<TicketId>()));
        assert_eq!(changes.take().await.len(), CAPACITY);
    }
}
