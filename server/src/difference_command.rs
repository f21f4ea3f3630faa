//! `gittix-server difference …`: what Stripe and the ledger say differently.

use std::error::Error;

use clap::Subcommand;
use domain::reconciliation::accept::accept;
use sqlx::PgPool;

/// What becomes of a difference.
#[derive(Debug, Subcommand)]
pub enum DifferenceCommand {
    /// Close a difference that stays, such as of a sale that a restore has lost
    Accept {
        /// Its name, as `gittix-server reconcile` prints it: `txn_…`, or a source of the ledger and its id
        movement: String,
        /// Why it differs, such as "refunded after the restore of 3 May"
        #[arg(long)]
        because: String,
    },
}

/// Does it, and says so.
///
/// # Errors
///
/// When there is no such difference, and when the database does not answer.
pub async fn run(db: &PgPool, command: &DifferenceCommand) -> Result<(), Box<dyn Error>> {
    let DifferenceCommand::Accept { movement, because } = command;
    accept(db, movement, because).await?;
    println!("The difference of {movement} is accepted.");
    Ok(())
}
