//! The `stripe-sim` command.

use std::io::{self, IsTerminal};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Parser;
use stripe_sim::{Config, Faults, Simulator};
use tokio::signal::unix::{SignalKind, signal};
use tracing_subscriber::EnvFilter;

/// A local stand-in for Stripe: its payments API, its browser script and its webhooks.
#[derive(Parser)]
#[command(version)]
struct Args {
    /// The address to listen on; port 0 takes a free port
    #[arg(long, env = "STRIPE_SIM_LISTEN", default_value = "127.0.0.1:3002")]
    listen: SocketAddr,
    /// The URL under which browsers reach it, when it differs from --listen
    #[arg(long, env = "STRIPE_SIM_PUBLIC_URL")]
    public_url: Option<String>,
    /// A URL that receives webhooks; may be given several times
    #[arg(long = "webhook-url", env = "STRIPE_SIM_WEBHOOK_URL", value_delimiter = ',')]
    webhook_urls: Vec<String>,
    /// The secret that signs webhooks
    #[arg(long, env = "STRIPE_WEBHOOK_SECRET", default_value = "whsec_sim", hide_env_values = true)]
    webhook_secret: String,
    /// The key of servers
    #[arg(long, env = "STRIPE_SECRET_KEY", default_value = "sk_test_sim", hide_env_values = true)]
    secret_key: String,
    /// The key of browsers
    #[arg(long, env = "STRIPE_PUBLISHABLE_KEY", default_value = "pk_test_sim")]
    publishable_key: String,
    /// A file that keeps payments and idempotency keys between runs
    #[arg(long, env = "STRIPE_SIM_STATE")]
    state: Option<PathBuf>,
    /// A fault to inject, as NAME=VALUE; may be given several times.
    ///
    /// The names are those of `GET /_sim/faults`: `webhook_duplicate`, `webhook_delay_ms`,
    /// `webhook_reorder`, `webhook_drop`, `webhook_drop_ratio`, `decline_next`, `capture_refuse_next`,
    /// `refund_fail_next`, `refund_fail_later_next`, `refund_fail_later_s`, `refund_refuse_next`,
    /// `fail_next`, `lose_answer_next`, `stall_next`, `stall_ms`, path, seed.
    #[arg(long = "fault", env = "STRIPE_SIM_FAULTS", value_delimiter = ',')]
    faults: Vec<String>,
}

impl Args {
    fn config(self) -> Result<Config, String> {
        if !self.secret_key.starts_with("sk_test_") {
            // A live key means that the user takes the simulator for Stripe.
            return Err("--secret-key must start with sk_test_".to_owned());
        }
        let faults = self
            .faults
            .iter()
            .try_fold(Faults::default(), |faults, fault| faults.with(fault))
            .map_err(|error| format!("--fault: {error}"))?;
        Ok(Config {
            listen: self.listen,
            public_url: self.public_url,
            secret_key: self.secret_key,
            publishable_key: self.publishable_key,
            webhook_secret: self.webhook_secret,
            webhook_urls: self.webhook_urls,
            state: self.state,
            faults,
            ..Config::default()
        })
    }
}

#[tokio::main]
async fn main() -> ExitCode {
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("info"));
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(io::stderr)
        .with_ansi(io::stderr().is_terminal())
        .init();
    match Args::parse().config() {
        Ok(config) => match run(config).await {
            Ok(()) => ExitCode::SUCCESS,
            Err(error) => fail(&error.to_string()),
        },
        Err(message) => fail(&message),
    }
}

fn fail(message: &str) -> ExitCode {
    tracing::error!("{message}");
    ExitCode::FAILURE
}

async fn run(config: Config) -> io::Result<()> {
    let mut terminate = signal(SignalKind::terminate())?;
    let simulator = Simulator::start(config).await?;
    tracing::info!(url = simulator.url(), "stripe-sim is listening: test payments, no real money");
    tokio::select! {
        _ = terminate.recv() => {}
        outcome = tokio::signal::ctrl_c() => outcome?,
    }
    simulator.stop().await;
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::{fmt::Write, fs, path::Path};

    use clap::CommandFactory;

    use super::*;

    /// `docs/CONFIGURATION.md` says what `--help` says. With `UPDATE_DOCS=1` in the environment, writes it.
    #[test]
    fn configuration_page_lists_what_the_simulator_reads() {
        let mut table = "\n| variable | default | meaning |\n| --- | --- | --- |\n".to_owned();
        for argument in Args::command().get_arguments() {
            let Some(name) = argument.get_env().and_then(|name| name.to_str()) else { continue };
            let default = argument.get_default_values().first().and_then(|default| default.to_str());
            let default = default.map_or("none".to_owned(), |default| format!("`{default}`"));
            let meaning = argument.get_help().map(ToString::to_string).unwrap_or_default();
            writeln!(table, "| `{name}` | {default} | {meaning} |").expect("a String takes every line");
        }
        let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/CONFIGURATION.md");
        let page = fs::read_to_string(&file).expect("the page");
        let (before, rest) = page.split_once("<!-- settings: stripe-sim -->\n").expect("its section");
        let (section, after) = rest.split_once("\n<!-- /settings -->").expect("its end");
        if std::env::var_os("UPDATE_DOCS").is_some() {
            let start = "<!-- settings: stripe-sim -->\n";
            fs::write(&file, [before, start, &table, "\n<!-- /settings -->", after].concat()).expect("writes");
        } else {
            assert_eq!(section, table, "UPDATE_DOCS=1 cargo test configuration_page brings the page up to date");
        }
    }
}
