//! `/tickets/:id`.

mod line;

use domain::{
    Code, OrderId, TicketId,
    tickets::{Availability, TicketCard, TicketView},
};
use leptos::prelude::*;
use leptos_meta::Title;

use self::line::{how_many_wait, join_after_sign_in, wait_for};
use super::id_in_path;
use crate::{
    api::{JoinLine, LeaveLine, LockTicket, WithdrawTicket, show_ticket},
    components::{AvailabilityNote, Call, CallForm, EventTimeView, FormProblem, Session, Submit, loaded},
};

/// What can be done on the page.
#[derive(Clone, Copy)]
struct Actions {
    lock: Call,
    withdraw: Call,
    join: Call,
    leave: Call,
    /// Grows when something has happened that the page does not show yet.
    is_stale: RwSignal<u32>,
}

impl Actions {
    fn new() -> Self {
        Self {
            lock: Call::to::<LockTicket>(),
            withdraw: Call::to::<WithdrawTicket>(),
            join: Call::to::<JoinLine>(),
            leave: Call::to::<LeaveLine>(),
            is_stale: RwSignal::new(0),
        }
    }

    /// Grows with each refusal, too: it means that the ticket is not what the page shows.
    fn changes(&self) -> u32 {
        let calls = [self.lock, self.withdraw, self.join, self.leave];
        calls.iter().map(|call| call.refusals().get()).sum::<u32>() + self.is_stale.get()
    }
}

/// One ticket, and the button that buys it.
#[component]
pub(crate) fn TicketPage() -> impl IntoView {
    let Session(session) = expect_context();
    let id = id_in_path::<TicketId>();
    let actions = Actions::new();
    let ticket = Resource::new_blocking(
        move || (id.get(), actions.changes()),
        move |(id, _)| async move {
            let ticket = show_ticket(id.ok_or(Code::TicketNotFound)?).await?;
            let is_signed_in = session.await.is_ok_and(|user| user.is_some());
            Ok((ticket, is_signed_in))
        },
    );
    loaded(ticket, move |(ticket, is_signed_in)| details(ticket, is_signed_in, &actions))
}

fn details(ticket: TicketView, is_signed_in: bool, actions: &Actions) -> AnyView {
    let way_on = way_on(&ticket, is_signed_in, actions);
    let TicketCard { title, category, venue, city, starts, place, price, availability, .. } = ticket.card;
    view! {
        <Title text=title.clone()/>
        <article class="ticket ticket-large">
            <div class="ticket-body">
                <p class="kicker" data-category=category.code()>{category.label()}</p>
                <h1 class="ticket-title">{title}</h1>
                <dl class="facts">
                    <div><dt>"When"</dt><dd><EventTimeView at=starts/></dd></div>
                    <div><dt>"Where"</dt><dd>{venue} <br/> {city}</dd></div>
                    <div><dt>"Place"</dt><dd>{place}</dd></div>
                </dl>
            </div>
            <div class="ticket-stub">
                <p class="price price-large">{price.to_string()}</p>
                <AvailabilityNote availability/>
                <FormProblem failure=actions.lock.failure()/>
                <FormProblem failure=actions.withdraw.failure()/>
                <FormProblem failure=actions.join.failure()/>
                <FormProblem failure=actions.leave.failure()/>
                {way_on}
            </div>
        </article>
        <p class="back"><a href="/">"All tickets on sale"</a></p>
    }
    .into_any()
}

/// What the reader can do about the ticket.
fn way_on(ticket: &TicketView, is_signed_in: bool, actions: &Actions) -> AnyView {
    let TicketView { card, is_mine, my_order, line, .. } = ticket;
    match (my_order, &card.availability) {
        (Some(order), availability) => to_my_order(*order, availability),
        (None, availability) if *is_mine => for_seller(card.id, availability, line.length, actions.withdraw),
        (None, _) if line.is_my_turn => buy(card, actions.lock),
        (None, Availability::OnSale) if is_signed_in => buy(card, actions.lock),
        (None, Availability::OnSale) => buy_after_sign_in(card.id),
        (None, Availability::LockedUntil(_)) if is_signed_in => wait_for(card.id, *line, actions),
        (None, Availability::LockedUntil(_)) => join_after_sign_in(card.id, line.length),
        (None, Availability::Sold | Availability::Withdrawn | Availability::Started) => {
            view! { <p class="actions"><a class="btn" href="/">"Find another"</a></p> }.into_any()
        }
    }
}

fn buy(card: &TicketCard, lock: Call) -> AnyView {
    let (ticket, price_cents) = (card.id.to_string(), card.price.cents());
    view! {
        <CallForm call=lock>
            <input type="hidden" name="ticket" value=ticket/>
            <input type="hidden" name="price_cents" value=price_cents/>
            <Submit label="Buy ticket" busy=lock.is_busy()/>
        </CallForm>
        <p class="small">"Locks it for you while you enter your card. No fees are added."</p>
    }
    .into_any()
}

/// A form, so that it is the same button, which leads to sign in and back.
fn buy_after_sign_in(ticket: TicketId) -> AnyView {
    view! {
        <form action="/signin" method="get">
            <input type="hidden" name="next" value=format!("/tickets/{ticket}")/>
            <button type="submit" class="btn btn-primary btn-full">"Buy ticket"</button>
        </form>
        <p class="small">"You sign in first, then it is locked for you while you pay."</p>
    }
    .into_any()
}

fn to_my_order(order: OrderId, availability: &Availability) -> AnyView {
    let (note, words) = match availability {
        Availability::Sold => ("You have bought this ticket.", "See your order"),
        _ => ("It is locked for you. Pay before the time is up.", "Go on to payment"),
    };
    view! {
        <p>{note}</p>
        <a class="btn btn-primary btn-full" href=format!("/orders/{order}")>{words}</a>
    }
    .into_any()
}

fn for_seller(ticket: TicketId, availability: &Availability, waiting: i64, withdraw: Call) -> AnyView {
    if let Some(reason) = why_not_editable(availability) {
        let has_buyer = matches!(availability, Availability::LockedUntil(_) | Availability::Sold);
        return view! {
            <p class="small">"This is your listing. " {reason} " " {how_many_wait(waiting)}</p>
            {has_buyer.then(|| view! { <p class="small"><a href=format!("/tickets/{ticket}/sale")>"See what happened"</a></p> })}
        }
        .into_any();
    }
    view! {
        <p class="small">"This is your listing."</p>
        <a class="btn btn-primary btn-full" href=format!("/tickets/{ticket}/edit")>"Edit listing"</a>
        <CallForm call=withdraw>
            <input type="hidden" name="ticket" value=ticket.to_string()/>
            <Submit label="Withdraw" busy=withdraw.is_busy() class="btn btn-quiet btn-full"/>
        </CallForm>
    }
    .into_any()
}

/// Why a listing cannot change now, if it cannot.
pub(super) fn why_not_editable(availability: &Availability) -> Option<&'static str> {
    match availability {
        Availability::OnSale => None,
        Availability::LockedUntil(_) => {
            Some("Somebody is paying for it, so it cannot change until they have, or their time is up.")
        }
        Availability::Sold => Some("It has found its buyer, so it cannot change any more."),
        Availability::Withdrawn => Some("You have withdrawn it, so it cannot change any more."),
        Availability::Started => Some("Its event has started, so it cannot change any more."),
    }
}
