//! Mailing what becomes of an order: to its buyer, and to the seller of its tickets.

use model::{Money, OrderId, error::causes, money::PriceParts};
use platform::mail::{Message, SendError};
use time::OffsetDateTime;

use super::mail_store::{self, OrderStory};
use crate::{
    Backend,
    auth::email::Email,
    mail::order_templates as templates,
    tickets::{event_time, fields},
};

/// Why the mail was not sent.
#[derive(Debug, thiserror::Error)]
pub enum SendOrderMailError {
    /// The mail server did not accept the mail.
    #[error("the mail was not sent")]
    Send(#[source] SendError),
    /// The query that reads the order failed.
    #[error("the order was not read")]
    Database(#[from] sqlx::Error),
}

/// Tells the buyer that they have bought the tickets, and how they get them. Nothing is sent where the account was deleted,
/// or the money went back meanwhile.
///
/// # Errors
///
/// Each variant of [`SendOrderMailError`] is one reason. The job can be retried.
#[tracing::instrument(name = "delivery.mail_bought", skip_all, fields(order.id = %order))]
pub async fn send_bought(backend: &Backend, order: OrderId) -> Result<(), SendOrderMailError> {
    let Some(story) = story(backend, order).await?.filter(|story| story.is_kept) else { return Ok(()) };
    let tickets = backend.mail.page(&format!("/orders/{order}/tickets"));
    let receipt = backend.mail.page(&format!("/orders/{order}"));
    let how = match promised(&story) {
        Some(until) => format!(
            "The seller has promised to hand them in by {until}. We mail you when they are there. If they are not there by \
             then, you get your money back by itself."
        ),
        None => "They are in hand. Open them when you need them: the first opening is noted, and the seller sees when."
            .to_owned(),
    };
    let message = templates::order_bought(&about(&story), &how, parts(&story), &tickets, &receipt);
    deliver(backend, story.buyer_email.as_deref(), message).await
}

/// Tells the seller that they have sold the tickets, what to do, and what they get.
///
/// # Errors
///
/// Each variant of [`SendOrderMailError`] is one reason. The job can be retried.
#[tracing::instrument(name = "delivery.mail_sold", skip_all, fields(order.id = %order))]
pub async fn send_sold(backend: &Backend, order: OrderId) -> Result<(), SendOrderMailError> {
    let Some(story) = story(backend, order).await?.filter(|story| story.is_kept) else { return Ok(()) };
    let (what, page) = match promised(&story) {
        Some(until) => (
            format!(
                "Hand in the tickets by {until}. If they are not there by then, the buyer gets the money back and the sale is lost."
            ),
            format!("/tickets/{}/delivery", story.listing_id),
        ),
        None => (
            "The tickets are in hand, so you have nothing to do. The buyer has them.".to_owned(),
            format!("/tickets/{}/sale", story.listing_id),
        ),
    };
    let message = templates::order_sold(&about(&story), &what, parts(&story), &backend.mail.page(&page));
    deliver(backend, story.seller_email.as_deref(), message).await
}

/// Tells the buyer that the seller has handed in what was missing.
///
/// # Errors
///
/// Each variant of [`SendOrderMailError`] is one reason. The job can be retried.
#[tracing::instrument(name = "delivery.mail_handed_in", skip_all, fields(order.id = %order))]
pub async fn send_handed_in(backend: &Backend, order: OrderId) -> Result<(), SendOrderMailError> {
    let Some(story) = story(backend, order).await?.filter(|story| story.is_kept) else { return Ok(()) };
    let page = backend.mail.page(&format!("/orders/{order}/tickets"));
    deliver(backend, story.buyer_email.as_deref(), templates::order_handed_in(&about(&story), &page)).await
}

/// Tells the buyer that the tickets were not handed in in time, and that their money comes back.
///
/// # Errors
///
/// Each variant of [`SendOrderMailError`] is one reason. The job can be retried.
#[tracing::instrument(name = "delivery.mail_not_delivered", skip_all, fields(order.id = %order))]
pub async fn send_not_delivered(backend: &Backend, order: OrderId) -> Result<(), SendOrderMailError> {
    let Some(story) = story(backend, order).await? else { return Ok(()) };
    let page = backend.mail.page(&format!("/orders/{order}"));
    let message = templates::order_not_delivered(&about(&story), Money::usd(story.price_cents), &page);
    deliver(backend, story.buyer_email.as_deref(), message).await
}

/// Reminds the seller to hand in what is missing, before the promise ends.
///
/// # Errors
///
/// Each variant of [`SendOrderMailError`] is one reason. The job can be retried.
#[tracing::instrument(name = "delivery.mail_missing", skip_all, fields(order.id = %order))]
pub async fn send_missing(backend: &Backend, order: OrderId) -> Result<(), SendOrderMailError> {
    let Some(story) = story(backend, order).await?.filter(|story| story.is_kept && !story.is_over) else {
        return Ok(());
    };
    let Some(until) = promised(&story) else { return Ok(()) };
    let page = backend.mail.page(&format!("/tickets/{}/delivery", story.listing_id));
    let message = templates::deliverables_missing(&about(&story), &until, &page);
    deliver(backend, story.seller_email.as_deref(), message).await
}

pub(super) async fn story(backend: &Backend, order: OrderId) -> sqlx::Result<Option<OrderStory>> {
    mail_store::story(&backend.db, order).await
}

/// Who gets what of the price.
fn parts(story: &OrderStory) -> PriceParts {
    PriceParts::of(Money::usd(story.price_cents), Money::usd(story.fee_cents))
}

/// Until when the seller has to hand in what is missing, for people.
fn promised(story: &OrderStory) -> Option<String> {
    story.promised_until.map(|until| by_the_clock(story, until))
}

/// A time by the clock of the venue, for people.
pub(super) fn by_the_clock(story: &OrderStory, at: OffsetDateTime) -> String {
    format!("{}, {} time", event_time::view(at, &story.time_zone).text, story.city)
}

/// The tickets with four facts: event, when, where, and the places.
pub(super) fn about(story: &OrderStory) -> templates::Bought {
    let seats: Vec<_> = story.seats.iter().map(String::as_str).collect();
    templates::Bought {
        title: story.title.clone(),
        count: story.seats.len(),
        lines: [
            story.title.clone(),
            by_the_clock(story, story.starts_at),
            format!("{}, {}", story.venue, story.city),
            // In the letters that every mail program shows.
            fields::place(&story.section, &story.seat_row, &seats).replace('\u{a0}', " ").replace(" · ", ", "),
        ]
        .into(),
    }
}

pub(super) async fn deliver(
    backend: &Backend,
    email: Option<&str>,
    message: Message,
) -> Result<(), SendOrderMailError> {
    let Some(email) = email.and_then(|email| Email::parse(email).ok()) else { return Ok(()) };
    match backend.mail.send(email.into_address(), message).await {
        Err(error) if error.is_final() => tracing::warn!(error.causes = causes(&error), "a mail was given up"),
        sent => sent.map_err(SendOrderMailError::Send)?,
    }
    Ok(())
}
