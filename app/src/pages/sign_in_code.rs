//! `/signin/code`: the second step of signing in, for accounts with a second factor.

use leptos::prelude::*;

use super::{
    code_sheet::CodeSheet,
    sign_in::{NextField, account_link, next},
};
use crate::{
    api::EnterSignInCode,
    components::{FormAction, focus_invalid_field},
};

/// The form for a code of the app.
#[component]
pub(crate) fn SignInCodePage() -> impl IntoView {
    let enter = FormAction::new::<EnterSignInCode>();
    focus_invalid_field(enter);
    let next = next();
    let again = account_link("/signin", next.as_deref());
    CodeSheet {
        heading: "Enter your code",
        lead: view! { <p class="lead">"Type the six digits that your app shows for GitTix."</p> }.into_any(),
        enter,
        hidden: view! { <NextField next/> }.into_any(),
        code: String::new(),
        keyboard: "text",
        hint: "Without your app, type one of your recovery codes.".to_owned(),
        button: "Sign in",
        aside: view! { <p class="aside">"Taken longer than ten minutes? " <a href=again>"Begin again"</a></p> }
            .into_any(),
    }
    .view()
}
