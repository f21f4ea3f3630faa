//! `/mails/unsubscribe`: turns off the mails that the address names.

use leptos::prelude::*;
use leptos_meta::Title;

use super::in_query;
use crate::{
    components::hidden,
    paths::{FROM_PAGE, UNSUBSCRIBE, with_query},
};

/// A button that turns them off. Opening the page changes nothing: programs that look through mails follow links.
///
/// Its form goes to the address to which mail programs post, too, and needs no session.
#[component]
pub(crate) fn UnsubscribePage() -> impl IntoView {
    let (token, done) = (in_query("token"), in_query("done"));
    let content = move || {
        if done.get().is_some() {
            return view! {
                <div class="page-head page-head-small">
                    <h1>"Turned off"</h1>
                    <p class="lead">"You no longer get these emails."</p>
                </div>
            }
            .into_any();
        }
        let action = with_query(UNSUBSCRIBE, "token", &token.get().unwrap_or_default());
        view! {
            <div class="page-head page-head-small">
                <h1>"Turn these emails off?"</h1>
                <p class="lead">"Emails about your account, your money and your tickets still come."</p>
            </div>
            <form method="post" action=action>
                {hidden(FROM_PAGE, "1".to_owned())}
                <button type="submit" class="btn btn-primary">"Turn off"</button>
            </form>
        }
        .into_any()
    };
    view! {
        <Title text="Emails"/>
        {content}
        <p class="back"><a href="/account/mails">"All your emails"</a></p>
    }
}
