//! `gittix-jobs`: the worker process, and the process that reads the files of tickets.

use std::{error::Error, process::ExitCode};

use clap::{Parser, Subcommand};
use domain::live::publish::publish;
use futures_util::future::OptionFuture;
use jobs::{config::Config, inspect_command, metrics, run::run};
use model::error::causes;
use platform::process;
use secrecy::ExposeSecret;
use tokio::net::TcpListener;

/// glibc's is slower for a page's many small strings, and its arenas grow with the cores: `docs/SCALING.md`, "Memory".
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

#[derive(Parser)]
#[command(about = "The GitTix worker. All configuration comes from the environment; docs/CONFIGURATION.md lists it.")]
struct Arguments {
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Subcommand)]
enum Command {
    /// Work (the default)
    Work,
    /// Say what is in the ticket's file on standard input, as JSON
    Inspect,
}

fn main() -> ExitCode {
    match Arguments::parse().command.unwrap_or(Command::Work) {
        Command::Work => work(),
        // Before a log, a runtime or a connection is there: it needs none, and would have to give them up.
        Command::Inspect => inspect_command::run(),
    }
}

fn work() -> ExitCode {
    let telemetry = process::start("gittix-jobs");
    let outcome = process::block_on(start()).unwrap_or_else(|error| Err(error.into()));
    telemetry.end();
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("gittix-jobs: {}", causes(&*error));
            ExitCode::FAILURE
        }
    }
}

async fn start() -> Result<(), Box<dyn Error>> {
    let config = Config::from_env()?;
    let backend = config.backend.backend()?;
    let redis = redis::Client::open(config.backend.redis_url.expose_secret())?;
    let listener = match config.metrics_addr {
        Some(address) => Some(TcpListener::bind(address).await?),
        None => None,
    };
    let metrics = OptionFuture::from(listener.map(|listener| metrics::serve(listener, backend.clone(), redis.clone())));
    tokio::select! {
        () = Box::pin(run(backend.clone(), redis.clone(), process::stop_signal())) => {}
        never = publish(backend.clone()) => match never {},
        Some(()) = metrics => {}
    }
    Ok(())
}
