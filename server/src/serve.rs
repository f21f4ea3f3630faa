//! The lifecycle of the server.

use std::{future::Future, net::SocketAddr, path::PathBuf, sync::Arc, time::Duration};

use app::server::CookiePolicy;
use domain::{Backend, live::publish::publish, view_counts::flush};
use leptos::{config::Env, prelude::LeptosOptions};
use model::error::causes;
use platform::{process::stop_signal, settings::Environment};
use secrecy::ExposeSecret;
use tokio::{net::TcpListener, sync::oneshot};

use crate::{
    config::Config, crawlers::Sitemap, drain::Draining, limits::Limits, listen::CONNECTIONS_OF_ADDRESS, listen::listen,
    live::Live, metrics::Metrics, preview::Previews, router::router, state::Reached, state::ServerState,
};

/// How long running requests may take to finish after the server has stopped accepting connections.
pub const SHUTDOWN: Duration = Duration::from_secs(20);

/// Why the server does not serve.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// `REDIS_URL` cannot be parsed.
    #[error("REDIS_URL cannot be read")]
    Redis(#[source] redis::RedisError),
    /// The build's list of hashed names is not beside the program, so no page could name its script.
    #[error("there is no {0}: the server runs from the folder that cargo leptos build has put it in")]
    NotBuilt(PathBuf),
    /// The address is in use, or the process may not bind it.
    #[error("cannot listen on {address}")]
    Listen {
        /// `LISTEN_ADDR`.
        address: SocketAddr,
        /// The cause.
        #[source]
        source: std::io::Error,
    },
}

/// Serves until a stop signal, then finishes running requests.
///
/// PostgreSQL and Redis need not be up yet: `/readyz` fails until they are.
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
    let missing = config.imprint.missing();
    if config.backend.environment == Environment::Production && !missing.is_empty() {
        tracing::warn!(missing = missing.join(", "), "the site does not say who runs it");
    }
    let state = ServerState {
        backend,
        cookies: CookiePolicy { secure: config.is_behind_tls() },
        redis,
        limits,
        proxies: config.trusted_proxies.clone(),
        leptos,
        public_url: Arc::from(config.backend.public_url.as_str()),
        imprint: config.imprint.clone(),
        metrics: Metrics::default(),
        live: Live::default(),
        previews: Previews::default(),
        sitemap: Sitemap::default(),
        reached: Reached::default(),
        draining: Draining::default(),
    };
    let address = config.listen_addr;
    let listener = TcpListener::bind(address).await.map_err(|source| ServeError::Listen { address, source })?;
    tracing::info!(%address, url = %config.backend.public_url, "serving");
    Box::pin(serve_until(listener, state, config.drain, stop_signal())).await;
    Ok(())
}

/// Serves on a socket until `stop` completes, then shuts down in three steps. For the length of `drain` it is
/// not ready and still takes requests, so that load balancers have time to notice. Then
/// it accepts no more connections. It ends after the last response, or after the shutdown timeout.
pub async fn serve_until(listener: TcpListener, state: ServerState, drain: Duration, stop: impl Future<Output = ()>) {
    let (draining, live, backend) = (state.draining.clone(), state.live.clone(), state.backend.clone());
    let proxies = state.proxies.clone();
    let (closing, closed) = oneshot::channel();
    let drained = async {
        stop.await;
        tracing::info!(seconds = drain.as_secs(), "draining: not ready any more, and still serving");
        draining.begin();
        tokio::time::sleep(drain).await;
        tracing::info!("stopping: running requests may end");
        live.end();
        // The receiver is in the select below.
        let _ = closing.send(());
    };
    let bound = async {
        // If the sender was dropped, no stop signal will come.
        if closed.await.is_err() {
            std::future::pending::<()>().await;
        }
        tokio::time::sleep(SHUTDOWN).await;
    };
    let served = async {
        listen(listener, router(state), &proxies, CONNECTIONS_OF_ADDRESS, drained).await;
        // Steps whose requests are over.
        backend.payment_steps.end().await;
    };
    tokio::select! {
        () = served => {}
        never = live.run(&backend) => match never {},
        never = publish(backend.clone()) => match never {},
        never = flush::run(backend.clone()) => match never {},
        () = bound => tracing::warn!("stopped with requests or payments still running"),
    }
    // What was counted since the last time.
    if let Err(error) = flush::flush(&backend).await {
        tracing::warn!(error.causes = causes(&error), "the last views of listings were not written");
    }
}

/// The paths of the pages' scripts and styles. Under `cargo leptos watch` they come from the environment;
/// otherwise they are those of the release build.
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

/// The file that Leptos reads for every page, with the names of scripts and styles: it panics without the file.
fn hashes(options: &LeptosOptions) -> PathBuf {
    let program = std::env::current_exe().unwrap_or_default();
    program.with_file_name(options.hash_file.as_ref())
}
