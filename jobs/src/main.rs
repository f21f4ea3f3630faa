//! `gittix-jobs`: the worker process.

use std::{error::Error, process::ExitCode};

use domain::{error::causes, process};
use jobs::{config::Config, run::run};
use secrecy::ExposeSecret;

#[tokio::main]
async fn main() -> ExitCode {
    process::start();
    match start().await {
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
    Box::pin(run(backend, redis, process::stop_signal())).await;
    Ok(())
}
