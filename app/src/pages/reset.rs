//! `/reset`: the target of the link in the mail.

use leptos::prelude::*;
use leptos_meta::Title;
use model::error::Field;

use crate::{
    api::{OpenReset, ResetAccount, ResetPassword, get},
    components::{
        FormAction, FormError, NewPasswordField, PageData, ServerForm, SubmitButton, account_name, async_page,
        focus_invalid_field,
    },
};

/// The form that sets a new password, in a browser that has opened the link. `page.js` opens it by a form, so that the
/// token, which stands behind the `#`, is in no address that a server gets. Where no script runs, the link is pasted.
///
/// Opening it changes nothing, so that a mail program that opens links does not use one up.
#[component]
pub(crate) fn ResetPage() -> impl IntoView {
    let (open, reset) = (FormAction::new::<OpenReset>(), FormAction::new::<ResetPassword>());
    focus_invalid_field(reset);
    let account = PageData::new(|| (), |()| get(ResetAccount {}));
    async_page(account, move |account| match account {
        Some(email) => password_form(email, reset),
        None => link_form(open),
    })
}

fn password_form(email: String, reset: FormAction) -> AnyView {
    let failure = reset.failure();
    view! {
        <Title text="Set a new password"/>
        <section class="sheet sheet-narrow">
            <h1>"Set a new password"</h1>
            <p class="lead">"You will be signed out on all devices."</p>
            <FormError failure/>
            <ServerForm action=reset>
                {account_name(email)}
                <NewPasswordField field=Field::NewPassword failure/>
                <SubmitButton label="Set password" busy=reset.is_busy()/>
            </ServerForm>
            <p class="aside"><a href="/forgot">"Get a new link"</a></p>
        </section>
    }
    .into_any()
}

/// For a browser that has opened no link, or one that was used, replaced, or is too old.
fn link_form(open: FormAction) -> AnyView {
    view! {
        <Title text="Open your link"/>
        <section class="sheet sheet-narrow">
            <h1>"Open your link"</h1>
            <p class="lead">"Copy the whole link from the email, and paste it here. Each link works once, and only the newest one does."</p>
            <FormError failure=open.failure()/>
            <ServerForm action=open>
                <div class="field">
                    <label for="token">"Link"</label>
                    <input class="input" id="token" name="token" required autocomplete="off" spellcheck="false"/>
                </div>
                <SubmitButton label="Continue" busy=open.is_busy()/>
            </ServerForm>
            <p class="aside"><a href="/forgot">"Get a new link"</a></p>
        </section>
    }
    .into_any()
}
