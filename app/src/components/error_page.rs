//! The page that is shown instead of one that failed.

use leptos::prelude::*;
use leptos_meta::Title;
use model::Code;

use super::{
    form::other_account,
    request_id::{current_address, page_request_id},
};
use crate::{ApiError, browser, paths::sign_in_then};

/// What a buyer who holds a ticket needs to know first.
const NOTHING_CHANGED: &str = "Nothing was changed. Tickets reserved for you stay reserved until their time is up.";

/// The content of a page that failed with `error`, with the matching status. A reader who has to sign
/// in is redirected to sign-in and back.
pub(crate) fn error_page(error: &ApiError) -> AnyView {
    let here = current_address();
    let code = error.0.code();
    if code == Code::NotSignedIn {
        return sign_in_redirect(&sign_in_then(&here));
    }
    #[cfg(feature = "ssr")]
    crate::server::error::set_page_status(code);
    let is_offline = code == Code::Unavailable && browser::is_offline();
    let needs_second_factor = code == Code::SecondFactorNeeded;
    let (title, advice) = match code.status() {
        _ if is_offline => ("You seem to be offline", NOTHING_CHANGED),
        _ if needs_second_factor => ("Second factor needed", "It takes a phone and two minutes."),
        404 => ("Not found", "It may have been removed, or the link is mistyped."),
        403 => ("Not yours", "You are signed in, but this belongs to another user."),
        422 => ("Link not valid", "The link may be mistyped."),
        429 => ("Wait a moment", NOTHING_CHANGED),
        503 => ("Back in a moment", NOTHING_CHANGED),
        _ => ("Something went wrong", NOTHING_CHANGED),
    };
    let can_retry = code.status() == 429 || code.status() >= 500;
    let request_id = error.0.request_id().map(ToOwned::to_owned).or_else(page_request_id);
    view! {
        <Title text=title/>
        <section class="error-page" data-retry=can_retry.then_some("")>
            {(!is_offline).then(|| view! { <p class="error-status" aria-hidden="true">{code.status().to_string()}</p> }.into_any())}
            <h1>{title}</h1>
            {other_account().map(|words| view! { <p class="notice notice-error" role="alert">{words}</p> }.into_any())}
            <p class="lead">{if is_offline { "This page is loaded when you are connected again.".to_owned() } else { error.to_string() }}</p>
            <p>{advice}</p>
            <p class="actions">
                {can_retry.then(|| view! { <a class="btn btn-primary" rel="external" href=here>"Try again"</a> }.into_any())}
                {needs_second_factor.then(|| view! { <a class="btn btn-primary" href="/account/second-factor">"Set it up"</a> }.into_any())}
                <a class="btn" href="/">"Tickets on sale"</a>
                {can_retry.then(|| view! { <a class="btn" href="/orders">"Your reserved tickets"</a> }.into_any())}
            </p>
            {request_id.map(|id| view! { <p class="small">"If you contact us, quote this reference: " <code>{id}</code></p> }.into_any())}
        </section>
    }
    .into_any()
}

/// Redirects to sign-in with a full load, so that the header learns of the lost session, too.
fn sign_in_redirect(address: &str) -> AnyView {
    #[cfg(feature = "ssr")]
    crate::server::error::redirect_page(address);
    let target = address.to_owned();
    browser::effect(move || browser::go_to(&target));
    let address = address.to_owned();
    view! {
        <Title text="Sign in"/>
        <section class="error-page">
            <h1>"Sign in to continue"</h1>
            <p class="actions"><a class="btn btn-primary" rel="external" href=address>"Go to sign-in"</a></p>
        </section>
    }
    .into_any()
}
