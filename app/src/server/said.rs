//! What was done just before, for the next page to say.

use cookie::time::Duration;
use model::{ListingId, TicketId};
use strum::{EnumString, IntoStaticStr};

use super::cookie::{own_cookie, policy, sent_cookie, set_cookie};

const NAME: &str = "gittix-said";
/// The next page comes at once. A page that never comes must not leave its message to a later one.
const MAX_AGE: Duration = Duration::seconds(30);

/// What a form has done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, EnumString, IntoStaticStr)]
#[strum(serialize_all = "snake_case")]
pub(crate) enum Said {
    SignedUp,
    SignedIn,
    SignedOut,
    Listed,
    Saved,
    ListingWithdrawn,
    TicketWithdrawn,
    ListingRestored,
    TicketRestored,
    LeftWaitlist,
    ClosedWaitlist,
    ReopenedWaitlist,
    WatchingDaily,
    WatchingAtOnce,
    StoppedWatching,
    DraftSaved,
    DraftDiscarded,
    HandedIn,
    FileRemoved,
    MailsOn,
    MailsOff,
    GiftOffered,
    GiftTakenBack,
    GiftAccepted,
    Returned,
}

impl Said {
    pub(crate) fn words(self) -> &'static str {
        match self {
            Self::SignedUp => "Welcome to GitTix. You are signed in.",
            Self::SignedIn => "You are signed in.",
            Self::SignedOut => "You are signed out.",
            Self::Listed => "Your listing is on sale.",
            Self::Saved => "Your changes are saved.",
            Self::ListingWithdrawn => "Your listing is withdrawn.",
            Self::TicketWithdrawn => "The ticket is withdrawn.",
            Self::ListingRestored => "Your listing is back on sale.",
            Self::TicketRestored => "The ticket is back on sale.",
            Self::LeftWaitlist => "You left the waitlist.",
            Self::ClosedWaitlist => "The waitlist is closed, and no one is on it.",
            Self::ReopenedWaitlist => "The waitlist is open again.",
            Self::WatchingDaily => "You are watching. We mail you once a day, if there is news.",
            Self::WatchingAtOnce => "You are watching. We mail you as soon as there is news, at most once an hour.",
            Self::StoppedWatching => "You no longer watch it.",
            Self::DraftSaved => "Your draft is saved.",
            Self::DraftDiscarded => "The draft is discarded.",
            Self::HandedIn => "Handed in. Buyers get it as soon as they have paid.",
            Self::FileRemoved => "The file is removed.",
            Self::MailsOn => "You get these emails again.",
            Self::MailsOff => "You no longer get these emails.",
            Self::GiftOffered => "We have mailed your friend. The ticket is theirs once they accept it.",
            Self::GiftTakenBack => "The ticket is yours again.",
            Self::GiftAccepted => "The ticket is yours.",
            Self::Returned => "The tickets are returned. Your money is on its way back.",
        }
    }
}

/// The withdrawal that the next page offers to undo.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Undo {
    pub(crate) listing: ListingId,
    /// One of the tickets that were withdrawn.
    pub(crate) ticket: TicketId,
}

/// Lets the next page that is rendered for this browser say what was done.
///
/// A cookie tells it, and not the address: an address could be opened again, or by someone else.
pub(crate) fn say(what: Said) {
    set_cookie(&own_cookie(policy(), NAME, what.into(), MAX_AGE));
}

/// The same for a withdrawal, with a button that undoes it.
pub(crate) fn say_withdrawn(what: Said, undo: Undo) {
    set_cookie(&own_cookie(policy(), NAME, &write(what, undo), MAX_AGE));
}

/// What was done just before, once. For the page that is being rendered.
pub(crate) fn take_said() -> Option<(Said, Option<Undo>)> {
    let said = sent_cookie(NAME)?;
    set_cookie(&own_cookie(policy(), NAME, "", Duration::ZERO));
    read(&said)
}

fn write(what: Said, Undo { listing, ticket }: Undo) -> String {
    let what: &str = what.into();
    format!("{what}.{listing}.{ticket}")
}

/// Reads the value of the cookie, which anyone can write: it names nothing but what its reader then asks to undo, and
/// only the seller is answered.
fn read(value: &str) -> Option<(Said, Option<Undo>)> {
    let mut parts = value.split('.');
    let said = parts.next()?.parse().ok()?;
    let undo = match (parts.next(), parts.next(), parts.next()) {
        (None, ..) => None,
        (Some(listing), Some(ticket), None) => {
            Some(Undo { listing: listing.parse().ok()?, ticket: ticket.parse().ok()? })
        }
        _ => return None,
    };
    Some((said, undo))
}

#[cfg(test)]
mod tests {
    use super::*;

    const LISTING: &str = "0190d1d0-0000-7000-8000-000000000001";
    const TICKET: &str = "0190d1d0-0000-4000-8000-000000000002";

    #[test]
    fn cookie_is_read_back() {
        let undo = Undo { listing: LISTING.parse().expect("an id"), ticket: TICKET.parse().expect("an id") };
        assert_eq!(read(&write(Said::TicketWithdrawn, undo)), Some((Said::TicketWithdrawn, Some(undo))));
        assert_eq!(read("signed_in"), Some((Said::SignedIn, None)));
    }

    #[test]
    fn forged_cookie_says_nothing() {
        let forged =
            ["", "gone", "saved.", "saved.1.2", &format!("saved.{LISTING}"), &format!("saved.{LISTING}.\"><b>")];
        let long = format!("saved.{LISTING}.{TICKET}.{TICKET}");
        for value in forged.into_iter().chain([long.as_str()]) {
            assert_eq!(read(value), None, "{value}");
        }
    }
}
