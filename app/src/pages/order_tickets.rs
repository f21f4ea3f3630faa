//! `/orders/:id/tickets`: the buyer opens what they have bought, and shows it at the gate.

use leptos::prelude::*;
use leptos_meta::Title;
use model::{
    Code, OrderId, Timestamp,
    delivery::{FileToLoad, GivableTicket, MyDelivery, OpenTicket},
    error::Field,
};

use super::id_in_path;
use crate::{
    api::{GiveTicket, OpenTickets, ReturnTickets, ShowDelivery, TakeGiftBack, get},
    components::{
        FormAction, FormError, PageData, ServerForm, Session, SubmitButton, TextField, TimestampView, async_page,
        focus_invalid_field, hidden, tickets,
    },
    paths::{gate_page, order_calendar, ticket_file},
};

/// The tickets of an order: closed at first, then each with its code.
#[component]
pub(crate) fn OrderTicketsPage() -> impl IntoView {
    let Session(session) = expect_context();
    let id = id_in_path::<OrderId>();
    let actions = Actions {
        open: FormAction::new::<OpenTickets>(),
        give: FormAction::new::<GiveTicket>(),
        take_back: FormAction::new::<TakeGiftBack>(),
        return_all: FormAction::new::<ReturnTickets>(),
    };
    focus_invalid_field(actions.give);
    let refusals = move || {
        (actions.open.refusals().get(), actions.take_back.refusals().get(), actions.return_all.refusals().get())
    };
    let delivery = PageData::new(
        move || (id.get(), refusals()),
        move |(id, _)| async move {
            if session.get().await?.is_none() {
                return Err(Code::NotSignedIn.into());
            }
            get(ShowDelivery { order: id.ok_or(Code::OrderNotFound)? }).await
        },
    );
    async_page(delivery, move |delivery| details(delivery, actions))
}

#[derive(Clone, Copy)]
struct Actions {
    open: FormAction,
    give: FormAction,
    take_back: FormAction,
    return_all: FormAction,
}

fn details(delivery: MyDelivery, actions: Actions) -> AnyView {
    let MyDelivery {
        order,
        title,
        when_and_where,
        opened,
        tickets,
        files,
        missing,
        promised_until,
        returnable_until,
        givable,
    } = delivery;
    let missing = missing_note(missing, promised_until);
    let content = match opened {
        Some(at) => view! {
            <p class="small screen-only">"Opened first on " <TimestampView at/> ". The seller sees when, and never what."</p>
            {missing}
            <p class="actions screen-only"><a class="btn btn-primary" rel="external" href=gate_page(order)>"Show at the gate"</a></p>
            {tickets.into_iter().map(ticket).collect_view()}
            {file_list(order, files)}
            <p class="small screen-only">"This page prints with one ticket on each sheet."</p>
        }
        .into_any(),
        None => view! {
            {missing}
            {closed(order, actions.open)}
        }
        .into_any(),
    };
    view! {
        <Title text=format!("Tickets: {title}")/>
        <section class="sheet gate">
            <p class="kicker screen-only">"Your tickets"</p>
            <h1 dir="auto">{title}</h1>
            <p>{when_and_where}</p>
            {content}
            <p class="screen-only"><a rel="external" download href=order_calendar(order)>"Add to calendar"</a></p>
        </section>
        {returnable_until.map(|until| return_form(order, until, actions.return_all))}
        {(!givable.is_empty()).then(|| gifts(order, givable, actions))}
        <p class="back screen-only"><a href=format!("/orders/{order}")>"Back to the order"</a></p>
    }
    .into_any()
}

/// What the seller still owes.
fn missing_note(missing: usize, promised_until: Option<String>) -> Option<AnyView> {
    if missing == 0 {
        return None;
    }
    let until = promised_until.map(|until| {
        format!(" It is promised by {until}. If it is not there by then, you get your money back by itself.")
    });
    Some(
        view! { <p class="notice">{format!("The seller has not handed in {} yet.", tickets(missing))} {until}</p> }
            .into_any(),
    )
}

fn closed(order: OrderId, open: FormAction) -> AnyView {
    view! {
        <FormError failure=open.failure()/>
        <p class="lead">"Opening is noted in the history of the order, and the seller sees when. Open your tickets when you need them."</p>
        <ServerForm action=open>
            {hidden("order", order.to_string())}
            <SubmitButton label="Open tickets" busy=open.is_busy()/>
        </ServerForm>
    }
    .into_any()
}

