//! `gittix-server account …`: accounts that are made without a mail.

use std::{error::Error, io};

use clap::Subcommand;
use domain::auth::{password::Passwords, sign_up::create_account};
use model::auth::Credentials;
use sqlx::PgPool;

/// What becomes of an account.
#[derive(Debug, Subcommand)]
pub enum AccountCommand {
    /// Create an account for an address that you answer for. The password is the first line of the standard input
    Add {
        /// The address of the account
        email: String,
    },
}

/// Does it, and prints what it did.
///
/// # Errors
///
/// When the address or the password is not valid, the address has an account, or the database does not answer.
pub async fn run(db: &PgPool, command: &AccountCommand) -> Result<(), Box<dyn Error>> {
    let AccountCommand::Add { email } = command;
    let mut password = String::new();
    io::stdin().read_line(&mut password)?;
    let password = password.trim_end_matches(['\r', '\n']).to_owned();
    create_account(db, &Passwords::new(1), &Credentials { email: email.clone(), password }).await?;
    println!("{email} has an account.");
    Ok(())
}
