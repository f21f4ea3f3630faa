//! `/privacy`: what the software stores, and a template for what only the operator knows.

use axum::{extract::State, response::Response};
use domain::{
    auth::{
        known_browser::KNOWN_DAYS,
        session::{ABSOLUTE_DAYS, IDLE_DAYS},
    },
    drafts::DRAFTS_KEPT_DAYS,
};
use leptos::prelude::*;

use super::document::{About, contact, page, template_notice};
use crate::state::SharedState;

const ABOUT: About = About {
    path: "/privacy",
    title: "Privacy",
    description: "What this site stores about you, for how long, and who else gets it. A template to be completed.",
};

pub(super) async fn show(State(state): State<SharedState>) -> Response {
    page(&state, &ABOUT, || {
        let name = state.imprint.name.clone().unwrap_or_else(|| "[name of the company or person]".to_owned());
        view! {
            <h1>"Privacy"</h1>
            {template_notice("this text")}
            <p>{format!("{name} runs this site and is responsible for your data. The ")} <a href="/imprint">"imprint"</a> " says how to reach them."</p>

            <h2>"What is stored"</h2>
            <ul>
                <li><strong>"Your account: "</strong> "your email, and your password in a form that cannot be read back."</li>
                <li><strong>"Your devices: "</strong> {format!("the kind of browser, and when you signed in and were last here. They are deleted {IDLE_DAYS} days after your last visit, or {ABSOLUTE_DAYS} days after you signed in.")}</li>
                <li><strong>"Tries to sign in: "</strong> "the email that was typed, the network, and the time. Deleted after a day."</li>
                <li><strong>"Tries to sign up, to sign in by a code, and to change your email: "</strong> "the email that was typed, the password in a form that cannot be read back, and the time; of a change also the former email. Deleted after a day."</li>
                <li><strong>"A second factor, if you set one up: "</strong> "the key of your app, sealed, and your recovery codes in a form that cannot be read back, until you turn it off."</li>
                <li><strong>"Tickets that you give away: "</strong> "the email that you typed, until you delete your account. Your friend sees your email, and you see theirs."</li>
                <li><strong>"Files and codes of tickets that you sell: "</strong> "sealed, for their buyers."</li>
                <li><strong>"Requests for a new password: "</strong> "the email and the time. Deleted after a day."</li>
                <li><strong>"What you list, reserve, buy and sell: "</strong> "tickets, orders, payments, and places on waitlists."</li>
                <li><strong>"Cards that you try: "</strong> "the network, the time, and whether the bank declined; of the card nothing. Deleted after three days, also if you delete your account before."</li>
                <li><strong>"What you type into the form of a listing: "</strong> {format!("as a draft, until you list or discard it, or {DRAFTS_KEPT_DAYS} days after you last changed it.")}</li>
                <li><strong>"Emails that you turned off: "</strong> "which kinds, until you turn them on again."</li>
                <li><strong>"What you watch: "</strong> "events and listings, until the event starts or you stop."</li>
                <li><strong>"About a payment, until it is dealt with: "</strong> "what Stripe tells us of it, which may have the name of the card’s owner and the last four digits."</li>
            </ul>
            <p>"Sellers see how often their listings are opened: only the number on a day is stored, and nothing about who looked."</p>
            <p>"Card numbers are never stored here. Orders, payments and records of money are kept for good, as a record of sales. [Say here which law asks for that and for how long.]"</p>

            <h2>"Cookies"</h2>
            <p>"All are of this site, and only this site reads them:"</p>
            <ul>
                <li>"One when you sign in: it keeps you signed in."</li>
                <li>{format!("One that shows that you have signed in before in this browser, for {KNOWN_DAYS} days: strangers who try passwords then do not keep you out.")}</li>
                <li>"One for each step that is done in one browser: signing up, signing in by a code, the second step of signing in, changing your email, setting a new password. They end within half an hour."</li>
                <li>"One when you search in a city: it names the city, so that the home page begins there."</li>
                <li>"Some that end within a minute, for what the next page has to say."</li>
            </ul>
            <p>"There is no advertising and no tracking. So that no one floods the site, requests are counted by network and by account, for an hour at most. Your browser keeps what you type into forms until you close the tab, your last searches, and the tickets that you open for the gate."</p>

            <h2>"Who else gets data"</h2>
            <ul>
                <li>"Who looks at your listing: since which month you have an account, how many tickets you have sold, how many of those were refunded, and what else you list for the event."</li>
                <li>"Stripe, when you pay: your card and what your browser tells Stripe."</li>
                <li>"The mail provider, when we send you a code, a link, or what you have to know about your tickets and your money: your email, and what the mail says. [Name the provider.]"</li>
                <li>"The hosting provider. [Name it, and the countries where data is kept.]"</li>
                <li>"Buyers and sellers learn nothing about each other that names a person. The giver and the recipient of a ticket see each other’s email."</li>
            </ul>

            <h2>"Your rights"</h2>
            <ul>
                <li>"Under Account you can download everything that is stored about you, in one file."</li>
                <li>"There you can also delete your account. Your email, password and devices are erased. Records of sales stay, without your email."</li>
                <li>"[Say here why the data is processed, which other rights people have, and which authority they can complain to.]"</li>
            </ul>
            {contact(state.imprint.contact.as_ref())}
        }
        .into_any()
    })
}
