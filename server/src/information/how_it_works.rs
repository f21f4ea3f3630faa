//! `/how-it-works`: buying and selling, step by step.

use app::document::in_words;
use axum::{extract::State, response::Response};
use leptos::prelude::*;

use super::document::{About, contact, page};
use crate::state::SharedState;

const ABOUT: About = About {
    path: "/how-it-works",
    title: "How it works",
    description: "How to buy and sell tickets on GitTix, step by step, and what GitTix does not do yet.",
};

pub(super) async fn show(State(state): State<SharedState>) -> Response {
    page(&state, &ABOUT, || {
        let rules = &state.backend.rules;
        let lock_length = in_words(rules.lock_length);
        let (attempts, most_held) = (rules.payment_attempts, rules.max_active_locks);
        view! {
            <h1>"How it works"</h1>
            <p class="lead">"People who cannot go sell their tickets here. People who can go buy them."</p>

            <h2>"When you buy"</h2>
            <ol role="list" class="steps">
                <li>
                    <h3>"Choose a ticket"</h3>
                    <p>"The price you see is the price you pay. Dates and times are those of the city where the event takes place."</p>
                </li>
                <li>
                    <h3>"Press Buy"</h3>
                    <p>{format!("The ticket is reserved for you for {lock_length}. No one else can buy it meanwhile. You have not paid anything yet, and you can cancel at any time before you pay.")}</p>
                </li>
                <li>
                    <h3>"Pay by card"</h3>
                    <p>{format!("Your bank may ask you to confirm the payment. If a card is declined, the ticket stays reserved and you can try again or use another card, {attempts} times in all.")}</p>
                </li>
                <li>
                    <h3>"The order says Complete"</h3>
                    <p>"Then the ticket is sold to you, and only then is your card charged. You find it under My orders."</p>
                </li>
            </ol>
            <p>{format!("You can hold {most_held} tickets at one time while you pay.")}</p>

            <h2>"When someone else is paying"</h2>
            <p>"Join the waitlist. If they do not pay in time, the ticket is reserved for the first person on the waitlist, for the full time. We mail you when it is your turn, and every page of GitTix says so."</p>

            <h2>"When you sell"</h2>
            <ol role="list" class="steps">
                <li>
                    <h3>"List your ticket"</h3>
                    <p>"Enter the event, the seats and your price. You can list several tickets at once and choose how they may be split."</p>
                </li>
                <li>
                    <h3>"Change your mind while no one is buying"</h3>
                    <p>"You can edit a listing or take it off sale as long as no ticket of it is reserved or sold."</p>
                </li>
                <li>
                    <h3>"Hand in the ticket"</h3>
                    <p>"Load the file that you got, or type its code. It is sealed, and no one gets it but the buyer who has paid. Your listing then says In hand. You can also hand it in after the sale: until the time that the page names, or the buyer gets the money back."</p>
                </li>
                <li>
                    <h3>"Follow the sale"</h3>
                    <p>"You see when a ticket is reserved, sold or back on sale. You never see who the buyer is, and the buyer does not see who you are."</p>
                </li>
            </ol>

            <h2>"What GitTix does not do yet"</h2>
            <ul>
                <li>"It does not pay sellers out. Money from sales is recorded under Balance. See " <a href="/money">"How your money is held"</a> "."</li>
                <li>"It does not ask the organiser whether a code that a seller handed in is good."</li>
            </ul>
            {contact(state.imprint.contact.as_ref())}
        }
        .into_any()
    })
}
