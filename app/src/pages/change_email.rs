//! `/account/email`: changing the email of the account.

use leptos::prelude::*;
use leptos_meta::Title;
use model::error::Field;

use super::{code_sheet::CodeSheet, in_query};
use crate::{
    api::{ChangeAddress, ChangingAddress, EnterAddressCode, get},
    components::{
        EmailField, FormAction, FormError, PageData, ServerForm, SubmitButton, TextField, async_page,
        focus_invalid_field,
    },
};

/// The form for the new email, and then the one for the code in the mail.
#[component]
pub(crate) fn ChangeEmailPage() -> impl IntoView {
    let code = in_query("code").get_untracked().unwrap_or_default();
    let begins_again = in_query("again").get_untracked().is_some();
    let (change, enter) = (FormAction::new::<ChangeAddress>(), FormAction::new::<EnterAddressCode>());
    focus_invalid_field(change);
    focus_invalid_field(enter);
    let address = PageData::new(|| (), |()| get(ChangingAddress {}));
    async_page(address, move |address| match address.filter(|_| !begins_again) {
        Some(email) => {
            let again = ("/account/email?again=yes", "begin again");
            CodeSheet::of_mail(email, code.clone(), enter, "Change email", again).view()
        }
        None => email_form(change),
    })
}

fn email_form(change: FormAction) -> AnyView {
    let failure = change.failure();
    view! {
        <Title text="Change email"/>
        <section class="sheet sheet-narrow">
            <h1>"Change email"</h1>
            <p class="lead">"We send a code to your new email. You will be signed out on all other devices."</p>
            <FormError failure/>
            <ServerForm action=change>
                <EmailField failure/>
                <TextField field=Field::Password failure kind="password" autocomplete="current-password"/>
                <SubmitButton label="Send the code" busy=change.is_busy()/>
            </ServerForm>
        </section>
    }
    .into_any()
}
