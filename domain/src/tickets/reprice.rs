//! Changing the price of several listings at once.

use model::{
    AppError, Code, ListingId, Money, UserId,
    tickets::{Chosen, Fall, PAGE_SIZE, PriceChange},
};

use super::{
    change::{self, ChangeError},
    fall::ScheduleRow,
    fall_store,
    row::ListingRow,
    store,
};
use crate::Backend;

/// Why no price was changed.
#[derive(Debug, thiserror::Error)]
pub enum RepriceError {
    /// The form is not valid.
    #[error("the form is not valid")]
    Invalid(AppError),
    /// No listing was chosen.
    #[error("no listing was chosen")]
    NothingChosen,
    /// More listings were chosen than a page of the list has.
    #[error("too many listings were chosen")]
    TooMany,
}

/// A listing, and why its price was not changed; `None` if it was.
pub type Outcome = (ListingId, Option<Code>);

/// Changes the price of each chosen listing by an edit of its own, if the listing still has the version that its seller
/// saw. One that is refused does not keep the others from their change. Where the price is the new one already, nothing
/// changes.
///
/// A price that falls by itself begins anew from the new price, or ends if that is not above its floor.
///
/// # Errors
///
/// Each variant of [`RepriceError`] is one reason. Errors of single listings are in the result.
#[tracing::instrument(name = "ticket.reprice", skip_all, fields(user.id = %seller, listings = chosen.len()))]
pub async fn reprice(
    backend: &Backend,
    seller: UserId,
    chosen: &[Chosen],
    change: PriceChange,
) -> Result<Vec<Outcome>, RepriceError> {
    match chosen.len() {
        0 => return Err(RepriceError::NothingChosen),
        1..=PAGE_SIZE => {}
        _ => return Err(RepriceError::TooMany),
    }
    let mut outcomes = Vec::with_capacity(chosen.len());
    let mut is_away = false;
    for one in chosen {
        // A database that is away would be waited for once for each of the rest.
        let changed = if is_away { Err(Code::Unavailable) } else { reprice_one(backend, seller, *one, change).await };
        is_away = changed == Err(Code::Unavailable);
        outcomes.push((one.listing, changed.err()));
    }
    Ok(outcomes)
}

async fn reprice_one(backend: &Backend, seller: UserId, chosen: Chosen, change: PriceChange) -> Result<(), Code> {
    let changed = try_reprice(backend, seller, chosen, change).await;
    changed.map_err(|error| AppError::from(error).code())
}

async fn try_reprice(
    backend: &Backend,
    seller: UserId,
    chosen: Chosen,
    change: PriceChange,
) -> Result<(), ChangeError> {
    let Chosen { listing: id, version } = chosen;
    let (mut tx, listing) = change::begin(backend, seller, id).await?;
    match new_price(backend, &listing, version, change) {
        Ok(price) if price == listing.price() => {}
        Ok(price) => {
            let fall = fall_store::find(&mut *tx, id, listing.version).await?.and_then(ScheduleRow::schedule);
            store::set_price(&mut tx, id, price).await?;
            match fall.map(|schedule| schedule.fall) {
                Some(fall @ Fall { floor, .. }) if floor.cents() < price.cents() => {
                    fall_store::begin(&mut tx, id, fall).await?;
                }
                _ => fall_store::end(&mut tx, id).await?,
            }
        }
        Err(refused) => {
            tx.commit().await?;
            return Err(refused);
        }
    }
    Ok(tx.commit().await?)
}

/// The new price, if the listing may be edited and the rule of its place allows it.
fn new_price(backend: &Backend, listing: &ListingRow, version: i32, change: PriceChange) -> Result<Money, ChangeError> {
    if let Some(refused) = change::edit_refusal(listing) {
        return Err(refused);
    }
    if listing.version != version {
        return Err(ChangeError::Stale);
    }
    let price = change.of(listing.price()).map_err(|problem| ChangeError::Invalid(problem.into()))?;
    if let Some(rule) = backend.rules.places.at(&listing.time_zone) {
        rule.check(price, listing.face_value()).map_err(ChangeError::Invalid)?;
    }
    Ok(price)
}

impl From<RepriceError> for AppError {
    fn from(error: RepriceError) -> Self {
        match error {
            RepriceError::Invalid(problems) => problems,
            RepriceError::NothingChosen => Code::NothingChosen.into(),
            RepriceError::TooMany => Code::InvalidInput.into(),
        }
    }
}

#[cfg(test)]
mod tests {
    use model::tickets::ListingInput;
    use sqlx::PgPool;

    use super::*;
    use crate::{
        ids::fresh,
        places::Places,
        testing::{self, Listed},
        tickets::{list::list, show::show},
    };

    async fn priced(backend: &Backend, id: ListingId) -> (i64, i32) {
        let view = show(backend, None, id).await.expect("shows");
        (view.card.price.cents(), view.version)
    }

    fn first(listing: ListingId) -> Chosen {
        Chosen { listing, version: 1 }
    }

