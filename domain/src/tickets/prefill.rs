//! What the form of a new listing is filled with.

use model::{
    AppError, Code, DraftId, ListingId, Money, UserId,
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
    database, drafts,
    ids::fresh,
    timestamp,
};

/// The prices that help to find one's own: of the cheapest listings, and of the tickets that were sold last.
const CHEAPEST: i64 = 3;
const SOLD: i64 = 5;

/// Why the form was not filled.
#[derive(Debug, thiserror::Error)]
pub enum PrefillError {
    /// There is no such draft, or it is another user's.
    #[error("there is no such draft")]
    NoDraft,
    /// A query that reads the event, the listing or the draft failed.
    #[error("the form was not filled")]
    Database(#[from] sqlx::Error),
}

/// The form for a new listing of `seller`: for the event of the address `/events/{event}`, or like a listing of the seller,
/// `like`. What is not there, has started or belongs to another user leaves the form empty. With it come the drafts that
/// the seller has for the same: for any event, or for this one.
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
    let form = filled(backend, seller, event, like).await?;
    let mut drafts = drafts::mine::mine(&backend.db, seller).await?;
    if let Some(known) = &form.known {
        drafts.retain(|draft| draft.event == known.slug);
    }
    Ok(ListingForm { draft: Some(fresh()), drafts, ..form })
}

/// The form as `seller` has left it in a draft. The event of the draft is shown as it is now; if it has started, its fields
/// can be changed.
///
/// # Errors
///
/// Each variant of [`PrefillError`] is one reason.
pub async fn continue_draft(backend: &Backend, seller: UserId, draft: DraftId) -> Result<ListingForm, PrefillError> {
    let row = drafts::store::find(&backend.db, seller, draft).await?.ok_or(PrefillError::NoDraft)?;
    let drafts::store::Fields { event, listing } = row.fields.0;
    let form = for_event(backend, &event, listing.clone()).await?;
    let form = form.unwrap_or(ListingForm { listing, ..ListingForm::default() });
    Ok(ListingForm { draft: Some(row.id), saved: Some(timestamp::date_and_time(row.saved_at)), ..form })
}

async fn filled(backend: &Backend, seller: UserId, event: &str, like: Option<ListingId>) -> sqlx::Result<ListingForm> {
    let like = match like {
        Some(id) => store::find(&backend.db, id, None).await?.filter(|row| row.seller_id == seller),
        None => None,
    };
    let listing = like.as_ref().map(|row| copy_of(row, backend)).unwrap_or_default();
    let address = like.map(|row| slug(row.event_id, &row.title, &row.city, row.starts_at, &row.time_zone));
    Ok(for_event(backend, address.as_deref().unwrap_or(event), listing).await?.unwrap_or_default())
}

/// The form for the event of an address, with the other fields of `listing`. None if there is no such event, or it has
/// started.
async fn for_event(backend: &Backend, address: &str, listing: ListingInput) -> sqlx::Result<Option<ListingForm>> {
    let Some(digits) = digits_in(address) else { return Ok(None) };
    let event = event_store::find(&backend.db, digits, Conditions::default(), CHEAPEST)
        .await?
        .filter(|event| event.starts_at > event.now);
    let Some(event) = event else { return Ok(None) };
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
    let known = Some(KnownEvent { slug, starts, cheapest, sold });
    Ok(Some(ListingForm { listing, known, ..ListingForm::default() }))
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
    fn from(error: PrefillError) -> Self {
        match error {
            PrefillError::NoDraft => Code::DraftNotFound.into(),
            PrefillError::Database(error) => database::public_code(&error).into(),
        }
    }
}

#[cfg(test)]
mod tests {
    use sqlx::PgPool;

    use super::*;
    use crate::{
        drafts::save::save,
        testing::{self, Listed},
        tickets::{
            list::{list, list_draft},
            show::show,
            withdraw::withdraw,
        },
    };

