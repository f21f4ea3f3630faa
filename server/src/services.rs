//! Whether the services behind the server answer.

use std::time::Duration;

use sqlx::{Connection as _, PgPool};

/// A service that takes longer counts as down.
const TIMEOUT: Duration = Duration::from_secs(2);

/// Whether PostgreSQL answers.
pub(crate) async fn postgres_answers(db: &PgPool) -> bool {
    let ping = async { db.acquire().await?.ping().await };
    matches!(tokio::time::timeout(TIMEOUT, ping).await, Ok(Ok(())))
}

/// Whether Redis answers.
pub(crate) async fn redis_answers(redis: &redis::Client) -> bool {
    let ping = async {
        let mut redis = redis.get_multiplexed_async_connection().await?;
        redis::cmd("PING").query_async::<()>(&mut redis).await
    };
    matches!(tokio::time::timeout(TIMEOUT, ping).await, Ok(Ok(())))
}
