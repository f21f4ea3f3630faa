//! Choosing another password.

use leptos::prelude::*;
use model::{auth::Password, error::Field};

use crate::{
    api::ChangePassword,
    components::{Call, CallForm, FormProblem, NewPasswordField, Submit, TextField, focus_first_problem},
};

/// The form for it.
#[component]
pub(super) fn PasswordForm() -> impl IntoView {
    let change = Call::to::<ChangePassword>();
    let failure = change.failure();
    focus_first_problem(change);
    view! {
        <section class="sheet">
            <h2>"Change password"</h2>
            <p>"It signs you out everywhere but here."</p>
            <FormProblem failure/>
            <CallForm call=change>
                <TextField label="Current password" name="current_password" field=Field::CurrentPassword failure kind="password"
                    autocomplete="current-password" max_chars=Password::MAX_CHARS/>
                <NewPasswordField label="New password" name="new_password" field=Field::NewPassword failure/>
                <Submit label="Change password" busy=change.is_busy()/>
            </CallForm>
        </section>
    }
    .into_any()
}
