//! `/signup/code`: the second step of signing up.

use leptos::prelude::*;
use leptos_meta::Title;
use model::{auth::SignUpCode, error::Field};

use super::in_query;
use crate::{
    api::{EnterCode, SigningUp, get},
    components::{
        FormAction, FormError, PageData, ServerForm, SubmitButton, TextField, async_page, focus_invalid_field,
        mail_catcher,
    },
};

/// The form for the code in the mail. Its link fills it in, and opening it changes nothing, so that a mail program that
/// opens links does not use the code up.
#[component]
pub(crate) fn SignUpCodePage() -> impl IntoView {
    let code = in_query("code").get_untracked().unwrap_or_default();
    let enter = FormAction::new::<EnterCode>();
    focus_invalid_field(enter);
    let address = PageData::new(|| (), |()| get(SigningUp {}));
    async_page(address, move |address| match address {
        Some(email) => form(email, code.clone(), enter),
        None => other_browser(),
    })
}

fn form(email: String, code: String, enter: FormAction) -> AnyView {
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
                <SubmitButton label="Create account" busy=enter.is_busy()/>
            </ServerForm>
            <p class="aside">
                "Nothing in a few minutes? Check your spam folder or " <a href="/signup">"sign up again"</a> "."
            </p>
            {mail_catcher()}
        </section>
    }
    .into_any()
}

/// For a browser that does not sign up, and for a code that was used or is too old.
fn other_browser() -> AnyView {
    let lead = format!(
        "A code works for {} minutes, and only in the browser in which you signed up. Type it there, or sign up again here.",
        SignUpCode::MINUTES
    );
    view! {
        <Title text="Code does not work here"/>
        <section class="sheet sheet-narrow">
            <h1>"This code does not work here"</h1>
            <p class="lead">{lead}</p>
            <p class="actions"><a class="btn btn-primary" href="/signup">"Sign up again"</a></p>
            <p class="aside">"Have an account? " <a href="/signin">"Go to sign-in"</a></p>
        </section>
    }
    .into_any()
}
