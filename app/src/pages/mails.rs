//! `/account/mails`: which mails the user gets.

use leptos::prelude::*;
use leptos_meta::Title;
use model::mails::MailChoice;

use crate::{
    api::{ChooseMail, MyMails, get},
    components::{FormAction, FormError, PageData, ServerForm, SubmitButton, async_page, hidden},
};

/// Each kind of mail that can be turned off, with its switch.
#[component]
pub(crate) fn MailsPage() -> impl IntoView {
    let choose = FormAction::new::<ChooseMail>();
    let choices = PageData::new(|| (), |()| get(MyMails {}));
    async_page(choices, move |choices| {
        let rows = choices.into_iter().map(|choice| row(choice, choose)).collect_view();
        view! {
            <Title text="Your emails"/>
            <div class="page-head page-head-small">
                <h1>"Your emails"</h1>
                <p class="lead">"Emails about your account, your money and the tickets that you bought or sold always come."</p>
            </div>
            <FormError failure=choose.failure()/>
            <section class="sheet">
                <h2>"The others"</h2>
                <ul class="devices" role="list" aria-label="Emails that you can turn off">{rows}</ul>
            </section>
            <p class="back"><a href="/account">"Your account"</a></p>
        }
        .into_any()
    })
}

fn row(MailChoice { topic, is_on }: MailChoice, choose: FormAction) -> AnyView {
    let (state, label) = if is_on { ("On", "Turn off") } else { ("Off", "Turn on") };
    // A screen reader lists buttons by their names only, so each needs a name of its own.
    let name = format!("{label}: {}", topic.label());
    view! {
        <li class="device">
            <div>
                <p class="device-name">{topic.label()} " " <span class="tag">{state}</span></p>
            </div>
            <ServerForm action=choose>
                {hidden("topic", topic.code().to_owned())}
                {hidden("is_on", (!is_on).to_string())}
                <SubmitButton label name busy=choose.is_busy() class="btn btn-sm"/>
            </ServerForm>
        </li>
    }
    .into_any()
}