    async fn codes(backend: &Backend, seller: UserId, chosen: &[Chosen], change: PriceChange) -> Vec<Option<Code>> {
        let outcomes = reprice(backend, seller, chosen, change).await.expect("some are chosen");
        let (listings, codes): (Vec<_>, Vec<_>) = outcomes.into_iter().unzip();
        assert_eq!(listings, chosen.iter().map(|one| one.listing).collect::<Vec<_>>());
        codes
    }

    #[sqlx::test(migrator = "crate::database::MIGRATIONS")]
    async fn each_listing_is_changed_or_refused_by_itself(db: PgPool) {
        let Listed { backend, ana, bob, listing } = Listed::new(db).await;
        let cheap = list(&backend, ana, &ListingInput { price: "0.50".into(), ..testing::listing_input() })
            .await
            .expect("lists");
        let [locked, sold, edited] = [(); 3].map(|()| testing::listing(&backend, ana));
        let (locked, sold, edited) = (locked.await, sold.await, edited.await);
        let bobs = testing::listing(&backend, bob).await;
        testing::lock_one(&backend, bob, locked, Money::usd(4950)).await.expect("locks");
        testing::set_ticket_status(&backend.db, sold, "sold").await;
        let other = Chosen { listing: edited, version: 2 };
        let chosen = [first(listing), first(cheap), first(locked), first(sold), other, first(bobs), first(fresh())];
        assert_eq!(
            codes(&backend, ana, &chosen, PriceChange::By(-10)).await,
            [
                None,
                Some(Code::PriceTooLow),
                Some(Code::TicketLocked),
                Some(Code::TicketSold),
                Some(Code::StaleVersion),
                Some(Code::NotYourTicket),
                Some(Code::TicketNotFound)
            ]
        );
        assert_eq!(priced(&backend, listing).await, (4455, 2));
        for untouched in [locked, sold, edited, bobs] {
            assert_eq!(priced(&backend, untouched).await, (4950, 1));
        }
        // The same form again: the list has moved on.
        assert_eq!(codes(&backend, ana, &[first(listing)], PriceChange::By(-10)).await, [Some(Code::StaleVersion)]);
        let again = [Chosen { listing, version: 2 }];
        assert_eq!(codes(&backend, ana, &again, PriceChange::To(Money::usd(4455))).await, [None]);
        assert_eq!(priced(&backend, listing).await, (4455, 2), "the price is the same");
    }

    #[sqlx::test(migrator = "crate::database::MIGRATIONS")]
    async fn rule_of_the_place_holds(db: PgPool) {
        let Listed { mut backend, ana, .. } = Listed::new(db).await;
        let rule = r#"{"countries": [{"code": "DE", "name": "Germany", "cap_percent": 0, "source": "a test"}]}"#;
        backend.rules.places = Box::leak(Box::new(Places::parse(rule).expect("a rule")));
        let input = ListingInput { face_value: "50".into(), ..testing::listing_input() };
        let id = list(&backend, ana, &input).await.expect("lists");
        assert_eq!(codes(&backend, ana, &[first(id)], PriceChange::By(2)).await, [Some(Code::PriceAboveCap)]);
        assert_eq!(codes(&backend, ana, &[first(id)], PriceChange::To(Money::usd(5000))).await, [None]);
    }

    #[sqlx::test(migrator = "crate::database::MIGRATIONS")]
    async fn nothing_and_too_much_are_refused(db: PgPool) {
        let Listed { backend, ana, listing, .. } = Listed::new(db).await;
        let none = reprice(&backend, ana, &[], PriceChange::By(-10)).await;
        assert!(matches!(none, Err(RepriceError::NothingChosen)), "{none:?}");
        let many = reprice(&backend, ana, &[first(listing); PAGE_SIZE + 1], PriceChange::By(-10)).await;
        assert!(matches!(many, Err(RepriceError::TooMany)), "{many:?}");
        assert_eq!(priced(&backend, listing).await, (4950, 1));
    }

    #[sqlx::test(migrator = "crate::database::MIGRATIONS")]
    async fn falling_price_begins_anew_or_ends(db: PgPool) {
        let Listed { backend, ana, .. } = Listed::new(db).await;
        let falling = ListingInput {
            fall_every: "24".into(),
            fall_by: "5".into(),
            fall_to: "40".into(),
            ..testing::listing_input()
        };
        let id = list(&backend, ana, &falling).await.expect("lists");
        assert_eq!(codes(&backend, ana, &[first(id)], PriceChange::To(Money::usd(6000))).await, [None]);
        let lines = show(&backend, None, id).await.expect("shows").falling;
        assert!(lines[2].starts_with("$55.00 from "), "{lines:?}");
        let again = [Chosen { listing: id, version: 2 }];
        assert_eq!(codes(&backend, ana, &again, PriceChange::To(Money::usd(4000))).await, [None]);
        assert_eq!(show(&backend, None, id).await.expect("shows").falling, [""; 0]);
    }
}
