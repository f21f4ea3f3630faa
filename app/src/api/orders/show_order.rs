use leptos::{prelude::*, server_fn::codec::GetUrl};
use model::{OrderId, orders::OrderView};

use crate::ApiError;

/// One of the user's orders.
#[server(prefix = "/rpc", endpoint = "show_order", input = GetUrl)]
pub(crate) async fn show_order(order: OrderId) -> Result<OrderView, ApiError> {
    use domain::orders::show::show;

    use crate::server;

    let user = server::user()?;
    show(&server::backend()?, user, order).await.map_err(server::refuse)
}
