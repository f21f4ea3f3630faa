//! The id of the request that loaded the page. Error pages show it, and users quote it to support.

use leptos::prelude::*;
use leptos_router::hooks::use_location;

/// The request that loaded the document: its id in the log, and its address.
#[derive(Clone)]
struct DocumentRequest {
    id: String,
    address: String,
}

/// Provides the request's id to error pages. Called inside the router, before any page.
pub(crate) fn provide_request_id() {
    // The browser reads the value that the server wrote, so that both render the same.
    let id: Option<String> = SharedValue::new(|| {
        #[cfg(feature = "ssr")]
        return crate::server::error::request_id();
        #[cfg(not(feature = "ssr"))]
        None
    })
    .into_inner();
    if let Some(id) = id {
        provide_context(DocumentRequest { id, address: current_address() });
    }
}

/// The id of the request that loaded this page. `None` after navigation without a full load, because
/// then the document's request was for another page.
pub(super) fn page_request_id() -> Option<String> {
    let request = use_context::<DocumentRequest>();
    request.filter(|request| request.address == current_address()).map(|request| request.id)
}

/// The current path with its query.
pub(super) fn current_address() -> String {
    let location = use_location();
    let (path, search) = (location.pathname.get_untracked(), location.search.get_untracked());
    if search.is_empty() { path } else { format!("{path}?{}", search.trim_start_matches('?')) }
}
