//! How many listings a seller may have on sale at one time, so that no account floods the lists of all. It grows with the
//! account's age and with what it has sold.

use model::UserId;
use sqlx::PgConnection;

use super::bounds_store::{self, Standing};
use crate::backend::Rules;

/// Days until an account counts as old.
const NEW_ACCOUNT_DAYS: i32 = 7;
/// Listings that each completed sale allows beside those.
const LISTINGS_PER_SALE: i64 = 5;
/// The most of any account.
const LISTINGS_MAX: i64 = 1_000;

/// The bound, if the seller has so many listings on sale already and may put none beside them.
///
/// Who lists holds the lock of their account (`lock_buyers`), so that two windows do not both see room for one more.
pub(super) async fn reached(tx: &mut PgConnection, rules: &Rules, seller: UserId) -> sqlx::Result<Option<u32>> {
    let sales_max = LISTINGS_MAX / LISTINGS_PER_SALE;
    let standing = bounds_store::standing(tx, seller, NEW_ACCOUNT_DAYS, sales_max, LISTINGS_MAX).await?;
    // Without an account, the insertion fails.
    Ok(standing.and_then(|standing| {
        let most = most(rules, &standing);
        (standing.on_sale >= most).then(|| u32::try_from(most).unwrap_or(u32::MAX))
    }))
}

fn most(rules: &Rules, standing: &Standing) -> i64 {
    let base = if standing.is_new { rules.max_listings_of_new_account } else { rules.max_listings_of_account };
    (i64::from(base) + LISTINGS_PER_SALE * standing.sales).min(LISTINGS_MAX)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use model::{AppError, Code, ListingId, Money, tickets::ListingInput};
    use sqlx::PgPool;
    use tokio::task::JoinSet;

    use super::*;
    use crate::{
        Backend,
        payments::check::check,
        testing::{self, GOOD_CARD, TestBackend},
        tickets::{
            change::ChangeError,
            list::{ListError, list},
            restore::restore,
            show::show,
            withdraw::withdraw,
        },
    };

    const PRICE: Money = Money::usd(4950);
    const OF_NEW: usize = 10;

    async fn list_one(backend: &Backend, seller: UserId) -> Result<ListingId, ListError> {
        list(backend, seller, &testing::listing_input()).await
    }

    async fn seller_with(backend: &Backend, listings: usize) -> (UserId, ListingId) {
        let ana = testing::user(&backend.db, "ana").await;
        let mut last = None;
        for _ in 0..listings {
            last = Some(list_one(backend, ana).await.expect("lists"));
        }
        (ana, last.expect("a listing"))
    }

    fn bounded(mut backend: Backend) -> Backend {
        let defaults = Rules::default();
        backend.rules.max_listings_of_new_account = defaults.max_listings_of_new_account;
        backend.rules.max_listings_of_account = defaults.max_listings_of_account;
        backend
    }

    #[track_caller]
    fn assert_full(outcome: Result<ListingId, ListError>, most: u32) {
        match outcome {
            Err(ListError::TooMany { limit }) => assert_eq!(limit, most),
            other => panic!("not refused: {other:?}"),
        }
    }

    #[test]
    fn bound_grows_with_age_and_sales() {
        let rules = Rules::default();
        let most = |is_new, sales| most(&rules, &Standing { is_new, sales, on_sale: 0 });
        assert_eq!([most(true, 0), most(true, 2), most(false, 0), most(false, 10)], [10, 20, 50, 100]);
        assert_eq!(most(false, 200), 1_000);
    }

    #[sqlx::test(migrator = "crate::database::MIGRATIONS")]
    async fn new_account_lists_ten_at_one_time(db: PgPool) {
        let backend = bounded(TestBackend::without_stripe(db));
        let (ana, last) = seller_with(&backend, OF_NEW).await;
        let refused = list_one(&backend, ana).await;
        let public = refused.as_ref().err().map(|_| AppError::from(ListError::TooMany { limit: 10 })).expect("refused");
        assert_eq!((public.code(), public.status()), (Code::TooManyListings, 409));
        assert!(public.to_string().contains("The most is now 10."), "{public}");
        assert_full(refused, 10);

        // What is withdrawn does not count, and does not come back beside another one.
        let ticket = show(&backend, None, last).await.expect("shows").tickets[0].id;
        withdraw(&backend, ana, last, None).await.expect("withdraws");
        list_one(&backend, ana).await.expect("there is room");
        let refused = restore(&backend, ana, last, ticket).await;
        assert!(matches!(refused, Err(ChangeError::TooManyListings { limit: 10 })), "{refused:?}");
        let bob = testing::user(&backend.db, "bob").await;
        list_one(&backend, bob).await.expect("another seller");

        testing::let_time_pass(&backend.db, Duration::from_hours(7 * 24)).await;
        list_one(&backend, ana).await.expect("the account is older");
    }

    #[sqlx::test(migrator = "crate::database::MIGRATIONS")]
    async fn started_events_do_not_count_and_sales_allow_more(db: PgPool) {
        let (backend, _simulator) = TestBackend::with_simulator(db).await;
        let backend = bounded(backend);
        let (ana, last) = seller_with(&backend, OF_NEW).await;
        let bob = testing::user(&backend.db, "bob").await;
        let order = testing::lock_one(&backend, bob, last, PRICE).await.expect("locks");
        assert_full(list_one(&backend, ana).await, 10);
        testing::start_payment(&backend, bob, order).await.expect("starts");
        testing::pay_with(&backend, order, GOOD_CARD).await;
        check(&backend, bob, order).await.expect("completes");
        for _ in 0..6 {
            list_one(&backend, ana).await.expect("one is sold, and the sale allows five more");
        }
        assert_full(list_one(&backend, ana).await, 15);
        sqlx::query("UPDATE tickets SET starts_at = now()").execute(&backend.db).await.expect("have started");
        list_one(&backend, ana).await.expect("nothing is on sale");
    }

    /// Proves the lock: without it each window sees room for one more. Windows that list for one event would wait for its row.
    #[sqlx::test(migrator = "crate::database::MIGRATIONS")]
    async fn many_windows_list_no_more(db: PgPool) {
        let backend = bounded(TestBackend::without_stripe(db));
        let (ana, _) = seller_with(&backend, OF_NEW - 1).await;
        let mut windows = JoinSet::new();
        for n in 0..8 {
            let backend = backend.clone();
            let (title, venue) = (format!("Night {n}"), format!("Hall {n}"));
            let input = ListingInput { title, venue, ..testing::listing_input() };
            windows.spawn(async move { list(&backend, ana, &input).await.is_ok() });
        }
        assert_eq!(windows.join_all().await.into_iter().filter(|listed| *listed).count(), 1);
    }
}
