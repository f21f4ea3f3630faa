//! How a simulator is set up.

use std::fmt;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::time::Duration;

use crate::faults::Faults;

/// How a simulator is set up. The default suits a test: a free port, known keys, no webhook.
#[derive(Clone)]
pub struct Config {
    /// The address to listen on. Port 0 takes a free port.
    pub listen: SocketAddr,
    /// The URL under which browsers reach the simulator, when it differs from `listen`.
    pub public_url: Option<String>,
    /// The key of servers, `sk_test_…`.
    pub secret_key: String,
    /// The key of browsers, `pk_test_…`.
    pub publishable_key: String,
    /// The secret that signs webhooks, `whsec_…`.
    pub webhook_secret: String,
    /// The URLs that receive webhooks.
    pub webhook_urls: Vec<String>,
    /// The wait before the first retry of a webhook. It doubles with each further retry.
    pub webhook_backoff: Duration,
    /// A file that keeps payments and idempotency keys between runs.
    pub state: Option<PathBuf>,
    /// The faults at the start.
    pub faults: Faults,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
            public_url: None,
            secret_key: "sk_test_sim".to_owned(),
            publishable_key: "pk_test_sim".to_owned(),
            webhook_secret: "whsec_sim".to_owned(),
            webhook_urls: Vec::new(),
            webhook_backoff: Duration::from_millis(500),
            state: None,
            faults: Faults::default(),
        }
    }
}

/// Leaves the secrets out, as they may be the keys of a real test account.
impl fmt::Debug for Config {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Config")
            .field("listen", &self.listen)
            .field("public_url", &self.public_url)
            .field("publishable_key", &self.publishable_key)
            .field("webhook_urls", &self.webhook_urls)
            .field("webhook_backoff", &self.webhook_backoff)
            .field("state", &self.state)
            .field("faults", &self.faults)
            .finish_non_exhaustive()
    }
}
