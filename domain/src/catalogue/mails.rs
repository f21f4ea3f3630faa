//! Mailing that an event is moved or cancelled, to the buyers and sellers of its tickets.

use model::{EventId, UserId, error::causes};
use platform::mail::{Message, SendError};
use sqlx::PgConnection;
use time::OffsetDateTime;

use super::mail_store::{self as store, EventStory};
use crate::{
    Backend,
    auth::email::Email,
    mail::{
        Mail,
        event_templates::{self as templates, Event, Stake},
    },
    outbox::{self, Job, Queue},
    tickets::event_time,
};

/// Why the mail was not sent.
#[derive(Debug, thiserror::Error)]
pub enum SendEventMailError {
    /// The mail server did not accept the mail.
    #[error("the mail was not sent")]
    Send(#[source] SendError),
    /// The query that reads the event failed.
    #[error("the event was not read")]
    Database(#[from] sqlx::Error),
}

/// Writes the mails about a move of an event to `start`, in the transaction of the move: one for each of its buyers and
/// sellers.
pub(super) async fn tell_move(tx: &mut PgConnection, event_id: EventId, start: OffsetDateTime) -> sqlx::Result<()> {
    let starts_s = start.unix_timestamp();
    tell(tx, event_id, |user_id| Mail::EventMoved { event_id, user_id, starts_s }).await
}

/// Writes the mails about the cancellation of an event, in its transaction, before the orders are refunded.
pub(super) async fn tell_cancellation(tx: &mut PgConnection, event_id: EventId) -> sqlx::Result<()> {
    tell(tx, event_id, |user_id| Mail::EventCancelled { event_id, user_id }).await
}

async fn tell(tx: &mut PgConnection, event: EventId, mail: impl Fn(UserId) -> Mail) -> sqlx::Result<()> {
    let users = store::concerned(tx, event).await?;
    let jobs: Vec<_> = users.into_iter().map(|user| Job::SendMail { mail: mail(user) }).collect();
    outbox::write_all(tx, Queue::Mail, &jobs).await
}

/// Tells a buyer or a seller that an event is moved to the time `starts_s`, unless it was moved on or cancelled since, or has
/// started.
///
/// # Errors
///
/// Each variant of [`SendEventMailError`] is one reason. The job can be retried.
#[tracing::instrument(name = "event.mail_moved", skip_all, fields(event.id = %event, user.id = %user))]
pub async fn send_moved(
    backend: &Backend,
    event: EventId,
    user: UserId,
    starts_s: i64,
) -> Result<(), SendEventMailError> {
    let Some(story) = store::story(&backend.db, event, user).await? else { return Ok(()) };
    let is_newest = story.starts_at.unix_timestamp() == starts_s && !story.is_cancelled && !story.has_started;
    let (Some(stake), Some(before), true) = (stake(&story), story.moved_from, is_newest) else { return Ok(()) };
    let before = by_the_clock(&story, before);
    let message = templates::moved(&about(&story), &before, stake, &page(backend, &story));
    deliver(backend, story.email.as_deref(), message).await
}

/// Tells a buyer or a seller that an event is cancelled, unless it would have started meanwhile.
///
/// # Errors
///
/// Each variant of [`SendEventMailError`] is one reason. The job can be retried.
#[tracing::instrument(name = "event.mail_cancelled", skip_all, fields(event.id = %event, user.id = %user))]
pub async fn send_cancelled(backend: &Backend, event: EventId, user: UserId) -> Result<(), SendEventMailError> {
    let story = store::story(&backend.db, event, user).await?;
    let Some(story) = story.filter(|story| story.is_cancelled && !story.has_started) else { return Ok(()) };
    let Some(stake) = stake(&story) else { return Ok(()) };
    let message = templates::cancelled(&about(&story), stake, &page(backend, &story));
    deliver(backend, story.email.as_deref(), message).await
}

/// What the reader has of the event.
fn stake(story: &EventStory) -> Option<Stake> {
    match (story.bought.is_empty(), story.sells) {
        (false, false) => Some(Stake::Bought),
        (true, true) => Some(Stake::Selling),
        (false, true) => Some(Stake::Both),
        (true, false) => None,
    }
}

/// The one order of the reader, or all of them, or their listings.
fn page(backend: &Backend, story: &EventStory) -> String {
    match &story.bought[..] {
        [] => backend.mail.page("/listings"),
        [order] => backend.mail.page(&format!("/orders/{order}")),
        _ => backend.mail.page("/orders"),
    }
}

fn about(story: &EventStory) -> Event {
    Event {
        title: story.title.clone(),
        starts: by_the_clock(story, story.starts_at),
        place: format!("{}, {}", story.venue, story.city),
    }
}

/// A time by the clock of the venue, for people.
fn by_the_clock(story: &EventStory, at: OffsetDateTime) -> String {
    format!("{}, {} time", event_time::view(at, &story.time_zone).text, story.city)
}

async fn deliver(backend: &Backend, email: Option<&str>, message: Message) -> Result<(), SendEventMailError> {
    let Some(email) = email.and_then(|email| Email::parse(email).ok()) else { return Ok(()) };
    match backend.mail.send(email.into_address(), message).await {
        Err(error) if error.is_final() => tracing::warn!(error.causes = causes(&error), "a mail was given up"),
        sent => sent.map_err(SendEventMailError::Send)?,
    }
    Ok(())
}
