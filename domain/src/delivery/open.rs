//! Opening: the buyer gets what they have paid for, and both sides see when.

use model::{
    AppError, Code, OrderId, UserId,
    delivery::{FileToLoad, MyDelivery, OpenTicket},
};
use platform::sealing::{Sealed, SealingError};

use super::{draw, names, open_store};
use crate::{
    Backend, database,
    tickets::{event_time, fields},
    timestamp,
};

/// Why there are no tickets to show.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The user has no such order; it does not exist or is another user's.
    #[error("the user has no such order")]
    NotFound,
    /// The order is not paid for, or its money went back, or nothing of it is there yet.
    #[error("the tickets are not the user's")]
    NotBought,
    /// A code was not opened.
    #[error("a code was not opened")]
    Sealing(#[from] SealingError),
    /// A query that reads the tickets failed.
    #[error("the tickets were not read")]
    Database(#[from] sqlx::Error),
}

/// Opens the tickets of an order, for the buyer who has paid for it: from now on [`show`] has them. The first time is
/// in the timeline of both sides.
///
/// # Errors
///
/// Each variant of [`OpenError`] is one reason.
#[tracing::instrument(name = "delivery.open", skip_all, fields(order.id = %order, user.id = %buyer))]
pub async fn open(backend: &Backend, buyer: UserId, order: OrderId) -> Result<(), OpenError> {
    let row = open_store::find(&backend.db, buyer, order).await?.ok_or(OpenError::NotFound)?;
    let mut tx = backend.begin().await?;
    if !open_store::note_opened(&mut tx, buyer, order).await? {
        return Err(OpenError::NotBought);
    }
    tx.mark(row.listing_id);
    tx.commit().await?;
    Ok(())
}

/// The tickets of an order, for the buyer who has paid for it. Before they are opened it says only what there is.
///
/// # Errors
///
/// Each variant of [`OpenError`] is one reason.
pub async fn show(backend: &Backend, buyer: UserId, order: OrderId) -> Result<MyDelivery, OpenError> {
    let row = open_store::find(&backend.db, buyer, order).await?.ok_or(OpenError::NotFound)?;
    let tickets = open_store::tickets(&backend.db, buyer, order).await?;
    if tickets.is_empty() {
        return Err(OpenError::NotBought);
    }
    let is_opened = row.opened_at.is_some();
    let files = if is_opened { open_store::files(&backend.db, buyer, order).await? } else { Vec::new() };
    let missing = tickets.iter().filter(|ticket| !ticket.is_in_hand).count();
    let mut opened = Vec::new();
    for ticket in tickets.into_iter().filter(|_| is_opened) {
        let place = fields::place(&row.section, &row.seat_row, &[&ticket.seat]);
        opened.push(view(backend, row.listing_id, place, ticket)?);
    }
    let starts = event_time::view(row.starts_at, &row.time_zone).text;
    Ok(MyDelivery {
        order,
        when_and_where: format!("{starts}, {}, {}", row.venue, row.city),
        title: row.title,
        opened: row.opened_at.map(timestamp::date_and_time),
        tickets: opened,
        files: files
            .into_iter()
            .map(|file| FileToLoad { id: file.id, summary: names::file(&file.kind, file.pages) })
            .collect(),
        missing,
        promised_until: row
            .promised_until
            .filter(|_| missing > 0)
            .map(|until| format!("{}, {} time", event_time::view(until, &row.time_zone).text, row.city)),
    })
}

fn view(
    backend: &Backend,
    listing: model::ListingId,
    place: String,
    ticket: open_store::TicketRow,
) -> Result<OpenTicket, SealingError> {
    let open_store::TicketRow { is_in_hand, kind, key_id, sealed, is_passed_on, .. } = ticket;
    let code = match (kind, key_id.zip(sealed)) {
        (Some(kind), Some((key_id, bytes))) if !is_passed_on => {
            let bytes = backend.delivery.keys.open(listing.as_uuid().as_bytes(), &Sealed { key_id, bytes })?;
            names::code_kind(&kind).map(|kind| (kind, bytes))
        }
        _ => None,
    };
    let text = |bytes: &[u8]| {
        let text = String::from_utf8(bytes.to_vec()).ok()?;
        (!text.chars().any(char::is_control)).then_some(text)
    };
    Ok(OpenTicket {
        place,
        picture: code.as_ref().and_then(|(kind, bytes)| draw::draw(*kind, bytes)),
        kind: code.as_ref().map(|(kind, _)| kind.label().to_owned()),
        text: code.as_ref().and_then(|(_, bytes)| text(bytes)),
        is_in_hand,
        is_passed_on,
    })
}

impl From<OpenError> for AppError {
    fn from(error: OpenError) -> Self {
        match error {
            OpenError::NotFound => Code::OrderNotFound.into(),
            OpenError::NotBought => Code::NotBought.into(),
            OpenError::Sealing(_) => Code::Internal.into(),
            OpenError::Database(error) => database::public_code(&error).into(),
        }
    }
}
