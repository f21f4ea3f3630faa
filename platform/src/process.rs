//! The start and the end of every process.

use std::{future::Future, io};

use tokio::{
    runtime::Builder,
    signal::unix::{SignalKind, signal},
};

use crate::{
    settings::Variables,
    telemetry::{self, Telemetry},
};

/// Starts the log on standard error and the traces, and chooses the TLS provider.
///
/// `RUST_LOG` sets the level of the log, `LOG_FORMAT` its format, and `OTEL_EXPORTER_OTLP_ENDPOINT` the collector
/// of traces. Of rustls' providers, ring is the one that the libraries here share; without a choice, the
/// first library that uses TLS would panic.
pub fn start(service: &'static str) -> Telemetry {
    let telemetry = telemetry::start(service);
    if rustls::crypto::ring::default_provider().install_default().is_err() {
        tracing::warn!("another TLS provider was installed first");
    }
    telemetry
}

/// Declares the variables that [`start`], the metrics and libraries read.
pub fn describe(variables: &mut Variables<'_>) {
    variables.elsewhere("RUST_LOG", "`info`", "how much is logged, to standard error");
    variables.elsewhere("LOG_FORMAT", "`json`; in development `text`", "`json` for machines, `text` for people");
    variables.elsewhere(
        "GITTIX_REVISION",
        "`unknown`; the image sets it",
        "which revision of the sources runs, for `gittix_build_info`",
    );
    variables.elsewhere(
        "OTEL_EXPORTER_OTLP_ENDPOINT",
        "none",
        "who collects [traces](OPERATIONS.md#traces), as `http://collector:4318`; OpenTelemetry's other variables hold, too",
    );
}

/// Runs a process to its end, on a runtime that polls sockets, timers and yielded tasks
/// after every step of a task.
///
/// By default, tokio does so after 61 steps. sqlx yields some eight hundred times while it computes
/// the response to PostgreSQL's challenge (SCRAM). On a busy server, opening a connection would then take longer
/// than the acquire timeout, with the load on the connections that are already open.
///
/// # Errors
///
/// When the system has no threads left.
pub fn block_on<F: Future>(process: F) -> io::Result<F::Output> {
    Ok(Builder::new_multi_thread().enable_all().event_interval(1).build()?.block_on(process))
}

/// Completes at Ctrl-C or SIGTERM.
pub async fn stop_signal() {
    let terminated = async {
        match signal(SignalKind::terminate()) {
            Ok(mut signal) => {
                signal.recv().await;
            }
            Err(error) => {
                tracing::error!(%error, "SIGTERM cannot be listened for");
                std::future::pending::<()>().await;
            }
        }
    };
    tokio::select! {
        _ = tokio::signal::ctrl_c() => {}
        () = terminated => {}
    }
}

#[cfg(test)]
mod tests {
    use std::{
        future::poll_fn,
        sync::{
            Arc,
            atomic::{AtomicUsize, Ordering},
        },
        task::Poll,
    };

    use super::*;

    const BUSY: usize = 4;
    const ROUNDS: usize = 20;
    const STEPS_ASIDE: usize = 10;

    /// Proves the interval: with tokio's default, a task that yields waits for sixty steps of others each time.
    /// Other load on the machine may make some rounds longer, but not every one.
    #[test]
    fn whoever_steps_aside_is_not_forgotten() {
        let steps = Arc::new(AtomicUsize::new(0));
        let aside = async {
            let busy: Vec<_> = (0..BUSY)
                .map(|_| {
                    let steps = Arc::clone(&steps);
                    tokio::spawn(poll_fn(move |context| {
                        steps.fetch_add(1, Ordering::Relaxed);
                        context.waker().wake_by_ref();
                        Poll::<()>::Pending
                    }))
                })
                .collect();
            let steps = Arc::clone(&steps);
            let rounds = tokio::spawn(async move {
                let mut rounds = [0; ROUNDS];
                for of_others in &mut rounds {
                    let before = steps.load(Ordering::Relaxed);
                    for _ in 0..STEPS_ASIDE {
                        tokio::task::yield_now().await;
                    }
                    *of_others = (steps.load(Ordering::Relaxed) - before) / STEPS_ASIDE;
                }
                rounds
            })
            .await
            .expect("ends");
            busy.iter().for_each(tokio::task::JoinHandle::abort);
            rounds
        };
        let rounds = block_on(aside).expect("runs");
        assert!(rounds.iter().any(|of_others| *of_others < 40), "each time, others took so many steps: {rounds:?}");
    }
}
