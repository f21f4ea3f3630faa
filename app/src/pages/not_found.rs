//! Any address that is none of ours.

use domain::Code;
use leptos::prelude::*;

use crate::components::trouble;

/// Nothing is here.
#[component]
pub(crate) fn NotFoundPage() -> impl IntoView {
    trouble(&Code::NotFound.into())
}
