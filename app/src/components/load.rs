//! A page's data, from waiting for it to what it shows.

use std::{pin::Pin, sync::Arc};

use leptos::prelude::*;

use super::trouble;
use crate::ApiError;

/// What is shown in the end.
type Shown = Pin<Box<dyn Future<Output = AnyView> + Send>>;

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
    when_there(Arc::new(move || {
        let show = show.clone();
        Box::pin(async move {
            match data.await {
                Ok(value) => show(value),
                Err(error) => trouble(&error),
            }
        })
    }))
}

/// Apart from [`loaded`], so that the browser carries it once for all pages.
fn when_there(shown: Arc<dyn Fn() -> Shown + Send + Sync>) -> AnyView {
    view! {
        <Transition fallback=Waiting>
            {move || Suspend::new(shown())}
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
