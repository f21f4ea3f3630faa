//! `/tickets/:id`.

mod line;
mod live;

use domain::{
    Code, Money, OrderId, TicketId,
    tickets::{Availability, TicketCard, TicketView},
};
use leptos::prelude::*;
use leptos_meta::Title;

use self::{
    line::{how_many_wait, in_line, join, join_after_sign_in},
    live::{LiveTicket, Way},
};
use super::id_in_path;
use crate::{
    api::{JoinLine, LeaveLine, LockTicket, ShowTicket, WithdrawTicket, get},
    components::{AvailabilityNote, Call, CallForm, EventTimeView, FormProblem, Session, Submit, loaded},
};

/// What can be done on the page.
#[derive(Clone, Copy)]
struct Actions {
    lock: Call,
    withdraw: Call,
    join: Call,
    leave: Call,
    /// Grows when the listing has been edited under the page.
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
            let ticket = get(ShowTicket { ticket: id.ok_or(Code::TicketNotFound)? }).await?;
            let is_signed_in = session.await.is_ok_and(|user| user.is_some());
            Ok((ticket, is_signed_in))
        },
    );
    loaded(ticket, move |(ticket, is_signed_in)| details(ticket, is_signed_in, &actions))
}

fn details(ticket: TicketView, is_signed_in: bool, actions: &Actions) -> AnyView {
    let TicketCard { title, category, venue, city, starts, place, price, .. } = ticket.card.clone();
    let live = LiveTicket::new(ticket, actions.is_stale);
    Effect::new(move || live.follow());
    let way = live.way();
    let actions = *actions;
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
                <div role="status">
                    {(actions.is_stale.get_untracked() > 0)
                        .then(|| view! { <p class="notice">"The seller has just changed this listing. Please look again."</p> })}
                </div>
                <div aria-live="polite"><AvailabilityNote availability=live.availability()/></div>
                <FormProblem failure=actions.lock.failure()/>
                <FormProblem failure=actions.withdraw.failure()/>
                <FormProblem failure=actions.join.failure()/>
                <FormProblem failure=actions.leave.failure()/>
                {move || way_on(way.get(), live, price, is_signed_in, &actions)}
            </div>
        </article>
        <p class="back"><a href="/">"All tickets on sale"</a></p>
    }
    .into_any()
}

fn way_on(way: Way, live: LiveTicket, price: Money, is_signed_in: bool, actions: &Actions) -> AnyView {
    let ticket = live.id();
    match way {
        Way::ToOrder { order, is_bought } => to_my_order(order, is_bought),
        Way::Manage(availability) => for_seller(ticket, &availability, live.waiting(), actions.withdraw),
        Way::Buy if is_signed_in => buy(ticket, price, actions.lock),
        Way::Buy => buy_after_sign_in(ticket),
        Way::Wait { is_in_line: true } => in_line(ticket, live.place(), actions.leave),
        Way::Wait { .. } if is_signed_in => join(ticket, live.waiting(), actions.join),
        Way::Wait { .. } => join_after_sign_in(ticket, live.waiting()),
        Way::Leave => view! { <p class="actions"><a class="btn" href="/">"Find another"</a></p> }.into_any(),
    }
}

fn buy(ticket: TicketId, price: Money, lock: Call) -> AnyView {
    view! {
        <CallForm call=lock>
            <input type="hidden" name="ticket" value=ticket.to_string()/>
            <input type="hidden" name="price_cents" value=price.cents()/>
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

fn to_my_order(order: OrderId, is_bought: bool) -> AnyView {
    let (note, words) = if is_bought {
        ("You have bought this ticket.", "See your order")
    } else {
        ("It is locked for you. Pay before the time is up.", "Go on to payment")
    };
    view! {
        <p>{note}</p>
        <a class="btn btn-primary btn-full" href=format!("/orders/{order}")>{words}</a>
    }
    .into_any()
}

fn for_seller(ticket: TicketId, availability: &Availability, waiting: Signal<i64>, withdraw: Call) -> AnyView {
    if let Some(reason) = why_not_editable(availability) {
        return view! {
            <p class="small">"This is your listing. " {reason} " " {move || how_many_wait(waiting.get())}</p>
            {availability.has_buyer().then(|| view! { <p class="small"><a href=format!("/tickets/{ticket}/sale")>"See what happened"</a></p> })}
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
    (!availability.is_editable()).then_some(match availability {
        Availability::OnSale => "It cannot change now.",
        Availability::LockedUntil(_) => {
            "Somebody is paying for it, so it cannot change until they have, or their time is up."
        }
        Availability::Sold => "It has found its buyer, so it cannot change any more.",
        Availability::Withdrawn => "You have withdrawn it, so it cannot change any more.",
        Availability::Started => "Its event has started, so it cannot change any more.",
    })
}
