//! A running simulator.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use tokio::net::TcpListener;
use tokio::sync::{mpsc, watch};
use tokio::task::JoinHandle;

use crate::books::Books;
use crate::config::Config;
use crate::faults::Faults;
use crate::hub::{Hub, RequestLine, State};
use crate::webhooks::{self, Courier};
use crate::{http, snapshot};

/// How long calls under way may take to end after [`Simulator::stop`].
const PATIENCE: Duration = Duration::from_secs(5);

/// A running simulator. Dropping it ends it; [`Simulator::stop`] also waits for the end.
pub struct Simulator {
    url: String,
    pub(crate) hub: Arc<Hub>,
    stop: watch::Sender<bool>,
    tasks: Vec<JoinHandle<()>>,
}

impl Simulator {
    /// Starts one.
    ///
    /// # Errors
    ///
    /// If the address cannot be listened on, or the state file cannot be read.
    pub async fn start(config: Config) -> io::Result<Self> {
        let mut state = match &config.state {
            Some(path) => snapshot::load(path)?,
            None => State::default(),
        };
        state.set_faults(config.faults);
        state.webhook_urls = config.webhook_urls;

        let listener = TcpListener::bind(config.listen).await?;
        let url = format!("http://{}", listener.local_addr()?);
        let origin = config.public_url.map_or_else(|| url.clone(), |public| public.trim_end_matches('/').to_owned());
        let (parcels, to_deliver) = mpsc::channel(webhooks::QUEUE);
        let keys = (config.secret_key, config.publishable_key);
        let hub = Arc::new(Hub::new(keys, origin, parcels, state));
        let (stop, stopped) = watch::channel(false);

        let courier =
            Courier::new(Arc::clone(&hub), config.webhook_secret, config.webhook_retry).map_err(io::Error::other)?;
        let mut tasks = vec![
            tokio::spawn(courier.run(to_deliver, stopped.clone())),
            tokio::spawn(serve(listener, Arc::clone(&hub), stopped.clone())),
        ];
        if let Some(path) = config.state {
            tasks.push(tokio::spawn(snapshot::keep(Arc::clone(&hub), path, stopped)));
        }
        Ok(Self { url, hub, stop, tasks })
    }

    /// Where it listens, such as `http://127.0.0.1:3002`, without a slash at the end.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Sets what goes wrong on purpose, all of it; the counts start anew.
    pub fn set_faults(&self, faults: Faults) {
        self.hub.lock().set_faults(faults);
    }

    /// What goes wrong on purpose now; counts show what is left.
    #[must_use]
    pub fn faults(&self) -> Faults {
        self.hub.lock().faults.clone()
    }

    /// What the payments add up to.
    #[must_use]
    pub fn books(&self) -> Books {
        Books::of(&self.hub.lock().ledger)
    }

    /// The newest calls of the API, oldest first; ten thousand at most.
    #[must_use]
    pub fn requests(&self) -> Vec<RequestLine> {
        self.hub.lock().log.iter().cloned().collect()
    }

    /// From now on, tells this URL of events, and no other.
    pub fn set_webhook_url(&self, url: impl Into<String>) {
        self.hub.lock().webhook_urls = vec![url.into()];
    }

    /// Ends it: no new calls, then a last snapshot. Calls under way get a few seconds.
    pub async fn stop(mut self) {
        self.stop.send_replace(true);
        let deadline = tokio::time::Instant::now() + PATIENCE;
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

async fn serve(listener: TcpListener, hub: Arc<Hub>, mut stop: watch::Receiver<bool>) {
    let served = axum::serve(listener, http::router(hub)).with_graceful_shutdown(async move {
        // An error means that the simulator is gone, which is a reason to stop as well.
        let _ = stop.changed().await;
    });
    if let Err(error) = served.await {
        tracing::error!(%error, "server ended");
    }
}