    async fn assert_empty(backend: &Backend, seller: UserId, event: &str, like: Option<ListingId>) {
        let form = prefill(backend, seller, event, like).await.expect("fills");
        assert_eq!((form.listing, form.known), (ListingInput::default(), None), "{event}");
    }

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
        let ListingForm { listing: filled, known, .. } = prefill(&backend, bob, &slug, None).await.expect("fills");
        let known = known.expect("an event");
        assert_eq!(known.cheapest, [3000, 4000, 4950].map(Money::usd));
        assert_eq!((known.sold, &known.slug), (vec![], &slug));
        let input = ListingInput { price: "25".into(), ..filled };
        let mine = list(&backend, bob, &input).await.expect("lists");
        assert_eq!(show(&backend, None, mine).await.expect("shows").event, slug, "the same event");
        for unknown in ["", "x", "sigur-ros-000000000000"] {
            assert_empty(&backend, bob, unknown, None).await;
        }
        testing::let_time_pass(&backend.db, testing::UNTIL_THE_EVENT).await;
        // It has started.
        assert_empty(&backend, bob, &slug, None).await;
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
        // Another's, and none.
        assert_empty(&backend, bob, "", Some(like)).await;
        assert_empty(&backend, bob, "", Some(fresh())).await;
        withdraw(&backend, ana, like, None).await.expect("withdraws");
        let filled = prefill(&backend, ana, "", Some(like)).await.expect("fills").listing;
        assert_eq!(filled.seat, "5-7");
        list(&backend, ana, &filled).await.expect("lists it again");
    }

    #[sqlx::test(migrator = "crate::database::MIGRATIONS")]
    async fn draft_is_continued_and_goes_with_the_listing(db: PgPool) {
        let Listed { backend, ana, bob, listing } = Listed::new(db).await;
        let slug = show(&backend, None, listing).await.expect("shows").event;
        let (of_event, of_none) = (fresh(), fresh());
        let input = ListingInput { price: "a lot".into(), title: "An older title".into(), ..testing::listing_input() };
        save(&backend, bob, of_event, slug.clone(), input.clone()).await.expect("saves");
        save(&backend, bob, of_none, "gone-000000000000".into(), input.clone()).await.expect("saves");

        let offered = async |event: &str| {
            let form = prefill(&backend, bob, event, None).await.expect("fills");
            form.drafts.iter().map(|draft| draft.id).collect::<Vec<_>>()
        };
        assert_eq!(offered("").await, [of_none, of_event]);
        assert_eq!(offered(&slug).await, [of_event], "of this event only");
        let others = prefill(&backend, ana, "", None).await.expect("fills");
        assert_eq!(others.drafts, [], "another's are not offered");
        assert!(matches!(continue_draft(&backend, ana, of_event).await, Err(PrefillError::NoDraft)));

        let form = continue_draft(&backend, bob, of_event).await.expect("fills");
        assert_eq!((form.draft, form.known.map(|known| known.slug)), (Some(of_event), Some(slug)));
        assert_eq!((&*form.listing.price, &*form.listing.title), ("a lot", "Sigur Rós"), "the event as it is now");
        let form = continue_draft(&backend, bob, of_none).await.expect("fills");
        assert_eq!((form.listing, form.known), (input, None));

        let refused = list_draft(&backend, bob, &form_of("a lot"), Some(of_event)).await;
        assert!(refused.is_err(), "{refused:?}");
        assert_eq!(offered("").await, [of_none, of_event], "a refusal keeps the draft");
        list_draft(&backend, ana, &form_of("20"), Some(of_event)).await.expect("lists");
        assert_eq!(offered("").await, [of_none, of_event], "it is not hers");
        list_draft(&backend, bob, &form_of("20"), Some(of_event)).await.expect("lists");
        assert_eq!(offered("").await, [of_none]);
    }

    fn form_of(price: &str) -> ListingInput {
        ListingInput { price: price.into(), ..testing::listing_input() }
    }
}
