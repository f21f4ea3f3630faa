//! The waitlist of a locked ticket.

use leptos::{prelude::*, server_fn::codec::GetUrl};
use model::{TicketId, waitlist::WaitlistEntry};

use crate::ApiError;

/// Adds the user to the end of a locked ticket's waitlist and redirects back to the ticket.
#[server(prefix = "/rpc", endpoint = "join_line")]
pub(crate) async fn join_waitlist(ticket: TicketId) -> Result<(), ApiError> {
    use domain::waitlist::join::join;

    use crate::server;

    let user = server::user()?;
    join(&server::backend()?, user, ticket).await.map_err(server::api_error)?;
    leptos_axum::redirect(&format!("/tickets/{ticket}"));
    Ok(())
}

/// Removes the user from a ticket's waitlist and redirects back to the ticket.
#[server(prefix = "/rpc", endpoint = "leave_line")]
pub(crate) async fn leave_waitlist(ticket: TicketId) -> Result<(), ApiError> {
    use domain::waitlist::leave::leave;

    use crate::server;

    let user = server::user()?;
    leave(&server::backend()?, user, ticket).await.map_err(server::api_error)?;
    leptos_axum::redirect(&format!("/tickets/{ticket}"));
    Ok(())
}

/// The tickets that the user waits for, soonest event first.
#[server(prefix = "/rpc", endpoint = "my_lines", input = GetUrl)]
pub(crate) async fn my_waitlists() -> Result<Vec<WaitlistEntry>, ApiError> {
    use domain::waitlist::mine::mine;

    use crate::server;

    let user = server::user()?;
    mine(&server::backend()?, user).await.map_err(server::api_error)
}
