//! `/account`: where somebody is signed in, their password, and their data.

mod data;
mod devices;
mod password;

use domain::auth::AccountView;
use leptos::prelude::*;
use leptos_meta::Title;

use self::{data::YourData, devices::devices, password::PasswordForm};
use super::in_query;
use crate::{
    api::{EndOtherSessions, EndSession, MyAccount, get},
    components::{Call, FormProblem, loaded},
};

/// Everything about one's own account.
#[component]
pub(crate) fn AccountPage() -> impl IntoView {
    let done = in_query("done");
    let (end, end_others) = (Call::to::<EndSession>(), Call::to::<EndOtherSessions>());
    // A refusal means that a device is signed out already.
    let account = Resource::new_blocking(move || end.refusals().get(), |_| get(MyAccount {}));
    loaded(account, move |AccountView { email, devices: listed }| {
        let words = done.get().as_deref().and_then(words);
        view! {
            <Title text="Account"/>
            <div class="page-head">
                <h1>"Account"</h1>
                <p class="lead">{email}</p>
            </div>
            {words.map(|words| view! { <p class="notice" role="status">{words}</p> })}
            <section class="sheet">
                <h2>"Your devices"</h2>
                <FormProblem failure=end.failure()/>
                <FormProblem failure=end_others.failure()/>
                {devices(listed, end, end_others)}
            </section>
            <PasswordForm/>
            <YourData/>
        }
        .into_any()
    })
}

/// What has been done just before, from the address: nothing that is not said here.
fn words(done: &str) -> Option<&'static str> {
    match done {
        "device" => Some("That device is signed out."),
        "devices" => Some("You are signed out everywhere else."),
        "password" => Some("Your password is changed, and you are signed out everywhere else."),
        _ => None,
    }
}
