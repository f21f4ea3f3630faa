//! `/tickets/:id`.

mod actions;
mod buy;
mod facts;
mod reactive_listing;
mod reader_action;
mod seller;
mod waitlist;
mod watch;

use leptos::prelude::*;
use leptos_meta::Title;
#[cfg(feature = "ssr")]
use model::tickets::Availability;
use model::{
    Code, ListingId, OrderId,
    tickets::{ListingCard, ListingView},
};

pub(super) use self::reader_action::why_not_editable;
use self::{
    actions::Actions,
    buy::{buy, buy_after_sign_up},
    facts::{in_short, section},
    reactive_listing::ReactiveListing,
    reader_action::{ReaderAction, ReaderOrder},
    seller::for_seller,
    waitlist::{join, join_after_sign_in, join_for_more, on_waitlist},
    watch::watch,
};
use super::id_in_path;
use crate::{
    api::{ShowTicket, get},
    browser,
    components::{
        AvailabilityNote, EventTimeView, FormError, PageData, SELLER, Session, async_page, dynamic, on_sale, own_time,
        price_lines, words,
    },
    paths::event_page,
};

/// One listing, and what the reader can do with it.
#[component]
pub(crate) fn TicketPage() -> impl IntoView {
    let Session(session) = expect_context();
    let id = id_in_path::<ListingId>();
    let actions = Actions::new();
    let listing = PageData::new(
        move || (id.get(), actions.changes()),
        move |(id, _)| async move {
            let listing = get(ShowTicket { ticket: id.ok_or(Code::TicketNotFound)? }).await?;
            let is_signed_in = session.get().await.is_ok_and(|user| user.is_some());
            Ok((listing, is_signed_in))
        },
    );
    view! {
        // Screen readers announce text that comes into a region, and not a region that comes with its text.
        <p class="sr-only" role="status">{words(move || actions.change.get().map(|change| view! { <span>{change}</span> }.into_any()).into_any())}</p>
        {async_page(listing, move |(listing, is_signed_in)| details(listing, is_signed_in, &actions))}
    }
}

fn details(view: ListingView, is_signed_in: bool, actions: &Actions) -> AnyView {
    #[cfg(feature = "ssr")]
    if is_gone(&view) {
        crate::server::error::page_is_gone();
    } else {
        crate::head::describe_listing(&view);
    }
    actions.note_change(&view);
    let has_several = view.tickets.len() > 1;
    let event = event_page(&view.event);
    let ListingCard { title, category, venue, city, starts, price, .. } = view.card.clone();
    let own = own_time(&starts);
    let beside_face_value = view.beside_face_value.clone();
    let delivery = Vec::from_iter(view.card.delivery.clone());
    let (history, falling) = (view.price_history.clone(), view.falling.clone());
    let (seller, rule) = (view.seller.clone(), view.place_rule.clone());
    let watch = watch(&view, is_signed_in, actions.watch);
    let listing = ReactiveListing::new(view, actions.edits, is_signed_in);
    browser::effect(move || listing.subscribe());
    let action = listing.action();
    let actions = *actions;
    view! {
        <Title text=title.clone()/>
        <article class="ticket ticket-large">
            <div class="ticket-body">
                <p class="kicker" data-category=category.code()>{category.label()}</p>
                <h1 class="ticket-title" dir="auto">{title}</h1>
                <dl class="facts">
                    <div><dt>"When"</dt><dd><EventTimeView at=starts/> " " <span class="small">"local time in " <bdi>{city.clone()}</bdi></span> {own}</dd></div>
                    <div><dt>"Where"</dt><dd><bdi>{venue}</bdi> <br/> <bdi>{city}</bdi></dd></div>
                    <div><dt>{if has_several { "Seats" } else { "Seat" }}</dt><dd>{words(move || view! { <bdi>{listing.with(|view| view.card.place.clone())}</bdi> }.into_any())}</dd></div>
                </dl>
            </div>
            <div class="ticket-stub">
                <p class="price price-large">{price.to_string()} {has_several.then_some(" each")}</p>
                {beside_face_value.map(|text| view! { <p class="small">{text}</p> }.into_any())}
                {in_short(delivery)}
                {in_short(history)}
                {in_short(falling)}
                {actions.change.get_untracked().map(|change| view! { <p class="notice">{change}</p> }.into_any())}
                <div aria-live="polite">
                    <AvailabilityNote availability=listing.availability()/>
                    {words(move || listing.with(|view| on_sale(&view.card.availability, view.card.free, view.card.listed)).map(|text| view! { <p class="ticket-place">{text}</p> }.into_any()).into_any())}
                </div>
                {actions.forms().map(|form| view! { <FormError failure=form.failure()/> }.into_any()).collect_view()}
                {dynamic(move || reader_action(action.get(), listing, is_signed_in, &actions))}
                {watch}
            </div>
        </article>
        {section("The seller", seller)}
        {section("The rule of the place", rule)}
        <p class="back"><a href=event>"All tickets for this event"</a></p>
        <p class="back"><a href="/">"All tickets on sale"</a></p>
    }
    .into_any()
}

