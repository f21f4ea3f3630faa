//! `/signin/email`: signing in by a code that is mailed, instead of by the password.

use leptos::prelude::*;
use leptos_meta::Title;
use model::auth::SignUpCode;

use super::{
    code_sheet::CodeSheet,
    in_query,
    sign_in::{NextField, account_link, next},
};
use crate::{
    api::{EnterMailedCode, MailSignInCode, MailedCode, get},
    components::{
        EmailField, FormAction, FormError, PageData, ServerForm, SubmitButton, async_page, focus_invalid_field,
    },
};

/// The form for the email, and then the one for the code in the mail.
#[component]
pub(crate) fn SignInEmailPage() -> impl IntoView {
    let code = in_query("code").get_untracked().unwrap_or_default();
    let next = next();
    let begins_again = next.is_some() || in_query("again").get_untracked().is_some();
    let (ask, enter) = (FormAction::new::<MailSignInCode>(), FormAction::new::<EnterMailedCode>());
    focus_invalid_field(ask);
    focus_invalid_field(enter);
    let address = PageData::new(|| (), |()| get(MailedCode {}));
    async_page(address, move |address| match address.filter(|_| !begins_again) {
        Some(email) => {
            let again = ("/signin/email?again=yes", "begin again");
            CodeSheet::of_mail(email, code.clone(), enter, "Sign in", again).view()
        }
        None => email_form(ask, next.clone(), !code.is_empty() && !begins_again),
    })
}

/// `is_elsewhere` says that the reader comes by the link of a mail, whose code is none of this browser's.
fn email_form(ask: FormAction, next: Option<String>, is_elsewhere: bool) -> AnyView {
    let failure = ask.failure();
    let elsewhere = format!(
        "The code in the email works for {} minutes, and only in the browser in which you asked for it. Type it there, or ask for another one here.",
        SignUpCode::MINUTES
    );
    let by_password = account_link("/signin", next.as_deref());
    view! {
        <Title text="Sign in by email"/>
        <section class="sheet sheet-narrow">
            <h1>"Sign in by email"</h1>
            <p class="lead">"We send you a code. With it, you sign in without your password."</p>
            {is_elsewhere.then(|| view! { <p class="notice">{elsewhere}</p> }.into_any())}
            <FormError failure/>
            <ServerForm action=ask>
                <NextField next/>
                <EmailField failure/>
                <SubmitButton label="Send the code" busy=ask.is_busy()/>
            </ServerForm>
            <p class="aside"><a href=by_password>"Sign in with your password"</a></p>
        </section>
    }
    .into_any()
}
