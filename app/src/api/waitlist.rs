//! The waitlist of a listing.

use leptos::prelude::*;
use model::ListingId;

use crate::ApiError;

/// Adds the user to the end of a listing's waitlist, for `wanted` tickets or else one, and redirects back to the
/// listing.
#[server(prefix = "/rpc", endpoint = "join_line")]
pub(crate) async fn join_waitlist(ticket: ListingId, wanted: Option<u16>) -> Result<(), ApiError> {
    use domain::waitlist::join::join;

    use crate::server;

    let user = server::verified_user()?;
    let wanted = usize::from(wanted.unwrap_or(1));
    join(&server::backend()?, user, ticket, wanted).await.map_err(server::api_error)?;
    leptos_axum::redirect(&format!("/tickets/{ticket}"));
    Ok(())
}

/// Removes the user from a listing's waitlist and redirects back to the listing.
#[server(prefix = "/rpc", endpoint = "leave_line")]
pub(crate) async fn leave_waitlist(ticket: ListingId) -> Result<(), ApiError> {
    use domain::waitlist::leave::leave;

    use crate::server::{self, Said};

    let user = server::user()?;
    leave(&server::backend()?, user, ticket).await.map_err(server::api_error)?;
    server::say(Said::LeftWaitlist);
    leptos_axum::redirect(&format!("/tickets/{ticket}"));
    Ok(())
}

/// Closes or reopens the waitlist of the user's own listing and redirects back to the listing.
#[server(prefix = "/rpc", endpoint = "close_line")]
pub(crate) async fn close_waitlist(ticket: ListingId, is_closed: bool) -> Result<(), ApiError> {
    use domain::waitlist::close::set_closed;

    use crate::server::{self, Said};

    let user = server::user()?;
    set_closed(&server::backend()?, user, ticket, is_closed).await.map_err(server::api_error)?;
    server::say(if is_closed { Said::ClosedWaitlist } else { Said::ReopenedWaitlist });
    leptos_axum::redirect(&format!("/tickets/{ticket}"));
    Ok(())
}
