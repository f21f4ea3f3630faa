//! The document of the page for the gate. It brings styles and script along: a device keeps it as one file.

use app::document::render;
use axum::http::HeaderValue;
use domain::delivery::gate::Gate;
use leptos::{nonce::Nonce, prelude::*};
use model::delivery::OpenTicket;

const STYLE: &str = include_str!("page.css");
const SCRIPT: &str = include_str!("page.js");

/// The document. `back` is the page of the order's tickets.
pub(super) fn document(gate: Gate, back: String, nonce: Option<&Nonce>) -> String {
    let nonce = nonce.map(ToString::to_string);
    let Gate { title, when_and_where, tickets, .. } = gate;
    let count = tickets.len();
    let tickets = tickets.into_iter().enumerate().map(|(place, shown)| ticket(place + 1, count, shown));
    let tickets = tickets.collect_view().into_any();
    render(|| {
        view! {
            <!DOCTYPE html>
            <html lang="en">
                <head>
                    <meta charset="utf-8"/>
                    <meta name="viewport" content="width=device-width, initial-scale=1"/>
                    <meta name="format-detection" content="telephone=no, date=no, address=no, email=no"/>
                    <meta name="theme-color" content="#ffffff"/>
                    <meta name="robots" content="noindex"/>
                    <link rel="icon" type="image/svg+xml" href="/favicon.svg"/>
                    <title>{format!("At the gate: {title} · GitTix")}</title>
                    <style nonce=nonce.clone() inner_html=STYLE></style>
                </head>
                <body>
                    <header>
                        <h1 dir="auto">{title}</h1>
                        <p>{when_and_where}</p>
                    </header>
                    <main class="main">
                        <ol class="tickets" tabindex="0" aria-label="Your tickets">{tickets}</ol>
                    </main>
                    <footer>
                        <p>"Turn up the brightness of the screen." <span id="awake" hidden>" It stays on while you see this page."</span></p>
                        <p id="kept" hidden>"Kept on this device until the event is over: it opens without a network."</p>
                        <p id="not-kept" hidden>"This browser cannot keep the page. Open it while there is a network, or take a picture of the screen."</p>
                        <noscript><p>"Without JavaScript this page needs a network. Load your file or print the tickets before you go."</p></noscript>
                        <p><a href=back>"All about these tickets"</a></p>
                    </footer>
                    <script nonce=nonce inner_html=SCRIPT></script>
                </body>
            </html>
        }
        .into_any()
    })
}

fn ticket(number: usize, count: usize, ticket: OpenTicket) -> AnyView {
    let OpenTicket { place, picture, kind, text, .. } = ticket;
    let note =
        picture.is_none().then_some("This ticket has no code that we can draw. Show the file that you have loaded.");
    let step = |number: usize, name: &'static str| view! { <a href=format!("#ticket-{number}")>{name}</a> }.into_any();
    let previous = if number > 1 { step(number - 1, "← Before") } else { view! { <span></span> }.into_any() };
    let next = if number < count { step(number + 1, "Next →") } else { view! { <span></span> }.into_any() };
    let steps = (count > 1).then(|| {
        view! { <p class="steps">{previous} <span>{format!("{number} of {count}")}</span> {next}</p> }.into_any()
    });
    view! {
        <li id=format!("ticket-{number}")>
            <h2>{place}</h2>
            {note.map(|note| view! { <p>{note}</p> }.into_any())}
            // Drawn by the server, of modules alone: nothing in it was typed.
            {picture.map(|picture| view! { <div class="code" role="img" aria-label=kind inner_html=picture></div> }.into_any())}
            {text.map(|text| view! { <p class="text"><bdi>{text}</bdi></p> }.into_any())}
            {steps}
        </li>
    }
    .into_any()
}

/// What the document may do: run its own style and script, register its worker, and load itself once more to be kept.
pub(super) fn policy(nonce: Option<&Nonce>) -> HeaderValue {
    let own = nonce.map_or_else(|| "'none'".to_owned(), |nonce| format!("'nonce-{nonce}'"));
    let policy = format!(
        "default-src 'none'; style-src {own}; script-src {own}; worker-src 'self'; connect-src 'self'; img-src 'self'; \
         base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    );
    HeaderValue::from_str(&policy).unwrap_or(HeaderValue::from_static("default-src 'none'; frame-ancestors 'none'"))
}
