//! Where somebody is signed in.

use leptos::prelude::*;
use model::auth::DeviceView;

use crate::components::{Call, CallForm, MomentView, Submit};

/// The devices, each but this one with the button that signs it out.
pub(super) fn devices(listed: Vec<DeviceView>, end: Call, end_others: Call) -> AnyView {
    let has_others = listed.iter().any(|device| !device.is_this);
    view! {
        <ul class="devices">{listed.into_iter().map(|device| row(device, end)).collect_view()}</ul>
        {has_others
            .then(|| {
                view! {
                    <CallForm call=end_others>
                        <Submit label="Sign out everywhere else" busy=end_others.is_busy() class="btn"/>
                    </CallForm>
                }
            })}
    }
    .into_any()
}

fn row(DeviceView { id, device, signed_in_at, last_seen_at, is_this }: DeviceView, end: Call) -> AnyView {
    // A screen reader lists buttons by their names alone.
    let name = format!("Sign out {device}, signed in {}", signed_in_at.text);
    view! {
        <li class="device">
            <div>
                <p class="device-name">{device} {is_this.then(|| view! { " " <span class="tag">"this device"</span> })}</p>
                <p class="hint">"Signed in " <MomentView at=signed_in_at/> " · last seen " <MomentView at=last_seen_at/></p>
            </div>
            {(!is_this)
                .then(|| {
                    view! {
                        <CallForm call=end>
                            <input type="hidden" name="session" value=id.to_string()/>
                            <Submit label="Sign out" name busy=end.is_busy() class="btn btn-sm"/>
                        </CallForm>
                    }
                })}
        </li>
    }
    .into_any()
}
