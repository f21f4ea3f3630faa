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

#[cfg(test)]
mod tests {
    use model::Money;
    use sqlx::PgPool;

    use super::*;
    use crate::{
        catalogue::{cancel_event::cancel_event, move_event::move_event},
        payments::check::check,
        testing::{self, GOOD_CARD, Smtp, TestBackend},
        tickets::show::show,
    };

    /// Sends the mails that are written, and returns them by their readers.
    async fn mailed(backend: &Backend, smtp: &Smtp) -> Vec<String> {
        let before = smtp.mails().len();
        for (job, _) in testing::outbox(&backend.db).await {
            match job {
                Job::SendMail { mail: Mail::EventMoved { event_id, user_id, starts_s } } => {
                    send_moved(backend, event_id, user_id, starts_s).await
                }
                Job::SendMail { mail: Mail::EventCancelled { event_id, user_id } } => {
                    send_cancelled(backend, event_id, user_id).await
                }
                _ => Ok(()),
            }
            .expect("sends");
        }
        let mut mails = smtp.mails().split_off(before);
        mails.sort_by_key(|mail| mail.split_once("To: ").map(|(_, rest)| rest.to_owned()));
        mails
    }

    /// Carol has only locked a ticket, and Dan has nothing of the event. A second move makes the mails about the first void.
    #[sqlx::test(migrator = "crate::database::MIGRATIONS")]
    async fn buyers_and_sellers_are_told_of_the_newest_move_and_of_the_cancellation(db: PgPool) {
        let (mut backend, _simulator) = TestBackend::with_simulator(db).await;
        let smtp = Smtp::listen(&mut backend);
        let mut users = Vec::new();
        for name in ["ana", "bob", "carol", "dan"] {
            users.push(testing::user(&backend.db, name).await);
        }
        let [ana, bob, carol, _] = users[..] else { panic!("four users") };
        let input = model::tickets::ListingInput { title: "Night Train".into(), ..testing::listing_input() };
        let sold = crate::tickets::list::list(&backend, ana, &input).await.expect("lists");
        let other = model::tickets::ListingInput { seat: "77".into(), ..input };
        let locked = crate::tickets::list::list(&backend, ana, &other).await.expect("lists");
        let order = testing::lock_one(&backend, bob, sold, Money::usd(4950)).await.expect("locks");
        testing::start_payment(&backend, bob, order).await.expect("starts");
        testing::pay_with(&backend, order, GOOD_CARD).await;
        check(&backend, bob, order).await.expect("checks");
        testing::lock_one(&backend, carol, locked, Money::usd(4950)).await.expect("locks");
        let slug = show(&backend, None, sold).await.expect("shows").event;
        for days in [40, 41] {
            move_event(&backend.db, &slug, &testing::local_time_in_days(days), "").await.expect("moves");
        }
        let mails = mailed(&backend, &smtp).await;
        let [to_ana, to_bob] = &mails[..] else { panic!("one to each: {mails:?}") };
        assert!(
            to_ana.contains("To: ana@example.com") && to_ana.contains("https://gittix.example/listings"),
            "{to_ana}"
        );
        assert!(
            to_bob.contains("To: bob@example.com") && to_bob.contains("Subject: New time: Night Train"),
            "{to_bob}"
        );
        assert!(to_bob.contains(&format!("https://gittix.example/orders/{order}")), "{to_bob}");
        assert!(to_bob.contains("It was to start on ") && to_bob.contains(", Berlin time"), "{to_bob}");

        sqlx::query("DELETE FROM outbox").execute(&backend.db).await.expect("empties it");
        for _ in 0..2 {
            cancel_event(&backend.db, &slug).await.expect("cancels");
        }
        let mails = mailed(&backend, &smtp).await;
        let [to_ana, to_bob] = &mails[..] else { panic!("one to each: {mails:?}") };
        assert!(to_ana.contains("no longer on sale") && to_bob.contains("You get back all that you paid"), "{mails:?}");
    }
}
