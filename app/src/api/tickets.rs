//! Listings and their tickets.

use leptos::{prelude::*, server_fn::codec::GetUrl};
use model::{
    TicketId,
    tickets::{ListingInput, TicketPage, TicketView},
};

use crate::ApiError;

/// One page of the tickets on sale after the cursor, soonest event first.
#[server(prefix = "/rpc", endpoint = "browse_tickets", input = GetUrl)]
pub(crate) async fn browse_tickets(after: Option<String>) -> Result<TicketPage, ApiError> {
    use domain::tickets::browse::browse;

    use crate::server;

    browse(&server::backend()?, after.as_deref()).await.map_err(server::api_error)
}

/// One ticket, as the user who sent the request sees it.
#[server(prefix = "/rpc", endpoint = "show_ticket", input = GetUrl)]
pub(crate) async fn show_ticket(ticket: TicketId) -> Result<TicketView, ApiError> {
    use domain::tickets::show::show;

    use crate::server;

    let reader = server::identity()?.user.map(|user| user.id);
    show(&server::backend()?, reader, ticket).await.map_err(server::api_error)
}

/// One page of the user's own listings, newest first.
#[server(prefix = "/rpc", endpoint = "my_listings", input = GetUrl)]
pub(crate) async fn my_listings(after: Option<TicketId>) -> Result<TicketPage, ApiError> {
    use domain::tickets::mine::mine;

    use crate::server;

    let user = server::user()?;
    mine(&server::backend()?, user, after).await.map_err(server::api_error)
}

/// Puts a ticket on sale and redirects to its page.
#[server(prefix = "/rpc", endpoint = "list_ticket")]
pub(crate) async fn list_ticket(#[server(flatten)] listing: ListingInput) -> Result<(), ApiError> {
    use domain::tickets::list::list;

    use crate::server;

    let user = server::user()?;
    let ticket = list(&server::backend()?, user, &listing).await.map_err(server::api_error)?;
    leptos_axum::redirect(&format!("/tickets/{ticket}"));
    Ok(())
}

/// Changes a listing, if it still has the version that the form was filled from, and redirects to its page.
#[server(prefix = "/rpc", endpoint = "edit_ticket")]
pub(crate) async fn edit_ticket(
    ticket: TicketId,
    version: i32,
    #[server(flatten)] listing: ListingInput,
) -> Result<(), ApiError> {
    use domain::tickets::edit::edit;

    use crate::server;

    let user = server::user()?;
    edit(&server::backend()?, user, ticket, version, &listing).await.map_err(server::api_error)?;
    leptos_axum::redirect(&format!("/tickets/{ticket}"));
    Ok(())
}

/// Takes a listing off sale and redirects to the user's listings.
#[server(prefix = "/rpc", endpoint = "withdraw_ticket")]
pub(crate) async fn withdraw_ticket(ticket: TicketId) -> Result<(), ApiError> {
    use domain::tickets::withdraw::withdraw;

    use crate::server;

    let user = server::user()?;
    withdraw(&server::backend()?, user, ticket).await.map_err(server::api_error)?;
    leptos_axum::redirect("/listings");
    Ok(())
}
