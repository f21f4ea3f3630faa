//! `gittix-server`: the web server, and what an operator does with its configuration.

use std::{error::Error, process::ExitCode};

use clap::{Parser, Subcommand};
use domain::{
    database::{await_schema, migrate},
    demo,
};
use model::error::causes;
use platform::{process, settings::Environment};
use server::{config::Config, doctor, probe::probe, serve::serve};

#[derive(Parser)]
#[command(about = "The GitTix web server. All configuration comes from the environment; the README lists it.")]
struct Arguments {
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Clone, Copy, Subcommand)]
enum Command {
    /// Serve the site (the default)
    Serve,
    /// Bring the database's schema up to date
    Migrate,
    /// Wait until the database has the schema that this version needs
    AwaitSchema,
    /// Ask the server on this machine whether it lives
    Health,
    /// Fill the database with the demo's accounts and tickets, where they are not there yet
    Demo,
    /// Look up every promise in the database; fails when one is broken
    Doctor {
        /// For programs
        #[arg(long)]
        json: bool,
    },
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let telemetry = process::start("gittix-server");
    let outcome = process::block_on(run(arguments.command.unwrap_or(Command::Serve)));
    let outcome = outcome.unwrap_or_else(|error| Err(error.into()));
    telemetry.end();
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("gittix-server: {}", causes(&*error));
            ExitCode::FAILURE
        }
    }
}

async fn run(command: Command) -> Result<(), Box<dyn Error>> {
    let config = Config::from_env()?;
    let backend = config.backend.backend()?;
    match command {
        Command::Serve => serve(&config, backend).await?,
        Command::Migrate => migrate(&backend.db).await?,
        Command::AwaitSchema => await_schema(&backend.db).await,
        Command::Health => probe(config.listen_addr).await?,
        // Its passwords are in the README.
        Command::Demo if config.backend.environment == Environment::Production => {
            return Err("no demo accounts in production".into());
        }
        Command::Demo => demo::seed(&backend).await?,
        Command::Doctor { json } => doctor::print(&backend, json).await?,
    }
    Ok(())
}
