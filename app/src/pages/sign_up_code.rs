//! `/signup/code`: the second step of signing up.

use leptos::prelude::*;
use leptos_meta::Title;
use model::auth::SignUpCode;

use super::{code_sheet::CodeSheet, in_query};
use crate::{
    api::{EnterCode, SigningUp, get},
    components::{FormAction, PageData, async_page, focus_invalid_field},
};

/// The form for the code in the mail.
#[component]
pub(crate) fn SignUpCodePage() -> impl IntoView {
    let code = in_query("code").get_untracked().unwrap_or_default();
    let enter = FormAction::new::<EnterCode>();
    focus_invalid_field(enter);
    let address = PageData::new(|| (), |()| get(SigningUp {}));
    async_page(address, move |address| match address {
        Some(email) => {
            let again = ("/signup", "sign up again");
            CodeSheet::of_mail(email, code.clone(), enter, "Create account", again).view()
        }
        None => other_browser(),
    })
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
