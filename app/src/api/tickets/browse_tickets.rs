use leptos::{prelude::*, server_fn::codec::GetUrl};
use model::tickets::TicketPage;

use crate::ApiError;

/// One page of what is on sale, soonest event first, from the cursor on.
#[server(prefix = "/rpc", endpoint = "browse_tickets", input = GetUrl)]
pub(crate) async fn browse_tickets(after: Option<String>) -> Result<TicketPage, ApiError> {
    use domain::tickets::browse::browse;

    use crate::server;

    browse(&server::backend()?, after.as_deref()).await.map_err(server::refuse)
}
