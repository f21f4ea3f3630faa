//! The form for a code: of a mail, or of an app.

use leptos::prelude::*;
use leptos_meta::Title;
use model::{auth::SignUpCode, error::Field};

use crate::components::{FormAction, FormError, ServerForm, SubmitButton, TextField, mail_catcher};

/// What tells one form for a code from another.
pub(super) struct CodeSheet {
    pub(super) heading: &'static str,
    pub(super) lead: AnyView,
    /// What sends it.
    pub(super) enter: FormAction,
    /// Its hidden fields.
    pub(super) hidden: AnyView,
    /// The code that stands in it.
    pub(super) code: String,
    /// The keyboard of a telephone.
    pub(super) keyboard: &'static str,
    pub(super) hint: String,
    pub(super) button: &'static str,
    /// What stands below it.
    pub(super) aside: AnyView,
}

impl CodeSheet {
    /// The form for the code in a mail to `email`. The mail's link fills it in, and opening that changes nothing, so that a
    /// mail program that opens links does not use the code up. `again` is the page that mails another one.
    pub(super) fn of_mail(
        email: String,
        code: String,
        enter: FormAction,
        button: &'static str,
        again: (&'static str, &'static str),
    ) -> Self {
        let (address, label) = again;
        Self {
            heading: "Check your email",
            lead: view! {
                <p class="lead">"We have sent an email to " <strong><bdi>{email}</bdi></strong> ". Type the six digits in it."</p>
            }
            .into_any(),
            enter,
            hidden: ().into_any(),
            code,
            keyboard: "numeric",
            hint: format!("The code works in this browser only, for {} minutes.", SignUpCode::MINUTES),
            button,
            aside: view! {
                <p class="aside">
                    "Nothing in a few minutes? Check your spam folder or " <a rel="external" href=address>{label}</a> "."
                </p>
                {mail_catcher()}
            }
            .into_any(),
        }
    }

    /// The form.
    pub(super) fn view(self) -> AnyView {
        let Self { heading, lead, enter, hidden, code, keyboard, hint, button, aside } = self;
        let failure = enter.failure();
        view! {
            <Title text="Enter your code"/>
            <section class="sheet sheet-narrow">
                <h1>{heading}</h1>
                {lead}
                <FormError failure/>
                <ServerForm action=enter>
                    {hidden}
                    <TextField
                        field=Field::Code
                        failure
                        value=code
                        keyboard=keyboard
                        autocomplete="one-time-code"
                        hint=hint.clone()
                    />
                    <SubmitButton label=button busy=enter.is_busy()/>
                </ServerForm>
                {aside}
            </section>
        }
        .into_any()
    }
}
