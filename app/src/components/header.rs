//! The header of every page.

use leptos::prelude::*;
use leptos_router::hooks::use_location;

use super::{FormAction, ServerForm, Session, SubmitButton, transition};
use crate::api::SignOut;

/// The brand and the navigation, which depends on whether a user is signed in.
#[component]
pub(crate) fn Header(
    /// The signed-in user.
    session: Session,
) -> impl IntoView {
    let sign_out = FormAction::new::<SignOut>();
    let path = use_location().pathname;
    view! {
        <a class="skip-link" href="#content" rel="external">"Skip to content"</a>
        <header class="site-header">
            <a class="brand" href="/" aria-current=move || is_current(path, "/")>
                <span class="brand-mark" aria-hidden="true"></span>
                "GitTix"
            </a>
            <nav class="site-nav" aria-label="Main">
                {transition(
                    || ().into_any(),
                    move || async move {
                        match session.0.get().await {
                            Ok(Some(user)) => signed_in(path, user.email, sign_out),
                            // If the session cannot be read, the links to sign in are the ones that help.
                            Ok(None) | Err(_) => signed_out(path),
                        }
                    },
                )}
            </nav>
        </header>
    }
    .into_any()
}

fn signed_in(path: Memo<String>, email: String, sign_out: FormAction) -> AnyView {
    view! {
        {link(path, "/tickets/new", "nav-link nav-strong", "Sell a ticket")}
        {link(path, "/orders", "nav-link", "My orders")}
        {link(path, "/listings", "nav-link", "My listings")}
        {link(path, "/account", "nav-link", "Account")}
        <bdi class="nav-account">{email}</bdi>
        <ServerForm action=sign_out>
            <SubmitButton label="Sign out" busy=sign_out.is_busy() class="nav-link nav-button"/>
        </ServerForm>
    }
    .into_any()
}

fn signed_out(path: Memo<String>) -> AnyView {
    view! {
        {link(path, "/signin", "nav-link", "Sign in")}
        {link(path, "/signup", "nav-link nav-strong", "Sign up")}
    }
    .into_any()
}

fn link(path: Memo<String>, address: &'static str, class: &'static str, label: &'static str) -> AnyView {
    view! { <a class=class href=address aria-current=move || is_current(path, address)>{label}</a> }.into_any()
}

/// The value of `aria-current` for a link: the header stays while the pages below it change.
fn is_current(path: Memo<String>, address: &str) -> Option<&'static str> {
    path.with(|path| path == address).then_some("page")
}
