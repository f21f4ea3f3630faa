use leptos::prelude::*;
use model::OrderId;

use crate::ApiError;

/// Gives a locked ticket up, and leads back to the order.
#[server(prefix = "/rpc", endpoint = "cancel_order")]
pub(crate) async fn cancel_order(order: OrderId) -> Result<(), ApiError> {
    use domain::orders::cancel::cancel;

    use crate::server;

    let user = server::user()?;
    cancel(&server::backend()?, user, order).await.map_err(server::refuse)?;
    leptos_axum::redirect(&format!("/orders/{order}"));
    Ok(())
}
