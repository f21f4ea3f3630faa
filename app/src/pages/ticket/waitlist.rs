//! The waitlist of a listing that other buyers have locked.

use leptos::prelude::*;
use model::{
    ListingId,
    tickets::{ListingView, SplitRule, TicketStatus},
};

use super::{
    actions::Actions,
    buy::{NumberField, number_field},
    reactive_listing::ReactiveListing,
    reader_action::count,
};
use crate::{
    browser,
    components::{FormAction, ServerForm, SubmitButton, dynamic, hidden, tickets, words},
};

/// The most tickets that the form asks for, unless they are sold together: a buyer can hold no more at one time.
const MAX_WANTED: usize = 4;

/// The form that joins the waitlist, for a signed-in reader.
pub(super) fn join(listing: ReactiveListing, actions: &Actions) -> AnyView {
    let choices = Memo::new(move |_| listing.with(wanted_choices));
    let actions = *actions;
    view! {
        {dynamic(move || form(listing.id(), choices.get(), &actions, "btn btn-primary btn-full"))}
        <p class="small">
            "Someone is paying right now. If they do not finish in time, the first on the waitlist " {gets(listing)} ". "
            {waiting(listing)}
        </p>
    }
    .into_any()
}

/// The same form for a reader who can buy some tickets and wants more of them than are on sale.
pub(super) fn join_for_more(listing: ReactiveListing, actions: &Actions) -> AnyView {
    let actions = *actions;
    let choices = Memo::new(move |_| {
        listing.with(|view| if view.waitlist.is_closed { Vec::new() } else { wanted_choices(view) })
    });
    dynamic(move || {
        let choices = choices.get();
        (!choices.is_empty())
            .then(|| {
                view! {
                    <details class="seats">
                        <summary>"Want more? Join the waitlist"</summary>
                        {form(listing.id(), choices, &actions, "btn btn-full")}
                    </details>
                }
                .into_any()
            })
            .into_any()
    })
}

fn form(listing: ListingId, choices: Vec<usize>, actions: &Actions, class: &'static str) -> AnyView {
    let Actions { join, wanted, .. } = *actions;
    browser::effect(move || {
        // The choices change with the listing, and the browser keeps the place of what was chosen, not its value.
        request_animation_frame(move || {
            let _ = wanted.try_with_untracked(|wanted| browser::choose("wanted", *wanted));
        });
    });
    let changed = move |_| {
        let _ = wanted.try_set(browser::chosen("wanted"));
    };
    let only = match choices[..] {
        [only] if only > 1 => Some(view! { <p class="hint">"For " {tickets(only)} "."</p> }.into_any()),
        _ => None,
    };
    let field = NumberField { name: "wanted", label: "How many do you want", note: None };
    view! {
        <ServerForm action=join>
            {hidden("ticket", listing.to_string())}
            <div on:change=changed>{number_field(field, choices, wanted.get_untracked(), Signal::stored(false))}</div>
            {only}
            <SubmitButton label="Join the waitlist" busy=join.is_busy() class/>
        </ServerForm>
    }
    .into_any()
}

/// The same button for a reader who is not signed in. It is a form that leads to sign-in and back.
pub(super) fn join_after_sign_in(listing: ReactiveListing) -> AnyView {
    view! {
        <form action="/signin" method="get">
            <input type="hidden" name="next" value=format!("/tickets/{}", listing.id())/>
            <button type="submit" class="btn btn-primary btn-full">"Join the waitlist"</button>
        </form>
        <p class="small">
            "Someone is paying right now. Sign in to join the waitlist: if they do not finish in time, the first on it " {gets(listing)} ". "
            {waiting(listing)}
        </p>
    }
    .into_any()
}

fn gets(listing: ReactiveListing) -> &'static str {
    if listing.tickets().len() == 1 { "gets the ticket" } else { "gets the tickets" }
}

/// How many tickets a buyer may wait for: what may become free, and cannot be bought now.
fn wanted_choices(listing: &ListingView) -> Vec<usize> {
    let gone = [TicketStatus::Sold, TicketStatus::Withdrawn].map(|status| count(&listing.tickets, status));
    let left = listing.tickets.len() - gone.iter().sum::<usize>();
    let most = if listing.split == SplitRule::AllTogether { left } else { MAX_WANTED };
    listing.split.choices(left, 0, most).filter(|wanted| !listing.choices.contains(wanted)).collect()
}

fn waiting(listing: ReactiveListing) -> AnyView {
    let waiting = listing.waiting();
    words(move || view! { <span>{waiting_count(waiting.get())}</span> }.into_any())
}

/// The number of people on the waitlist, in words.
pub(super) fn waiting_count(waiting: i64) -> Option<String> {
    match waiting {
        0 => None,
        1 => Some("One person is on the waitlist.".to_owned()),
        _ => Some(format!("{waiting} people are on the waitlist.")),
    }
}

/// The reader's position, and the button that leaves the waitlist.
pub(super) fn on_waitlist(listing: ListingId, position: Signal<i64>, leave: FormAction) -> AnyView {
    view! {
        <p aria-live="polite">{words(move || view! { <strong>{format!("You are number {} on the waitlist", position.get())}</strong> }.into_any())}</p>
        <p class="small">
            "When it is your turn, we reserve what you asked for and tell you on every page. If you then hold as many tickets as you can at one time, your turn goes to the next person."
        </p>
        <ServerForm action=leave>
            {hidden("ticket", listing.to_string())}
            <SubmitButton label="Leave the waitlist" busy=leave.is_busy() class="btn btn-full"/>
        </ServerForm>
    }
    .into_any()
}

#[cfg(test)]
mod tests {
    use super::{super::reactive_listing::tests::shown, *};

    #[test]
    fn wanted_choices_follow_what_is_left() {
        let mut listing = shown(6);
        assert_eq!(wanted_choices(&listing), [] as [usize; 0], "all can be bought");
        listing.choices = vec![1, 2];
        assert_eq!(wanted_choices(&listing), [3, 4]);
        listing.choices = vec![];
        assert_eq!(wanted_choices(&listing), [1, 2, 3, 4]);
        for ticket in &mut listing.tickets[..4] {
            ticket.status = TicketStatus::Sold;
        }
        listing.tickets[4].status = TicketStatus::Locked;
        assert_eq!(wanted_choices(&listing), [1, 2]);
        listing.split = SplitRule::AllTogether;
        assert_eq!(wanted_choices(&listing), [2]);
        listing.split = SplitRule::Pairs;
        assert_eq!(wanted_choices(&listing), [2]);
    }

    #[test]
    fn tickets_sold_together_are_wanted_together() {
        let listing = ListingView { split: SplitRule::AllTogether, choices: vec![], ..shown(6) };
        assert_eq!(wanted_choices(&listing), [6]);
    }
}
