//! `gittix-server account …`: accounts that are made without a mail.

use std::{error::Error, io};

use clap::Subcommand;
use domain::auth::{password::Passwords, second_factor::remove_lost, sign_up::create_account};
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
    /// Remove the second factor of an account whose owner has lost it, and sign all its devices out
    RemoveSecondFactor {
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
    match command {
        AccountCommand::Add { email } => add(db, email).await,
        AccountCommand::RemoveSecondFactor { email } => {
            let had_one = remove_lost(db, email).await?;
            println!("{email} {}.", if had_one { "has no second factor any more" } else { "had no second factor" });
            Ok(())
        }
    }
}

async fn add(db: &PgPool, email: &str) -> Result<(), Box<dyn Error>> {
    let mut password = String::new();
    io::stdin().read_line(&mut password)?;
    let password = password.trim_end_matches(['\r', '\n']).to_owned();
    create_account(db, &Passwords::new(1), &Credentials { email: email.to_owned(), password }).await?;
    println!("{email} has an account.");
    Ok(())
}
