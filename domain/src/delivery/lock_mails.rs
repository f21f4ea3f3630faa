//! Mailing what becomes of a lock, to its buyer.

use std::time::Duration;

use model::{Money, OrderId, mails::MailTopic, orders::OrderStatus};
use time::OffsetDateTime;

use super::{
    mail_store::OrderStory,
    mails::{SendOrderMailError, about, by_the_clock, deliver, story},
};
use crate::{
    Backend,
    mail::{choices, lock_templates as templates},
};

/// For how long it is worth telling that an order has ended unpaid.
const EXPIRED_NEWS: Duration = Duration::from_hours(12);

/// Tells a buyer of a waitlist that the tickets are theirs to buy, unless the offer has ended or is paid meanwhile.
///
/// # Errors
///
/// Each variant of [`SendOrderMailError`] is one reason. The job can be retried.
#[tracing::instrument(name = "waitlist.mail_turn", skip_all, fields(order.id = %order))]
pub async fn send_your_turn(backend: &Backend, order: OrderId) -> Result<(), SendOrderMailError> {
    let Some(story) = story(backend, order).await? else { return Ok(()) };
    let Some(until) = lock_end(&story) else { return Ok(()) };
    let page = backend.mail.page(&format!("/orders/{order}"));
    let (price, until) = (Money::usd(story.price_cents), by_the_clock(&story, until));
    deliver(backend, story.buyer_email.as_deref(), templates::your_turn(&about(&story), price, &until, &page)).await
}

/// Reminds a buyer of a lock that they have left alone, unless it has ended, a payment was begun, or they have turned such
/// mails off.
///
/// # Errors
///
/// Each variant of [`SendOrderMailError`] is one reason. The job can be retried.
#[tracing::instrument(name = "order.mail_lock_left", skip_all, fields(order.id = %order))]
pub async fn send_lock_left(backend: &Backend, order: OrderId) -> Result<(), SendOrderMailError> {
    let topic = MailTopic::LockLeft;
    let Some(story) = story(backend, order).await?.filter(|story| !story.has_payment) else { return Ok(()) };
    let Some(until) = lock_end(&story) else { return Ok(()) };
    if !choices::wants(&backend.db, story.buyer_id, topic).await? {
        return Ok(());
    }
    let page = backend.mail.page(&format!("/orders/{order}"));
    let off = choices::off(backend, story.buyer_id, topic);
    let (price, until) = (Money::usd(story.price_cents), by_the_clock(&story, until));
    let message = templates::lock_left(&about(&story), price, &until, &page, off);
    deliver(backend, story.buyer_email.as_deref(), message).await
}

/// Tells a buyer that an order has ended unpaid, or an offer of a waitlist, unless it is paid after all, the event is over
/// or cancelled, it is long ago, or they have turned such mails off.
///
/// # Errors
///
/// Each variant of [`SendOrderMailError`] is one reason. The job can be retried.
#[tracing::instrument(name = "order.mail_expired", skip_all, fields(order.id = %order))]
pub async fn send_expired(backend: &Backend, order: OrderId) -> Result<(), SendOrderMailError> {
    let topic = MailTopic::OrderExpired;
    let Some(story) = story(backend, order).await? else { return Ok(()) };
    let is_news = story.ended_s.is_some_and(|ended_s| ended_s < EXPIRED_NEWS.as_secs_f64());
    if story.status != OrderStatus::Expired || story.is_over || !is_news {
        return Ok(());
    }
    if !choices::wants(&backend.db, story.buyer_id, topic).await? {
        return Ok(());
    }
    let listing = backend.mail.page(&format!("/tickets/{}", story.listing_id));
    let (about, off) = (about(&story), choices::off(backend, story.buyer_id, topic));
    let message = if story.from_waitlist {
        templates::offer_lapsed(&about, backend.rules.max_unpaid_offers, &listing, off)
    } else {
        templates::order_expired(&about, &listing, off)
    };
    deliver(backend, story.buyer_email.as_deref(), message).await
}

/// Until when the buyer can pay, if they can.
fn lock_end(story: &OrderStory) -> Option<OffsetDateTime> {
    story.held_until.filter(|_| story.status.is_open() && !story.is_over)
}
