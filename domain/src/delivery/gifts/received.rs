//! Gifts as their recipient sees them.

use model::{
    AppError, Code, GiftId,
    auth::CurrentUser,
    delivery::{GiftState, GiftSummary, GiftView, OpenTicket},
};
use platform::sealing::SealingError;

use super::store::{self, GiftRow, Whose};
use crate::{
    Backend,
    auth::email::key,
    database,
    delivery::{
        calendar::{CalendarEntry, entry},
        gate::{Gate, over},
        load::{LoadError, LoadedFile, read},
        names,
        open::drawn,
    },
    tickets::{event_time, fields},
    timestamp,
};

/// Why there is no gift to show.
#[derive(Debug, thiserror::Error)]
pub enum ReceivedError {
    /// There is no gift for this user, or it was taken back.
    #[error("there is no such gift for the user")]
    NotFound,
    /// The ticket's code was not opened.
    #[error("a code was not opened")]
    Sealing(#[from] SealingError),
    /// A query that reads the gift failed.
    #[error("the gift was not read")]
    Database(#[from] sqlx::Error),
}

/// A gift, for the user whose verified address it was sent to: what it is, and the ticket once it is opened.
///
/// # Errors
///
/// Each variant of [`ReceivedError`] is one reason.
pub async fn show(backend: &Backend, user: &CurrentUser, gift: GiftId) -> Result<GiftView, ReceivedError> {
    let row = find(backend, user, gift).await?;
    let ticket = ticket(backend, user, &row).await?;
    let file = match ticket {
        Some(_) => store::file(&backend.db, gift, user.id).await?,
        None => None,
    };
    let state = match (row.is_kept, row.is_accepted, row.opened_at) {
        (false, ..) => GiftState::Gone,
        (true, false, _) => GiftState::Offered,
        (true, true, None) => GiftState::Accepted,
        (true, true, Some(at)) => GiftState::Opened { at: timestamp::date_and_time(at) },
    };
    Ok(GiftView {
        id: gift,
        when_and_where: when_and_where(&row),
        place: place(&row),
        from: row.giver_email,
        title: row.title,
        state,
        ticket,
        file: file
            .map(|file| model::delivery::FileToLoad { id: file.id, summary: names::file(&file.kind, file.pages) }),
    })
}

/// The gifts of a user that are not over: those to accept, and those accepted; soonest first.
///
/// # Errors
///
/// [`ReceivedError::Database`].
pub async fn list(backend: &Backend, user: &CurrentUser) -> Result<Vec<GiftSummary>, ReceivedError> {
    if !user.is_verified {
        return Ok(Vec::new());
    }
    let rows = store::received(&backend.db, user.id, &key(&user.email)).await?;
    let summary = |row: GiftRow| GiftSummary {
        id: row.id,
        when_and_where: when_and_where(&row),
        place: place(&row),
        title: row.title,
        is_accepted: row.is_accepted,
    };
    Ok(rows.into_iter().map(summary).collect())
}

/// The gift's ticket for the gate. None while it is not opened.
///
/// # Errors
///
/// Each variant of [`ReceivedError`] is one reason.
pub async fn gate(backend: &Backend, user: &CurrentUser, gift: GiftId) -> Result<Option<Gate>, ReceivedError> {
    let row = find(backend, user, gift).await?;
    let ticket = ticket(backend, user, &row).await?;
    Ok(ticket.filter(|ticket| !ticket.is_passed_on).map(|ticket| Gate {
        when_and_where: when_and_where(&row),
        keep_until: over(row.starts_at),
        title: row.title,
        tickets: vec![ticket],
    }))
}

/// The calendar entry of a gift that the user has accepted.
///
/// # Errors
///
/// Each variant of [`ReceivedError`] is one reason.
pub async fn calendar(backend: &Backend, user: &CurrentUser, gift: GiftId) -> Result<CalendarEntry, ReceivedError> {
    let row = find(backend, user, gift).await?;
    if !row.is_accepted || !row.is_kept {
        return Err(ReceivedError::NotFound);
    }
    let page = backend.mail.page(&format!("/gifts/{gift}"));
    Ok(entry(
        gift.to_string(),
        (row.title, row.venue, row.city),
        (row.starts_at, event_time::view(row.starts_at, &row.time_zone).text),
        page,
    ))
}

/// The gift's file, as its seller sent it, if nothing else is in it.
///
/// # Errors
///
/// Each variant of [`LoadError`] is one reason.
#[tracing::instrument(name = "gifts.load", skip_all, fields(gift.id = %gift, user.id = %user.id))]
pub async fn load(
    backend: &Backend,
    user: &CurrentUser,
    gift: GiftId,
    file: model::TicketFileId,
) -> Result<LoadedFile, LoadError> {
    let row = store::file(&backend.db, gift, user.id).await?.filter(|row| row.id == file);
    read(backend, row.ok_or(LoadError::NotFound)?).await
}

pub(super) async fn find(backend: &Backend, user: &CurrentUser, gift: GiftId) -> Result<GiftRow, ReceivedError> {
    if !user.is_verified {
        return Err(ReceivedError::NotFound);
    }
    let key = key(&user.email);
    let row = store::find(&backend.db, gift, Whose::Recipient(user.id, &key)).await?;
    row.ok_or(ReceivedError::NotFound)
}

async fn ticket(backend: &Backend, user: &CurrentUser, row: &GiftRow) -> Result<Option<OpenTicket>, ReceivedError> {
    let Some(code) = store::code(&backend.db, row.id, user.id).await? else { return Ok(None) };
    let sealed = code.kind.zip(code.key_id.zip(code.sealed)).filter(|_| !code.is_passed_on);
    let drawn = drawn(backend, row.listing_id, sealed)?;
    Ok(Some(OpenTicket {
        place: place(row),
        is_in_hand: true,
        is_passed_on: code.is_passed_on,
        is_given: false,
        ..drawn
    }))
}

fn place(row: &GiftRow) -> String {
    fields::place(&row.section, &row.seat_row, &[&row.seat])
}

fn when_and_where(row: &GiftRow) -> String {
    format!("{}, {}, {}", event_time::view(row.starts_at, &row.time_zone).text, row.venue, row.city)
}

impl From<ReceivedError> for AppError {
    fn from(error: ReceivedError) -> Self {
        match error {
            ReceivedError::NotFound => Code::GiftNotFound.into(),
            ReceivedError::Sealing(_) => Code::Internal.into(),
            ReceivedError::Database(error) => database::public_code(&error).into(),
        }
    }
}
