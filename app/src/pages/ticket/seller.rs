//! What the seller does with their own listing.

use leptos::prelude::*;
use model::{
    ListingId,
    tickets::{TicketStatus, TicketView},
};

use super::{actions::Actions, reader_action::Management, waitlist::waiting_count};
use crate::components::{FormAction, ServerForm, SubmitButton, hidden};

/// The links and forms of the listing's seller.
pub(super) fn for_seller(listing: ListingId, management: Management, actions: &Actions) -> AnyView {
    let Management { why_not_editable, is_withdrawable, has_sale, tickets, waitlist } = management;
    let withdraw = actions.withdraw;
    let label = if tickets.is_empty() { "Withdraw" } else { "Withdraw all" };
    view! {
        <p class="small">"This is your listing. " {why_not_editable} " " {waitlist.and_then(|waitlist| waiting_count(waitlist.length))}</p>
        {why_not_editable
            .is_none()
            .then(|| view! { <a class="btn btn-primary btn-full" href=format!("/tickets/{listing}/edit")>"Edit listing"</a> }.into_any())}
        {is_withdrawable
            .then(|| {
                view! {
                    <ServerForm action=withdraw>
                        {hidden("ticket", listing.to_string())}
                        <SubmitButton label busy=withdraw.is_busy() class="btn btn-quiet btn-full"/>
                    </ServerForm>
                }
                .into_any()
            })}
        {(!tickets.is_empty()).then(|| ticket_list(listing, tickets, withdraw))}
        {waitlist.map(|waitlist| waitlist_switch(listing, waitlist.is_closed, actions.close))}
        {has_sale.then(|| view! { <p class="small"><a href=format!("/tickets/{listing}/sale")>"View sale"</a></p> }.into_any())}
    }
    .into_any()
}

/// The tickets with their status. Each that is on sale has a button that withdraws it.
fn ticket_list(listing: ListingId, tickets: Vec<TicketView>, withdraw: FormAction) -> AnyView {
    let row = |(place, TicketView { id, seat, status }): (usize, TicketView)| {
        let (kind, name) = if seat.is_empty() { ("Ticket", (place + 1).to_string()) } else { ("Seat", seat) };
        let is_on_sale = status == TicketStatus::OnSale;
        // A screen reader lists buttons by their names only, so each needs a name of its own.
        let button = is_on_sale.then(|| {
            let name = format!("Withdraw {} {name}", kind.to_lowercase());
            view! {
                <ServerForm action=withdraw>
                    {hidden("ticket", listing.to_string())}
                    {hidden("seat", id.to_string())}
                    <SubmitButton label="Withdraw" name busy=withdraw.is_busy() class="btn btn-sm btn-quiet"/>
                </ServerForm>
            }
            .into_any()
        });
        view! { <li><span class="seat-name">{kind} " " {name}</span> <span class="small">{status_label(status)}</span> {button}</li> }.into_any()
    };
    view! { <ul class="seat-list" aria-label="Tickets">{tickets.into_iter().enumerate().map(row).collect_view()}</ul> }
        .into_any()
}

fn status_label(status: TicketStatus) -> &'static str {
    match status {
        TicketStatus::OnSale => "On sale",
        TicketStatus::Locked => "Locked",
        TicketStatus::Sold => "Sold",
        TicketStatus::Withdrawn => "Withdrawn",
        TicketStatus::Started => "Event started",
    }
}

/// The button that closes or reopens the waitlist.
fn waitlist_switch(listing: ListingId, is_closed: bool, close: FormAction) -> AnyView {
    let (note, label) = if is_closed {
        ("The waitlist is closed: no one can join it.", "Reopen the waitlist")
    } else {
        ("No one else can join a closed waitlist. Those on it stay.", "Close the waitlist")
    };
    view! {
        <ServerForm action=close>
            {hidden("ticket", listing.to_string())}
            {hidden("is_closed", (!is_closed).to_string())}
            <SubmitButton label busy=close.is_busy() class="btn btn-full"/>
        </ServerForm>
        <p class="small">{note}</p>
    }
    .into_any()
}
