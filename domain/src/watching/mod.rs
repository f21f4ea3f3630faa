//! Watching: users are told by mail what is new at an event, under a price if they say one, or about one listing.
//!
//! **News** of an event is a listing that was made, became cheaper or moved to the event, by another user, at a price
//! that the watch allows. News of a listing is that it became cheaper, or that its tickets are on sale again after buyers
//! held all that were left. Nothing is told that cannot be bought at that moment.
//!
//! PostgreSQL remembers, for each watch, until when its news is told. A sweep finds what is due: watches that are told at
//! once have a pause after each mail, in which news collects; all others are told in one digest a day for each user. The
//! transaction that notes news as told writes the job of its mail.

pub mod change;
mod letter;
pub mod mine;
mod news;
mod news_store;
pub mod purge;
pub mod send;
pub(crate) mod store;
pub mod sweep;
#[cfg(test)]
mod tests;
pub mod watch;

use std::time::Duration;

/// How many events and listings a user may watch.
pub const WATCHES_MAX: i64 = 50;
/// Minutes for which a watch is quiet after a mail that was sent at once.
pub const AT_ONCE_PAUSE_MINUTES: i32 = 60;
/// Hours between two digests of a user.
pub const DIGEST_HOURS: i32 = 24;
/// The listings that a mail tells of, for each watch; the cheapest.
pub const NEWS_MAX: i64 = 10;
/// How old news is before it is told: the transaction that made it has been committed by then.
pub(crate) const SETTLE: Duration = Duration::from_secs(5);
