//! `gittix-server`: the web server, and the commands for its operator.

use std::{error::Error, process::ExitCode};

use clap::{Parser, Subcommand};
use domain::{
    database::{await_schema, migrate},
    demo,
    settings::BackendSettings,
};
use model::error::causes;
use platform::{
    database::{DatabaseSettings, MigrationSettings},
    process,
    settings::Variables,
};
use server::{
    account_command::{self, AccountCommand},
    config::Config,
    difference_command::{self, DifferenceCommand},
    doctor,
    event_command::{self, EventCommand},
    operator_command::{self, OperatorCommand},
    probe::probe,
    reconcile_command::{self, ReconcileCommand},
    refund_command::{self, RefundCommand},
    serve::serve,
};

/// glibc's is slower for a page's many small strings, and its arenas grow with the cores: `docs/SCALING.md`, "Memory".
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

#[derive(Parser)]
#[command(
    about = "The GitTix web server. All configuration comes from the environment; docs/CONFIGURATION.md lists it."
)]
struct Arguments {
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Subcommand)]
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
    /// Check every invariant in the database; fails when one is violated
    Doctor {
        /// For programs
        #[arg(long)]
        json: bool,
    },
    /// Compare what moved at Stripe with the ledger; fails when something differs
    Reconcile(ReconcileCommand),
    /// Work on what Stripe and the ledger say differently
    #[command(subcommand)]
    Difference(DifferenceCommand),
    /// Create an account without a mail
    #[command(subcommand)]
    Account(AccountCommand),
    /// Say who runs the site
    #[command(subcommand)]
    Operator(OperatorCommand),
    /// Cancel or move an event
    #[command(subcommand)]
    Event(EventCommand),
    /// Work on refunds that failed
    #[command(subcommand)]
    Refund(RefundCommand),
}

fn main() -> ExitCode {
    let command = Arguments::parse().command.unwrap_or(Command::Serve);
    // A container's health check runs every few seconds and needs neither log nor traces.
    let telemetry = (!matches!(command, Command::Health)).then(|| process::start("gittix-server"));
    let outcome = process::block_on(run(command));
    let outcome = outcome.unwrap_or_else(|error| Err(error.into()));
    if let Some(telemetry) = telemetry {
        telemetry.end();
    }
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("gittix-server: {}", causes(&*error));
            ExitCode::FAILURE
        }
    }
}

/// Each command reads only the settings that it uses: a migration does not need Stripe's key.
async fn run(command: Command) -> Result<(), Box<dyn Error>> {
    let database = || Variables::from_env(DatabaseSettings::read)?.pool();
    match command {
        Command::Serve => {
            let config = Config::from_env()?;
            serve(&config, config.backend.backend()?).await?;
        }
        Command::Migrate => {
            let settings = Variables::from_env(MigrationSettings::read)?;
            migrate(&settings.owner.pool()?, settings.application.as_deref()).await?;
        }
        Command::AwaitSchema => await_schema(&database()?).await,
        Command::Health => probe(Variables::from_env(Config::listen_addr)?).await?,
        Command::Demo => demo::seed(&Variables::from_env(BackendSettings::read_for_demo)?.backend()?).await?,
        Command::Account(command) => account_command::run(&database()?, &command).await?,
        Command::Operator(command) => operator_command::run(&database()?, &command).await?,
        Command::Event(command) => event_command::change(&database()?, &command).await?,
        Command::Doctor { json } => doctor::print(&database()?, json).await?,
        Command::Reconcile(command) => {
            reconcile_command::print(&Variables::from_env(BackendSettings::read)?.backend()?, &command).await?;
        }
        Command::Difference(command) => difference_command::run(&database()?, &command).await?,
        Command::Refund(command) => refund_command::run(&database()?, &command).await?,
    }
    Ok(())
}
