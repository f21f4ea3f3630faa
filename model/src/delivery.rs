//! Handing tickets over: what the seller hands in, and what the buyer gets for it.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::{GiftId, ListingId, OrderId, TicketFileId, TicketId, Timestamp, inspection::CodeKind};

/// Files of one listing that wait for their seller to say which tickets they are for.
pub const FILES_MAX: usize = 10;
/// Greatest length of a code that is typed, in bytes: a QR code takes no more.
pub const CODE_BYTES: usize = 2_000;

/// The most refused tickets on the operator's page.
pub const REFUSED_TWINS_MAX: usize = 100;

/// Two listings of one event with one code or file. The first was refused the ticket, because the other has it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RefusedTwin {
    /// Name of the event.
    pub title: String,
    /// The listing that was refused it.
    pub refused: TwinListing,
    /// The listing that has it.
    pub other: TwinListing,
    /// How often it was refused.
    pub times: i32,
    /// When it was refused last.
    pub last: Timestamp,
}

/// One of the two.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TwinListing {
    /// The listing.
    pub listing: ListingId,
    /// The address of its seller; none if the account is deleted.
    pub seller: Option<String>,
}

/// The page on which a seller hands in the tickets of a listing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HandInView {
    /// The listing.
    pub listing: ListingId,
    /// Name of the event.
    pub title: String,
    /// Until when, and what happens otherwise; for people. None if nothing is missing.
    pub deadline: Option<String>,
    /// The tickets that are not withdrawn, in the order of their seats.
    pub tickets: Vec<TicketToHandIn>,
    /// The files that were read, oldest first.
    pub files: Vec<ReadFile>,
}

/// A ticket, and what its seller has handed in for it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TicketToHandIn {
    /// Its id.
    pub id: TicketId,
    /// Its name among the others: `Seat 12`, `Ticket 1`.
    pub name: String,
    /// What is handed in, for people; None if nothing is.
    pub has: Option<String>,
    /// Whether something can be handed in for it now.
    pub is_open: bool,
    /// The choice that its seat suggests, or the order of the codes; empty if there is none.
    pub suggested: String,
}

/// A file that was read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReadFile {
    /// Its id.
    pub id: TicketFileId,
    /// `PDF, 4 pages, 4 codes`.
    pub summary: String,
    /// What the seller should know of it: none if all is well.
    pub notes: Vec<String>,
    /// What tickets can be made of.
    pub choices: Vec<Choice>,
}

/// A code of a file, or the file itself where it has none.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Choice {
    /// What a form sends: a file's id, and the number of the code in it.
    pub value: String,
    /// `Page 1: QR code …4711, Seat 12`.
    pub label: String,
}

/// What the seller hands in for each ticket.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct HandInInput {
    /// The value of a [`Choice`] for each ticket; an empty one hands in nothing.
    #[serde(default)]
    pub choices: BTreeMap<TicketId, String>,
    /// A code that was typed for a ticket; an empty one is none.
    #[serde(default)]
    pub typed: BTreeMap<TicketId, String>,
    /// How the typed code is drawn, by the name of a [`CodeKind`]; QR where it is not told.
    #[serde(default)]
    pub kinds: BTreeMap<TicketId, String>,
}

impl CodeKind {
    /// Every kind that a seller can choose for a code that they type.
    pub const ALL: [Self; 5] = [Self::Qr, Self::Aztec, Self::Pdf417, Self::DataMatrix, Self::Code128];

    /// Its name for people.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::Qr => "QR code",
            Self::Aztec => "Aztec code",
            Self::Pdf417 => "PDF417 code",
            Self::DataMatrix => "Data Matrix code",
            Self::Code128 => "Code 128 barcode",
        }
    }
}

/// The tickets of an order, for the buyer who has paid for them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MyDelivery {
    /// The order.
    pub order: OrderId,
    /// Name of the event.
    pub title: String,
    /// When and where it is, for people.
    pub when_and_where: String,
    /// When the buyer opened the tickets first; None while they have not. Until then no code is shown.
    pub opened: Option<Timestamp>,
    /// The tickets; empty until they are opened.
    pub tickets: Vec<OpenTicket>,
    /// The files that the buyer can load: those that have tickets of this order alone.
    pub files: Vec<FileToLoad>,
    /// How many tickets the seller has not handed in yet.
    pub missing: usize,
    /// Until when the seller has to, for people.
    pub promised_until: Option<String>,
    /// Until when the buyer can return all of them for the money. None if they cannot.
    pub returnable_until: Option<Timestamp>,
    /// The tickets that are in hand and not on sale again, each with its gift if there is one.
    pub givable: Vec<GivableTicket>,
}

/// A ticket that its buyer can give, or gives.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct GivableTicket {
    /// Its id.
    pub id: TicketId,
    /// Where its owner sits.
    pub place: String,
    /// To whom it is given.
    pub gift: Option<Gift>,
}

/// A gift, as its giver sees it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Gift {
    /// Its id.
    pub id: GiftId,
    /// Where it was sent; None once that account was deleted.
    pub email: Option<String>,
    /// Whether it is accepted. Then only its recipient opens the ticket.
    pub is_accepted: bool,
}

/// A gift, as its recipient sees it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct GiftView {
    /// Its id.
    pub id: GiftId,
    /// Name of the event.
    pub title: String,
    /// When and where it is, for people.
    pub when_and_where: String,
    /// Where the recipient sits.
    pub place: String,
    /// The giver's address; None once their account was deleted.
    pub from: Option<String>,
    /// How far it is.
    pub state: GiftState,
    /// The ticket, once it is opened.
    pub ticket: Option<OpenTicket>,
    /// The file of the ticket, if nothing else is in it, once it is opened.
    pub file: Option<FileToLoad>,
}

/// How far a gift is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum GiftState {
    /// Its recipient can accept it.
    Offered,
    /// It is accepted and not opened.
    Accepted,
    /// It is opened.
    Opened {
        /// The first time.
        at: Timestamp,
    },
    /// The money for the ticket went back to its buyer.
    Gone,
}

/// A gift among others.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct GiftSummary {
    /// Its id.
    pub id: GiftId,
    /// Name of the event.
    pub title: String,
    /// When and where it is, for people.
    pub when_and_where: String,
    /// Where the recipient sits.
    pub place: String,
    /// Whether it is accepted.
    pub is_accepted: bool,
}

/// A ticket that its buyer has opened.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OpenTicket {
    /// Where the buyer sits: `Section A · Row 3 · Seat 12`, or `General admission`.
    pub place: String,
    /// Its code, drawn as an SVG picture; None where the file has none that could be read, or it cannot be drawn.
    pub picture: Option<String>,
    /// The kind of the code, for people.
    pub kind: Option<String>,
    /// What the code says, if that is text: it can be read out at the gate.
    pub text: Option<String>,
    /// Whether it is handed in.
    pub is_in_hand: bool,
    /// Whether the buyer has put it on sale again, or has sold it.
    pub is_passed_on: bool,
    /// Whether another person has accepted it as a gift.
    pub is_given: bool,
}

/// A file that the buyer can load.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileToLoad {
    /// Its id.
    pub id: TicketFileId,
    /// `PDF, 4 pages`.
    pub summary: String,
}
