//! `/signup`.

use leptos::prelude::*;
use leptos_meta::Title;
use model::error::Field;

use super::sign_in::{NextField, account_link, next, wanted};
use crate::{
    api::SignUp,
    components::{EmailField, FormAction, FormError, NewPasswordField, ServerForm, SubmitButton, focus_invalid_field},
};

/// The form that creates an account.
#[component]
pub(crate) fn SignUpPage() -> impl IntoView {
    let sign_up = FormAction::new::<SignUp>();
    let failure = sign_up.failure();
    focus_invalid_field(sign_up);
    let next = next();
    let sign_in = account_link("/signin", next.as_deref());
    view! {
        <Title text="Sign up"/>
        <section class="sheet sheet-narrow">
            <h1>"Sign up"</h1>
            <p class="lead">"One account to buy and to sell."</p>
            {wanted(next.as_deref())}
            <FormError failure/>
            <ServerForm action=sign_up>
                <NextField next/>
                <EmailField failure/>
                <NewPasswordField field=Field::Password failure/>
                <SubmitButton label="Sign up" busy=sign_up.is_busy()/>
            </ServerForm>
            <p class="aside">"Have an account? " <a href=sign_in>"Go to sign-in"</a></p>
        </section>
    }
    .into_any()
}
