//! `/terms`: a template, to be completed by the operator.

use app::document::in_words;
use axum::{extract::State, response::Response};
use leptos::prelude::*;

use super::document::{About, contact, page, template_notice};
use crate::state::SharedState;

const ABOUT: About = About {
    path: "/terms",
    title: "Terms",
    description: "The terms of buying and selling on this site. A template to be completed.",
};

pub(super) async fn show(State(state): State<SharedState>) -> Response {
    page(&state, &ABOUT, || {
        let name = state.imprint.name.clone().unwrap_or_else(|| "[name of the company or person]".to_owned());
        let lock_length = in_words(state.backend.rules.lock_length);
        view! {
            <h1>"Terms"</h1>
            {template_notice("these terms")}
            <p>{format!("These terms are between you and {name}, who runs this site (“we”). The ")} <a href="/imprint">"imprint"</a> " says how to reach us."</p>

            <h2>"What this site does"</h2>
            <p>"People sell tickets to each other here. The seller of a ticket is the person who listed it. [Say here whether you sell in your own name, or only bring buyer and seller together.]"</p>

            <h2>"Buying"</h2>
            <ul>
                <li>{format!("When you press Buy, a ticket is reserved for you for {lock_length}. You owe nothing until you pay.")}</li>
                <li>"The sale is made when your order says Complete. Your card is then charged the price that you saw, and nothing on top."</li>
                <li>"If a ticket cannot be sold to you, you are not charged, or all of your money goes back to your card."</li>
                <li>"[Say here what holds when an event is cancelled or moved, when a ticket does not work, and whether buyers can withdraw from a sale.]"</li>
            </ul>

            <h2>"Selling"</h2>
            <ul>
                <li>"List only tickets that you have and may sell. Describe them as they are printed."</li>
                <li>"You cannot change or withdraw a ticket while it is reserved or after it is sold."</li>
                <li>"The fee is on the page " <a href="/fees">"Fees"</a> ". It is taken from the price when a ticket is sold."</li>
                <li>"[Say here when and how sellers are paid. The software does not pay them out yet.]"</li>
                <li>"Hand in each ticket until the time that its page names. If it is not there by then, the buyer gets the money back and the sale is lost."</li>
            </ul>

            <h2>"Your account"</h2>
            <p>"Keep your password to yourself. One person has one account. You can delete it under Account."</p>

            <h2>"What we may do"</h2>
            <p>"[Say here when you take a listing down, close an account or hold money back, and how a person can object.]"</p>

            <h2>"Law"</h2>
            <p>"[Law that applies, courts, where consumers can complain, since when these terms hold.]"</p>
            {contact(state.imprint.contact.as_ref())}
        }
        .into_any()
    })
}
