//! The counters in Redis, which all servers share.
//!
//! The limiters on crates.io count per process, or take a round trip for each counter. This script takes one
//! round trip for all counters.

use std::time::Duration;

use domain::auth::network::SHARES;
use redis::{
    Client, RedisError,
    aio::{ConnectionManager, ConnectionManagerConfig},
};

use super::class::{Class, Keys};

/// A counter that takes longer counts as down, because the counted request needs its response.
const TIMEOUT: Duration = Duration::from_secs(1);

/// Counts under each key. Returns the milliseconds until the last exceeded window
/// ends, or 0 if no limit is exceeded. The first count of a window sets its end.
const COUNT: &str = r"
local wait = 0
for i, key in ipairs(KEYS) do
  local count = redis.call('INCR', key)
  if count == 1 then redis.call('PEXPIRE', key, ARGV[1]) end
  if count > tonumber(ARGV[i + 1]) then wait = math.max(wait, redis.call('PTTL', key)) end
end
return wait
";

/// The result of counting a request.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Count {
    /// The request may continue.
    Within,
    /// The request is over the limit for this long.
    Past { wait: Duration },
}

/// Why a request was not counted.
#[derive(Debug, thiserror::Error)]
pub(super) enum CountError {
    #[error("Redis did not answer in time")]
    TimedOut,
    #[error("Redis did not count")]
    Redis(#[source] RedisError),
}

/// The connection and the script that count requests.
#[derive(Clone)]
pub struct Limits {
    redis: ConnectionManager,
    factor: u32,
}

impl std::fmt::Debug for Limits {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Limits").field("factor", &self.factor).finish_non_exhaustive()
    }
}

impl Limits {
    /// Limits of `factor` times the usual ones. It connects at the first count and needs a tokio runtime.
    ///
    /// # Errors
    ///
    /// When the connection's configuration is invalid, which no setting can cause.
    pub fn new(redis: Client, factor: u32) -> Result<Self, RedisError> {
        // One attempt: a request that waits for its count would also wait for the retries of the others.
        let config = ConnectionManagerConfig::new()
            .set_connection_timeout(Some(TIMEOUT))
            .set_response_timeout(Some(TIMEOUT))
            .set_number_of_retries(0);
        Ok(Self { redis: ConnectionManager::new_lazy_with_config(redis, config)?, factor })
    }

    pub(super) async fn count(&self, class: &Class, keys: &Keys) -> Result<Count, CountError> {
        let key = |kind: &str, of: &str| format!("gittix:limit:{}:{kind}:{of}", class.name);
        let mut count = redis::cmd("EVAL");
        count.arg(COUNT).arg(keys.networks.len() + usize::from(keys.account.is_some()));
        count.arg(keys.networks.each_ref().map(|network| key("address", network)).to_vec());
        if let Some(account) = &keys.account {
            count.arg(key("account", account));
        }
        count.arg(u64::try_from(class.window.as_millis()).unwrap_or(u64::MAX));
        let of_networks = SHARES.map(|share| class.of_address.saturating_mul(self.factor).saturating_mul(share));
        count.arg(of_networks.to_vec()).arg(class.of_account.saturating_mul(self.factor));
        let mut redis = self.redis.clone();
        let answer = tokio::time::timeout(TIMEOUT, count.query_async::<u64>(&mut redis)).await;
        match answer.map_err(|_| CountError::TimedOut)?.map_err(CountError::Redis)? {
            0 => Ok(Count::Within),
            wait_ms => Ok(Count::Past { wait: Duration::from_millis(wait_ms) }),
        }
    }
}
