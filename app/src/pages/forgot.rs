//! `/forgot`.

use leptos::prelude::*;
use leptos_meta::Title;

use super::in_query;
use crate::{
    api::ForgotPassword,
    components::{EmailField, FormAction, FormError, ServerForm, SubmitButton, focus_invalid_field, mail_catcher},
};

/// The form that sends a link to set a new password.
#[component]
pub(crate) fn ForgotPage() -> impl IntoView {
    let is_sent = in_query("done").get_untracked().as_deref() == Some("sent");
    view! {
        <Title text="Forgotten password"/>
        <section class="sheet sheet-narrow">
            <h1>"Forgotten your password?"</h1>
            {if is_sent { sent() } else { form() }}
            <p class="aside"><a href="/signin">"Back to sign-in"</a></p>
        </section>
    }
    .into_any()
}

fn form() -> AnyView {
    let forgot = FormAction::new::<ForgotPassword>();
    let failure = forgot.failure();
    focus_invalid_field(forgot);
    view! {
        <p class="lead">"We will email you a link to set a new one."</p>
        <FormError failure/>
        <ServerForm action=forgot>
            <EmailField failure/>
            <SubmitButton label="Send link" busy=forgot.is_busy()/>
        </ServerForm>
    }
    .into_any()
}

fn sent() -> AnyView {
    view! {
        <p class="notice" role="status">
            "If there is an account with that email, a link is on its way. If you have asked more often, the newest email has it. It works once, for half an hour."
        </p>
        <p class="aside">"Nothing in a few minutes? Check your spam folder or " <a rel="external" href="/forgot">"send it again"</a> "."</p>
        {mail_catcher()}
    }
    .into_any()
}
