use leptos::prelude::*;
use model::TicketId;

use crate::ApiError;

/// Takes a listing off sale and leads to the user's listings.
#[server(prefix = "/rpc", endpoint = "withdraw_ticket")]
pub(crate) async fn withdraw_ticket(ticket: TicketId) -> Result<(), ApiError> {
    use domain::tickets::withdraw::withdraw;

    use crate::server;

    let user = server::user()?;
    withdraw(&server::backend()?, user, ticket).await.map_err(server::refuse)?;
    leptos_axum::redirect("/listings");
    Ok(())
}
