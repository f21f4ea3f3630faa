//! Whether the server lives, and whether it can work.

use std::time::Duration;

use axum::{Json, extract::State, http::StatusCode, response::IntoResponse};
use serde::Serialize;
use sqlx::Connection as _;

use crate::router::ServerState;

/// A dependency that has not answered by then does not answer.
const TIMEOUT: Duration = Duration::from_secs(2);

/// `/healthz`: the process runs and takes requests. Nothing else: a restart mends no database.
pub(crate) async fn alive() -> &'static str {
    "ok\n"
}

#[derive(Serialize)]
struct Readiness {
    postgres: bool,
    redis: bool,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    draining: bool,
}

/// `/readyz`: PostgreSQL and Redis answer, and the server has not been told to stop.
pub(crate) async fn ready(State(state): State<ServerState>) -> impl IntoResponse {
    let postgres = async {
        let ping = async { state.backend.db.acquire().await?.ping().await };
        matches!(tokio::time::timeout(TIMEOUT, ping).await, Ok(Ok(())))
    };
    let redis = async {
        let ping = async {
            let mut redis = state.redis.get_multiplexed_async_connection().await?;
            redis::cmd("PING").query_async::<()>(&mut redis).await
        };
        matches!(tokio::time::timeout(TIMEOUT, ping).await, Ok(Ok(())))
    };
    let (postgres, redis) = tokio::join!(postgres, redis);
    let draining = state.draining.has_begun();
    let status = if postgres && redis && !draining { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    (status, Json(Readiness { postgres, redis, draining }))
}
