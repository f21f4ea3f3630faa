//! The page for every unknown address.

use leptos::prelude::*;
use model::Code;

use crate::components::error_page;

/// The 404 page.
#[component]
pub(crate) fn NotFoundPage() -> impl IntoView {
    error_page(&Code::NotFound.into())
}
