//! `/signin/code`: the second step of signing in, for accounts with a second factor.

use leptos::prelude::*;
use leptos_meta::Title;
use model::error::Field;

use super::sign_in::{NextField, account_link, next};
use crate::{
    api::EnterSignInCode,
    components::{FormAction, FormError, ServerForm, SubmitButton, TextField, focus_invalid_field},
};

/// The form for a code of the app.
#[component]
pub(crate) fn SignInCodePage() -> impl IntoView {
    let enter = FormAction::new::<EnterSignInCode>();
    let failure = enter.failure();
    focus_invalid_field(enter);
    let next = next();
    let again = account_link("/signin", next.as_deref());
    view! {
        <Title text="Enter your code"/>
        <section class="sheet sheet-narrow">
            <h1>"Enter your code"</h1>
            <p class="lead">"Type the six digits that your app shows for GitTix."</p>
            <FormError failure/>
            <ServerForm action=enter>
                <NextField next/>
                <TextField
                    field=Field::Code
                    failure
                    autocomplete="one-time-code"
                    hint="Without your app, type one of your recovery codes."
                />
                <SubmitButton label="Sign in" busy=enter.is_busy()/>
            </ServerForm>
            <p class="aside">"Taken longer than ten minutes? " <a href=again>"Begin again"</a></p>
        </section>
    }
    .into_any()
}
