//! `/reset`: the target of the link in the mail.

use leptos::prelude::*;
use leptos_meta::Title;
use model::error::Field;

use super::in_query;
use crate::{
    api::ResetPassword,
    components::{FormAction, FormError, NewPasswordField, ServerForm, SubmitButton, focus_invalid_field, hidden},
};

/// The form that sets a new password. Opening it changes nothing, so that a mail program that opens
/// links does not use one up.
#[component]
pub(crate) fn ResetPage() -> impl IntoView {
    let token = in_query("token").get_untracked().unwrap_or_default();
    let reset = FormAction::new::<ResetPassword>();
    let failure = reset.failure();
    focus_invalid_field(reset);
    view! {
        <Title text="Set a new password"/>
        <section class="sheet sheet-narrow">
            <h1>"Set a new password"</h1>
            <p class="lead">"You will be signed out on all devices."</p>
            <FormError failure/>
            <ServerForm action=reset>
                {hidden("token", token)}
                <NewPasswordField label="New password" name="new_password" field=Field::NewPassword failure/>
                <SubmitButton label="Set password" busy=reset.is_busy()/>
            </ServerForm>
            <p class="aside"><a href="/forgot">"Get a new link"</a></p>
        </section>
    }
    .into_any()
}
