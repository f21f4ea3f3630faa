//! Opening: the buyer gets what they have paid for, and both sides see when.

use model::{
    AppError, Code, ListingId, OrderId, UserId,
    delivery::{FileToLoad, Gift, GivableTicket, MyDelivery, OpenTicket},
};
use platform::sealing::{Sealed, SealingError};
use time::OffsetDateTime;

use super::{draw, names, open_store};
use crate::{
    Backend, database,
    orders::returning::returnable_until,
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
    Ok(read(backend, buyer, order).await?.0)
}

/// The same, with the start of the event.
pub(super) async fn read(
    backend: &Backend,
    buyer: UserId,
    order: OrderId,
) -> Result<(MyDelivery, OffsetDateTime), OpenError> {
    let row = open_store::find(&backend.db, buyer, order).await?.ok_or(OpenError::NotFound)?;
    let tickets = open_store::tickets(&backend.db, buyer, order).await?;
    if tickets.is_empty() {
        return Err(OpenError::NotBought);
    }
    let returnable = returnable_until(&backend.db, buyer, order).await?;
    let is_opened = row.opened_at.is_some();
    let files = if is_opened { open_store::files(&backend.db, buyer, order).await? } else { Vec::new() };
    let missing = tickets.iter().filter(|ticket| !ticket.is_in_hand).count();
    let place = |seat: &str| fields::place(&row.section, &row.seat_row, &[seat]);
    let givable =
        tickets.iter().filter(|ticket| ticket.is_in_hand && !ticket.is_passed_on).map(|ticket| GivableTicket {
            id: ticket.id,
            place: place(&ticket.seat),
            gift: ticket.gift_id.map(|id| Gift { id, email: ticket.gift_email.clone(), is_accepted: ticket.is_given }),
        });
    let givable = givable.collect();
    let mut opened = Vec::new();
    for ticket in tickets.into_iter().filter(|_| is_opened) {
        let place = place(&ticket.seat);
        opened.push(view(backend, row.listing_id, place, ticket)?);
    }
    let starts = event_time::view(row.starts_at, &row.time_zone).text;
    let delivery = MyDelivery {
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
        returnable_until: returnable.map(timestamp::date_and_time),
        givable,
    };
    Ok((delivery, row.starts_at))
}

fn view(
    backend: &Backend,
    listing: ListingId,
    place: String,
    ticket: open_store::TicketRow,
) -> Result<OpenTicket, SealingError> {
    let open_store::TicketRow { is_in_hand, kind, key_id, sealed, is_passed_on, is_given, .. } = ticket;
    let sealed = kind.zip(key_id.zip(sealed)).filter(|_| !is_passed_on && !is_given);
    Ok(OpenTicket { place, is_in_hand, is_passed_on, is_given, ..drawn(backend, listing, sealed)? })
}

/// A ticket with its code, unsealed and drawn. `sealed` is the kind of the code, the id of its key, and its bytes.
pub(super) fn drawn(
    backend: &Backend,
    listing: ListingId,
    sealed: Option<(String, (String, Vec<u8>))>,
) -> Result<OpenTicket, SealingError> {
    let code = match sealed {
        Some((kind, (key_id, bytes))) => {
            let bytes = backend.delivery.keys.open(listing.as_uuid().as_bytes(), &Sealed { key_id, bytes })?;
            names::code_kind(&kind).map(|kind| (kind, bytes))
        }
        None => None,
    };
    let text = |bytes: &[u8]| {
        let text = String::from_utf8(bytes.to_vec()).ok()?;
        (!text.chars().any(char::is_control)).then_some(text)
    };
    Ok(OpenTicket {
        place: String::new(),
        picture: code.as_ref().and_then(|(kind, bytes)| draw::draw(*kind, bytes)),
        kind: code.as_ref().map(|(kind, _)| kind.label().to_owned()),
        text: code.as_ref().and_then(|(_, bytes)| text(bytes)),
        is_in_hand: true,
        is_passed_on: false,
        is_given: false,
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
