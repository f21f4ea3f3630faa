//! `/account`: the user's devices, password and data.

mod data;
mod devices;
mod password;

use leptos::prelude::*;
use leptos_meta::Title;
use model::auth::AccountView;

use self::{data::YourData, devices::devices, password::PasswordForm};
use super::in_query;
use crate::{
    api::{EndOtherSessions, EndSession, MyAccount, get},
    components::{FormAction, FormError, PageData, async_page},
};

/// Everything about the user's own account.
#[component]
pub(crate) fn AccountPage() -> impl IntoView {
    let done = in_query("done");
    let (end, end_others) = (FormAction::new::<EndSession>(), FormAction::new::<EndOtherSessions>());
    // A refusal means that a device is signed out already, so the list is loaded again.
    let account = PageData::new(move || end.refusals().get(), |_| get(MyAccount {}));
    async_page(account, move |AccountView { email, devices: listed }| {
        let message = done.get().as_deref().and_then(message);
        view! {
            <Title text="Account"/>
            <div class="page-head">
                <h1>"Account"</h1>
                <p class="lead">{email.clone()}</p>
            </div>
            {message.map(|message| view! { <p class="notice" role="status">{message}</p> }.into_any())}
            <section class="sheet">
                <h2>"Your devices"</h2>
                <FormError failure=end.failure()/>
                <FormError failure=end_others.failure()/>
                {devices(listed, end, end_others)}
            </section>
            <PasswordForm email=email.clone()/>
            <section class="sheet">
                <h2>"Email"</h2>
                <p>"Sign in and get mails with another email."</p>
                <p class="aside"><a class="btn" href="/account/email">"Change email"</a></p>
            </section>
            <section class="sheet">
                <h2>"Second factor"</h2>
                <p>"Ask for a code of an app after your password."</p>
                <p class="aside"><a class="btn" href="/account/second-factor">"Second factor"</a></p>
            </section>
            <YourData email/>
        }
        .into_any()
    })
}

/// The message about what was done just before. The address names it, so that no text comes from there.
fn message(done: &str) -> Option<&'static str> {
    match done {
        "email" => Some("Your email is changed. You are signed out on all other devices."),
        "device" => Some("That device is signed out."),
        "devices" => Some("You are signed out on all other devices."),
        "password" => Some("Your password is changed. You are signed out on all other devices."),
        _ => None,
    }
}
