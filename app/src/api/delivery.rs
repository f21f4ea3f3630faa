//! Handing tickets over.

use std::collections::BTreeMap;

use leptos::{prelude::*, server_fn::codec::GetUrl};
use model::{
    GiftId, ListingId, OrderId, TicketFileId, TicketId,
    delivery::{GiftView, HandInView, MyDelivery},
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

/// Returns the tickets of one of the user's orders for all of the money, and redirects to the order.
#[server(prefix = "/rpc", endpoint = "return_tickets")]
pub(crate) async fn return_tickets(order: OrderId) -> Result<(), ApiError> {
    use domain::orders::returning::return_tickets;

    use crate::server::{self, Said};

    let user = server::user()?;
    return_tickets(&server::backend()?, user, order).await.map_err(server::api_error)?;
    server::say(Said::Returned);
    leptos_axum::redirect(&format!("/orders/{order}"));
    Ok(())
}

/// Offers a ticket that the user has bought to the owner of an address, who gets a mail, and redirects back.
#[server(prefix = "/rpc", endpoint = "give_ticket")]
pub(crate) async fn give_ticket(order: OrderId, ticket: TicketId, email: String) -> Result<(), ApiError> {
    use domain::delivery::gifts::offer::offer;

    use crate::{
        paths::tickets_page,
        server::{self, Said},
    };

    let user = server::verified_user()?;
    offer(&server::backend()?, user, order, ticket, &email).await.map_err(server::api_error)?;
    server::say(Said::GiftOffered);
    leptos_axum::redirect(&tickets_page(order));
    Ok(())
}

/// Takes back a gift of the user's that is not accepted, and redirects to the tickets.
#[server(prefix = "/rpc", endpoint = "take_gift_back")]
pub(crate) async fn take_gift_back(gift: GiftId) -> Result<(), ApiError> {
    use domain::delivery::gifts::offer::take_back;

    use crate::{
        paths::tickets_page,
        server::{self, Said},
    };

    let user = server::user()?;
    let order = take_back(&server::backend()?, user, gift).await.map_err(server::api_error)?;
    server::say(Said::GiftTakenBack);
    leptos_axum::redirect(&tickets_page(order));
    Ok(())
}

/// A gift to the user: the code only once it is opened.
#[server(prefix = "/rpc", endpoint = "show_gift", input = GetUrl)]
pub(crate) async fn show_gift(gift: GiftId) -> Result<GiftView, ApiError> {
    use domain::delivery::gifts::received::show;

    use crate::server;

    let (user, _) = server::session()?;
    show(&server::backend()?, &user, gift).await.map_err(server::api_error)
}

/// Accepts a gift to the user, which the giver and the seller see, and redirects to it.
#[server(prefix = "/rpc", endpoint = "accept_gift")]
pub(crate) async fn accept_gift(gift: GiftId) -> Result<(), ApiError> {
    use domain::delivery::gifts::accept::accept;

    use crate::{
        paths::gift_page,
        server::{self, Said},
    };

    let (user, _) = server::session()?;
    accept(&server::backend()?, &user, gift).await.map_err(server::api_error)?;
    server::say(Said::GiftAccepted);
    leptos_axum::redirect(&gift_page(gift));
    Ok(())
}

/// Opens a gift that the user has accepted, which the giver and the seller see, and redirects to it.
#[server(prefix = "/rpc", endpoint = "open_gift")]
pub(crate) async fn open_gift(gift: GiftId) -> Result<(), ApiError> {
    use domain::delivery::gifts::open::open;

    use crate::{paths::gift_page, server};

    let (user, _) = server::session()?;
    open(&server::backend()?, &user, gift).await.map_err(server::api_error)?;
    leptos_axum::redirect(&gift_page(gift));
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
