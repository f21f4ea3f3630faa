//! `/reset`: the target of the link in the mail.

use leptos::prelude::*;
use leptos_meta::Title;
use model::error::Field;

use super::in_query;
use crate::{
    api::{ResetAccount, ResetPassword, get},
    components::{
        FormAction, FormError, NewPasswordField, PageData, ServerForm, SubmitButton, account_name, async_page,
        focus_invalid_field, hidden,
    },
};

/// The form that sets a new password. Opening it changes nothing, so that a mail program that opens
/// links does not use one up.
#[component]
pub(crate) fn ResetPage() -> impl IntoView {
    let token = in_query("token").get_untracked().unwrap_or_default();
    let reset = FormAction::new::<ResetPassword>();
    focus_invalid_field(reset);
    let account = PageData::new(
        {
            let token = token.clone();
            move || token.clone()
        },
        |token| async move { get(ResetAccount { token }).await },
    );
    async_page(account, move |account| match account {
        Some(email) => form(email, token.clone(), reset),
        None => ended(),
    })
}

fn form(email: String, token: String, reset: FormAction) -> AnyView {
    let failure = reset.failure();
    view! {
        <Title text="Set a new password"/>
        <section class="sheet sheet-narrow">
            <h1>"Set a new password"</h1>
            <p class="lead">"You will be signed out on all devices."</p>
            <FormError failure/>
            <ServerForm action=reset>
                {hidden("token", token)}
                {account_name(email)}
                <NewPasswordField field=Field::NewPassword failure/>
                <SubmitButton label="Set password" busy=reset.is_busy()/>
            </ServerForm>
            <p class="aside"><a href="/forgot">"Get a new link"</a></p>
        </section>
    }
    .into_any()
}

/// For a link that was used, replaced, or is too old.
fn ended() -> AnyView {
    view! {
        <Title text="Link no longer works"/>
        <section class="sheet sheet-narrow">
            <h1>"This link no longer works"</h1>
            <p class="lead">"Each link works once, and only the newest one does."</p>
            <p class="actions"><a class="btn btn-primary" href="/forgot">"Get a new link"</a></p>
        </section>
    }
    .into_any()
}
