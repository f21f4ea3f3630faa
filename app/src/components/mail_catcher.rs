//! Where a developer reads the mails that were sent.

use leptos::prelude::*;

use super::{PageData, transition};
use crate::api::{MailCatcher, get};

/// A link to the mails, in development. A page works without it.
pub(crate) fn mail_catcher() -> AnyView {
    let catcher = PageData::new(|| (), |()| get(MailCatcher {}));
    transition(
        || ().into_any(),
        move || async move {
            let link = |address: String| {
                view! { <p class="aside">"In development, emails arrive here: " <a rel="external" href=address.clone()>{address.clone()}</a></p> }.into_any()
            };
            catcher.get().await.ok().flatten().map(link).into_any()
        },
    )
}
