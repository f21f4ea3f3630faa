//! The listener for changes of listings, whichever process made them.

use std::time::Duration;

use model::{EventId, ListingId, error::causes};
use platform::database::ACQUIRE_TIMEOUT;
use sqlx::{
    PgPool,
    postgres::{PgListener, PgPoolOptions},
};

use super::store::CHANNEL;

/// The pause after a connection was lost, before the next one is tried.
const PAUSE: Duration = Duration::from_secs(1);

/// What an [`Listener`] receives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Notification {
    /// The listing, which is for this event, has changed.
    Listing(EventId, ListingId),
    /// The listener is connected: it receives every change from now on. It may have missed earlier
    /// changes.
    Connected,
}

/// A connection that listens for published changes. It needs its own PostgreSQL session.
#[derive(Debug)]
pub struct Listener {
    /// A pool of one connection, so that it takes none of those that requests use.
    pool: PgPool,
    listener: Option<PgListener>,
}

impl Listener {
    /// A listener for the changes published in the database of `db`. It connects at the first call of
    /// `listen`.
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

    /// Waits for the next notification. It reconnects when the connection is lost.
    pub async fn next(&mut self) -> Notification {
        loop {
            match self.try_next().await {
                Ok(notification) => return notification,
                Err(error) => {
                    self.listener = None;
                    tracing::debug!(
                        error.causes = causes(&error),
                        "the listener for changes of listings is not connected"
                    );
                    tokio::time::sleep(PAUSE).await;
                }
            }
        }
    }

    async fn try_next(&mut self) -> sqlx::Result<Notification> {
        let Some(listener) = &mut self.listener else {
            let mut listener = PgListener::connect_with(&self.pool).await?;
            listener.listen(CHANNEL).await?;
            self.listener = Some(listener);
            return Ok(Notification::Connected);
        };
        loop {
            // `None`: the connection was lost, and has been restored.
            let Some(notification) = listener.try_recv().await? else { return Ok(Notification::Connected) };
            if let Some((event, listing)) = ids(notification.payload()) {
                return Ok(Notification::Listing(event, listing));
            }
        }
    }
}

fn ids(payload: &str) -> Option<(EventId, ListingId)> {
    let (event, listing) = payload.split_once(' ')?;
    Some((event.parse().ok()?, listing.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use model::Money;

    use super::*;
    use crate::{
        ids::fresh,
        live::publish::publish,
        orders::cancel::cancel,
        testing::{self, TestBackend},
        tickets::withdraw::withdraw,
        waitlist::join::join,
    };

    async fn soon(listener: &mut Listener) -> Notification {
        tokio::time::timeout(Duration::from_secs(10), listener.next()).await.expect("a notification arrives")
    }

    #[sqlx::test(migrator = "crate::database::MIGRATIONS")]
    async fn listener_receives_changes(db: PgPool) {
        let backend = TestBackend::without_stripe(db);
        let mut listener = Listener::new(&backend.db);
        assert_eq!(soon(&mut listener).await, Notification::Connected);
        let publishing = tokio::spawn(publish(backend.clone()));

        let users = testing::users(&backend.db, 3).await;
        let ticket = testing::listing(&backend, users[0]).await;
        let event = testing::event_of(&backend, ticket).await;
        let changed = |listing| Notification::Listing(event, listing);
        assert_eq!(soon(&mut listener).await, changed(ticket));
        let order = testing::lock_one(&backend, users[1], ticket, Money::usd(4950)).await.expect("locks");
        assert_eq!(soon(&mut listener).await, changed(ticket));
        join(&backend, users[2], ticket, 1).await.expect("joins");
        assert_eq!(soon(&mut listener).await, changed(ticket));
        cancel(&backend, users[1], order).await.expect("cancels");
        assert_eq!(soon(&mut listener).await, changed(ticket));
        let other = testing::listing(&backend, users[0]).await;
        assert_eq!(soon(&mut listener).await, changed(other));
        withdraw(&backend, users[0], other, None).await.expect("withdraws");
        assert_eq!(soon(&mut listener).await, changed(other));
        publishing.abort();
    }

    #[sqlx::test(migrator = "crate::database::MIGRATIONS")]
    async fn listener_reconnects_when_connection_is_cut(db: PgPool) {
        let backend = TestBackend::without_stripe(db);
        let mut listener = Listener::new(&backend.db);
        assert_eq!(soon(&mut listener).await, Notification::Connected);
        let cut = "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE query LIKE 'LISTEN%' AND datname = current_database()";
        let ended: i64 = sqlx::query_scalar(cut).fetch_one(&backend.db).await.expect("cuts");
        assert_eq!(ended, 1);
        assert_eq!(soon(&mut listener).await, Notification::Connected);

        let users = testing::users(&backend.db, 1).await;
        let ticket = testing::listing(&backend, users[0]).await;
        crate::live::store::notify(&backend.db, &[fresh(), ticket]).await.expect("notifies");
        let event = testing::event_of(&backend, ticket).await;
        assert_eq!(soon(&mut listener).await, Notification::Listing(event, ticket), "unknown ids are left out");
    }
}