/// A ticket with its code.
pub(super) fn ticket(ticket: OpenTicket) -> AnyView {
    let OpenTicket { place, picture, kind, text, is_in_hand, is_passed_on, is_given } = ticket;
    let note = if is_given {
        Some("You have given this ticket to a friend.")
    } else if is_passed_on {
        Some("You have put this ticket on sale again.")
    } else if !is_in_hand {
        Some("Not handed in yet.")
    } else if picture.is_none() {
        Some("This ticket has no code that we can draw. Show the file below.")
    } else {
        None
    };
    view! {
        <section class="gate-ticket">
            <h2>{place}</h2>
            {note.map(|note| view! { <p>{note}</p> }.into_any())}
            // Drawn by the server, of modules alone: nothing in it was typed.
            {picture.map(|picture| view! { <div class="gate-code" role="img" aria-label=kind inner_html=picture></div> }.into_any())}
            {text.map(|text| view! { <p class="gate-text"><bdi>{text}</bdi></p> }.into_any())}
        </section>
    }
    .into_any()
}

fn file_list(order: OrderId, files: Vec<FileToLoad>) -> Option<AnyView> {
    if files.is_empty() {
        return None;
    }
    let row = |FileToLoad { id, summary }: FileToLoad| {
        view! { <li><a class="btn" rel="external" download href=ticket_file(order, id)>{format!("Download: {summary}")}</a></li> }
            .into_any()
    };
    Some(
        view! {
            <section class="screen-only" aria-labelledby="files-heading">
                <h2 id="files-heading">"As the seller handed it in"</h2>
                <ul role="list">{files.into_iter().map(row).collect_view()}</ul>
            </section>
        }
        .into_any(),
    )
}

/// While the tickets are unopened, for some minutes after the purchase.
fn return_form(order: OrderId, until: Timestamp, return_all: FormAction) -> AnyView {
    view! {
        <section class="sheet screen-only" aria-labelledby="return-heading">
            <h2 id="return-heading">"Second thoughts?"</h2>
            <FormError failure=return_all.failure()/>
            <p>"Return all tickets of this order until " <TimestampView at=until/> ", as long as you have not opened them. You get all of your money back, and someone else can buy them."</p>
            <ServerForm action=return_all>
                {hidden("order", order.to_string())}
                <SubmitButton label="Return tickets" busy=return_all.is_busy() class="btn btn-quiet"/>
            </ServerForm>
        </section>
    }
    .into_any()
}

/// Which tickets are given to whom, and the form that gives one.
fn gifts(order: OrderId, tickets: Vec<GivableTicket>, actions: Actions) -> AnyView {
    let (given, free): (Vec<_>, Vec<_>) = tickets.into_iter().partition(|ticket| ticket.gift.is_some());
    let is_given = !given.is_empty();
    let given = given.into_iter().map(|ticket| gift_row(ticket, actions.take_back)).collect_view();
    view! {
        <section class="sheet screen-only" aria-labelledby="give-heading">
            <h2 id="give-heading">"Give a ticket to a friend"</h2>
            <FormError failure=actions.take_back.failure()/>
            {is_given.then(|| view! { <ul role="list">{given}</ul> }.into_any())}
            {(!free.is_empty()).then(|| give_form(order, free, actions.give))}
        </section>
    }
    .into_any()
}

fn give_form(order: OrderId, free: Vec<GivableTicket>, give: FormAction) -> AnyView {
    let failure = give.failure();
    let choice = if let [ticket] = &free[..] {
        hidden("ticket", ticket.id.to_string())
    } else {
        let options = free
            .into_iter()
            .map(|ticket| view! { <option value=ticket.id.to_string()>{ticket.place}</option> }.into_any());
        view! {
            <div class="field">
                <label for="ticket">"Ticket"</label>
                <select class="select" id="ticket" name="ticket">{options.collect_view()}</select>
            </div>
        }
        .into_any()
    };
    view! {
        <p>"We mail your friend, who accepts it with an account of that email. From then on only they can open it. They see your email. A refund goes to you all the same."</p>
        <FormError failure/>
        <ServerForm action=give>
            {hidden("order", order.to_string())}
            {choice}
            <TextField field=Field::Email failure kind="email" hint="Your friend’s: not your own." autocomplete="off"/>
            <SubmitButton label="Give ticket" busy=give.is_busy() class="btn"/>
        </ServerForm>
    }
    .into_any()
}

fn gift_row(ticket: GivableTicket, take_back: FormAction) -> AnyView {
    let GivableTicket { place, gift, .. } = ticket;
    let (id, email, is_accepted) =
        gift.map_or((None, None, false), |gift| (Some(gift.id), gift.email, gift.is_accepted));
    let email = email.unwrap_or_else(|| "a friend".to_owned());
    let words = if is_accepted { "It belongs to " } else { "Offered, and not accepted yet, to " };
    let name = format!("Take back {place}");
    let form = id.filter(|_| !is_accepted).map(|id| {
        view! {
            <ServerForm action=take_back>
                {hidden("gift", id.to_string())}
                <SubmitButton label="Take back" name busy=take_back.is_busy() class="btn btn-sm btn-quiet"/>
            </ServerForm>
        }
        .into_any()
    });
    view! {
        <li class="hand-in">
            <h3>{place}</h3>
            <p class="small">{words} <bdi>{email}</bdi> "."</p>
            {form}
        </li>
    }
    .into_any()
}
