//! Handing in: the seller says what opens the gate for each ticket.

use std::collections::HashSet;

use model::{
    AppError, Code, ListingId, TicketId, UserId,
    delivery::{CODE_BYTES, HandInInput},
    inspection::CodeKind,
};
use platform::sealing::SealingError;

use super::{
    SealedCode, draw, names,
    store::{self, FoundRow, HandedInRow, NewDeliverable},
    twin_store, upload,
};
use crate::{
    Backend, database,
    mail::Mail,
    outbox::{self, Job},
    tickets::{
        change::{self, ChangeError},
        row::ListingRow,
        state::{TicketRow, TicketState},
    },
    transaction::Transaction,
};

/// Why nothing was handed in.
#[derive(Debug, thiserror::Error)]
pub enum HandInError {
    /// There is no such listing, or it is another user's.
    #[error("the user has no such listing")]
    NotFound,
    /// The form hands in nothing.
    #[error("nothing was handed in")]
    Nothing,
    /// A ticket is held or sold with what was handed in before, or it is not for sale any more.
    #[error("a ticket takes nothing any more")]
    Closed,
    /// One code or file was chosen for two tickets.
    #[error("one code was chosen for two tickets")]
    Twice,
    /// What was chosen is not there any more.
    #[error("what was chosen is not there")]
    Stale,
    /// A code that was typed is too long, or cannot be drawn.
    #[error("a typed code cannot be drawn")]
    InvalidCode,
    /// The same code or file is for sale, or belongs to another user.
    #[error("the code or the file is for sale elsewhere")]
    Elsewhere,
    /// The code was not sealed.
    #[error("the code was not sealed")]
    Sealing(#[from] SealingError),
    /// A query that stores it failed.
    #[error("nothing was stored")]
    Database(#[from] sqlx::Error),
}

/// Hands in what the form says: all of it or nothing. A ticket that has something already and is on sale gets the new
/// one in its place; one that a buyer holds or has bought takes only what is missing.
///
/// # Errors
///
/// Each variant of [`HandInError`] is one reason.
#[tracing::instrument(name = "delivery.hand_in", skip_all, fields(listing.id = %id, user.id = %seller))]
pub async fn hand_in(backend: &Backend, seller: UserId, id: ListingId, input: &HandInInput) -> Result<(), HandInError> {
    let typed = typed(backend, id, input)?;
    let (mut tx, listing) = change::begin(backend, seller, id).await?;
    let given =
        given(&listing, &store::found(&mut *tx, id).await?, &store::handed_in(&mut *tx, id).await?, input, typed);
    let outcome = match given {
        Ok(given) => put_all(&mut tx, seller, &listing, &given).await,
        Err(refused) => Err(refused),
    };
    match outcome {
        // A refusal commits too: the listing was brought up to date.
        Err(HandInError::Database(error)) => return Err(error.into()),
        outcome => {
            tx.commit().await?;
            outcome
        }
    }
}

async fn put_all(
    tx: &mut Transaction<'_>,
    seller: UserId,
    listing: &ListingRow,
    given: &[(NewDeliverable, Vec<u8>)],
) -> Result<(), HandInError> {
    let tickets: Vec<TicketId> = given.iter().map(|(new, _)| new.ticket).collect();
    let hashes: Vec<Vec<u8>> = given.iter().map(|(_, hash)| hash.clone()).collect();
    let elsewhere = twin_store::elsewhere(tx, listing.event_id, seller, &hashes, &tickets).await?;
    if !elsewhere.is_empty() {
        twin_store::note_refused(&mut **tx, listing.id, &elsewhere).await?;
        return Err(HandInError::Elsewhere);
    }
    for (new, _) in given {
        store::put(tx, new).await?;
    }
    for order_id in store::fulfil(tx, &tickets).await? {
        outbox::write(tx, &Job::SendMail { mail: Mail::OrderHandedIn { order_id } }, None).await?;
    }
    Ok(())
}

/// A typed code for a ticket.
type Typed = (TicketId, SealedCode);

/// The codes that were typed, sealed.
fn typed(backend: &Backend, listing: ListingId, input: &HandInInput) -> Result<Vec<Typed>, HandInError> {
    let mut codes = Vec::new();
    for (ticket, text) in &input.typed {
        let text = text.trim();
        if text.is_empty() {
            continue;
        }
        let kind = match input.kinds.get(ticket).map(String::as_str) {
            None | Some("") => CodeKind::Qr,
            Some(kind) => names::code_kind(kind).ok_or(HandInError::InvalidCode)?,
        };
        if text.len() > CODE_BYTES || text.chars().any(char::is_control) || draw::draw(kind, text.as_bytes()).is_none()
        {
            return Err(HandInError::InvalidCode);
        }
        codes.push((*ticket, upload::seal(backend, listing, &kind.to_string(), text.as_bytes())?));
    }
    Ok(codes)
}

/// What each ticket gets, with the hash by which twins are found; or the reason against it.
fn given(
    listing: &ListingRow,
    found: &[FoundRow],
    handed_in: &[HandedInRow],
    input: &HandInInput,
    typed: Vec<Typed>,
) -> Result<Vec<(NewDeliverable, Vec<u8>)>, HandInError> {
    let mut given = Vec::new();
    for (ticket, value) in input.choices.iter().filter(|(_, value)| !value.is_empty()) {
        let row = found.iter().find(|row| row.value() == *value).ok_or(HandInError::Stale)?;
        let code = row.code();
        let hash = code.as_ref().map_or_else(|| row.file_hash.clone(), |code| code.hash.clone());
        given.push((NewDeliverable { ticket: *ticket, file: Some(row.file_id), page: row.page, code }, hash));
    }
    for (ticket, code) in typed {
        let hash = code.hash.clone();
        given.push((NewDeliverable { ticket, file: None, page: None, code: Some(code) }, hash));
    }
    if given.is_empty() {
        return Err(HandInError::Nothing);
    }
    let (mut tickets, mut hashes) = (HashSet::new(), HashSet::new());
    for (new, hash) in &given {
        let ticket = listing.tickets.iter().find(|ticket| ticket.id == new.ticket).ok_or(HandInError::Stale)?;
        let row = handed_in.iter().find(|row| row.ticket_id == new.ticket).ok_or(HandInError::Stale)?;
        if !is_open(listing, ticket, row) {
            return Err(HandInError::Closed);
        }
        if !tickets.insert(new.ticket) || !hashes.insert(hash) {
            return Err(HandInError::Twice);
        }
    }
    Ok(given)
}

/// Whether something can be handed in for a ticket.
pub(super) fn is_open(listing: &ListingRow, ticket: &TicketRow, row: &HandedInRow) -> bool {
    match listing.state(ticket) {
        TicketState::OnSale | TicketState::Overdue { .. } => true,
        TicketState::Offered { .. } | TicketState::Held { .. } => !ticket.is_in_hand,
        TicketState::Sold => !ticket.is_in_hand && !row.is_refunded,
        TicketState::Withdrawn | TicketState::Started | TicketState::EventCancelled => false,
    }
}

impl From<ChangeError> for HandInError {
    fn from(error: ChangeError) -> Self {
        match error {
            ChangeError::Database(error) => Self::Database(error),
            // Beginning a change refuses nothing else.
            _ => Self::NotFound,
        }
    }
}

impl From<HandInError> for AppError {
    fn from(error: HandInError) -> Self {
        match error {
            HandInError::NotFound => Code::TicketNotFound.into(),
            HandInError::Nothing => Code::NothingHandedIn.into(),
            HandInError::Closed => Code::AlreadyHandedIn.into(),
            HandInError::Twice => Code::CodeTwice.into(),
            HandInError::Stale => Code::FileNotFound.into(),
            HandInError::InvalidCode => Code::InvalidCode.into(),
            HandInError::Elsewhere => Code::TicketElsewhere.into(),
            HandInError::Sealing(_) => Code::Internal.into(),
            HandInError::Database(error) => database::public_code(&error).into(),
        }
    }
}
