//! One listing.

use model::{AppError, Code, ListingId, UserId, tickets::ListingView};

use super::store;
use crate::{Backend, database};

/// Why there is no listing to show.
#[derive(Debug, thiserror::Error)]
pub enum ShowListingError {
    /// There is no such listing.
    #[error("there is no such listing")]
    NotFound,
    /// A query that reads the listing failed.
    #[error("the listing was not read")]
    Database(#[from] sqlx::Error),
}

/// A listing for `reader`; it is public.
///
/// # Errors
///
/// Each variant of [`ShowListingError`] is one reason.
pub async fn show(backend: &Backend, reader: Option<UserId>, id: ListingId) -> Result<ListingView, ShowListingError> {
    let row = store::find_with_facts(&backend.db, id, reader).await?.ok_or(ShowListingError::NotFound)?;
    Ok(row.view(&backend.rules, reader))
}

impl From<ShowListingError> for AppError {
    fn from(error: ShowListingError) -> Self {
        match error {
            ShowListingError::NotFound => Code::TicketNotFound.into(),
            ShowListingError::Database(error) => database::public_code(&error).into(),
        }
    }
}

#[cfg(test)]
mod tests {
    use model::{
        Money,
        tickets::{Availability, ListingInput, SplitRule},
    };
    use sqlx::PgPool;

    use super::*;
    use crate::{
        ids::fresh,
        payments::check::check,
        testing::{self, Listed, TestBackend},
        tickets::edit::edit,
    };

    #[sqlx::test(migrator = "crate::database::MIGRATIONS")]
    async fn show_gives_holder_their_order_and_others_the_lock(db: PgPool) {
        let Listed { backend, ana, bob, listing: ticket } = Listed::new(db).await;
        let order = testing::lock_one(&backend, bob, ticket, Money::usd(4950)).await.expect("locks");
        for (reader, mine) in [(Some(bob), Some(order)), (Some(ana), None), (None, None)] {
            let view = show(&backend, reader, ticket).await.expect("shows");
            assert!(matches!(view.card.availability, Availability::LockedUntil(_)), "{view:?}");
            assert_eq!(view.my_order, mine);
        }
        testing::let_time_pass(&backend.db, backend.rules.lock_length).await;
        let view = show(&backend, Some(bob), ticket).await.expect("shows");
        assert_eq!((view.card.availability, view.my_order), (Availability::OnSale, None));
    }

    #[sqlx::test(migrator = "crate::database::MIGRATIONS")]
    async fn price_history_has_every_price_and_only_grows(db: PgPool) {
        let Listed { backend, ana, listing, .. } = Listed::new(db).await;
        let priced = |price: &str| ListingInput { price: price.into(), ..testing::listing_input() };
        let history = async || show(&backend, None, listing).await.expect("shows").price_history;
        assert!(history().await[0].starts_with("Listed on "), "{:?}", history().await);
        edit(&backend, ana, listing, 1, &priced("60")).await.expect("edits");
        let other_field = ListingInput { section: "B".into(), ..priced("60") };
        edit(&backend, ana, listing, 2, &other_field).await.expect("edits");
        let note = history().await.remove(0);
        assert!(note.starts_with("Listed at $49.50 on ") && note.ends_with(", now $60.00"), "{note}");
        assert_eq!(history().await.len(), 1, "an edit of another field is no change of the price");
        edit(&backend, ana, listing, 3, &priced("50")).await.expect("edits");
        let prices = history().await;
        let prices: Vec<_> =
            prices.iter().filter_map(|line| line.split_once(" from ")).map(|(price, _)| price).collect();
        assert_eq!(prices, ["$50.00", "$60.00", "$49.50"]);
        for statement in
            ["UPDATE listing_prices SET price_cents = 50", "DELETE FROM listing_prices", "TRUNCATE listing_prices"]
        {
            let refused = sqlx::query(statement).execute(&backend.db).await.expect_err(statement);
            assert!(refused.to_string().contains("added, never changed"), "{refused}");
        }
    }

    #[sqlx::test(migrator = "crate::database::MIGRATIONS")]
    async fn seller_facts_count_sales_refunds_and_other_listings(db: PgPool) {
        let (backend, _simulator) = TestBackend::with_simulator(db).await;
        let (ana, bob) = (testing::user(&backend.db, "ana").await, testing::user(&backend.db, "bob").await);
        let listing = testing::listing(&backend, ana).await;
        let seller = async || {
            let lines = show(&backend, None, listing).await.expect("shows").seller;
            assert!(!lines.concat().contains("ana"), "{lines:?}");
            lines[1..lines.len() - 1].to_vec()
        };
        assert_eq!(seller().await, ["First sale"]);

        let others = testing::listing_of(&backend, ana, 5, SplitRule::Any).await;
        testing::listing(&backend, bob).await;
        let mut orders = Vec::new();
        for count in [2, 1] {
            let order = testing::lock_some(&backend, bob, others, Money::usd(4950), count).await.expect("locks");
            testing::start_payment(&backend, bob, order).await.expect("starts");
            testing::pay_with(&backend, order, testing::GOOD_CARD).await;
            check(&backend, bob, order).await.expect("checks");
            orders.push(order);
        }
        assert_eq!(seller().await, ["Sold 3 tickets", "Lists 2 other tickets for this event"]);
        sqlx::query("UPDATE orders SET status = 'refund_pending' WHERE id = $1")
            .bind(orders[0].as_uuid())
            .execute(&backend.db)
            .await
            .expect("a refund begins");
        let told = ["Sold 1 ticket", "Refunded 2 tickets", "Lists 2 other tickets for this event"];
        assert_eq!(seller().await, told);
    }

    #[sqlx::test(migrator = "crate::database::MIGRATIONS")]
    async fn show_fails_for_unknown_ticket(db: PgPool) {
        let backend = TestBackend::without_stripe(db);
        let missing = show(&backend, None, fresh::<ListingId>()).await;
        assert!(matches!(missing, Err(ShowListingError::NotFound)), "{missing:?}");
    }
}
