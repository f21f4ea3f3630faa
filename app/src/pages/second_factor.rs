//! `/account/second-factor`: setting up the app that makes codes for signing in, and turning it off.

use leptos::prelude::*;
use leptos_meta::Title;
use model::{
    auth::{SecondFactorSetUp, SecondFactorView},
    error::Field,
};

use super::in_query;
use crate::{
    api::{BeginSecondFactor, ConfirmSecondFactor, MySecondFactor, RemoveSecondFactor, get},
    components::{
        FormAction, FormError, PageData, ServerForm, SubmitButton, TextField, async_page, focus_invalid_field,
    },
};

/// The page: one of three states.
#[component]
pub(crate) fn SecondFactorPage() -> impl IntoView {
    let done = in_query("done");
    let begin = FormAction::new::<BeginSecondFactor>();
    let confirm = FormAction::new::<ConfirmSecondFactor>();
    let remove = FormAction::new::<RemoveSecondFactor>();
    for action in [begin, confirm, remove] {
        focus_invalid_field(action);
    }
    let standing = PageData::new(|| (), |()| get(MySecondFactor {}));
    async_page(standing, move |SecondFactorView { is_on, recovery_codes_left, set_up }| {
        let message = done.get().as_deref().and_then(message);
        view! {
            <Title text="Second factor"/>
            <div class="page-head">
                <h1>"Second factor"</h1>
                <p class="lead">"A code of an app on your phone, asked for after your password."</p>
            </div>
            {message.map(|message| view! { <p class="notice" role="status">{message}</p> }.into_any())}
            {match set_up {
                Some(set_up) => setting_up(set_up, confirm),
                None if is_on => on(recovery_codes_left, remove),
                None => off(begin),
            }}
        }
        .into_any()
    })
}

/// The message about what was done just before. The address names it, so that no text comes from there.
fn message(done: &str) -> Option<&'static str> {
    match done {
        "on" => Some("Your second factor is on. You are signed out on all other devices."),
        "off" => Some("Your second factor is off. Delete GitTix in your app."),
        _ => None,
    }
}

fn off(begin: FormAction) -> AnyView {
    let failure = begin.failure();
    view! {
        <section class="sheet">
            <h2>"Set it up"</h2>
            <p>"You need an app that makes codes, such as Aegis, 2FAS or Google Authenticator. Then no one signs in with your password alone."</p>
            <FormError failure/>
            <ServerForm action=begin>
                <TextField field=Field::Password failure kind="password" autocomplete="current-password"/>
                <SubmitButton label="Set up a second factor" busy=begin.is_busy()/>
            </ServerForm>
        </section>
    }
    .into_any()
}

fn setting_up(SecondFactorSetUp { key, picture, recovery_codes }: SecondFactorSetUp, confirm: FormAction) -> AnyView {
    let failure = confirm.failure();
    view! {
        <section class="sheet">
            <h2>"1. Add GitTix to your app"</h2>
            <p>"Scan this code with the app."</p>
            <div class="gate-code" role="img" aria-label="QR code for your app" inner_html=picture></div>
            <p>"Or type this key into it: " <code>{key}</code></p>
        </section>
        <section class="sheet">
            <h2>"2. Keep your recovery codes"</h2>
            <p>"Each signs you in once without the app. Write them down now: they are not shown again."</p>
            <ul class="recovery-codes" role="list">
                {recovery_codes.into_iter().map(|code| view! { <li><code>{code}</code></li> }.into_any()).collect_view()}
            </ul>
        </section>
        <section class="sheet">
            <h2>"3. Type a code"</h2>
            <p>"You will be signed out on all other devices."</p>
            <FormError failure/>
            <ServerForm action=confirm>
                <TextField
                    field=Field::Code
                    failure
                    keyboard="numeric"
                    autocomplete="one-time-code"
                    hint="The six digits that the app shows now."
                />
                <SubmitButton label="Turn it on" busy=confirm.is_busy()/>
            </ServerForm>
        </section>
    }
    .into_any()
}

fn on(recovery_codes_left: u32, remove: FormAction) -> AnyView {
    let failure = remove.failure();
    let left = match recovery_codes_left {
        0 => "You have no recovery code left. Turn it off and on again to get new ones.".to_owned(),
        1 => "You have one recovery code left.".to_owned(),
        left => format!("You have {left} recovery codes left."),
    };
    view! {
        <section class="sheet">
            <h2>"It is on"</h2>
            <p>{left}</p>
        </section>
        <section class="sheet">
            <h2>"Turn it off"</h2>
            <FormError failure/>
            <ServerForm action=remove>
                <TextField field=Field::Password failure kind="password" autocomplete="current-password"/>
                <TextField
                    field=Field::Code
                    failure
                    autocomplete="one-time-code"
                    hint="The six digits of your app, or a recovery code."
                />
                <SubmitButton label="Turn it off" busy=remove.is_busy() class="btn"/>
            </ServerForm>
        </section>
    }
    .into_any()
}
