//! `gittix-server event …`: what the operator does when an organiser cancels or moves an event.

use std::error::Error;

use clap::Subcommand;
use domain::catalogue::{
    cancel_event::{Cancelled, cancel_event},
    move_event::move_event,
};
use sqlx::PgPool;

/// What becomes of an event.
#[derive(Debug, Subcommand)]
pub enum EventCommand {
    /// Cancel an event: nothing of it is for sale any more, and its page says so
    Cancel {
        /// The end of its address, after /events/
        event: String,
    },
    /// Move an event to another time
    Move {
        /// The end of its address, after /events/
        event: String,
        /// The new start on the clocks of the venue: 2027-01-31T20:00
        start: String,
        /// Which of the two is meant on the night when the clocks go back: first or second
        #[arg(long, default_value = "")]
        hour: String,
    },
}

/// Does it, and prints the address of the event.
///
/// # Errors
///
/// When there is no such event, when it cannot be changed so, and when the database does not answer.
pub async fn change(db: &PgPool, command: &EventCommand) -> Result<(), Box<dyn Error>> {
    match command {
        EventCommand::Cancel { event } => {
            let Cancelled { slug, refunds } = cancel_event(db, event).await?;
            println!("/events/{slug} is cancelled. Orders to be refunded: {refunds}.");
        }
        EventCommand::Move { event, start, hour } => {
            let slug = move_event(db, event, start, hour).await?;
            println!("/events/{slug} starts at {start} now, on the clocks of its venue.");
        }
    }
    Ok(())
}
