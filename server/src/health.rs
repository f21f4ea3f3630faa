//! The probes: whether the server runs, whether it may receive requests, and whether its dependencies answer.

use std::sync::atomic::Ordering;

use axum::{Json, extract::State, http::StatusCode, response::IntoResponse};
use serde::Serialize;

use crate::{
    services::{postgres_answers, redis_answers},
    state::{Reached, SharedState},
};

/// `/healthz`: the process runs and takes requests. Dependencies do not count: a restart repairs no database.
pub(crate) async fn alive() -> &'static str {
    "ok\n"
}

/// `/servingz`: the server may receive requests. It has reached its database once, and has not received a
/// stop signal.
///
/// For load balancers. Dependencies that all servers share do not count: if PostgreSQL or
/// Redis were down, the load balancer would remove all servers at once. Users would get its bare 503 instead
/// of the parts that still work and of error pages that explain.
pub(crate) async fn serving(State(state): State<SharedState>) -> impl IntoResponse {
    if state.draining.has_begun() {
        return (StatusCode::SERVICE_UNAVAILABLE, "draining\n");
    }
    let Reached(reached) = &state.reached;
    if !reached.load(Ordering::Relaxed) && postgres_answers(&state.backend.db).await {
        reached.store(true, Ordering::Relaxed);
    }
    if reached.load(Ordering::Relaxed) {
        (StatusCode::OK, "ok\n")
    } else {
        (StatusCode::SERVICE_UNAVAILABLE, "waiting for PostgreSQL\n")
    }
}

#[derive(Serialize)]
struct Readiness {
    postgres: bool,
    redis: bool,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    draining: bool,
}

/// `/readyz`: PostgreSQL and Redis answer, and the server has not received a stop signal.
pub(crate) async fn ready(State(state): State<SharedState>) -> impl IntoResponse {
    let (postgres, redis) = tokio::join!(postgres_answers(&state.backend.db), redis_answers(&state.redis));
    let draining = state.draining.has_begun();
    let status = if postgres && redis && !draining { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    (status, Json(Readiness { postgres, redis, draining }))
}
