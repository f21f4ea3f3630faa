//! Whether the server lives, whether people may be sent to it, and whether all that it works with answers.

use std::{sync::atomic::Ordering, time::Duration};

use axum::{Json, extract::State, http::StatusCode, response::IntoResponse};
use serde::Serialize;
use sqlx::{Connection as _, PgPool};

use crate::state::{Reached, SharedState};

/// A dependency that has not answered by then does not answer.
const TIMEOUT: Duration = Duration::from_secs(2);

/// `/healthz`: the process runs and takes requests. Nothing else: a restart mends no database.
pub(crate) async fn alive() -> &'static str {
    "ok\n"
}

/// `/servingz`: people may be sent here. The server has found its database once, and has not been told
/// to stop.
///
/// For whoever shares out requests. What all servers have in common does not count: with PostgreSQL or
/// Redis away each of them would be taken out at once, and people would get a proxy's bare 503 instead
/// of what still works, and of pages that say what does not.
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

/// `/readyz`: PostgreSQL and Redis answer, and the server has not been told to stop.
pub(crate) async fn ready(State(state): State<SharedState>) -> impl IntoResponse {
    let redis = async {
        let ping = async {
            let mut redis = state.redis.get_multiplexed_async_connection().await?;
            redis::cmd("PING").query_async::<()>(&mut redis).await
        };
        matches!(tokio::time::timeout(TIMEOUT, ping).await, Ok(Ok(())))
    };
    let (postgres, redis) = tokio::join!(postgres_answers(&state.backend.db), redis);
    let draining = state.draining.has_begun();
    let status = if postgres && redis && !draining { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    (status, Json(Readiness { postgres, redis, draining }))
}

async fn postgres_answers(db: &PgPool) -> bool {
    let ping = async { db.acquire().await?.ping().await };
    matches!(tokio::time::timeout(TIMEOUT, ping).await, Ok(Ok(())))
}
