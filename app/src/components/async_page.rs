//! Shows a page once its data is loaded, or an error page.

use leptos::prelude::*;

use super::error_page;
use crate::ApiError;

/// Shows `data` by `show` once it is loaded, or an error page if it cannot be loaded.
///
/// The first rendering happens on the server and waits for the data, because the status and the title
/// depend on it. Later renderings keep the old content until the new data is loaded.
pub(crate) fn async_page<T>(
    data: Resource<Result<T, ApiError>>,
    show: impl Fn(T) -> AnyView + Clone + Send + Sync + 'static,
) -> AnyView
where
    T: Clone + Send + Sync + 'static,
{
    view! {
        <Transition fallback=Loading>
            {move || {
                let show = show.clone();
                Suspend::new(async move {
                    match data.await {
                        Ok(value) => show(value),
                        Err(error) => error_page(&error),
                    }
                })
            }}
        </Transition>
    }
    .into_any()
}

/// The placeholder while a page's data is loading. Its style delays it, so that a fast response does
/// not flicker.
#[component]
fn Loading() -> impl IntoView {
    view! {
        <p class="page-loading" role="status">"Loading…"</p>
    }
}
