//! The listings with tickets on sale.

use model::{
    AppError, Code, ListingId,
    tickets::{Availability, ListingPage, PAGE_SIZE},
};
use time::OffsetDateTime;

use super::store;
use crate::{Backend, database};

/// Why there is no page of listings.
#[derive(Debug, thiserror::Error)]
pub enum BrowseError {
    /// The cursor was not made by this program.
    #[error("the cursor cannot be read")]
    Cursor,
    /// The query that reads the listings failed.
    #[error("the listings were not read")]
    Database(#[from] sqlx::Error),
}

/// One page of the listings that a buyer can lock tickets of, soonest event first.
///
/// Pages are read by key: each begins after the last listing of the previous page. So a page costs the
/// same at any depth, and no listing is skipped when others are listed or sold meanwhile.
///
/// # Errors
///
/// Each variant of [`BrowseError`] is one reason.
pub async fn browse(backend: &Backend, after: Option<&str>) -> Result<ListingPage, BrowseError> {
    let after = after.map(|text| Cursor::parse(text).ok_or(BrowseError::Cursor)).transpose()?;
    // One more row than a page has: it shows whether there is a next page.
    let limit = i64::try_from(PAGE_SIZE).unwrap_or(i64::MAX) + 1;
    let mut rows = store::on_sale(&backend.db, after.map(|Cursor(start, id)| (start, id)), limit).await?;
    let has_more = rows.len() > PAGE_SIZE;
    rows.truncate(PAGE_SIZE);
    let next = rows.last().filter(|_| has_more).map(|row| Cursor(row.starts_at, row.id).to_string());
    let mut listings: Vec<_> = rows.into_iter().map(|row| row.card(&backend.rules)).collect();
    // The seller may sell all of a listing only together, and some of it is locked.
    listings.retain(|listing| listing.availability == Availability::OnSale);
    Ok(ListingPage { listings, next })
}

/// A listing's position in the list: microseconds since 1970, and its id. No event is earlier. Years after
/// 9999, which PostgreSQL knows and this program does not, are refused.
struct Cursor(OffsetDateTime, ListingId);

impl Cursor {
    fn parse(text: &str) -> Option<Self> {
        let (micros, id) = text.split_once('_')?;
        let start = OffsetDateTime::from_unix_timestamp_nanos(i128::from(micros.parse::<u64>().ok()?) * 1000).ok()?;
        Some(Self(start, id.parse().ok()?))
    }
}

impl std::fmt::Display for Cursor {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}_{}", self.0.unix_timestamp_nanos() / 1000, self.1)
    }
}

impl From<BrowseError> for AppError {
    fn from(error: BrowseError) -> Self {
        match error {
            BrowseError::Cursor => Code::InvalidInput.into(),
            BrowseError::Database(error) => database::public_code(&error).into(),
        }
    }
}

#[cfg(test)]
mod tests {
    use model::{Money, tickets::ListingInput};
    use sqlx::PgPool;

    use super::*;
    use crate::{
        testing::{self, Listed, TestBackend},
        tickets::list::list,
    };

    async fn titles(backend: &Backend, after: Option<&str>) -> (Vec<String>, Option<String>) {
        let page = browse(backend, after).await.expect("browses");
        (page.listings.into_iter().map(|ticket| ticket.title).collect(), page.next)
    }

    #[sqlx::test(migrator = "crate::database::MIGRATIONS")]
    async fn browse_lists_every_ticket_once_soonest_first(db: PgPool) {
        let backend = TestBackend::without_stripe(db);
        let ana = testing::user(&backend.db, "ana").await;
        // Several events start at the same time, so that the id decides their order.
        for n in 0..45_i64 {
            let input = ListingInput {
                title: format!("Night {:02}", 45 - n),
                starts_at: testing::local_time_in_days(10 + (45 - n) / 3),
                ..testing::listing_input()
            };
            list(&backend, ana, &input).await.expect("lists");
        }
        let (mut seen, mut sizes, mut after) = (Vec::new(), Vec::new(), None);
        loop {
            let page = browse(&backend, after.as_deref()).await.expect("browses");
            sizes.push(page.listings.len());
            seen.extend(page.listings.into_iter().map(|ticket| (ticket.starts.iso, ticket.id)));
            after = page.next;
            if after.is_none() {
                break;
            }
        }
        assert_eq!(sizes, [20, 20, 5]);
        assert!(seen.is_sorted(), "{seen:?}");
        seen.dedup();
        assert_eq!(seen.len(), 45);
    }

    #[sqlx::test(migrator = "crate::database::MIGRATIONS")]
    async fn browse_lists_only_available_tickets(db: PgPool) {
        let Listed { backend, bob, listing: ticket, .. } = Listed::new(db).await;
        assert_eq!(titles(&backend, None).await, (vec!["Sigur Rós".to_owned()], None));
        testing::lock_one(&backend, bob, ticket, Money::usd(4950)).await.expect("locks");
        assert_eq!(titles(&backend, None).await, (vec![], None));
        testing::let_time_pass(&backend.db, backend.rules.lock_length).await;
        assert_eq!(titles(&backend, None).await.0.len(), 1, "an overdue lock is no lock, though no job has run");
        for status in ["sold", "withdrawn"] {
            testing::set_ticket_status(&backend.db, ticket, status).await;
            assert_eq!(titles(&backend, None).await.0.len(), 0, "{status}");
        }
        testing::set_ticket_status(&backend.db, ticket, "listed").await;
        testing::let_time_pass(&backend.db, testing::UNTIL_THE_EVENT).await;
        assert_eq!(titles(&backend, None).await.0.len(), 0, "the event has started");
    }

    #[sqlx::test(migrator = "crate::database::MIGRATIONS")]
    async fn browse_fails_for_an_invalid_cursor(db: PgPool) {
        let backend = TestBackend::without_stripe(db);
        // One of them is the earliest time of this program, which is out of PostgreSQL's range.
        let moments = ["99999999999999999999999999999999999999", "18446744073709551615", "-377705116800000000", "-1"];
        let moments = moments.map(|micros| format!("{micros}_00000000-0000-0000-0000-000000000000"));
        for cursor in ["", "1", "_", "x_y"].into_iter().chain(moments.iter().map(String::as_str)) {
            let refused = browse(&backend, Some(cursor)).await;
            assert!(matches!(refused, Err(BrowseError::Cursor)), "{cursor:?}: {refused:?}");
        }
        for micros in [0, 253_402_300_799_999_999_u64] {
            let cursor = format!("{micros}_00000000-0000-0000-0000-000000000000");
            browse(&backend, Some(&cursor)).await.expect("a moment that both know");
        }
    }
}
