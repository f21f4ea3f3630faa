//! A page that cannot show what was asked for.

use leptos::prelude::*;
use leptos_meta::Title;
use model::Code;

use super::request;
use crate::{ApiError, paths::sign_in_then};

/// What whoever holds a ticket wants to know first.
const NOTHING_IS_LOST: &str =
    "Nothing was changed. Tickets that you have locked stay locked for you until their time is up.";

/// The whole content of a page that failed with `error`, with the status to match.
/// Whoever is not signed in is led to where they can, and back.
pub(crate) fn trouble(error: &ApiError) -> AnyView {
    let here = request::address();
    let code = error.0.code();
    if code == Code::NotSignedIn {
        return led_to_sign_in(&sign_in_then(&here));
    }
    #[cfg(feature = "ssr")]
    crate::server::error::set_status_of_page(code);
    let (title, advice) = match code.status() {
        404 => ("Not found", "It may have been taken down, or the address has a slip in it."),
        403 => ("Not yours", "You are signed in, but this belongs to somebody else."),
        422 => ("Not understood", "The address has a slip in it."),
        429 => ("Wait a moment", NOTHING_IS_LOST),
        503 => ("Back in a moment", NOTHING_IS_LOST),
        _ => ("Something went wrong", NOTHING_IS_LOST),
    };
    let can_retry = code.status() == 429 || code.status() >= 500;
    let request_id = error.0.request_id().map(ToOwned::to_owned).or_else(request::request_of_page);
    view! {
        <Title text=title/>
        <section class="trouble">
            <p class="trouble-code" aria-hidden="true">{code.status()}</p>
            <h1>{title}</h1>
            <p class="lead">{error.to_string()}</p>
            <p>{advice}</p>
            <p class="actions">
                {can_retry.then(|| view! { <a class="btn btn-primary" rel="external" href=here>"Try again"</a> })}
                <a class="btn" href="/">"Tickets on sale"</a>
                {can_retry.then(|| view! { <a class="btn" href="/orders">"What you have locked"</a> })}
            </p>
            {request_id.map(|id| view! { <p class="small">"Should you ask us about it, name this request: " <code>{id}</code></p> })}
        </section>
    }
    .into_any()
}

/// A full load of the sign-in page, so that the header learns of the lost session, too.
fn led_to_sign_in(address: &str) -> AnyView {
    #[cfg(feature = "ssr")]
    crate::server::error::redirect_page(address);
    let target = address.to_owned();
    Effect::new(move || crate::browser::go_to(&target));
    let address = address.to_owned();
    view! {
        <Title text="Sign in"/>
        <section class="trouble">
            <h1>"Sign in to go on"</h1>
            <p class="actions"><a class="btn btn-primary" rel="external" href=address>"Go to sign-in"</a></p>
        </section>
    }
    .into_any()
}
