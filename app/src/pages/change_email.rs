//! `/account/email`: changing the email of the account.

use leptos::prelude::*;
use leptos_meta::Title;
use model::{auth::SignUpCode, error::Field};

use super::in_query;
use crate::{
    api::{ChangeAddress, ChangingAddress, EnterAddressCode, get},
    components::{
        EmailField, FormAction, FormError, PageData, ServerForm, SubmitButton, TextField, async_page,
        focus_invalid_field, mail_catcher,
    },
};

/// The form for the new email, and then the one for the code in the mail. The mail's link fills that in, and opening it
/// changes nothing.
#[component]
pub(crate) fn ChangeEmailPage() -> impl IntoView {
    let code = in_query("code").get_untracked().unwrap_or_default();
    let begins_again = in_query("again").get_untracked().is_some();
    let (change, enter) = (FormAction::new::<ChangeAddress>(), FormAction::new::<EnterAddressCode>());
    focus_invalid_field(change);
    focus_invalid_field(enter);
    let address = PageData::new(|| (), |()| get(ChangingAddress {}));
    async_page(address, move |address| match address.filter(|_| !begins_again) {
        Some(email) => code_form(email, code.clone(), enter),
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

fn code_form(email: String, code: String, enter: FormAction) -> AnyView {
    let failure = enter.failure();
    let hint = format!("The code works in this browser only, for {} minutes.", SignUpCode::MINUTES);
    view! {
        <Title text="Enter your code"/>
        <section class="sheet sheet-narrow">
            <h1>"Check your email"</h1>
            <p class="lead">"We have sent an email to " <strong><bdi>{email}</bdi></strong> ". Type the six digits in it."</p>
            <FormError failure/>
            <ServerForm action=enter>
                <TextField
                    field=Field::Code
                    failure
                    value=code
                    keyboard="numeric"
                    autocomplete="one-time-code"
                    hint
                />
                <SubmitButton label="Change email" busy=enter.is_busy()/>
            </ServerForm>
            <p class="aside">"Nothing in a few minutes? Check your spam folder or " <a rel="external" href="/account/email?again=yes">"begin again"</a> "."</p>
            {mail_catcher()}
        </section>
    }
    .into_any()
}
