//! Counting requests.

use std::time::Instant;

use axum::{
    extract::{Request, State},
    middleware::Next,
    response::Response,
};

use super::requests::RequestLabels;
use crate::state::SharedState;

/// Counts a request when it is answered. A request whose client disconnects before that is not counted.
pub(crate) async fn measure(State(state): State<SharedState>, request: Request, next: Next) -> Response {
    let asked = RequestLabels::of(&request);
    let begun = Instant::now();
    let response = next.run(request).await;
    state.metrics.requests.count(asked, response.status(), begun.elapsed());
    response
}
