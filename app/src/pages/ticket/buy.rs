//! The form that buys tickets.

use leptos::{html::Div, prelude::*};
use model::{
    Money,
    tickets::{ListingView, SplitRule, TicketStatus, TicketView},
};

use super::{reactive_listing::ReactiveListing, reader_action::count};
use crate::{
    browser,
    components::{BUYER, FormAction, ServerForm, dynamic, hidden, price_lines, submit_button, tickets, words},
};

/// What the reader has chosen in the form. Nothing until hydration: without JavaScript the page cannot follow it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Chosen {
    /// The number of tickets.
    number: Option<usize>,
    /// The ids of the seats ticked. They count instead of the number.
    seats: Vec<String>,
}

impl Chosen {
    /// How many tickets the button buys, if the page knows: what was chosen, or the only choice.
    fn count(&self, choices: &[usize]) -> Option<usize> {
        match (self.seats.len(), self.number, choices) {
            (0, Some(number), _) | (0, None, &[number]) => Some(number),
            (0, None, _) => None,
            (ticked, _, _) => Some(ticked),
        }
    }
}

/// The form. `chosen` outlives it: the form is made again with the page's data.
pub(super) fn buy(listing: ReactiveListing, chosen: RwSignal<Chosen>, lock: FormAction) -> AnyView {
    let fields = NodeRef::<Div>::new();
    let read = move || {
        let Some(fields) = fields.try_get_untracked().flatten() else { return };
        let number = browser::form_values(&fields, "count").first().and_then(|number| number.parse().ok());
        let _ = chosen.try_set(Chosen { number, seats: browser::form_values(&fields, "tickets[]") });
    };
    let changed = move |_| {
        read();
        // The last seat that is unticked gives the number back.
        request_animation_frame(read);
    };
    browser::effect(move || {
        // The choices and the seats on sale change with the listing, and the fields after them.
        listing.with(|_| ());
        request_animation_frame(move || {
            let _ = chosen.try_with_untracked(|chosen| browser::choose("count", chosen.number));
            read();
        });
    });
    let choices = listing.choices();
    let has_ticked = Signal::derive(move || chosen.with(|chosen| !chosen.seats.is_empty()));
    let number = dynamic(move || {
        let field = NumberField { name: "count", label: "How many", note: listing.with_untracked(split_note) };
        number_field(field, choices.get(), chosen.with_untracked(|chosen| chosen.number), has_ticked)
    });
    let known = move || chosen.with(|chosen| choices.with(|choices| chosen.count(choices)));
    let price = listing.price();
    let sum = move || {
        let text = known().and_then(|count| choices.with(|choices| sum(price, count, choices)));
        text.map(|text| view! { <span>{text}</span> }.into_any()).into_any()
    };
    let has_several = listing.with_untracked(|view| view.tickets.len() > 1);
    view! {
        <ServerForm action=lock>
            {hidden("ticket", listing.id().to_string())}
            {hidden("version", listing.version().to_string())}
            {hidden("price_cents", price.cents().to_string())}
            <div class="choice" node_ref=fields on:change=changed>
                {number}
                {seats(listing, chosen)}
            </div>
            {has_several.then(|| view! { <p class="total" aria-live="polite">{words(sum)}</p> }.into_any())}
            {words(move || lines(listing, known()))}
            {submit_button(words(move || view! { <span>{buy_label(known())}</span> }.into_any()), lock.is_busy())}
        </ServerForm>
        <p class="small">"Reserved for you while you pay. No fees: you pay exactly this price."</p>
    }
    .into_any()
}

/// The same form for a reader who is not signed in. It leads to sign-up, and from there to the order.
pub(super) fn buy_after_sign_up(listing: ReactiveListing) -> AnyView {
    let choices = listing.choices();
    let number = dynamic(move || {
        let field = NumberField { name: "count", label: "How many", note: listing.with_untracked(split_note) };
        number_field(field, choices.get(), None, Signal::stored(false))
    });
    view! {
        <form action="/signup" method="get">
            {hidden("ticket", listing.id().to_string())}
            {hidden("version", listing.version().to_string())}
            {hidden("price_cents", listing.price().cents().to_string())}
            {number}
            {words(move || lines(listing, choices.with(|choices| Chosen::default().count(choices))))}
            <button type="submit" class="btn btn-primary btn-full">
                {words(move || view! { <span>{choices.with(|choices| buy_label(Chosen::default().count(choices)))}</span> }.into_any())}
            </button>
        </form>
        <p class="small">"You sign up or sign in first, and then it is reserved for you while you pay. No fees: you pay exactly this price."</p>
    }
    .into_any()
}

/// A field for a number of tickets.
pub(super) struct NumberField {
    /// The argument's name in the server function.
    pub(super) name: &'static str,
    pub(super) label: &'static str,
    /// A hint below the field.
    pub(super) note: Option<&'static str>,
}

/// The field: a select, or a hidden one if there is one choice. `disabled` says whether the number does not count.
pub(super) fn number_field(
    NumberField { name, label, note }: NumberField,
    choices: Vec<usize>,
    chosen: Option<usize>,
    disabled: Signal<bool>,
) -> AnyView {
    let hint = note.map(|note| view! { <p class="hint" id="number-hint">{note}</p> }.into_any());
    match choices[..] {
        [] => ().into_any(),
        [only] => view! { {hidden(name, only.to_string())} {hint} }.into_any(),
        _ => {
            let option = |number: usize| {
                view! { <option value=number.to_string() selected={Some(number) == chosen}>{number.to_string()}</option> }.into_any()
            };
            view! {
                <div class="field">
                    <label for=name>{label}</label>
                    <select class="select" id=name name=name disabled=move || disabled.get() aria-describedby=note.map(|_| "number-hint")>
                        {choices.into_iter().map(option).collect_view()}
                    </select>
                    {hint}
                </div>
            }
            .into_any()
        }
    }
}

