use leptos::prelude::*;
use model::{TicketId, tickets::ListingInput};

use crate::ApiError;

/// Changes a listing from the version that the form was filled with, and leads to its page.
#[server(prefix = "/rpc", endpoint = "edit_ticket")]
pub(crate) async fn edit_ticket(
    ticket: TicketId,
    version: i32,
    #[server(flatten)] listing: ListingInput,
) -> Result<(), ApiError> {
    use domain::tickets::edit::edit;

    use crate::server;

    let user = server::user()?;
    edit(&server::backend()?, user, ticket, version, &listing).await.map_err(server::refuse)?;
    leptos_axum::redirect(&format!("/tickets/{ticket}"));
    Ok(())
}
