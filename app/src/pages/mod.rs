//! One component for each address.

mod account;
mod balance;
mod change_email;
mod code_sheet;
mod edit_ticket;
mod event;
mod forgot;
mod gift;
mod hand_in;
mod home;
mod listings;
mod mails;
mod new_ticket;
mod not_found;
mod operator;
mod order;
mod order_tickets;
mod orders;
mod reset;
mod sale;
mod search;
mod second_factor;
mod sign_in;
mod sign_in_code;
mod sign_in_email;
mod sign_up;
mod sign_up_code;
mod ticket;
mod unsubscribe;
mod venue;
mod watching;

use std::str::FromStr;

use leptos::prelude::*;
use leptos_router::hooks::{use_params_map, use_query_map};

pub(crate) use self::{
    account::AccountPage, balance::BalancePage, change_email::ChangeEmailPage, edit_ticket::EditTicketPage,
    event::EventPage, forgot::ForgotPage, gift::GiftPage, hand_in::HandInPage, home::HomePage, listings::ListingsPage,
    mails::MailsPage, new_ticket::NewTicketPage, not_found::NotFoundPage, operator::OperatorPage, order::OrderPage,
    order_tickets::OrderTicketsPage, orders::OrdersPage, reset::ResetPage, sale::SalePage, search::SearchPage,
    second_factor::SecondFactorPage, sign_in::SignInPage, sign_in_code::SignInCodePage, sign_in_email::SignInEmailPage,
    sign_up::SignUpPage, sign_up_code::SignUpCodePage, ticket::TicketPage, unsubscribe::UnsubscribePage,
    venue::VenuePage, watching::WatchingPage,
};

/// The `:id` of the address, if it is valid.
fn id_in_path<T: FromStr + PartialEq + Send + Sync + 'static>() -> Memo<Option<T>> {
    let params = use_params_map();
    Memo::new(move |_| params.with(|params| params.get_str("id").and_then(|id| id.parse().ok())))
}

/// The value of `name` in the query.
fn in_query(name: &'static str) -> Memo<Option<String>> {
    let query = use_query_map();
    Memo::new(move |_| query.with(|query| query.get(name)))
}
