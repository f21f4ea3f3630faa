//! `gittix-server refund …`: refunds that failed for good.

use std::error::Error;

use clap::Subcommand;
use domain::payments::settle::{Settled, settle};
use sqlx::PgPool;

/// What becomes of a refund.
#[derive(Debug, Subcommand)]
pub enum RefundCommand {
    /// Book what is owed after failed refunds as paid back without Stripe
    Settle {
        /// The id of the payment, or Stripe's id of a refund of it
        id: String,
        /// How the buyer was paid back, such as "bank transfer of 3 May"
        #[arg(long)]
        by: String,
    },
}

/// Does it, and prints what it booked.
///
/// # Errors
///
/// When nothing is owed, and when the database does not answer.
pub async fn run(db: &PgPool, command: &RefundCommand) -> Result<(), Box<dyn Error>> {
    let RefundCommand::Settle { id, by } = command;
    let Settled { payment, amount } = settle(db, id, by).await?;
    println!("{amount} of payment {payment} is booked as paid back.");
    Ok(())
}
