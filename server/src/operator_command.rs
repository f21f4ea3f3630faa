//! `gittix-server operator …`: who runs the site.

use std::error::Error;

use clap::Subcommand;
use domain::auth::operators::{operators, set_operator};
use sqlx::PgPool;

/// What becomes of the role of an operator.
#[derive(Debug, Subcommand)]
pub enum OperatorCommand {
    /// Make the account with this address an operator's
    Add {
        /// The address of the account
        email: String,
    },
    /// Make it a member's again
    Remove {
        /// The address of the account
        email: String,
    },
    /// Print the addresses of all operators
    List,
}

/// Does it, and prints what it did.
///
/// # Errors
///
/// When no account has the address, and when the database does not answer.
pub async fn run(db: &PgPool, command: &OperatorCommand) -> Result<(), Box<dyn Error>> {
    match command {
        OperatorCommand::Add { email } => {
            set_operator(db, email, true).await?;
            println!("{email} is an operator.");
        }
        OperatorCommand::Remove { email } => {
            set_operator(db, email, false).await?;
            println!("{email} is not an operator.");
        }
        OperatorCommand::List => operators(db).await?.iter().for_each(|email| println!("{email}")),
    }
    Ok(())
}
