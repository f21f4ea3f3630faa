//! Handing tickets over.

use std::collections::BTreeMap;

use leptos::{prelude::*, server_fn::codec::GetUrl};
use model::{
    ListingId, OrderId, TicketFileId,
    delivery::{HandInView, MyDelivery},
};

use crate::ApiError;

/// What the user has handed in for one of their listings, and what was found in its files.
#[server(prefix = "/rpc", endpoint = "show_hand_in", input = GetUrl)]
pub(crate) async fn show_hand_in(ticket: ListingId) -> Result<HandInView, ApiError> {
    use domain::delivery::show::show;

    use crate::server;

    let user = server::user()?;
    show(&server::backend()?, user, ticket).await.map_err(server::api_error)
}

/// Hands in what opens the gate for tickets of one of the user's listings, and redirects back: for each ticket the value
/// of a choice that [`show_hand_in`] gave, or a code that was typed with its kind. A field is named by `t` and the ticket's
/// id: what begins with a digit would be the place in a list.
#[server(prefix = "/rpc", endpoint = "hand_in")]
pub(crate) async fn hand_in(
    ticket: ListingId,
    #[server(default)] choices: BTreeMap<String, String>,
    #[server(default)] typed: BTreeMap<String, String>,
    #[server(default)] kinds: BTreeMap<String, String>,
) -> Result<(), ApiError> {
    use domain::delivery::hand_in::hand_in;
    use model::{TicketId, delivery::HandInInput};

    use crate::{
        paths::hand_in_page,
        server::{self, Said},
    };

    let user = server::user()?;
    // A ticket that is none is not one of the user's.
    let by_ticket = |fields: BTreeMap<String, String>| -> BTreeMap<TicketId, String> {
        fields
            .into_iter()
            .filter_map(|(ticket, value)| Some((ticket.strip_prefix('t')?.parse().ok()?, value)))
            .collect()
    };
    let input = HandInInput { choices: by_ticket(choices), typed: by_ticket(typed), kinds: by_ticket(kinds) };
    hand_in(&server::backend()?, user, ticket, &input).await.map_err(server::api_error)?;
    server::say(Said::HandedIn);
    leptos_axum::redirect(&hand_in_page(ticket));
    Ok(())
}

/// Removes a file of one of the user's listings that no ticket has, and redirects back.
#[server(prefix = "/rpc", endpoint = "discard_file")]
pub(crate) async fn discard_file(ticket: ListingId, file: TicketFileId) -> Result<(), ApiError> {
    use domain::delivery::discard::discard;

    use crate::{
        paths::hand_in_page,
        server::{self, Said},
    };

    let user = server::user()?;
    discard(&server::backend()?, user, ticket, file).await.map_err(server::api_error)?;
    server::say(Said::FileRemoved);
    leptos_axum::redirect(&hand_in_page(ticket));
    Ok(())
}

/// The tickets of one of the user's orders: codes only once they are opened.
#[server(prefix = "/rpc", endpoint = "show_delivery", input = GetUrl)]
pub(crate) async fn show_delivery(order: OrderId) -> Result<MyDelivery, ApiError> {
    use domain::delivery::open::show;

    use crate::server;

    let user = server::user()?;
    show(&server::backend()?, user, order).await.map_err(server::api_error)
}

/// Opens the tickets of one of the user's orders, which both sides see, and redirects to them.
#[server(prefix = "/rpc", endpoint = "open_tickets")]
pub(crate) async fn open_tickets(order: OrderId) -> Result<(), ApiError> {
    use domain::delivery::open::open;

    use crate::{paths::tickets_page, server};

    let user = server::user()?;
    open(&server::backend()?, user, order).await.map_err(server::api_error)?;
    leptos_axum::redirect(&tickets_page(order));
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: &str = "0190d1d0-0000-7000-8000-000000000001";

    #[test]
    fn form_of_the_page_is_read() {
        let read = |form: &str| -> Option<HandIn> { serde_qs::Config::new(5, false).deserialize_str(form).ok() };
        // Browsers encode the brackets.
        let form = format!("ticket={ID}&choices%5Bt{ID}%5D=a.1&typed%5Bt{ID}%5D=&kinds%5Bt{ID}%5D=qr");
        let HandIn { choices, typed, kinds, .. } = read(&form).expect("a form");
        let named = |value: &str| BTreeMap::from([(format!("t{ID}"), value.to_owned())]);
        assert_eq!((choices, typed, kinds), (named("a.1"), named(""), named("qr")));
        assert!(read(&format!("ticket={ID}")).expect("an empty form").choices.is_empty());
    }
}