/// How the tickets may be split, for buyers.
pub(super) fn split_note(listing: &ListingView) -> Option<&'static str> {
    match listing.split {
        _ if listing.card.free < 2 => None,
        SplitRule::Any => None,
        SplitRule::Pairs => Some("Sold in pairs."),
        SplitRule::AllTogether => Some("Sold all together."),
        SplitRule::NeverLeaveOne => Some("No single ticket may be left over."),
    }
}

/// The seats, for a buyer who wants to choose. Only those on sale are shown.
fn seats(listing: ReactiveListing, chosen: RwSignal<Chosen>) -> Option<AnyView> {
    let tickets = listing.tickets();
    let has_seats = tickets.len() > 1 && tickets.iter().all(|ticket| !ticket.seat.is_empty());
    if !has_seats || listing.with_untracked(|view| view.split == SplitRule::AllTogether) {
        return None;
    }
    let is_single = move || listing.with(|view| count(&view.tickets, TicketStatus::OnSale) < 2);
    let ticked = chosen.with_untracked(|chosen| chosen.seats.clone());
    let is_open = !ticked.is_empty();
    let seat = |(place, TicketView { id, seat, .. }): (usize, TicketView)| {
        let id = id.to_string();
        let is_ticked = ticked.contains(&id);
        let is_gone = move || {
            listing.with(|view| view.tickets.get(place).is_none_or(|ticket| ticket.status != TicketStatus::OnSale))
        };
        view! {
            <label class="seat" class:gone=is_gone>
                <input type="checkbox" name="tickets[]" value=id checked=is_ticked disabled=is_gone/>
                "Seat " {seat}
            </label>
        }
        .into_any()
    };
    let choice = view! {
        <details class="seats" open=is_open class:gone=is_single>
            <summary>"Choose your seats"</summary>
            <fieldset class="seat-choice">
                <legend class="hint">"Tick the seats you want. With none ticked, we choose for you."</legend>
                <div class="seat-row">{tickets.into_iter().enumerate().map(seat).collect_view()}</div>
            </fieldset>
        </details>
    };
    Some(choice.into_any())
}

fn buy_label(count: Option<usize>) -> String {
    match count {
        Some(1) => "Buy ticket".to_owned(),
        Some(count) => format!("Buy {}", tickets(count)),
        None => "Buy tickets".to_owned(),
    }
}

/// The price of so many tickets in three lines, or that of one ticket if the page does not know the number.
fn lines(listing: ReactiveListing, count: Option<usize>) -> AnyView {
    let fee = listing.with_untracked(|view| view.fee);
    let each = count.is_none().then(|| view! { <p class="small">"For each ticket:"</p> }.into_any());
    view! { <div>{each} {price_lines(fee.parts(listing.price().times(count.unwrap_or(1))), BUYER)}</div> }.into_any()
}

/// What several tickets cost together, or that the seller does not sell this number of them.
fn sum(price: Money, count: usize, choices: &[usize]) -> Option<String> {
    if !choices.contains(&count) {
        return Some(format!("You cannot buy {count} of these. Choose {}.", any_of(choices)));
    }
    (count > 1).then(|| format!("{}: {}", tickets(count), price.times(count)))
}

/// `1, 2 or 4`.
fn any_of(choices: &[usize]) -> String {
    let numbers: Vec<_> = choices.iter().map(usize::to_string).collect();
    match numbers.split_last() {
        Some((last, others)) if !others.is_empty() => format!("{} or {last}", others.join(", ")),
        _ => numbers.concat(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chosen(number: Option<usize>, seats: usize) -> Chosen {
        Chosen { number, seats: vec![String::new(); seats] }
    }

    #[test]
    fn button_says_what_is_known() {
        let label = |chosen: Chosen, choices: &[usize]| buy_label(chosen.count(choices));
        assert_eq!(label(chosen(None, 0), &[1]), "Buy ticket");
        assert_eq!(label(chosen(None, 0), &[3]), "Buy 3 tickets");
        assert_eq!(label(chosen(None, 0), &[1, 2]), "Buy tickets");
        assert_eq!(label(chosen(Some(1), 0), &[1, 2]), "Buy ticket");
        assert_eq!(label(chosen(Some(2), 0), &[1, 2]), "Buy 2 tickets");
        assert_eq!(label(chosen(Some(1), 2), &[1, 2]), "Buy 2 tickets");
    }

    #[test]
    fn sum_is_exact_and_names_the_choices() {
        let price = Money::usd(4950);
        assert_eq!(sum(price, 1, &[1, 2, 3]), None);
        assert_eq!(sum(price, 3, &[1, 2, 3]).as_deref(), Some("3 tickets: $148.50"));
        assert_eq!(sum(price, 3, &[1, 2, 4]).as_deref(), Some("You cannot buy 3 of these. Choose 1, 2 or 4."));
        assert_eq!(sum(price, 1, &[2]).as_deref(), Some("You cannot buy 1 of these. Choose 2."));
    }
}
