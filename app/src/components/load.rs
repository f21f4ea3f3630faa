//! A page's data, from waiting for it to what it shows.

use leptos::prelude::*;

use super::trouble;
use crate::ApiError;

/// Shows `data` by `show` when it is here, and says what is wrong when it cannot be had.
///
/// The first rendering happens on the server and waits, so that the status and the title
/// are right. Later ones keep what is shown until the new data has arrived.
pub(crate) fn loaded<T>(
    data: Resource<Result<T, ApiError>>,
    show: impl Fn(T) -> AnyView + Clone + Send + Sync + 'static,
) -> AnyView
where
    T: Clone + Send + Sync + 'static,
{
    view! {
        <Transition fallback=Waiting>
            {move || {
                let show = show.clone();
                Suspend::new(async move {
                    match data.await {
                        Ok(value) => show(value),
                        Err(error) => trouble(&error),
                    }
                })
            }}
        </Transition>
    }
    .into_any()
}

/// Stands in while a page's data is on its way. Its style keeps it back for a moment, so that a quick
/// answer does not flicker.
#[component]
fn Waiting() -> impl IntoView {
    view! {
        <p class="waiting" role="status">"Loading…"</p>
    }
}
