//! `/tickets/:id`.

mod reactive_ticket;
mod waitlist;

use leptos::prelude::*;
use leptos_meta::Title;
use model::{
    Code, Money, OrderId, TicketId,
    tickets::{Availability, TicketCard, TicketView},
};

use self::{
    reactive_ticket::{ReactiveTicket, ReaderAction},
    waitlist::{join, join_after_sign_in, on_waitlist, waiting_count},
};
use super::id_in_path;
use crate::{
    api::{JoinWaitlist, LeaveWaitlist, LockTicket, ShowTicket, WithdrawTicket, get},
    browser,
    components::{
        AvailabilityNote, EventTimeView, FormAction, FormError, PageData, ServerForm, Session, SubmitButton, async_page,
    },
};

/// The forms of the page.
#[derive(Clone, Copy)]
struct Actions {
    lock: FormAction,
    withdraw: FormAction,
    join: FormAction,
    leave: FormAction,
    /// Counts the edits of the listing while the page is open.
    edits: RwSignal<u32>,
}

impl Actions {
    fn new() -> Self {
        Self {
            lock: FormAction::new::<LockTicket>(),
            withdraw: FormAction::new::<WithdrawTicket>(),
            join: FormAction::new::<JoinWaitlist>(),
            leave: FormAction::new::<LeaveWaitlist>(),
            edits: RwSignal::new(0),
        }
    }

    /// Counts edits and refusals. A refusal means that the page is out of date.
    fn changes(&self) -> u32 {
        let forms = [self.lock, self.withdraw, self.join, self.leave];
        forms.iter().map(|form| form.refusals().get()).sum::<u32>() + self.edits.get()
    }
}

/// One ticket, and what the reader can do with it.
#[component]
pub(crate) fn TicketPage() -> impl IntoView {
    let Session(session) = expect_context();
    let id = id_in_path::<TicketId>();
    let actions = Actions::new();
    let ticket = PageData::new(
        move || (id.get(), actions.changes()),
        move |(id, _)| async move {
            let ticket = get(ShowTicket { ticket: id.ok_or(Code::TicketNotFound)? }).await?;
            let is_signed_in = session.get().await.is_ok_and(|user| user.is_some());
            Ok((ticket, is_signed_in))
        },
    );
    async_page(ticket, move |(ticket, is_signed_in)| details(ticket, is_signed_in, &actions))
}

fn details(ticket: TicketView, is_signed_in: bool, actions: &Actions) -> AnyView {
    let TicketCard { title, category, venue, city, starts, place, price, .. } = ticket.card.clone();
    let ticket = ReactiveTicket::new(ticket, actions.edits);
    browser::effect(move || ticket.subscribe());
    let action = ticket.action();
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
                    <div><dt>"Seat"</dt><dd>{place}</dd></div>
                </dl>
            </div>
            <div class="ticket-stub">
                <p class="price price-large">{price.to_string()}</p>
                <div role="status">
                    {(actions.edits.get_untracked() > 0)
                        .then(|| view! { <p class="notice">"The seller changed this listing. Check it before you buy."</p> }.into_any())}
                </div>
                <div aria-live="polite"><AvailabilityNote availability=ticket.availability()/></div>
                <FormError failure=actions.lock.failure()/>
                <FormError failure=actions.withdraw.failure()/>
                <FormError failure=actions.join.failure()/>
                <FormError failure=actions.leave.failure()/>
                {move || reader_action(action.get(), ticket, price, is_signed_in, &actions)}
            </div>
        </article>
        <p class="back"><a href="/">"All tickets on sale"</a></p>
    }
    .into_any()
}

fn reader_action(
    action: ReaderAction,
    ticket: ReactiveTicket,
    price: Money,
    is_signed_in: bool,
    actions: &Actions,
) -> AnyView {
    let id = ticket.id();
    match action {
        ReaderAction::OpenOrder { order, is_bought } => to_my_order(order, is_bought),
        ReaderAction::Manage(availability) => for_seller(id, &availability, ticket.waiting(), actions.withdraw),
        ReaderAction::Buy if is_signed_in => buy(id, price, actions.lock),
        ReaderAction::Buy => buy_after_sign_in(id),
        ReaderAction::Wait { is_waiting: true } => on_waitlist(id, ticket.position(), actions.leave),
        ReaderAction::Wait { .. } if is_signed_in => join(id, ticket.waiting(), actions.join),
        ReaderAction::Wait { .. } => join_after_sign_in(id, ticket.waiting()),
        ReaderAction::FindAnother => {
            view! { <p class="actions"><a class="btn" href="/">"Find another ticket"</a></p> }.into_any()
        }
    }
}

fn buy(ticket: TicketId, price: Money, lock: FormAction) -> AnyView {
    view! {
        <ServerForm action=lock>
            <input type="hidden" name="ticket" value=ticket.to_string()/>
            <input type="hidden" name="price_cents" value=price.cents()/>
            <SubmitButton label="Buy ticket" busy=lock.is_busy()/>
        </ServerForm>
        <p class="small">"Reserved for you while you pay. No fees: you pay exactly this price."</p>
    }
    .into_any()
}

/// The same button for a reader who is not signed in. It is a form that leads to sign-in and back.
fn buy_after_sign_in(ticket: TicketId) -> AnyView {
    view! {
        <form action="/signin" method="get">
            <input type="hidden" name="next" value=format!("/tickets/{ticket}")/>
            <button type="submit" class="btn btn-primary btn-full">"Buy ticket"</button>
        </form>
        <p class="small">"Sign in to buy. We bring you straight back to this ticket."</p>
    }
    .into_any()
}

fn to_my_order(order: OrderId, is_bought: bool) -> AnyView {
    let (note, label) = if is_bought {
        ("You bought this ticket.", "View order")
    } else {
        ("Reserved for you. Pay before the time is up.", "Continue to payment")
    };
    view! {
        <p>{note}</p>
        <a class="btn btn-primary btn-full" href=format!("/orders/{order}")>{label}</a>
    }
    .into_any()
}

fn for_seller(ticket: TicketId, availability: &Availability, waiting: Signal<i64>, withdraw: FormAction) -> AnyView {
    if let Some(reason) = why_not_editable(availability) {
        return view! {
            <p class="small">"This is your listing. " {reason} " " {move || waiting_count(waiting.get())}</p>
            {availability.has_buyer().then(|| view! { <p class="small"><a href=format!("/tickets/{ticket}/sale")>"View sale"</a></p> }.into_any())}
        }
        .into_any();
    }
    view! {
        <p class="small">"This is your listing."</p>
        <a class="btn btn-primary btn-full" href=format!("/tickets/{ticket}/edit")>"Edit listing"</a>
        <ServerForm action=withdraw>
            <input type="hidden" name="ticket" value=ticket.to_string()/>
            <SubmitButton label="Withdraw" busy=withdraw.is_busy() class="btn btn-quiet btn-full"/>
        </ServerForm>
    }
    .into_any()
}

/// Why a listing cannot be edited, if it cannot.
pub(super) fn why_not_editable(availability: &Availability) -> Option<&'static str> {
    (!availability.is_editable()).then_some(match availability {
        Availability::OnSale => "It cannot be edited now.",
        Availability::LockedUntil(_) => "Someone is paying for it, so it cannot be edited right now.",
        Availability::Sold => "It has a buyer and can no longer be edited.",
        Availability::Withdrawn => "It is withdrawn and can no longer be edited.",
        Availability::Started => "Its event has started, so it can no longer be edited.",
    })
}
