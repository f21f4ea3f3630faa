//! The document around each page, and the parts that several pages have.

use app::{
    document::{render, shared_head, site_footer},
    head::{self, public_head},
};
use axum::{
    http::{HeaderValue, header},
    response::{Html, IntoResponse, Response},
};
use domain::auth::email::Email;
use leptos::prelude::*;

use crate::state::ServerState;

/// No script, no frame, no call: the stylesheet, the icons, and the form of the help page.
const POLICY: HeaderValue = HeaderValue::from_static(
    "default-src 'none'; style-src 'self'; img-src 'self'; manifest-src 'self'; form-action 'self'; base-uri 'none'; \
     frame-ancestors 'none'",
);
/// The pages are the same for all readers. A minute, because they name the stylesheet of this release.
const SHARED: HeaderValue = HeaderValue::from_static("public, max-age=60");

/// Title and description of a page.
pub(super) struct About {
    /// Its address.
    pub(super) path: &'static str,
    /// For the browser's tab and the results of search engines.
    pub(super) title: &'static str,
    /// For the results of search engines.
    pub(super) description: &'static str,
}

/// A page as a response. `content` renders what is between header and footer; its first element is the `h1`.
pub(super) fn page(state: &ServerState, about: &About, content: impl FnOnce() -> AnyView) -> Response {
    let body = render(|| document(state, about, content()));
    ([(header::CONTENT_SECURITY_POLICY, POLICY), (header::CACHE_CONTROL, SHARED)], Html(body)).into_response()
}

fn document(state: &ServerState, about: &About, content: AnyView) -> AnyView {
    view! {
        <!DOCTYPE html>
        <html lang="en">
            <head>
                {shared_head(state.leptos.clone())}
                <link rel="stylesheet" href="/information.css"/>
                <title>{format!("{} · GitTix", about.title)}</title>
                {public_head(&state.public_url, &head::About::page(about.title, about.description, about.path))}
            </head>
            <body>
                <a class="skip-link" href="#content">"Skip to content"</a>
                <header class="site-header">
                    <a class="brand" href="/">
                        <span class="brand-mark" aria-hidden="true"></span>
                        "GitTix"
                    </a>
                    // The same for all readers: who is signed in is not looked up.
                    <nav class="site-nav" aria-label="Main">
                        <a class="nav-link" href="/orders">"My orders"</a>
                        <a class="nav-link nav-strong" href="/tickets/new">"Sell a ticket"</a>
                    </nav>
                </header>
                <main id="content" class="content" tabindex="-1">
                    <article class="prose">{content}</article>
                </main>
                {site_footer(Some(state.backend.rules.lock_length))}
            </body>
        </html>
    }
    .into_any()
}

/// Where to write to.
pub(super) fn contact(email: Option<&Email>) -> AnyView {
    match email {
        Some(email) => view! { <p>"Another question? Write to " {mail_link(email)} "."</p> }.into_any(),
        None => {
            view! { <p>"Another question? This site has not named an email address to write to yet."</p> }.into_any()
        }
    }
}

/// An email address that opens the reader's mail program.
pub(super) fn mail_link(email: &Email) -> AnyView {
    let email = email.as_str().to_owned();
    let address = format!("mailto:{email}");
    view! { <a href=address>{email}</a> }.into_any()
}

/// What stands above a text that the operator has to complete.
pub(super) fn template_notice(text: &'static str) -> AnyView {
    view! {
        <p class="notice">
            <strong>"This is a template. "</strong>
            {format!("It comes with the software and is not legal advice. Who runs this site must complete {text} and have it checked before they sell tickets. Parts in [brackets] are missing.")}
        </p>
    }
    .into_any()
}
