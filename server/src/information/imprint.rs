//! `/imprint`: who runs this site.

use axum::{extract::State, response::Response};
use leptos::prelude::*;

use super::document::{About, mail_link, page};
use crate::{imprint::Imprint, state::SharedState};

const ABOUT: About =
    About { path: "/imprint", title: "Imprint", description: "Who runs this site, and how to reach them." };

pub(super) async fn show(State(state): State<SharedState>) -> Response {
    page(&state, &ABOUT, || {
        view! {
            <h1>"Imprint"</h1>
            <p class="lead">"Who runs this site, and how to reach them."</p>
            {facts(&state.imprint)}
            <h2>"The software"</h2>
            <p>"This site runs GitTix, a free program that anyone may run. Its authors do not run this site and do not hold your money."</p>
        }
        .into_any()
    })
}

/// Name, address and contact. What is missing is said to be, so that no reader looks for it elsewhere.
fn facts(imprint: &Imprint) -> AnyView {
    let Imprint { name, address, contact } = imprint.clone();
    if name.is_none() && address.is_empty() && contact.is_none() {
        return view! {
            <p class="notice"><strong>"This site has not said yet who runs it. "</strong> "Do not pay here until it does."</p>
        }
        .into_any();
    }
    view! {
        <dl class="facts">
            <div><dt>"Name"</dt><dd>{name.unwrap_or_else(|| "Not given".to_owned())}</dd></div>
            <div><dt>"Address"</dt><dd>{address_lines(address)}</dd></div>
            <div>
                <dt>"Email"</dt>
                <dd>
                    {match &contact {
                        Some(email) => mail_link(email),
                        None => view! { "Not given" }.into_any(),
                    }}
                </dd>
            </div>
        </dl>
    }
    .into_any()
}

fn address_lines(lines: Vec<String>) -> AnyView {
    if lines.is_empty() {
        return view! { "Not given" }.into_any();
    }
    view! { <address>{lines.into_iter().map(|line| view! { <span class="line">{line}</span> }).collect_view()}</address> }
        .into_any()
}
