//! Download of the user's data, and deletion of the account.

use leptos::prelude::*;
use model::error::Field;

use crate::{
    api::DeleteAccount,
    components::{FormAction, FormError, ServerForm, SubmitButton, TextField, account_name, focus_invalid_field},
    paths::ACCOUNT_EXPORT,
};

/// The links to the choice of mails and to the download, and the form that deletes the account.
#[component]
pub(super) fn YourData(
    /// The account's address.
    email: String,
) -> impl IntoView {
    let delete = FormAction::new::<DeleteAccount>();
    let failure = delete.failure();
    focus_invalid_field(delete);
    view! {
        <section class="sheet">
            <h2>"Your emails"</h2>
            <p>"Some of our emails can be turned off."</p>
            <p class="aside"><a class="btn" href="/account/mails">"Choose your emails"</a></p>
        </section>
        <section class="sheet">
            <h2>"Your data"</h2>
            <p>"Everything GitTix stores about you, in one file that people and programs can read."</p>
            <p class="aside"><a class="btn" rel="external" href=ACCOUNT_EXPORT>"Download my data"</a></p>
        </section>
        <section class="sheet">
            <h2>"Delete account"</h2>
            <p>
                "Your tickets on sale are withdrawn, you leave every waitlist, nothing is watched for you any more, and your email, password and devices are erased. This cannot be undone. "
                "You can no longer see the tickets you have bought, so download your data first."
            </p>
            <p class="hint">
                "We must keep records of sales by law. Your email is removed from them. "
                "What you have earned stays recorded under your account number, which is in the file."
            </p>
            <FormError failure/>
            <ServerForm action=delete>
                {account_name(email)}
                <TextField field=Field::Password failure kind="password" autocomplete="current-password"/>
                <SubmitButton label="Delete my account" busy=delete.is_busy() class="btn"/>
            </ServerForm>
        </section>
    }
    .into_any()
}
