//! Locking tickets, and the orders that result.

use leptos::{prelude::*, server_fn::codec::GetUrl};
use model::{
    ListingId, OrderId, TicketId,
    orders::{MyTickets, OrderView, SaleView, SalesChart},
};

use crate::ApiError;

/// Locks tickets of the listing `ticket`, at the version and the price that its page showed, and redirects to the
/// order: the chosen `tickets`, or else `count` of them, or else one.
#[server(prefix = "/rpc", endpoint = "lock_ticket")]
pub(crate) async fn lock_ticket(
    ticket: ListingId,
    version: i32,
    price_cents: i64,
    count: Option<u16>,
    #[server(default)] tickets: Vec<TicketId>,
) -> Result<(), ApiError> {
    use domain::orders::lock::lock;
    use model::tickets::LockInput;

    use crate::server;

    let user = server::verified_user()?;
    let count = usize::from(count.unwrap_or(1));
    let input = LockInput { listing: ticket, version, price_cents, count, tickets };
    let order = lock(&server::backend()?, user, &input).await.map_err(server::api_error)?;
    leptos_axum::redirect(&format!("/orders/{order}"));
    Ok(())
}

/// The user's sales over time, for each currency that they sold in.
#[server(prefix = "/rpc", endpoint = "my_sales", input = GetUrl)]
pub(crate) async fn my_sales() -> Result<Vec<SalesChart>, ApiError> {
    use domain::orders::sales_chart::sales_charts;

    use crate::server;

    let user = server::user()?;
    sales_charts(&server::backend()?, user).await.map_err(server::api_error)
}

/// Cancels an order, which unlocks its tickets, and redirects back to the order.
#[server(prefix = "/rpc", endpoint = "cancel_order")]
pub(crate) async fn cancel_order(order: OrderId) -> Result<(), ApiError> {
    use domain::orders::cancel::cancel;

    use crate::server;

    let user = server::user()?;
    cancel(&server::backend()?, user, order).await.map_err(server::api_error)?;
    leptos_axum::redirect(&format!("/orders/{order}"));
    Ok(())
}

/// The user's tickets, orders and waitlists: the first page of each, or only ended orders `after` one, or only upcoming
/// tickets `later` than one.
#[server(prefix = "/rpc", endpoint = "my_orders", input = GetUrl)]
pub(crate) async fn my_orders(after: Option<OrderId>, later: Option<OrderId>) -> Result<MyTickets, ApiError> {
    use domain::{
        delivery::gifts::received,
        orders::mine::{Page, mine},
    };

    use crate::server;

    let (user, _) = server::session()?;
    let page = match (after, later) {
        (Some(order), _) => Page::EndedAfter(order),
        (None, Some(order)) => Page::UpcomingAfter(order),
        (None, None) => Page::First,
    };
    let backend = server::backend()?;
    let mut tickets = mine(&backend, user.id, page).await.map_err(server::api_error)?;
    if page == Page::First {
        tickets.gifts = received::list(&backend, &user).await.map_err(server::api_error)?;
    }
    Ok(tickets)
}

/// One of the user's orders.
#[server(prefix = "/rpc", endpoint = "show_order", input = GetUrl)]
pub(crate) async fn show_order(order: OrderId) -> Result<OrderView, ApiError> {
    use domain::orders::show::show;

    use crate::server;

    let user = server::user()?;
    show(&server::backend()?, user, order).await.map_err(server::api_error)
}

/// The orders that hold or have bought tickets of one of the user's own listings, without their buyers.
#[server(prefix = "/rpc", endpoint = "show_sale", input = GetUrl)]
pub(crate) async fn show_sale(ticket: ListingId) -> Result<SaleView, ApiError> {
    use domain::orders::sale::sale;

    use crate::server;

    let user = server::user()?;
    sale(&server::backend()?, user, ticket).await.map_err(server::api_error)
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: &str = "0190d1d0-0000-7000-8000-000000000001";

    /// As the server reads it, from a form of the page or from its own client.
    fn read(form: &str) -> Option<LockTicket> {
        serde_qs::Config::new(5, false).deserialize_str(form).ok()
    }

    #[test]
    fn form_of_the_page_is_read() {
        let fields = format!("ticket={ID}&version=3&price_cents=4950");
        let short = read(&fields).expect("a form without a choice");
        assert_eq!((short.version, short.count, short.tickets.len()), (3, None, 0));
        assert_eq!(read(&format!("{fields}&count=2")).expect("a number").count, Some(2));
        assert_eq!(read(&format!("{fields}&count=")).expect("no number").count, None);
        // Browsers encode the brackets in the names of ticked boxes.
        let ticked = read(&format!("{fields}&count=1&tickets%5B%5D={ID}&tickets%5B%5D={ID}")).expect("two seats");
        assert_eq!(ticked.tickets, [ID; 2].map(|id| id.parse().expect("an id")));
        assert!(read(&format!("{fields}&count=-1")).is_none());
        assert!(read(&format!("{fields}&tickets%5B%5D=none")).is_none());
    }

    #[test]
    fn own_client_is_read() {
        let tickets = vec![ID.parse().expect("an id"); 12];
        let sent = LockTicket { ticket: ID.parse().expect("an id"), version: 1, price_cents: 50, count: None, tickets };
        let form = serde_qs::to_string(&sent).expect("plain values");
        assert_eq!(read(&form).expect("the same").tickets.len(), 12);
    }
}
