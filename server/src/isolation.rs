//! Keeps what is rendered for one request apart from what is rendered for others on the same thread.

use axum::{extract::Request, middleware::Next, response::Response};
use leptos::{prelude::Owner, reactive::computed::ScopedFuture};

/// Handles the request with an empty Leptos context.
///
/// Leptos 0.8 finds the context of a request by a variable of the thread, which a request that waits leaves behind for the
/// next one there. Two of its functions read it: the one that serves files, which added the status and the headers of
/// another answer, cookies too, and the one that names the files with a page's code.
pub(crate) async fn isolate(request: Request, next: Next) -> Response {
    let owner = Owner::new_root(None);
    let response = owner.with(|| ScopedFuture::new(next.run(request))).await;
    owner.unset_with_forced_cleanup();
    response
}
