//! Listings and their tickets.

use leptos::{prelude::*, server_fn::codec::GetUrl};
use model::{
    DraftId, ListingId, TicketId,
    tickets::{KnownEvent, ListingInput, ListingView, MyListings as MyListingsPage, PriceChangeInput, PurchaseSummary},
};

use serde::{Deserialize, Serialize};

use crate::ApiError;

/// One listing, as the user who sent the request sees it.
#[server(prefix = "/rpc", endpoint = "show_ticket", input = GetUrl)]
pub(crate) async fn show_ticket(ticket: ListingId) -> Result<ListingView, ApiError> {
    use domain::tickets::show::show;

    use crate::server;

    let reader = server::identity()?.user.map(|user| user.id);
    let backend = server::backend()?;
    let listing = show(&backend, reader, ticket).await.map_err(server::api_error)?;
    if !listing.is_mine && server::is_read_by_a_person() {
        backend.view_counts.count(ticket);
    }
    Ok(listing)
}

/// The tickets that a reader wants to buy, for the page that signs the reader in. Nothing if there is no such listing:
/// that page does without.
#[server(prefix = "/rpc", endpoint = "show_purchase", input = GetUrl)]
pub(crate) async fn show_purchase(ticket: ListingId, count: u16) -> Result<Option<PurchaseSummary>, ApiError> {
    use domain::tickets::show::{ShowListingError, show};

    use crate::server;

    match show(&server::backend()?, None, ticket).await {
        Ok(listing) => Ok(Some(listing.card.purchase_of(count.into()))),
        Err(ShowListingError::NotFound) => Ok(None),
        Err(error) => Err(server::api_error(error)),
    }
}

/// One page of the user's own listings, newest first: of the part `show`, with what a change of prices just before did to
/// each.
#[server(prefix = "/rpc", endpoint = "my_listings", input = GetUrl)]
pub(crate) async fn my_listings(
    after: Option<ListingId>,
    #[server(default)] show: String,
) -> Result<MyListingsPage, ApiError> {
    use domain::tickets::mine::mine;
    use model::tickets::ListingsPart;

    use crate::server;

    let user = server::user()?;
    let part = ListingsPart::parse(&show);
    let mut page = mine(&server::backend()?, user, part, after).await.map_err(server::api_error)?;
    let repriced = server::take_repriced();
    for listing in &mut page.listings {
        listing.repriced = repriced.iter().find(|(id, _)| *id == listing.card.id).map(|(_, repriced)| *repriced);
    }
    Ok(page)
}

/// Changes the price of the chosen `listings`, each `id.version`, and redirects to the page of the list that they were
/// chosen on, which says of each whether it was changed.
#[server(prefix = "/rpc", endpoint = "change_prices")]
pub(crate) async fn change_prices(
    #[server(default)] listings: Vec<String>,
    #[server(default)] show: String,
    after: Option<ListingId>,
    #[server(flatten)] change: PriceChangeInput,
) -> Result<(), ApiError> {
    use domain::tickets::reprice::{RepriceError, reprice};
    use model::tickets::{Chosen, ListingsPart, PriceChange};

    use crate::{paths::with_values, server};

    let user = server::user()?;
    let invalid = |problems| server::api_error(RepriceError::Invalid(problems));
    let change = PriceChange::parse(&change).map_err(invalid)?;
    let chosen: Result<Vec<Chosen>, model::Code> = listings.iter().map(|chosen| chosen.parse()).collect();
    let chosen = chosen.map_err(|code| invalid(code.into()))?;
    let outcomes = reprice(&server::backend()?, user, &chosen, change).await.map_err(server::api_error)?;
    server::say_repriced(&outcomes);
    let after = after.map(|after| after.to_string()).unwrap_or_default();
    leptos_axum::redirect(&with_values("/listings", [("show", ListingsPart::parse(&show).code()), ("after", &after)]));
    Ok(())
}

/// The form of a new listing, as its page shows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct NewListing {
    /// The fields; empty ones for the seller to fill.
    pub(crate) listing: ListingInput,
    /// The event, if the form is for one that is known.
    pub(crate) known: Option<KnownEvent>,
    /// The draft that the form is saved as.
    pub(crate) draft: String,
    /// HTML about the draft that the form continues, or that the seller may want to continue instead.
    pub(crate) about_drafts: String,
}

/// What the form of a new listing is filled with: for an event, by the end of its address, like one of the user's own
/// listings, or as one of their drafts.
#[server(prefix = "/rpc", endpoint = "prefill_listing", input = GetUrl)]
pub(crate) async fn prefill_listing(
    #[server(default)] event: String,
    #[server(default)] like: Option<ListingId>,
    #[server(default)] draft: String,
) -> Result<NewListing, ApiError> {
    use domain::tickets::prefill::{PrefillError, continue_draft, prefill};
    use model::tickets::ListingForm;

    use crate::server::{self, drafts};

    let (user, backend) = (server::user()?, server::backend()?);
    let form = match (draft.is_empty(), draft.parse()) {
        (true, _) => prefill(&backend, user, &event, like).await,
        (false, Ok(draft)) => continue_draft(&backend, user, draft).await,
        (false, Err(_)) => Err(PrefillError::NoDraft),
    };
    let ListingForm { listing, known, draft, saved, drafts: others } = form.map_err(server::api_error)?;
    let about_drafts = match draft.zip(saved) {
        Some((draft, saved)) => drafts::continued(draft, &saved),
        None => drafts::offered(&others),
    };
    let draft = draft.map(|draft| draft.to_string()).unwrap_or_default();
    Ok(NewListing { listing, known, draft, about_drafts })
}

