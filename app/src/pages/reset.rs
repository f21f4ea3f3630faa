//! `/reset`: where the link of a mail leads.

use leptos::prelude::*;
use leptos_meta::Title;
use model::error::Field;

use super::in_query;
use crate::{
    api::ResetPassword,
    components::{Call, CallForm, FormProblem, NewPasswordField, Submit, focus_first_problem},
};

/// The form for another password. Opening it changes nothing, so that a mail program that looks at
/// links uses none up.
#[component]
pub(crate) fn ResetPage() -> impl IntoView {
    let token = in_query("token").get_untracked().unwrap_or_default();
    let reset = Call::to::<ResetPassword>();
    let failure = reset.failure();
    focus_first_problem(reset);
    view! {
        <Title text="Choose a password"/>
        <section class="sheet sheet-narrow">
            <h1>"Choose a password"</h1>
            <p class="lead">"It signs you out everywhere."</p>
            <FormProblem failure/>
            <CallForm call=reset>
                <input type="hidden" name="token" value=token/>
                <NewPasswordField label="New password" name="new_password" field=Field::NewPassword failure/>
                <Submit label="Set password" busy=reset.is_busy()/>
            </CallForm>
            <p class="aside"><a href="/forgot">"Ask for another link"</a></p>
        </section>
    }
    .into_any()
}
