//! A seller's own listings.

use model::{
    AppError, ListingId, UserId,
    tickets::{ListingPage, PAGE_SIZE},
};

use super::store;
use crate::{Backend, database};

/// The query that reads the listings failed.
#[derive(Debug, thiserror::Error)]
#[error("the listings were not read")]
pub struct MyListingsError(#[from] sqlx::Error);

/// One page of the listings of `seller`, newest first, in any state; `after` is the last listing of the
/// previous page.
///
/// # Errors
///
/// When the database does not answer.
pub async fn mine(backend: &Backend, seller: UserId, after: Option<ListingId>) -> Result<ListingPage, MyListingsError> {
    let limit = i64::try_from(PAGE_SIZE).unwrap_or(i64::MAX) + 1;
    let mut rows = store::of_seller(&backend.db, seller, after, limit).await?;
    let has_more = rows.len() > PAGE_SIZE;
    rows.truncate(PAGE_SIZE);
    let next = rows.last().filter(|_| has_more).map(|row| row.id.to_string());
    Ok(ListingPage { listings: rows.into_iter().map(|row| row.card(&backend.rules)).collect(), next })
}

impl From<MyListingsError> for AppError {
    fn from(MyListingsError(error): MyListingsError) -> Self {
        database::public_code(&error).into()
    }
}

#[cfg(test)]
mod tests {
    use sqlx::PgPool;

    use super::*;
    use crate::testing::{self, TestBackend};

    #[sqlx::test(migrator = "crate::database::MIGRATIONS")]
    async fn mine_lists_own_tickets_newest_first(db: PgPool) {
        let backend = TestBackend::without_stripe(db);
        let (ana, bob) = (testing::user(&backend.db, "ana").await, testing::user(&backend.db, "bob").await);
        let mut listed = Vec::new();
        for _ in 0..25 {
            listed.push(testing::listing(&backend, ana).await);
        }
        let sold = testing::listing(&backend, bob).await;
        testing::set_ticket_status(&backend.db, sold, "sold").await;
        listed.reverse();

        let first = mine(&backend, ana, None).await.expect("reads");
        let next = first.next.as_deref().expect("there are more").parse().expect("an id");
        let second = mine(&backend, ana, Some(next)).await.expect("reads");
        let seen: Vec<_> = first.listings.iter().chain(&second.listings).map(|ticket| ticket.id).collect();
        assert_eq!((seen, second.next), (listed, None));
        assert_eq!(mine(&backend, bob, None).await.expect("reads").listings.len(), 1, "sold ones stay in view");
    }
}
