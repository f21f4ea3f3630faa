//! A running simulator.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use tokio::net::TcpListener;
use tokio::sync::{mpsc, watch};
use tokio::task::JoinHandle;

use crate::balances::Balances;
use crate::config::Config;
use crate::faults::Faults;
use crate::state::{AppState, LoggedRequest, State};
use crate::webhooks::{self, WebhookDispatcher};
use crate::{returns, router, state_file};

/// How long requests in progress may take to end after [`Simulator::stop`].
const SHUTDOWN_TIMEOUT: Duration = Duration::from_secs(5);

/// A running simulator. Dropping it stops it; [`Simulator::stop`] also waits for the end.
pub struct Simulator {
    url: String,
    pub(crate) app: Arc<AppState>,
    stop: watch::Sender<bool>,
    tasks: Vec<JoinHandle<()>>,
}

impl Simulator {
    /// Starts a simulator.
    ///
    /// # Errors
    ///
    /// If it cannot listen on the address, or cannot read the state file.
    pub async fn start(config: Config) -> io::Result<Self> {
        let mut state = match &config.state {
            Some(path) => state_file::load(path)?,
            None => State::default(),
        };
        state.set_faults(config.faults);
        state.webhook_urls = config.webhook_urls;

        let listener = TcpListener::bind(config.listen).await?;
        let url = format!("http://{}", listener.local_addr()?);
        let origin = config.public_url.map_or_else(|| url.clone(), |public| public.trim_end_matches('/').to_owned());
        let (sender, deliveries) = mpsc::channel(webhooks::QUEUE_CAPACITY);
        let keys = (config.secret_key, config.publishable_key);
        let app = Arc::new(AppState::new(keys, origin, sender, state));
        let (stop, stopped) = watch::channel(false);

        let dispatcher = WebhookDispatcher::new(Arc::clone(&app), config.webhook_secret, config.webhook_backoff)
            .map_err(io::Error::other)?;
        let mut tasks = vec![
            tokio::spawn(dispatcher.run(deliveries, stopped.clone())),
            tokio::spawn(serve(listener, Arc::clone(&app), stopped.clone())),
            tokio::spawn(returns::run(Arc::clone(&app), stopped.clone())),
        ];
        if let Some(path) = config.state {
            tasks.push(tokio::spawn(state_file::save_changes(Arc::clone(&app), path, stopped)));
        }
        Ok(Self { url, app, stop, tasks })
    }

    /// Its address, such as `http://127.0.0.1:3002`, without a slash at the end.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Replaces all faults. Counts and random choices start again.
    pub fn set_faults(&self, faults: Faults) {
        self.app.lock().set_faults(faults);
    }

    /// The present faults. Counts show what is left of them.
    #[must_use]
    pub fn faults(&self) -> Faults {
        self.app.lock().faults.clone()
    }

    /// The sums of all payments.
    #[must_use]
    pub fn balances(&self) -> Balances {
        Balances::of(&self.app.lock().db)
    }

    /// The newest ten thousand API requests, oldest first.
    #[must_use]
    pub fn requests(&self) -> Vec<LoggedRequest> {
        self.app.lock().log.iter().cloned().collect()
    }

    /// Sends later events to this URL and to no other.
    pub fn set_webhook_url(&self, url: impl Into<String>) {
        self.app.lock().webhook_urls = vec![url.into()];
    }

    /// Stops it: it takes no new requests, gives those in progress a few seconds, and writes the
    /// state file.
    pub async fn stop(mut self) {
        self.stop.send_replace(true);
        let deadline = tokio::time::Instant::now() + SHUTDOWN_TIMEOUT;
        for mut task in self.tasks.drain(..) {
            if tokio::time::timeout_at(deadline, &mut task).await.is_err() {
                task.abort();
            }
        }
    }
}

impl Drop for Simulator {
    fn drop(&mut self) {
        self.stop.send_replace(true);
    }
}

async fn serve(listener: TcpListener, app: Arc<AppState>, mut stop: watch::Receiver<bool>) {
    let served = axum::serve(listener, router::router(app)).with_graceful_shutdown(async move {
        // An error means that the simulator was dropped, which is a reason to stop as well.
        let _ = stop.changed().await;
    });
    if let Err(error) = served.await {
        tracing::error!(%error, "the HTTP server failed");
    }
}
