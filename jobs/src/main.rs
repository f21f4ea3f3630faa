//! `gittix-jobs`: the worker process.

use std::{error::Error, process::ExitCode};

use clap::{Parser, Subcommand};
use domain::{error::causes, process};
use futures_util::future::OptionFuture;
use jobs::{alive, config::Config, metrics, run::run};
use secrecy::ExposeSecret;
use tokio::net::TcpListener;

#[derive(Parser)]
#[command(about = "The GitTix workers. All configuration comes from the environment; the README lists it.")]
struct Arguments {
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Clone, Copy, Subcommand)]
enum Command {
    /// Do jobs (the default)
    Work,
    /// Look whether the worker on this machine lives
    Health,
}

#[tokio::main]
async fn main() -> ExitCode {
    let arguments = Arguments::parse();
    process::start();
    match start(arguments.command.unwrap_or(Command::Work)).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("gittix-jobs: {}", causes(&*error));
            ExitCode::FAILURE
        }
    }
}

async fn start(command: Command) -> Result<(), Box<dyn Error>> {
    let config = Config::from_env()?;
    if matches!(command, Command::Health) {
        return Ok(alive::check(config.alive_file.as_deref())?);
    }
    let backend = config.backend.backend()?;
    let redis = redis::Client::open(config.backend.redis_url.expose_secret())?;
    let listener = match config.metrics_addr {
        Some(address) => Some(TcpListener::bind(address).await?),
        None => None,
    };
    let watched = OptionFuture::from(listener.map(|listener| metrics::serve(listener, backend.clone(), redis.clone())));
    tokio::select! {
        () = Box::pin(run(backend.clone(), redis.clone(), config.alive_file.as_deref(), process::stop_signal())) => {}
        Some(()) = watched => {}
    }
    Ok(())
}