/// Whether the listing is withdrawn and the reader has no part in it. The page still says what happened.
#[cfg(feature = "ssr")]
fn is_gone(view: &ListingView) -> bool {
    view.card.availability == Availability::Withdrawn && !view.is_mine && view.my_order.is_none()
}

fn reader_action(action: ReaderAction, listing: ReactiveListing, is_signed_in: bool, actions: &Actions) -> AnyView {
    let id = listing.id();
    match action {
        ReaderAction::OpenOrder { order, state, can_buy, is_waiting } => {
            let more = can_buy.then(|| buy(listing, actions.chosen, actions.lock));
            let waiting = is_waiting.then(|| on_waitlist(id, listing.position(), actions.leave));
            view! { {to_my_order(order, state, listing.tickets().len())} {more} {waiting} }.into_any()
        }
        ReaderAction::Manage(management) => {
            let parts = listing.with_untracked(|view| view.fee.parts(view.card.price));
            view! { {price_lines(parts, SELLER)} {for_seller(id, management, actions)} }.into_any()
        }
        ReaderAction::Buy { is_waiting: true } => view! {
            {buy(listing, actions.chosen, actions.lock)}
            {on_waitlist(id, listing.position(), actions.leave)}
        }
        .into_any(),
        ReaderAction::Buy { .. } if is_signed_in => view! {
            {buy(listing, actions.chosen, actions.lock)}
            {join_for_more(listing, actions)}
        }
        .into_any(),
        ReaderAction::Buy { .. } => buy_after_sign_up(listing),
        ReaderAction::Wait { is_waiting: true } => on_waitlist(id, listing.position(), actions.leave),
        ReaderAction::Wait { .. } if is_signed_in => join(listing, actions),
        ReaderAction::Wait { .. } => join_after_sign_in(listing),
        ReaderAction::WaitlistClosed => view! {
            <p class="small">"Someone is paying right now. The seller has closed the waitlist."</p>
            {find_another()}
        }
        .into_any(),
        ReaderAction::FindAnother => find_another(),
    }
}

fn to_my_order(order: OrderId, state: ReaderOrder, tickets: usize) -> AnyView {
    let (note, label) = match state {
        ReaderOrder::Bought if tickets == 1 => ("You bought this ticket.", "View order"),
        ReaderOrder::Bought => ("You bought from this listing.", "View order"),
        ReaderOrder::Holds => ("Reserved for you. Pay before the time is up.", "Continue to payment"),
        ReaderOrder::HoldsOrBought => ("You have an order from this listing.", "View order"),
    };
    view! {
        <p>{note}</p>
        <a class="btn btn-primary btn-full" href=format!("/orders/{order}")>{label}</a>
    }
    .into_any()
}

fn find_another() -> AnyView {
    view! { <p class="actions"><a class="btn" href="/">"Find another ticket"</a></p> }.into_any()
}
