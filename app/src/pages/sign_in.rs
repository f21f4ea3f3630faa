//! `/signin`.

use leptos::prelude::*;
use leptos_meta::Title;
use model::{auth::Password, error::Field};

use super::in_query;
use crate::{
    api::SignIn,
    components::{EmailField, FormAction, FormError, ServerForm, SubmitButton, TextField, focus_invalid_field, hidden},
    paths::{local_path, with_query},
};

/// The form that signs a user in.
#[component]
pub(crate) fn SignInPage() -> impl IntoView {
    let sign_in = FormAction::new::<SignIn>();
    let failure = sign_in.failure();
    focus_invalid_field(sign_in);
    let next = next();
    let has_reset = in_query("done").get_untracked().as_deref() == Some("password");
    let sign_up = account_link("/signup", next.as_deref());
    view! {
        <Title text="Sign in"/>
        <section class="sheet sheet-narrow">
            <h1>"Sign in"</h1>
            {has_reset.then(|| view! { <p class="notice" role="status">"Your password is set. Sign in with it."</p> }.into_any())}
            <FormError failure/>
            <ServerForm action=sign_in>
                <NextField next/>
                <EmailField failure/>
                // No minimum length here: it would only add another message for a mistyped password.
                <TextField label="Password" name="password" field=Field::Password failure kind="password"
                    autocomplete="current-password" max_chars=Password::MAX_CHARS/>
                <SubmitButton label="Sign in" busy=sign_in.is_busy()/>
            </ServerForm>
            <p class="aside"><a href="/forgot">"Forgotten your password?"</a></p>
            <p class="aside">"New here? " <a href=sign_up>"Create an account"</a></p>
        </section>
    }
    .into_any()
}

/// The page to open after signing in.
pub(super) fn next() -> Option<String> {
    in_query("next").get_untracked().as_deref().and_then(local_path).map(ToOwned::to_owned)
}

/// The address of the other account page, with the same `next`.
pub(super) fn account_link(path: &str, next: Option<&str>) -> String {
    next.map_or_else(|| path.to_owned(), |next| with_query(path, "next", next))
}

/// Sends `next` with the form.
#[component]
pub(super) fn NextField(next: Option<String>) -> impl IntoView {
    next.map(|next| hidden("next", next))
}