/// Puts tickets on sale and redirects to the page of their listing. The draft of the form goes.
#[server(prefix = "/rpc", endpoint = "list_ticket")]
pub(crate) async fn list_ticket(
    #[server(default)] draft: Option<DraftId>,
    #[server(flatten)] listing: ListingInput,
) -> Result<(), ApiError> {
    use domain::tickets::list::list_draft;

    use crate::server::{self, Said};

    let user = server::verified_user()?;
    let ticket = list_draft(&server::backend()?, user, &listing, draft).await.map_err(server::api_error)?;
    server::say(Said::Listed);
    leptos_axum::redirect(&format!("/tickets/{ticket}"));
    Ok(())
}

/// Changes a listing, if it still has the version that the form was filled from, and redirects to its page.
#[server(prefix = "/rpc", endpoint = "edit_ticket")]
pub(crate) async fn edit_ticket(
    ticket: ListingId,
    version: i32,
    #[server(flatten)] listing: ListingInput,
) -> Result<(), ApiError> {
    use domain::tickets::edit::edit;

    use crate::server::{self, Said};

    let user = server::user()?;
    edit(&server::backend()?, user, ticket, version, &listing).await.map_err(server::api_error)?;
    server::say(Said::Saved);
    leptos_axum::redirect(&format!("/tickets/{ticket}"));
    Ok(())
}

/// Takes one ticket of a listing off sale and redirects to the listing, or takes the whole listing off sale and
/// redirects to the user's listings.
#[server(prefix = "/rpc", endpoint = "withdraw_ticket")]
pub(crate) async fn withdraw_ticket(ticket: ListingId, seat: Option<TicketId>) -> Result<(), ApiError> {
    use domain::tickets::withdraw::withdraw;

    use crate::server::{self, Said, Undo};

    let user = server::user()?;
    let withdrawn = withdraw(&server::backend()?, user, ticket, seat).await.map_err(server::api_error)?;
    let said = if seat.is_some() { Said::TicketWithdrawn } else { Said::ListingWithdrawn };
    server::say_withdrawn(said, Undo { listing: ticket, ticket: withdrawn });
    match seat {
        Some(_) => leptos_axum::redirect(&format!("/tickets/{ticket}")),
        None => leptos_axum::redirect("/listings"),
    }
    Ok(())
}

/// Puts back on sale what was withdrawn from the listing `ticket` together with the ticket `seat`, and redirects to the
/// listing.
#[server(prefix = "/rpc", endpoint = "restore_ticket")]
pub(crate) async fn restore_ticket(ticket: ListingId, seat: TicketId) -> Result<(), ApiError> {
    use domain::tickets::restore::{Restored, restore};

    use crate::server::{self, Said};

    let user = server::user()?;
    let restored = restore(&server::backend()?, user, ticket, seat).await.map_err(server::api_error)?;
    server::say(match restored {
        Restored::Ticket => Said::TicketRestored,
        Restored::Listing => Said::ListingRestored,
    });
    leptos_axum::redirect(&format!("/tickets/{ticket}"));
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: &str = "0190d1d0-0000-7000-8000-000000000001";

    #[test]
    fn withdrawal_without_a_seat_is_of_the_listing() {
        let seat_in = |form: &str| {
            let read: Result<WithdrawTicket, _> = serde_qs::Config::new(5, false).deserialize_str(form);
            read.expect("a form of the page").seat
        };
        assert_eq!(seat_in(&format!("ticket={ID}")), None);
        assert_eq!(seat_in(&format!("ticket={ID}&seat=")), None);
        assert_eq!(seat_in(&format!("ticket={ID}&seat={ID}")), ID.parse().ok());
    }

    #[test]
    fn listing_without_number_and_split_is_read() {
        let form = "title=a&category=concert&venue=b&city=c&starts_at=d&section=&row=&seat=&price=1";
        let read: Result<ListTicket, _> = serde_qs::Config::new(5, false).deserialize_str(form);
        let ListTicket { draft, listing: ListingInput { time_zone, quantity, split, face_value, .. } } =
            read.expect("a form of an older page");
        assert_eq!((draft, [time_zone, quantity, split, face_value]), (None, [""; 4].map(str::to_owned)));
    }

    #[test]
    fn draft_of_a_listing_is_optional() {
        let draft_in = |draft: &str| {
            let form =
                format!("title=a&category=concert&venue=b&city=c&starts_at=d&section=&row=&seat=&price=1{draft}");
            let read: Result<ListTicket, _> = serde_qs::Config::new(5, false).deserialize_str(&form);
            read.expect("a form of the page").draft
        };
        assert_eq!(draft_in("&draft="), None);
        assert_eq!(draft_in(&format!("&draft={ID}")), ID.parse().ok());
    }
}
