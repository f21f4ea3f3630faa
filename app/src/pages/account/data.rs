//! Taking one's data away, and deleting the account.

use leptos::prelude::*;
use model::{auth::Password, error::Field};

use crate::{
    api::DeleteAccount,
    components::{Call, CallForm, FormProblem, Submit, TextField, focus_first_problem},
    paths::ACCOUNT_EXPORT,
};

/// Both, with what they do and do not.
#[component]
pub(super) fn YourData() -> impl IntoView {
    let delete = Call::to::<DeleteAccount>();
    let failure = delete.failure();
    focus_first_problem(delete);
    view! {
        <section class="sheet">
            <h2>"Your data"</h2>
            <p>"Everything that GitTix holds about you, in one file that people and programs can read."</p>
            <p class="aside"><a class="btn" rel="external" href=ACCOUNT_EXPORT>"Download my data"</a></p>
        </section>
        <section class="sheet">
            <h2>"Delete account"</h2>
            <p>
                "Your tickets on sale are withdrawn, you leave every line, and your e-mail, password and devices are erased. That cannot be undone: "
                "tickets that you have bought are no longer shown to you, so download your data first."
            </p>
            <p class="hint">
                "What was bought, sold and paid stays in the books, as the law asks of us and the other side may rely on it; without your name. "
                "What you have earned stays booked under your account’s number, which is in the file."
            </p>
            <FormProblem failure/>
            <CallForm call=delete>
                <TextField label="Password" name="password" field=Field::Password failure kind="password"
                    autocomplete="current-password" max_chars=Password::MAX_CHARS/>
                <Submit label="Delete my account" busy=delete.is_busy() class="btn"/>
            </CallForm>
        </section>
    }
    .into_any()
}
