use leptos::{prelude::*, server_fn::codec::GetUrl};
use model::{OrderId, orders::OrderPage};

use crate::ApiError;

/// One page of the user's orders, newest first.
#[server(prefix = "/rpc", endpoint = "my_orders", input = GetUrl)]
pub(crate) async fn my_orders(after: Option<OrderId>) -> Result<OrderPage, ApiError> {
    use domain::orders::mine::mine;

    use crate::server;

    let user = server::user()?;
    mine(&server::backend()?, user, after).await.map_err(server::refuse)
}
