//! The header of every page.

use leptos::prelude::*;

use super::{FormAction, ServerForm, Session, SubmitButton, transition};
use crate::api::SignOut;

/// The brand and the navigation, which depends on whether a user is signed in.
#[component]
pub(crate) fn Header(
    /// The signed-in user.
    session: Session,
) -> impl IntoView {
    let sign_out = FormAction::new::<SignOut>();
    view! {
        <a class="skip-link" href="#content" rel="external">"Skip to content"</a>
        <header class="site-header">
            <a class="brand" href="/">
                <span class="brand-mark" aria-hidden="true"></span>
                "GitTix"
            </a>
            <nav class="site-nav" aria-label="Main">
                {transition(
                    || ().into_any(),
                    move || async move {
                        match session.0.get().await {
                            Ok(Some(_)) => signed_in(sign_out),
                            // If the session cannot be read, the links to sign in are the ones that help.
                            Ok(None) | Err(_) => signed_out(),
                        }
                    },
                )}
            </nav>
        </header>
    }
    .into_any()
}

fn signed_in(sign_out: FormAction) -> AnyView {
    view! {
        <a class="nav-link nav-strong" href="/tickets/new">"Sell a ticket"</a>
        <a class="nav-link" href="/orders">"My orders"</a>
        <a class="nav-link" href="/listings">"My listings"</a>
        <a class="nav-link" href="/account">"Account"</a>
        <ServerForm action=sign_out>
            <SubmitButton label="Sign out" busy=sign_out.is_busy() class="nav-link nav-button"/>
        </ServerForm>
    }
    .into_any()
}

fn signed_out() -> AnyView {
    view! {
        <a class="nav-link" href="/signin">"Sign in"</a>
        <a class="nav-link nav-strong" href="/signup">"Sign up"</a>
    }
    .into_any()
}
