use leptos::{prelude::*, server_fn::codec::GetUrl};
use model::{TicketId, tickets::TicketView};

use crate::ApiError;

/// One ticket, as whoever asks sees it.
#[server(prefix = "/rpc", endpoint = "show_ticket", input = GetUrl)]
pub(crate) async fn show_ticket(ticket: TicketId) -> Result<TicketView, ApiError> {
    use domain::tickets::show::show;

    use crate::server;

    let reader = server::visitor()?.user.map(|user| user.id);
    show(&server::backend()?, reader, ticket).await.map_err(server::refuse)
}
