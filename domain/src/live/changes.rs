//! Which tickets something has happened to.

use std::{
    collections::HashSet,
    mem,
    sync::{Arc, Mutex, PoisonError},
};

use model::TicketId;
use tokio::sync::Notify;

/// The most that wait to be taken. Those beyond are not told of: they are found at the next look.
const MOST: usize = 10_000;

/// Tickets that something has happened to, each once, until they are taken. Clones share them.
#[derive(Clone, Debug, Default)]
pub struct Changes(Arc<Noted>);

#[derive(Debug, Default)]
struct Noted {
    tickets: Mutex<HashSet<TicketId>>,
    wake: Notify,
}

impl Changes {
    /// Notes that something has happened to a ticket. After the transaction of what happened: who hears
    /// of it earlier finds nothing.
    pub fn note(&self, ticket: TicketId) {
        let mut tickets = self.0.tickets.lock().unwrap_or_else(PoisonError::into_inner);
        if tickets.len() < MOST {
            tickets.insert(ticket);
        }
        drop(tickets);
        self.0.wake.notify_one();
    }

    /// Waits for the next, and takes all that there are. What happens to them meanwhile is one more time.
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
    async fn are_taken_once_however_often_they_were_noted() {
        let changes = Changes::default();
        let (one, other) = (fresh::<TicketId>(), fresh::<TicketId>());
        for ticket in [one, other, one] {
            changes.note(ticket);
        }
        assert_eq!(changes.take().await.into_iter().collect::<HashSet<_>>(), HashSet::from([one, other]));

        let waiting = tokio::spawn({
            let changes = changes.clone();
            async move { changes.take().await }
        });
        tokio::task::yield_now().await;
        changes.note(one);
        assert_eq!(waiting.await.expect("takes"), [one]);
    }

    #[tokio::test]
    async fn are_never_more_than_a_bound() {
        let changes = Changes::default();
        (0..=MOST).for_each(|_| changes.note(fresh::<TicketId>()));
        assert_eq!(changes.take().await.len(), MOST);
    }
}
