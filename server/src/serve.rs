//! Listening, and stopping.

use std::{future::Future, net::SocketAddr, path::PathBuf, sync::Arc, time::Duration};

use app::server::CookiePolicy;
use domain::{Backend, live::announce::announce};
use leptos::{config::Env, prelude::LeptosOptions};
use platform::process::stop_signal;
use secrecy::ExposeSecret;
use tokio::{net::TcpListener, sync::oneshot};

use crate::{
    config::Config, drain::Draining, limits::Limits, listen::listen, live::Live, metrics::Metrics, router::router,
    state::Reached, state::ServerState,
};

/// How long running requests may take to end after the server has stopped listening.
pub const SHUTDOWN: Duration = Duration::from_secs(20);

/// Why the server does not serve.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// `REDIS_URL` cannot be read.
    #[error("REDIS_URL cannot be read")]
    Redis(#[source] redis::RedisError),
    /// The build's list of hashed names is not beside the program: no page could name its script.
    #[error("there is no {0}: the server runs from the folder that cargo leptos build has put it in")]
    NotBuilt(PathBuf),
    /// The address is taken, or not ours to take.
    #[error("cannot listen on {address}")]
    Listen {
        /// `LISTEN_ADDR`.
        address: SocketAddr,
        /// Why.
        #[source]
        source: std::io::Error,
    },
}

/// Serves until a signal to stop; then finishes what is running.
///
/// PostgreSQL and Redis need not be up yet: `/readyz` says so until they are.
///
/// # Errors
///
/// See [`ServeError`].
pub async fn serve(config: &Config, backend: Backend) -> Result<(), ServeError> {
    let redis = redis::Client::open(config.backend.redis_url.expose_secret()).map_err(ServeError::Redis)?;
    let limits = match config.rate_limit_factor {
        0 => None,
        factor => Some(Limits::new(redis.clone(), factor).map_err(ServeError::Redis)?),
    };
    let leptos = leptos_options(config);
    if leptos.hash_files && !hashes(&leptos).is_file() {
        return Err(ServeError::NotBuilt(hashes(&leptos)));
    }
    let state = ServerState {
        backend,
        cookies: CookiePolicy { secure: config.is_behind_tls() },
        redis,
        limits,
        proxies: config.trusted_proxies.clone(),
        leptos,
        public_url: Arc::from(config.backend.public_url.as_str()),
        metrics: Metrics::default(),
        live: Live::default(),
        reached: Reached::default(),
        draining: Draining::default(),
    };
    let address = config.listen_addr;
    let listener = TcpListener::bind(address).await.map_err(|source| ServeError::Listen { address, source })?;
    tracing::info!(%address, url = %config.backend.public_url, "serving");
    serve_until(listener, state, config.drain, stop_signal()).await;
    Ok(())
}

/// Serves on a socket until `stop` completes, and goes in three steps: for as long as `drain` it is
/// not ready and takes requests all the same, so that whoever shares them out has time to notice; then
/// it takes no more connections; and it ends when the last request has been answered, or is given up.
pub async fn serve_until(listener: TcpListener, state: ServerState, drain: Duration, stop: impl Future<Output = ()>) {
    let (draining, live, backend) = (state.draining.clone(), state.live.clone(), state.backend.clone());
    let (closing, closed) = oneshot::channel();
    let drained = async {
        stop.await;
        tracing::info!(seconds = drain.as_secs(), "draining: not ready any more, and still serving");
        draining.begin();
        tokio::time::sleep(drain).await;
        tracing::info!("stopping: running requests may end");
        live.end();
        // Whoever listens is the select below.
        let _ = closing.send(());
    };
    let bound = async {
        // A sender that is gone means that nobody is told to stop.
        if closed.await.is_err() {
            std::future::pending::<()>().await;
        }
        tokio::time::sleep(SHUTDOWN).await;
    };
    tokio::select! {
        () = listen(listener, router(state), drained) => {}
        never = live.keep_up(&backend) => match never {},
        never = announce(backend.clone()) => match never {},
        () = bound => tracing::warn!("stopped with requests still running"),
    }
}

/// Where the pages find their scripts and styles. Under `cargo leptos watch` the environment says;
/// otherwise it is as the release build made it.
fn leptos_options(config: &Config) -> LeptosOptions {
    if std::env::var_os("LEPTOS_WATCH").is_some()
        && let Ok(watched) = leptos::config::get_config_from_env()
    {
        return watched.leptos_options;
    }
    LeptosOptions::builder()
        .output_name("gittix")
        .site_root(config.site_root.as_str())
        .site_pkg_dir("pkg")
        .site_addr(config.listen_addr)
        .env(Env::PROD)
        .hash_files(true)
        .build()
}

/// Where Leptos looks for the names of the scripts and styles, for every page anew: it panics without.
fn hashes(options: &LeptosOptions) -> PathBuf {
    let program = std::env::current_exe().unwrap_or_default();
    program.with_file_name(options.hash_file.as_ref())
}
