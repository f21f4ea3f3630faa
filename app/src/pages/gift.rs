//! `/gifts/:id`: a ticket that another person gives to the reader.

use leptos::prelude::*;
use leptos_meta::Title;
use model::{
    Code, GiftId,
    delivery::{GiftState, GiftView},
};

use super::{id_in_path, order_tickets::ticket};
use crate::{
    api::{AcceptGift, OpenGift, ShowGift, get},
    components::{
        FormAction, FormError, PageData, ServerForm, Session, SubmitButton, TimestampView, async_page, hidden,
    },
};

/// A gift: to be accepted, then to be opened, then the ticket.
#[component]
pub(crate) fn GiftPage() -> impl IntoView {
    let Session(session) = expect_context();
    let id = id_in_path::<GiftId>();
    let actions = Actions { accept: FormAction::new::<AcceptGift>(), open: FormAction::new::<OpenGift>() };
    let refusals = move || (actions.accept.refusals().get(), actions.open.refusals().get());
    let gift = PageData::new(
        move || (id.get(), refusals()),
        move |(id, _)| async move {
            if session.get().await?.is_none() {
                return Err(Code::NotSignedIn.into());
            }
            get(ShowGift { gift: id.ok_or(Code::GiftNotFound)? }).await
        },
    );
    async_page(gift, move |gift| details(gift, actions))
}

#[derive(Clone, Copy)]
struct Actions {
    accept: FormAction,
    open: FormAction,
}

fn details(gift: GiftView, actions: Actions) -> AnyView {
    let GiftView { id, title, when_and_where, place, from, state, ticket: opened, file } = gift;
    let address = format!("/gifts/{id}");
    let is_mine = matches!(state, GiftState::Accepted | GiftState::Opened { .. });
    let from = from.unwrap_or_else(|| "A friend".to_owned());
    let kicker = if is_mine { "Your ticket" } else { "A ticket for you" };
    // An opened ticket has its place as a heading.
    let place = opened.is_none().then(|| view! { <p>{place}</p> }.into_any());
    let content = match state {
        GiftState::Offered => accept_form(id, &from, actions.accept),
        GiftState::Accepted => open_form(id, actions.open),
        GiftState::Opened { at } => {
            let file = file.map(|file| {
                let address = format!("{address}/files/{}", file.id);
                view! { <p class="screen-only"><a class="btn" rel="external" download href=address>{format!("Download: {}", file.summary)}</a></p> }
                    .into_any()
            });
            view! {
                <p class="small screen-only">"Opened first on " <TimestampView at/> ". The giver and the seller see when, and never what."</p>
                <p class="actions screen-only"><a class="btn btn-primary" rel="external" href=format!("/gate/gifts/{id}")>"Show at the gate"</a></p>
                {opened.map(ticket)}
                {file}
            }
            .into_any()
        }
        GiftState::Gone => {
            view! { <p class="notice">"The money for this ticket went back to its buyer, so it opens no gate."</p> }
                .into_any()
        }
    };
    view! {
        <Title text=format!("Ticket: {title}")/>
        <section class="sheet gate">
            <p class="kicker screen-only">{kicker}</p>
            <h1 dir="auto">{title}</h1>
            <p>{when_and_where}</p>
            {place}
            {content}
            {is_mine.then(|| view! { <p class="screen-only"><a rel="external" download href=format!("{address}/calendar")>"Add to calendar"</a></p> }.into_any())}
        </section>
        <p class="back screen-only"><a href="/orders">"Back to your tickets"</a></p>
    }
    .into_any()
}

fn accept_form(gift: GiftId, from: &str, accept: FormAction) -> AnyView {
    view! {
        <FormError failure=accept.failure()/>
        <p class="lead"><bdi>{from.to_owned()}</bdi> " gives you this ticket. It costs you nothing. Once you accept it, only you can open it."</p>
        <p>"A refund, if there is one, goes to the person who has bought it."</p>
        <ServerForm action=accept>
            {hidden("gift", gift.to_string())}
            <SubmitButton label="Accept ticket" busy=accept.is_busy()/>
        </ServerForm>
    }
    .into_any()
}

fn open_form(gift: GiftId, open: FormAction) -> AnyView {
    view! {
        <FormError failure=open.failure()/>
        <p class="lead">"The ticket is yours. The giver and the seller see when you open it first. Open it when you need it."</p>
        <ServerForm action=open>
            {hidden("gift", gift.to_string())}
            <SubmitButton label="Open ticket" busy=open.is_busy()/>
        </ServerForm>
    }
    .into_any()
}
