use leptos::prelude::*;
use model::{OrderId, orders::OrderView};

use crate::ApiError;

/// Asks Stripe how the payment stands, acts on it, and answers with the order after that.
#[server(prefix = "/rpc", endpoint = "check_payment")]
pub(crate) async fn check_payment(order: OrderId) -> Result<OrderView, ApiError> {
    use domain::payments::check::check;

    use crate::server;

    let user = server::user()?;
    check(&server::backend()?, user, order).await.map_err(server::refuse)
}
