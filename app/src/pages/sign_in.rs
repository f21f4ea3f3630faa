//! `/signin`.

use leptos::prelude::*;
use leptos_meta::Title;
use model::{auth::Password, error::Field};

use super::in_query;
use crate::{
    api::SignIn,
    components::{Call, CallForm, EmailField, FormProblem, Submit, TextField, focus_first_problem},
    paths::{local_path, with_query},
};

/// For who has an account.
#[component]
pub(crate) fn SignInPage() -> impl IntoView {
    let sign_in = Call::to::<SignIn>();
    let failure = sign_in.failure();
    focus_first_problem(sign_in);
    let next = next();
    let has_reset = in_query("done").get_untracked().as_deref() == Some("password");
    let sign_up = account_link("/signup", next.as_deref());
    view! {
        <Title text="Sign in"/>
        <section class="sheet sheet-narrow">
            <h1>"Sign in"</h1>
            {has_reset.then(|| view! { <p class="notice" role="status">"Your password is set. Sign in with it."</p> })}
            <FormProblem failure/>
            <CallForm call=sign_in>
                <NextField next/>
                <EmailField failure/>
                // A lower bound here would only tell people that they mistyped in another way.
                <TextField label="Password" name="password" field=Field::Password failure kind="password"
                    autocomplete="current-password" max_chars=Password::MAX_CHARS/>
                <Submit label="Sign in" busy=sign_in.is_busy()/>
            </CallForm>
            <p class="aside"><a href="/forgot">"Forgotten your password?"</a></p>
            <p class="aside">"New here? " <a href=sign_up>"Open an account"</a></p>
        </section>
    }
    .into_any()
}

/// Where the reader was on the way to.
pub(super) fn next() -> Option<String> {
    in_query("next").get_untracked().as_deref().and_then(local_path).map(ToOwned::to_owned)
}

/// The other of the two account pages, with the same way on.
pub(super) fn account_link(path: &str, next: Option<&str>) -> String {
    next.map_or_else(|| path.to_owned(), |next| with_query(path, "next", next))
}

/// Carries the way on through the form.
#[component]
pub(super) fn NextField(next: Option<String>) -> impl IntoView {
    next.map(|next| view! { <input type="hidden" name="next" value=next/> })
}
