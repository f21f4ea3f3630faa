//! What a seller has handed in for a listing, and what a machine has found in the files.

use model::{
    AppError, Code, ListingId, UserId,
    delivery::{Choice, HandInView, ReadFile, TicketToHandIn},
};

use super::{
    hand_in::is_open,
    names::{self, Place},
    store::{self, FoundRow, HandedInRow},
};
use crate::{
    Backend, database,
    tickets::{
        self, event_time,
        row::ListingRow,
        state::{TicketRow, TicketState},
    },
};

/// Why there is nothing to show.
#[derive(Debug, thiserror::Error)]
pub enum ShowHandInError {
    /// There is no such listing, or it is another user's.
    #[error("the user has no such listing")]
    NotFound,
    /// A query that reads it failed.
    #[error("the listing was not read")]
    Database(#[from] sqlx::Error),
}

/// The tickets of a listing and its files, for its seller.
///
/// # Errors
///
/// Each variant of [`ShowHandInError`] is one reason.
pub async fn show(backend: &Backend, seller: UserId, id: ListingId) -> Result<HandInView, ShowHandInError> {
    let listing = tickets::store::find(&backend.db, id, None).await?.ok_or(ShowHandInError::NotFound)?;
    if listing.seller_id != seller {
        return Err(ShowHandInError::NotFound);
    }
    let handed_in = store::handed_in(&backend.db, id).await?;
    let found = store::found(&backend.db, id).await?;
    let listed: Vec<(usize, &TicketRow, &HandedInRow)> = listing
        .tickets
        .iter()
        .enumerate()
        .filter(|(_, ticket)| listing.state(ticket) != TicketState::Withdrawn)
        .filter_map(|(place, ticket)| Some((place, ticket, handed_in.iter().find(|row| row.ticket_id == ticket.id)?)))
        .collect();
    let wanting: Vec<&TicketRow> = listed
        .iter()
        .filter(|(_, ticket, row)| !ticket.is_in_hand && is_open(&listing, ticket, row))
        .map(|(_, ticket, _)| *ticket)
        .collect();
    let suggested = suggest(&wanting, &found);
    let tickets = listed.iter().map(|(place, ticket, row)| TicketToHandIn {
        id: ticket.id,
        name: names::ticket(*place, &ticket.seat),
        has: ticket.is_in_hand.then(|| has(row)),
        is_open: is_open(&listing, ticket, row),
        suggested: suggested
            .iter()
            .find(|(wanting, _)| wanting.id == ticket.id)
            .map(|(_, found)| found.value())
            .unwrap_or_default(),
    });
    Ok(HandInView {
        listing: id,
        title: listing.title.clone(),
        deadline: (!wanting.is_empty()).then(|| deadline(&listing)),
        tickets: tickets.collect(),
        files: files(&found),
    })
}

fn has(row: &HandedInRow) -> String {
    match (&row.kind, &row.file_kind) {
        (Some(kind), Some(file)) => format!("{} from a {}", names::code(kind, ""), names::file_kind(file)),
        (Some(kind), None) => format!("{}, typed", names::code(kind, "")),
        (None, file) => format!("{} without a code", names::file_kind(file.as_deref().unwrap_or_default())),
    }
}

/// What the seller should know of the time that is left.
fn deadline(listing: &ListingRow) -> String {
    let until = event_time::view(listing.promised_until, &listing.time_zone).text;
    format!(
        "Hand in what is missing by {until}, {} time. A ticket that is sold and not there by then is refunded, and the sale is lost.",
        listing.city
    )
}

/// Which of the found codes each ticket gets, unless its seller says otherwise: the one whose page names its seat, and
/// else the next one, in the order of the pages, if there are as many codes as tickets.
fn suggest<'a>(wanting: &[&'a TicketRow], found: &'a [FoundRow]) -> Vec<(&'a TicketRow, &'a FoundRow)> {
    let mut left: Vec<&FoundRow> = found.iter().collect();
    let mut suggested = Vec::new();
    let mut others = Vec::new();
    for ticket in wanting {
        let same = |row: &&FoundRow| row.seat.as_deref().is_some_and(|seat| seat.eq_ignore_ascii_case(&ticket.seat));
        match left.iter().position(same) {
            Some(place) => suggested.push((*ticket, left.remove(place))),
            None => others.push(*ticket),
        }
    }
    if left.len() == others.len() {
        suggested.extend(others.into_iter().zip(left));
    }
    suggested
}

/// The files, with what can be made of each.
fn files(found: &[FoundRow]) -> Vec<ReadFile> {
    found.chunk_by(|one, next| one.file_id == next.file_id).map(file).collect()
}

fn file(rows: &[FoundRow]) -> ReadFile {
    let first = &rows[0];
    let summary = names::file(&first.file_kind, first.pages);
    let codes: Vec<&FoundRow> = rows.iter().filter(|row| row.number.is_some()).collect();
    let mut notes = Vec::new();
    if codes.is_empty() {
        notes.push(
            "We found no code in it. You can hand in the file as it is, for one ticket, or type the code.".to_owned(),
        );
    }
    if !first.is_complete {
        notes.push("We could not look at all of it. Check that no code is missing.".to_owned());
    }
    let summary = match codes.len() {
        0 => format!("{summary}, no code"),
        1 => format!("{summary}, one code"),
        count => format!("{summary}, {count} codes"),
    };
    let choices = if codes.is_empty() {
        vec![Choice { value: first.value(), label: format!("{} as it is", names::file_kind(&first.file_kind)) }]
    } else {
        codes.into_iter().map(choice).collect()
    };
    ReadFile { id: first.file_id, summary, notes, choices }
}

fn choice(row: &FoundRow) -> Choice {
    let code = names::code(row.kind.as_deref().unwrap_or_default(), row.tail.as_deref().unwrap_or_default());
    let place = Place { section: row.section.as_deref(), row: row.seat_row.as_deref(), seat: row.seat.as_deref() };
    names::choice(row.value(), row.page.unwrap_or(1), row.pages, &code, &place)
}

impl From<ShowHandInError> for AppError {
    fn from(error: ShowHandInError) -> Self {
        match error {
            ShowHandInError::NotFound => Code::TicketNotFound.into(),
            ShowHandInError::Database(error) => database::public_code(&error).into(),
        }
    }
}
