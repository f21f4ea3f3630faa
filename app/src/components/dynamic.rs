//! Views that change.

use std::sync::Arc;

use leptos::prelude::*;

/// A view that `render` makes again whenever a signal that it reads has changed.
///
/// A closure does the same as a view, but is compiled for every closure into the code that the browser downloads.
pub(crate) fn dynamic(render: impl Fn() -> AnyView + Send + Sync + 'static) -> AnyView {
    boxed_dynamic(Arc::new(render))
}

fn boxed_dynamic(render: Arc<dyn Fn() -> AnyView + Send + Sync>) -> AnyView {
    (move || render()).into_any()
}
