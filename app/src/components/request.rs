//! The request that the page was loaded by, for whoever asks us about an error.

use leptos::prelude::*;
use leptos_router::hooks::use_location;

/// What the log calls the request that loaded the document, and the address that it was for.
#[derive(Clone)]
struct Loaded {
    id: String,
    address: String,
}

/// Makes the request known to error pages. Inside the router, before any page.
pub(crate) fn provide_request() {
    // Read by the browser from what the server wrote, so that both render the same.
    let id: Option<String> = SharedValue::new(|| {
        #[cfg(feature = "ssr")]
        return crate::server::error::request_id();
        #[cfg(not(feature = "ssr"))]
        None
    })
    .into_inner();
    if let Some(id) = id {
        provide_context(Loaded { id, address: address() });
    }
}

/// The request that the page at this address came by; none once the reader has gone on without a full
/// load, because then no request was for the page.
pub(super) fn request_of_page() -> Option<String> {
    use_context::<Loaded>().filter(|loaded| loaded.address == address()).map(|loaded| loaded.id)
}

/// Where the reader is, with its query.
pub(super) fn address() -> String {
    let location = use_location();
    let (path, search) = (location.pathname.get_untracked(), location.search.get_untracked());
    if search.is_empty() { path } else { format!("{path}?{}", search.trim_start_matches('?')) }
}
