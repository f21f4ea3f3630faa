//! Views that change.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

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

/// The same, for words that must stay true: each change replaces the elements of the view.
///
/// Translators put elements of their own in the place of a text. A text that is changed in its old node then changes
/// nothing that the reader sees. So `render` returns elements, or nothing, and never a bare text.
pub(crate) fn words(render: impl Fn() -> AnyView + Send + Sync + 'static) -> AnyView {
    let is_second = AtomicBool::new(false);
    dynamic(move || {
        let view = render();
        // A view of another type replaces the one before. Both types render the same.
        if is_second.fetch_xor(true, Ordering::Relaxed) { (view,).into_any() } else { view }
    })
}
