use leptos::prelude::*;
use model::TicketId;

use crate::ApiError;

/// Takes the user out of the line before a ticket, and leads back to the ticket.
#[server(prefix = "/rpc", endpoint = "leave_line")]
pub(crate) async fn leave_line(ticket: TicketId) -> Result<(), ApiError> {
    use domain::line::leave::leave;

    use crate::server;

    let user = server::user()?;
    leave(&server::backend()?, user, ticket).await.map_err(server::refuse)?;
    leptos_axum::redirect(&format!("/tickets/{ticket}"));
    Ok(())
}
