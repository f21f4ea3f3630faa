use leptos::prelude::*;
use model::TicketId;

use crate::ApiError;

/// Locks a ticket at the price that its page showed, and leads to the order.
#[server(prefix = "/rpc", endpoint = "lock_ticket")]
pub(crate) async fn lock_ticket(ticket: TicketId, price_cents: i64) -> Result<(), ApiError> {
    use domain::orders::lock::lock;
    use model::Money;

    use crate::server;

    let user = server::user()?;
    let order = lock(&server::backend()?, user, ticket, Money::usd(price_cents)).await.map_err(server::refuse)?;
    leptos_axum::redirect(&format!("/orders/{order}"));
    Ok(())
}
