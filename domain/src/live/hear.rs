//! Hearing what has happened to tickets, wherever it was done.

use std::time::Duration;

use model::{TicketId, error::causes};
use platform::database::ACQUIRE_TIMEOUT;
use sqlx::{
    PgPool,
    postgres::{PgListener, PgPoolOptions},
};

use super::store::CHANNEL;

/// How long a connection that was lost is left alone before the next is tried.
const PAUSE: Duration = Duration::from_secs(1);

/// What an [`Ear`] hears.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Heard {
    /// Something has happened to the ticket.
    Ticket(TicketId),
    /// From here on all is heard. Whatever happened before may have been missed.
    Beginning,
}

/// A connection that hears what is announced. It needs a session of PostgreSQL's to itself.
#[derive(Debug)]
pub struct Ear {
    /// Of one connection, so that it takes none of those that requests wait for.
    pool: PgPool,
    listener: Option<PgListener>,
}

impl Ear {
    /// One that will hear what is announced in the database of `db`. It connects when it is first asked.
    #[must_use]
    pub fn new(db: &PgPool) -> Self {
        let pool = PgPoolOptions::new()
            .max_connections(1)
            .max_lifetime(None)
            .idle_timeout(None)
            .acquire_timeout(ACQUIRE_TIMEOUT)
            .connect_lazy_with((*db.connect_options()).clone());
        Self { pool, listener: None }
    }

    /// Waits for the next that is to be heard, through whatever happens to the connection.
    pub async fn hear(&mut self) -> Heard {
        loop {
            match self.try_hear().await {
                Ok(heard) => return heard,
                Err(error) => {
                    self.listener = None;
                    tracing::debug!(error.causes = causes(&error), "changes of tickets are not heard");
                    tokio::time::sleep(PAUSE).await;
                }
            }
        }
    }

    async fn try_hear(&mut self) -> sqlx::Result<Heard> {
        let Some(listener) = &mut self.listener else {
            let mut listener = PgListener::connect_with(&self.pool).await?;
            listener.listen(CHANNEL).await?;
            self.listener = Some(listener);
            return Ok(Heard::Beginning);
        };
        loop {
            // None: it was lost, and is there again.
            let Some(notification) = listener.try_recv().await? else { return Ok(Heard::Beginning) };
            if let Ok(ticket) = notification.payload().parse() {
                return Ok(Heard::Ticket(ticket));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use model::Money;

    use super::*;
    use crate::{
        ids::fresh,
        line::join::join,
        live::announce::announce,
        orders::{cancel::cancel, lock::lock},
        testing::{self, TestBackend},
        tickets::withdraw::withdraw,
    };

    async fn soon(ear: &mut Ear) -> Heard {
        tokio::time::timeout(Duration::from_secs(10), ear.hear()).await.expect("something is heard")
    }

    #[sqlx::test(migrator = "crate::database::MIGRATIONS")]
    async fn hears_what_others_do_to_tickets(db: PgPool) {
        let backend = TestBackend::without_stripe(db);
        let mut ear = Ear::new(&backend.db);
        assert_eq!(soon(&mut ear).await, Heard::Beginning);
        let announcing = tokio::spawn(announce(backend.clone()));

        let users = testing::users(&backend.db, 3).await;
        let ticket = testing::ticket(&backend, users[0]).await;
        let order = lock(&backend, users[1], ticket, Money::usd(4950)).await.expect("locks");
        assert_eq!(soon(&mut ear).await, Heard::Ticket(ticket));
        join(&backend, users[2], ticket).await.expect("joins");
        assert_eq!(soon(&mut ear).await, Heard::Ticket(ticket));
        cancel(&backend, users[1], order).await.expect("cancels");
        assert_eq!(soon(&mut ear).await, Heard::Ticket(ticket));
        let other = testing::ticket(&backend, users[0]).await;
        withdraw(&backend, users[0], other).await.expect("withdraws");
        assert_eq!(soon(&mut ear).await, Heard::Ticket(other));
        announcing.abort();
    }

    #[sqlx::test(migrator = "crate::database::MIGRATIONS")]
    async fn begins_again_when_its_connection_was_cut(db: PgPool) {
        let backend = TestBackend::without_stripe(db);
        let mut ear = Ear::new(&backend.db);
        assert_eq!(soon(&mut ear).await, Heard::Beginning);
        let cut = "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE query LIKE 'LISTEN%' AND datname = current_database()";
        let ended: i64 = sqlx::query_scalar(cut).fetch_one(&backend.db).await.expect("cuts");
        assert_eq!(ended, 1);
        assert_eq!(soon(&mut ear).await, Heard::Beginning);

        let ticket = fresh::<TicketId>();
        crate::live::store::notify(&backend.db, &[ticket]).await.expect("notifies");
        assert_eq!(soon(&mut ear).await, Heard::Ticket(ticket));
    }
}
