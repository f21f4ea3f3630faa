//! What the seller does with their own listing.

use leptos::prelude::*;
use model::{
    ListingId, TicketId,
    tickets::{TicketStatus, TicketView},
};

use super::{actions::Actions, reader_action::Management, waitlist::waiting_count};
use crate::{
    components::{FormAction, ServerForm, SubmitButton, TimestampView, hidden, submit_button, tickets as in_words},
    paths::hand_in_page,
};

/// The links and forms of the listing's seller.
pub(super) fn for_seller(listing: ListingId, management: Management, actions: &Actions) -> AnyView {
    let Management { why_not_editable, is_withdrawable, restorable, has_sale, tickets, waitlist, held_at_most_until } =
        management;
    let (withdraw, restore) = (actions.withdraw, actions.restore);
    let label = if tickets.is_empty() { "Withdraw" } else { "Withdraw all" };
    let held = held_at_most_until.map(|until| {
        let is_open = waitlist.is_some_and(|waitlist| !waitlist.is_closed);
        let unless = if is_open { ", unless others join the waitlist." } else { "." };
        view! { <p class="small">"Buyers can hold it until " <TimestampView at=until/> " at the latest" {unless}</p> }
            .into_any()
    });
    view! {
        <p class="small">"This is your listing. " {why_not_editable} " " {waitlist.and_then(|waitlist| waiting_count(waitlist.length))}</p>
        {held}
        {why_not_editable
            .is_none()
            .then(|| view! { <a class="btn btn-primary btn-full" href=format!("/tickets/{listing}/edit")>"Edit listing"</a> }.into_any())}
        <a class="btn btn-full" href=hand_in_page(listing)>"Hand in tickets"</a>
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
        // One of several tickets has its button in the list.
        {restorable
            .iter()
            .filter(|(_, count)| tickets.is_empty() || *count > 1)
            .map(|(ticket, count)| restore_all(listing, *ticket, *count, restore))
            .collect_view()}
        {(!tickets.is_empty()).then(|| ticket_list(listing, tickets, &restorable, actions))}
        {waitlist.map(|waitlist| waitlist_switch(listing, waitlist.is_closed, actions.close))}
        {has_sale.then(|| view! { <p class="small"><a href=format!("/tickets/{listing}/sale")>"View sale"</a></p> }.into_any())}
    }
    .into_any()
}

/// The button that puts back on sale what was withdrawn together.
fn restore_all(listing: ListingId, ticket: TicketId, count: usize, restore: FormAction) -> AnyView {
    let label =
        if count == 1 { "Put back on sale".to_owned() } else { format!("Put {} back on sale", in_words(count)) };
    view! {
        <ServerForm action=restore>
            {hidden("ticket", listing.to_string())}
            {hidden("seat", ticket.to_string())}
            {submit_button(view! { <span>{label}</span> }.into_any(), restore.is_busy())}
        </ServerForm>
    }
    .into_any()
}

/// The tickets with their status. Each that is on sale has a button that withdraws it, and each that was withdrawn alone
/// one that puts it back.
fn ticket_list(
    listing: ListingId,
    tickets: Vec<TicketView>,
    restorable: &[(TicketId, usize)],
    actions: &Actions,
) -> AnyView {
    let row = |(place, TicketView { id, seat, status, .. }): (usize, TicketView)| {
        let (kind, name) = if seat.is_empty() { ("Ticket", (place + 1).to_string()) } else { ("Seat", seat) };
        let choice = if status == TicketStatus::OnSale {
            Some((actions.withdraw, "Withdraw", " "))
        } else if restorable.contains(&(id, 1)) {
            Some((actions.restore, "Put back on sale", ": "))
        } else {
            None
        };
        let button = choice.map(|(action, label, then)| {
            // A screen reader lists buttons by their names only, so each needs a name of its own.
            let name = format!("{label}{then}{} {name}", kind.to_lowercase());
            view! {
                <ServerForm action=action>
                    {hidden("ticket", listing.to_string())}
                    {hidden("seat", id.to_string())}
                    <SubmitButton label name busy=action.is_busy() class="btn btn-sm btn-quiet"/>
                </ServerForm>
            }
            .into_any()
        });
        view! { <li><span class="seat-name">{kind} " " {name}</span> <span class="small">{status_label(status)}</span> {button}</li> }.into_any()
    };
    view! { <ul class="seat-list" aria-label="Tickets" role="list">{tickets.into_iter().enumerate().map(row).collect_view()}</ul> }
        .into_any()
}

fn status_label(status: TicketStatus) -> &'static str {
    match status {
        TicketStatus::OnSale => "On sale",
        TicketStatus::Locked => "Reserved",
        TicketStatus::Sold => "Sold",
        TicketStatus::Withdrawn => "Withdrawn",
        TicketStatus::Started => "Event started",
        TicketStatus::EventCancelled => "Event cancelled",
    }
}

/// The button that closes or reopens the waitlist.
fn waitlist_switch(listing: ListingId, is_closed: bool, close: FormAction) -> AnyView {
    let (note, label) = if is_closed {
        ("The waitlist is closed: no one can join it.", "Reopen the waitlist")
    } else {
        ("Who is paying now is then the last: no one can join, and those on it lose their place.", "Close the waitlist")
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
