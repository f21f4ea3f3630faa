//! Paying for an order.

use leptos::prelude::*;
use model::{OrderId, orders::OrderView, payments::PaymentForm};

use crate::ApiError;

/// Opens a payment attempt, or finds the open one, and returns what the browser needs to show the card form.
#[server(prefix = "/rpc", endpoint = "start_payment")]
pub(crate) async fn start_payment(order: OrderId) -> Result<PaymentForm, ApiError> {
    use domain::payments::start::start;

    use crate::server;

    let (user, address) = (server::user()?, server::identity()?.address);
    start(&server::backend()?, user, address, order).await.map_err(server::api_error)
}

/// Asks Stripe for the state of the payment, acts on it and returns the order as it is afterwards.
#[server(prefix = "/rpc", endpoint = "check_payment")]
pub(crate) async fn check_payment(order: OrderId) -> Result<OrderView, ApiError> {
    use domain::payments::check::check;

    use crate::server;

    let user = server::user()?;
    check(&server::backend()?, user, order).await.map_err(server::api_error)
}
