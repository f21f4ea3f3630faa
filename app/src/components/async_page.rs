//! Shows a page once its data is loaded, or an error page.

use std::{pin::Pin, sync::Arc};

use leptos::prelude::*;
use serde::{Serialize, de::DeserializeOwned};

use super::{PageData, error_page};

/// Loads the data and renders it.
type Rendering = Pin<Box<dyn Future<Output = AnyView> + Send>>;

/// Shows `data` by `show` once it is loaded, or an error page if it cannot be loaded.
///
/// The first rendering happens on the server and waits for the data, because the status and the title
/// depend on it. Later renderings keep the old content until the new data is loaded.
pub(crate) fn async_page<T>(data: PageData<T>, show: impl Fn(T) -> AnyView + Clone + Send + Sync + 'static) -> AnyView
where
    T: Clone + DeserializeOwned + Serialize + Send + Sync + 'static,
{
    transition(
        || view! { <Loading/> }.into_any(),
        move || {
            let show = show.clone();
            async move {
                match data.get().await {
                    Ok(value) => show(value),
                    Err(error) => error_page(&error),
                }
            }
        },
    )
}

/// Shows what `render` returns. Later renderings keep the old content until the new one is ready.
pub(crate) fn transition<F>(fallback: fn() -> AnyView, render: impl Fn() -> F + Send + Sync + 'static) -> AnyView
where
    F: Future<Output = AnyView> + Send + 'static,
{
    boxed_transition(fallback, Arc::new(move || Box::pin(render())))
}

/// The part of [`transition`] that is the same for every type, so that the browser downloads it once.
fn boxed_transition(fallback: fn() -> AnyView, render: Arc<dyn Fn() -> Rendering + Send + Sync>) -> AnyView {
    view! {
        <Transition fallback=fallback>
            {move || Suspend::new(render())}
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
