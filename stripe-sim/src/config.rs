//! How a simulator is set up.

use std::fmt;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::time::Duration;

use crate::faults::Faults;

/// How a simulator is set up. The default suits a test: a free port, known keys, no webhook.
#[derive(Clone)]
pub struct Config {
    /// Where to listen. Port 0 takes a free one.
    pub listen: SocketAddr,
    /// The address under which browsers reach it, when that differs from `listen`.
    pub public_url: Option<String>,
    /// The key of server calls, `sk_test_…`.
    pub secret_key: String,
    /// The key of browser calls, `pk_test_…`.
    pub publishable_key: String,
    /// The secret that signs webhooks, `whsec_…`.
    pub webhook_secret: String,
    /// Who is told of events.
    pub webhook_urls: Vec<String>,
    /// How long the first retry of a webhook waits; each further one waits twice as long.
    pub webhook_retry: Duration,
    /// A file that keeps the books between runs.
    pub state: Option<PathBuf>,
    /// What goes wrong on purpose, from the start.
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
            webhook_retry: Duration::from_millis(500),
            state: None,
            faults: Faults::default(),
        }
    }
}

/// Leaves the secrets out: somebody may run this with the keys of a real test account.
impl fmt::Debug for Config {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Config")
            .field("listen", &self.listen)
            .field("public_url", &self.public_url)
            .field("publishable_key", &self.publishable_key)
            .field("webhook_urls", &self.webhook_urls)
            .field("webhook_retry", &self.webhook_retry)
            .field("state", &self.state)
            .field("faults", &self.faults)
            .finish_non_exhaustive()
    }
}
