use leptos::prelude::*;
use model::TicketId;

use crate::ApiError;

/// Puts the user at the end of the line before a locked ticket, and leads back to the ticket.
#[server(prefix = "/rpc", endpoint = "join_line")]
pub(crate) async fn join_line(ticket: TicketId) -> Result<(), ApiError> {
    use domain::line::join::join;

    use crate::server;

    let user = server::user()?;
    join(&server::backend()?, user, ticket).await.map_err(server::refuse)?;
    leptos_axum::redirect(&format!("/tickets/{ticket}"));
    Ok(())
}
