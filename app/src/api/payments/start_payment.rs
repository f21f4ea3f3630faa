use leptos::prelude::*;
use model::{OrderId, payments::PaymentForm};

use crate::ApiError;

/// What the browser needs to show the card form: opens a payment attempt, or finds the open one.
#[server(prefix = "/rpc", endpoint = "start_payment")]
pub(crate) async fn start_payment(order: OrderId) -> Result<PaymentForm, ApiError> {
    use domain::payments::start::start;

    use crate::server;

    let user = server::user()?;
    start(&server::backend()?, user, order).await.map_err(server::refuse)
}
