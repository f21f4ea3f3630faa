//! Any address that is none of ours.

use leptos::prelude::*;
use model::Code;

use crate::components::trouble;

/// Nothing is here.
#[component]
pub(crate) fn NotFoundPage() -> impl IntoView {
    trouble(&Code::NotFound.into())
}
