use leptos::prelude::*;
use model::tickets::ListingInput;

use crate::ApiError;

/// Puts a ticket on sale and leads to its page.
#[server(prefix = "/rpc", endpoint = "list_ticket")]
pub(crate) async fn list_ticket(#[server(flatten)] listing: ListingInput) -> Result<(), ApiError> {
    use domain::tickets::list::list;

    use crate::server;

    let user = server::user()?;
    let ticket = list(&server::backend()?, user, &listing).await.map_err(server::refuse)?;
    leptos_axum::redirect(&format!("/tickets/{ticket}"));
    Ok(())
}
