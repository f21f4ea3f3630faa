use leptos::{prelude::*, server_fn::codec::GetUrl};
use model::{TicketId, orders::SaleView};

use crate::ApiError;

/// What became of one of the user's listings.
#[server(prefix = "/rpc", endpoint = "show_sale", input = GetUrl)]
pub(crate) async fn show_sale(ticket: TicketId) -> Result<SaleView, ApiError> {
    use domain::orders::sale::sale;

    use crate::server;

    let user = server::user()?;
    sale(&server::backend()?, user, ticket).await.map_err(server::refuse)
}
