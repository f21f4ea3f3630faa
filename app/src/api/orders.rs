//! Locking tickets, and the orders that result.

use leptos::{prelude::*, server_fn::codec::GetUrl};
use model::{
    OrderId, TicketId,
    orders::{OrderPage, OrderView, SaleView},
};

use crate::ApiError;

/// Locks a ticket at the price that its page showed and redirects to the order.
#[server(prefix = "/rpc", endpoint = "lock_ticket")]
pub(crate) async fn lock_ticket(ticket: TicketId, price_cents: i64) -> Result<(), ApiError> {
    use domain::orders::lock::lock;
    use model::Money;

    use crate::server;

    let user = server::user()?;
    let order = lock(&server::backend()?, user, ticket, Money::usd(price_cents)).await.map_err(server::api_error)?;
    leptos_axum::redirect(&format!("/orders/{order}"));
    Ok(())
}

/// Cancels an order, which unlocks its ticket, and redirects back to the order.
#[server(prefix = "/rpc", endpoint = "cancel_order")]
pub(crate) async fn cancel_order(order: OrderId) -> Result<(), ApiError> {
    use domain::orders::cancel::cancel;

    use crate::server;

    let user = server::user()?;
    cancel(&server::backend()?, user, order).await.map_err(server::api_error)?;
    leptos_axum::redirect(&format!("/orders/{order}"));
    Ok(())
}

/// One page of the user's orders, newest first.
#[server(prefix = "/rpc", endpoint = "my_orders", input = GetUrl)]
pub(crate) async fn my_orders(after: Option<OrderId>) -> Result<OrderPage, ApiError> {
    use domain::orders::mine::mine;

    use crate::server;

    let user = server::user()?;
    mine(&server::backend()?, user, after).await.map_err(server::api_error)
}

/// One of the user's orders.
#[server(prefix = "/rpc", endpoint = "show_order", input = GetUrl)]
pub(crate) async fn show_order(order: OrderId) -> Result<OrderView, ApiError> {
    use domain::orders::show::show;

    use crate::server;

    let user = server::user()?;
    show(&server::backend()?, user, order).await.map_err(server::api_error)
}

/// The newest order for one of the user's own listings, without its buyer.
#[server(prefix = "/rpc", endpoint = "show_sale", input = GetUrl)]
pub(crate) async fn show_sale(ticket: TicketId) -> Result<SaleView, ApiError> {
    use domain::orders::sale::sale;

    use crate::server;

    let user = server::user()?;
    sale(&server::backend()?, user, ticket).await.map_err(server::api_error)
}
