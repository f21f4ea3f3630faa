//! The events that are coming, for the sitemap: in parts whose borders stay where they are.

use model::{AppError, EventId};

use super::{sitemap_store, slug::slug};
use crate::{Backend, database};

/// Events of one part. A sitemap may name 50,000 addresses; the rest is for events whose transactions began before
/// others of the part and ended after them.
const PART: i64 = 45_000;
/// Events that one statement reads.
const BATCH: i64 = 1_000;

/// A query that reads the events failed.
#[derive(Debug, thiserror::Error)]
#[error("the events of the sitemap were not read")]
pub struct SitemapError(#[from] sqlx::Error);

/// A part of all events, in the order in which they were made. Events are never deleted, so a full part keeps its
/// borders, whichever server reads them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Part {
    /// The event before its first one; `None` in the first part.
    after: Option<EventId>,
    /// Its last event, if the part is full.
    last: Option<EventId>,
    /// Whether an event of it is coming.
    pub has_coming: bool,
}

impl Part {
    /// Whether another part follows it.
    #[must_use]
    pub fn is_full(&self) -> bool {
        self.last.is_some()
    }
}

/// Reads the part that follows `previous`, which is full, or the first one.
///
/// # Errors
///
/// See [`SitemapError`].
pub async fn next_part(backend: &Backend, previous: Option<&Part>) -> Result<Part, SitemapError> {
    let after = previous.and_then(|part| part.last);
    let row = sitemap_store::part(&backend.db, after, PART).await?;
    let last = row.last.filter(|_| row.count == PART);
    Ok(Part { after, last, has_coming: row.has_coming })
}

/// Some of the events of a part that are coming.
#[derive(Debug)]
pub struct Batch {
    /// The ends of their addresses, `/events/{slug}`.
    pub slugs: Vec<String>,
    /// From where the next batch begins; `None` after the last one.
    pub next: Option<EventId>,
}

/// Reads the events of `part` behind `from`, or from its beginning. It holds no connection between two batches, so a
/// slow reader of the sitemap costs nothing.
///
/// # Errors
///
/// See [`SitemapError`].
pub async fn coming(backend: &Backend, part: &Part, from: Option<EventId>) -> Result<Batch, SitemapError> {
    let rows = sitemap_store::coming(&backend.db, from.or(part.after), part.last, BATCH).await?;
    let is_last = i64::try_from(rows.len()).unwrap_or(i64::MAX) < BATCH;
    let next = rows.last().map(|row| row.id).filter(|_| !is_last);
    let slugs = rows.iter().map(|row| slug(row.id, &row.title, &row.city, row.starts_at, &row.time_zone)).collect();
    Ok(Batch { slugs, next })
}

impl From<SitemapError> for AppError {
    fn from(SitemapError(error): SitemapError) -> Self {
        database::public_code(&error).into()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use sqlx::PgPool;

    use super::*;
    use crate::testing::{Listed, UNTIL_THE_EVENT, let_time_pass};

    async fn all(backend: &Backend, part: &Part) -> Vec<String> {
        let (mut slugs, mut from) = (Vec::new(), None);
        loop {
            let batch = coming(backend, part, from).await.expect("a batch");
            slugs.extend(batch.slugs);
            from = batch.next;
            if from.is_none() {
                return slugs;
            }
        }
    }

    /// Proves the borders: every event is in one part, and events that are made later come into the last one.
    #[sqlx::test(migrator = "crate::database::MIGRATIONS")]
    async fn parts_have_every_coming_event_once(db: PgPool) {
        let Listed { backend, .. } = Listed::new(db).await;
        let more = "
            INSERT INTO events (id, venue_id, title, title_key, category, starts_local, starts_at)
            SELECT ('ffff' || lpad(to_hex(n), 4, '0') || '-0000-7000-8000-' || lpad(to_hex(n), 12, '0'))::uuid,
                e.venue_id, 'Night ' || n, 'night ' || n, e.category, e.starts_local, e.starts_at
            FROM (SELECT * FROM events) e, generate_series(1, 46000) n
        ";
        // The words of so many events are not what this is about.
        sqlx::raw_sql("ALTER TABLE events DISABLE TRIGGER USER").execute(&backend.db).await.expect("no triggers");
        sqlx::raw_sql(more).execute(&backend.db).await.expect("many events");
        let first = next_part(&backend, None).await.expect("a part");
        let second = next_part(&backend, Some(&first)).await.expect("a part");
        assert_eq!((first.is_full(), first.has_coming, second.is_full(), second.has_coming), (true, true, false, true));
        let (one, two) = (all(&backend, &first).await, all(&backend, &second).await);
        assert_eq!((one.len(), two.len()), (45_000, 1_001));
        assert_eq!(one.iter().chain(&two).collect::<BTreeSet<_>>().len(), 46_001);

        sqlx::raw_sql("DELETE FROM events WHERE title <> 'Sigur Rós'").execute(&backend.db).await.expect("few events");
        let_time_pass(&backend.db, UNTIL_THE_EVENT).await;
        let over = next_part(&backend, None).await.expect("a part");
        assert_eq!((over.has_coming, all(&backend, &over).await.len()), (false, 0));
    }
}
