//! `/forgot`.

use leptos::prelude::*;
use leptos_meta::Title;

use super::in_query;
use crate::{
    api::{ForgotPassword, MailCatcher, get},
    components::{Call, CallForm, EmailField, FormProblem, Submit, focus_first_problem},
};

/// For who has forgotten their password.
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
    let forgot = Call::to::<ForgotPassword>();
    let failure = forgot.failure();
    focus_first_problem(forgot);
    view! {
        <p class="lead">"We mail you a link to choose another."</p>
        <FormProblem failure/>
        <CallForm call=forgot>
            <EmailField failure/>
            <Submit label="Mail me a link" busy=forgot.is_busy()/>
        </CallForm>
    }
    .into_any()
}

fn sent() -> AnyView {
    let catcher = Resource::new_blocking(|| (), |()| get(MailCatcher {}));
    view! {
        <p class="notice" role="status">
            "If there is an account with that e-mail, a mail is on its way. Its link works once, for half an hour."
        </p>
        <p class="aside">"Nothing in a few minutes? Look among the spam, or " <a rel="external" href="/forgot">"ask once more"</a> "."</p>
        // A help for developers: where it cannot be had the page is whole without it.
        <Suspense>
            {move || Suspend::new(async move {
                catcher.await.ok().flatten().map(|address| view! { <p class="aside">"In development the mail is here: " <a rel="external" href=address.clone()>{address.clone()}</a></p> })
            })}
        </Suspense>
    }
    .into_any()
}
