//! The form that changes the password.

use leptos::prelude::*;
use model::error::Field;

use crate::{
    api::ChangePassword,
    components::{
        FormAction, FormError, NewPasswordField, ServerForm, SubmitButton, TextField, account_name, focus_invalid_field,
    },
};

/// The form.
#[component]
pub(super) fn PasswordForm(
    /// The account's address.
    email: String,
) -> impl IntoView {
    let change = FormAction::new::<ChangePassword>();
    let failure = change.failure();
    focus_invalid_field(change);
    view! {
        <section class="sheet">
            <h2>"Change password"</h2>
            <p>"You will be signed out on all other devices."</p>
            <FormError failure/>
            <ServerForm action=change>
                {account_name(email)}
                <TextField field=Field::CurrentPassword failure kind="password" autocomplete="current-password"/>
                <NewPasswordField field=Field::NewPassword failure/>
                <SubmitButton label="Change password" busy=change.is_busy()/>
            </ServerForm>
        </section>
    }
    .into_any()
}
