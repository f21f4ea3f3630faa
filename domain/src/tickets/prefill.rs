//! What the form of a new listing is filled with.

use model::{
    AppError, ListingId, Money, UserId,
    events::EventView,
    tickets::{Availability, KnownEvent, ListingForm, ListingInput, WhichHour, write_seats},
};

use super::{row::ListingRow, store};
use crate::{
    Backend,
    catalogue::{
        event,
        event_store::{self, Conditions},
        slug::{digits_in, slug},
    },
    database,
};

/// The prices that help to find one's own: of the cheapest listings, and of the tickets that were sold last.
const CHEAPEST: i64 = 3;
const SOLD: i64 = 5;

/// A query that reads the event or the listing failed.
#[derive(Debug, thiserror::Error)]
#[error("the form was not filled")]
pub struct PrefillError(#[from] sqlx::Error);

/// The form for a new listing of `seller`: for the event of the address `/events/{event}`, or like a listing of the seller,
/// `like`. What is not there, has started or belongs to another user leaves the form empty.
///
/// # Errors
///
/// When the database does not answer.
pub async fn prefill(
    backend: &Backend,
    seller: UserId,
    event: &str,
    like: Option<ListingId>,
) -> Result<ListingForm, PrefillError> {
    let like = match like {
        Some(id) => store::find(&backend.db, id, None).await?.filter(|row| row.seller_id == seller),
        None => None,
    };
    let listing = like.as_ref().map(|row| copy_of(row, backend)).unwrap_or_default();
    let address = like.map(|row| slug(row.event_id, &row.title, &row.city, row.starts_at, &row.time_zone));
    let Some(digits) = digits_in(address.as_deref().unwrap_or(event)) else { return Ok(ListingForm::default()) };
    let event = event_store::find(&backend.db, digits, Conditions::default(), CHEAPEST)
        .await?
        .filter(|event| event.starts_at > event.now);
    let Some(event) = event else { return Ok(ListingForm::default()) };
    let sold = event_store::last_sold(&backend.db, event.id, SOLD).await?;
    let which_hour = if event.is_second_hour { WhichHour::Second } else { WhichHour::First };
    let EventView { slug, title, category, venue, city, starts, listings, .. } = event::view(event, &backend.rules);
    let on_sale = listings.iter().filter(|listing| listing.availability == Availability::OnSale);
    let cheapest = on_sale.map(|listing| listing.price).collect();
    let listing = ListingInput {
        title,
        category: category.code().to_owned(),
        venue,
        city,
        starts_at: starts.local.clone(),
        which_hour: which_hour.code().to_owned(),
        time_zone: starts.time_zone.clone(),
        ..listing
    };
    let sold = sold.into_iter().map(Money::usd).collect();
    Ok(ListingForm { listing, known: Some(KnownEvent { slug, starts, cheapest, sold }) })
}

/// The place, the price and the split rule of a listing. Its seats only if it is withdrawn: others are on sale or sold.
fn copy_of(row: &ListingRow, backend: &Backend) -> ListingInput {
    let is_withdrawn = row.availability(&backend.rules) == Availability::Withdrawn;
    let seats = || write_seats(row.tickets.iter().map(|ticket| ticket.seat.as_str()));
    let seat = if is_withdrawn { seats() } else { String::new() };
    let is_counted = is_withdrawn && seat.is_empty() && row.tickets.len() > 1;
    ListingInput {
        section: row.section.clone(),
        row: row.seat_row.clone(),
        quantity: if is_counted { row.tickets.len().to_string() } else { String::new() },
        split: row.split.code().to_owned(),
        price: row.price().to_input(),
        face_value: row.face_value_cents.map(|cents| Money::usd(cents).to_input()).unwrap_or_default(),
        seat,
        ..ListingInput::default()
    }
}

impl From<PrefillError> for AppError {
    fn from(PrefillError(error): PrefillError) -> Self {
        database::public_code(&error).into()
    }
}

#[cfg(test)]
mod tests {
    use sqlx::PgPool;

    use super::*;
    use crate::{
        ids::fresh,
        testing::{self, Listed},
        tickets::{list::list, show::show, withdraw::withdraw},
    };

    #[sqlx::test(migrator = "crate::database::MIGRATIONS")]
    async fn form_for_an_event_lists_for_it_and_shows_prices(db: PgPool) {
        let Listed { backend, ana, bob, listing } = Listed::new(db).await;
        for price in ["20", "90", "30", "40"] {
            let input = ListingInput { price: price.into(), seat: String::new(), ..testing::listing_input() };
            let other = list(&backend, ana, &input).await.expect("lists");
            if price == "20" {
                testing::lock_one(&backend, bob, other, Money::usd(2000)).await.expect("locks");
            }
        }
        let slug = show(&backend, None, listing).await.expect("shows").event;
        let ListingForm { listing: filled, known } = prefill(&backend, bob, &slug, None).await.expect("fills");
        let known = known.expect("an event");
        assert_eq!(known.cheapest, [3000, 4000, 4950].map(Money::usd));
        assert_eq!((known.sold, &known.slug), (vec![], &slug));
        let input = ListingInput { price: "25".into(), ..filled };
        let mine = list(&backend, bob, &input).await.expect("lists");
        assert_eq!(show(&backend, None, mine).await.expect("shows").event, slug, "the same event");
        for unknown in ["", "x", "sigur-ros-000000000000"] {
            assert_eq!(prefill(&backend, bob, unknown, None).await.expect("fills"), ListingForm::default());
        }
        testing::let_time_pass(&backend.db, testing::UNTIL_THE_EVENT).await;
        assert_eq!(prefill(&backend, bob, &slug, None).await.expect("fills"), ListingForm::default(), "it has started");
    }

    #[sqlx::test(migrator = "crate::database::MIGRATIONS")]
    async fn form_like_a_listing_has_its_seats_only_once_it_is_withdrawn(db: PgPool) {
        let Listed { backend, ana, bob, .. } = Listed::new(db).await;
        let input = ListingInput { seat: "5-7".into(), split: "pairs".into(), ..testing::listing_input() };
        let like = list(&backend, ana, &input).await.expect("lists");
        let filled = prefill(&backend, ana, "", Some(like)).await.expect("fills").listing;
        assert_eq!(
            (&*filled.title, &*filled.seat, &*filled.split, &*filled.price),
            ("Sigur Rós", "", "pairs", "49.50")
        );
        assert_eq!(prefill(&backend, bob, "", Some(like)).await.expect("fills"), ListingForm::default(), "another's");
        assert_eq!(prefill(&backend, bob, "", Some(fresh())).await.expect("fills"), ListingForm::default());
        withdraw(&backend, ana, like, None).await.expect("withdraws");
        let filled = prefill(&backend, ana, "", Some(like)).await.expect("fills").listing;
        assert_eq!(filled.seat, "5-7");
        list(&backend, ana, &filled).await.expect("lists it again");
    }
}
