//! The mails about gifts.

use model::GiftId;

use super::store::{self, GiftRow, Whose};
use crate::{
    Backend,
    delivery::mails::{SendOrderMailError, deliver},
    mail::{gift_templates as templates, order_templates::Bought},
    tickets::{event_time, fields},
};

/// Tells the recipient of a gift that it is there, and how to accept it. Nothing is sent once it was taken back or accepted.
///
/// # Errors
///
/// Each variant of [`SendOrderMailError`] is one reason. The job can be retried.
#[tracing::instrument(name = "gifts.mail_offered", skip_all, fields(gift.id = %gift))]
pub async fn send_offered(backend: &Backend, gift: GiftId) -> Result<(), SendOrderMailError> {
    let Some(row) = store::find(&backend.db, gift, Whose::Anyone).await? else { return Ok(()) };
    if row.is_accepted || row.is_taken_back || !row.is_kept {
        return Ok(());
    }
    let Some(giver) = &row.giver_email else { return Ok(()) };
    let message = templates::gift_offered(&about(&row), giver, &backend.mail.page(&format!("/gifts/{gift}")));
    deliver(backend, row.email.as_deref(), message).await
}

/// Tells the giver that a gift is accepted.
///
/// # Errors
///
/// Each variant of [`SendOrderMailError`] is one reason. The job can be retried.
#[tracing::instrument(name = "gifts.mail_accepted", skip_all, fields(gift.id = %gift))]
pub async fn send_accepted(backend: &Backend, gift: GiftId) -> Result<(), SendOrderMailError> {
    let row = store::find(&backend.db, gift, Whose::Anyone).await?.filter(|row| row.is_accepted);
    let Some(row) = row else { return Ok(()) };
    let page = backend.mail.page(&format!("/orders/{}/tickets", row.order_id));
    let recipient = row.email.as_deref().unwrap_or("Your friend");
    deliver(backend, row.giver_email.as_deref(), templates::gift_accepted(&about(&row), recipient, &page)).await
}

fn about(row: &GiftRow) -> Bought {
    let place = fields::place(&row.section, &row.seat_row, &[&row.seat]);
    Bought {
        title: row.title.clone(),
        count: 1,
        lines: [
            row.title.clone(),
            format!("{}, {} time", event_time::view(row.starts_at, &row.time_zone).text, row.city),
            format!("{}, {}", row.venue, row.city),
            // In the letters that every mail program shows.
            place.replace('\u{a0}', " ").replace(" · ", ", "),
        ]
        .into(),
    }
}
