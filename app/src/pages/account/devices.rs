//! The devices that are signed in.

use leptos::prelude::*;
use model::auth::DeviceView;

use crate::components::{FormAction, ServerForm, SubmitButton, TimestampView, hidden};

/// The devices. Each except this one has a button that signs it out.
pub(super) fn devices(listed: Vec<DeviceView>, end: FormAction, end_others: FormAction) -> AnyView {
    let has_others = listed.iter().any(|device| !device.is_this);
    view! {
        <ul class="devices" role="list">{listed.into_iter().map(|device| row(device, end)).collect_view()}</ul>
        {has_others
            .then(|| {
                view! {
                    <ServerForm action=end_others>
                        <SubmitButton label="Sign out everywhere else" busy=end_others.is_busy() class="btn"/>
                    </ServerForm>
                }
            })}
    }
    .into_any()
}

fn row(DeviceView { id, device, signed_in_at, last_seen_at, is_this }: DeviceView, end: FormAction) -> AnyView {
    // A screen reader lists buttons by their names only, so each needs a name of its own.
    let name = format!("Sign out {device}, signed in {}", signed_in_at.text);
    view! {
        <li class="device">
            <div>
                <p class="device-name">{device} {is_this.then(|| view! { " " <span class="tag">"this device"</span> }.into_any())}</p>
                <p class="hint">"Signed in " <TimestampView at=signed_in_at/> " · last seen " <TimestampView at=last_seen_at/></p>
            </div>
            {(!is_this)
                .then(|| {
                    view! {
                        <ServerForm action=end>
                            {hidden("session", id.to_string())}
                            <SubmitButton label="Sign out" name busy=end.is_busy() class="btn btn-sm"/>
                        </ServerForm>
                    }
                })}
        </li>
    }
    .into_any()
}
