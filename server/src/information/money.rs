//! `/money`: where a buyer's money is at each step. It says what is so today, and promises nothing.

use app::document::in_words;
use axum::{extract::State, response::Response};
use leptos::prelude::*;

use super::document::{About, contact, page};
use crate::state::SharedState;

const ABOUT: About = About {
    path: "/money",
    title: "How your money is held",
    description: "When your card is charged on GitTix, who holds the money, when it comes back, and what sellers get.",
};

pub(super) async fn show(State(state): State<SharedState>) -> Response {
    page(&state, &ABOUT, || {
        let lock_length = in_words(state.backend.rules.lock_length);
        view! {
            <h1>"How your money is held"</h1>
            <p class="lead">"Your card is charged when the ticket is sold to you, and not before."</p>

            <h2>"Step by step"</h2>
            <ol role="list" class="steps">
                <li>
                    <h3>"You press Buy: no money moves"</h3>
                    <p>{format!("The ticket is reserved for you for {lock_length}. If you do not pay, you owe nothing.")}</p>
                </li>
                <li>
                    <h3>"You send your card: your bank sets the money aside"</h3>
                    <p>"This is called an authorisation. Your bank may show it as pending. The money is still yours."</p>
                </li>
                <li>
                    <h3>"The ticket is still reserved for you: your card is charged"</h3>
                    <p>"The order then says Complete, and the ticket is sold to you."</p>
                </li>
                <li>
                    <h3>"The ticket is no longer there: you are not charged"</h3>
                    <p>"We give up the authorisation. If your card was charged already, all of the money goes back to it by itself. Banks take a few days to show that."</p>
                </li>
            </ol>

            <h2>"Who holds it"</h2>
            <p>"Card payments go through Stripe. You type your card number into Stripe’s form: GitTix never sees or stores it. After the sale the money is in the Stripe account of the company or person that runs this site. The " <a href="/imprint">"imprint"</a> " says who that is."</p>

            <h2>"What the seller gets"</h2>
            <p>"Each sale is recorded in the seller’s balance: the price, minus the fee of this site. See " <a href="/fees">"Fees"</a> "."</p>
            <p class="notice"><strong>"GitTix does not pay sellers out yet. "</strong> "The balance shows what a seller has earned, and there is no way to withdraw it here. We name no date until we can keep it."</p>

            <h2>"When you get money back"</h2>
            <ul>
                <li>"The ticket could not be sold to you although your card was charged: by itself, in full."</li>
                <li>"Who runs this site gives your money back: in full, to the same card. The order then says so."</li>
                <li>"You return unopened tickets within 30 minutes of buying them, more than 48 hours before the event: in full."</li>
                <li>"The seller does not hand in a promised ticket in time: by itself, in full."</li>
                <li>"Who runs this site marks the event as cancelled: by itself, in full."</li>
                <li>"An event is moved, or a ticket does not work at the door: GitTix has no rule for this yet and does nothing by itself. Write to us."</li>
            </ul>

            <h2>"How you can check"</h2>
            <ul>
                <li>"The page of your order lists every step of your payment with its time."</li>
                <li>"Sellers see every sale and every refund under Balance."</li>
                <li>"Every charge and every refund is recorded twice, as what one side gives and the other gets. A check compares both sides and reports each cent that does not match."</li>
            </ul>
            {contact(state.imprint.contact.as_ref())}
        }
        .into_any()
    })
}
