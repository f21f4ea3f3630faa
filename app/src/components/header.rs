//! The top of every page.

use leptos::prelude::*;

use super::{Call, CallForm, Session, Submit};
use crate::api::SignOut;

/// Brand and ways around, by who is signed in.
#[component]
pub(crate) fn Header(
    /// Who is.
    session: Session,
) -> impl IntoView {
    let sign_out = Call::to::<SignOut>();
    view! {
        <a class="skip-link" href="#content" rel="external">"Skip to content"</a>
        <header class="site-header">
            <a class="brand" href="/">
                <span class="brand-mark" aria-hidden="true"></span>
                "GitTix"
            </a>
            <nav class="site-nav" aria-label="Main">
                <Transition>
                    {move || Suspend::new(async move {
                        match session.0.await {
                            Ok(Some(_)) => signed_in(sign_out),
                            // Where it cannot be told, the ways in are the ones that help.
                            Ok(None) | Err(_) => signed_out(),
                        }
                    })}
                </Transition>
            </nav>
        </header>
    }
    .into_any()
}

fn signed_in(sign_out: Call) -> AnyView {
    view! {
        <a class="nav-link nav-strong" href="/tickets/new">"Sell a ticket"</a>
        <a class="nav-link" href="/orders">"My orders"</a>
        <a class="nav-link" href="/listings">"My listings"</a>
        <a class="nav-link" href="/account">"Account"</a>
        <CallForm call=sign_out>
            <Submit label="Sign out" busy=sign_out.is_busy() class="nav-link nav-button"/>
        </CallForm>
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
