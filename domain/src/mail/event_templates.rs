//! What the mails about events say that the operator moves or cancels.

use platform::mail::Message;

use super::content::Content;

/// What the reader of a mail has of an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stake {
    /// Tickets that they have bought.
    Bought,
    /// Tickets that they sell or have sold.
    Selling,
    /// Both.
    Both,
}

impl Stake {
    fn why(self) -> &'static str {
        match self {
            Self::Bought => "You get this email because you bought tickets for this event on GitTix.",
            Self::Selling => "You get this email because you sell tickets for this event on GitTix.",
            Self::Both => "You get this email because you bought and sell tickets for this event on GitTix.",
        }
    }

    fn what(self) -> &'static str {
        match self {
            Self::Bought => "an event that you have tickets for",
            Self::Selling | Self::Both => "an event that you sell tickets for",
        }
    }

    fn buys(self) -> bool {
        self != Self::Selling
    }

    fn sells(self) -> bool {
        self != Self::Bought
    }

    fn label(self) -> &'static str {
        if self.buys() { "Show your tickets" } else { "Show your listings" }
    }
}

/// An event, for a mail.
pub(crate) struct Event {
    /// Its name.
    pub(crate) title: String,
    /// When it starts, with the city's clock.
    pub(crate) starts: String,
    /// The venue and its city.
    pub(crate) place: String,
}

/// The mail that tells that an event is moved. It started `before`; `page` is where the reader's tickets are.
pub(crate) fn moved(event: &Event, before: &str, stake: Stake, page: &str) -> Message {
    let mut content = Content::new(format!("New time: {}", event.title), stake.why())
        .text(format!("{} is moved to another time:", stake.what()))
        .about(vec![event.title.clone(), event.starts.clone(), event.place.clone()])
        .text(format!("It was to start on {before}."));
    if stake.buys() {
        content = content.text("Your order stays as it is.");
    }
    if stake.sells() {
        content = content.text("Your listings stay on sale with the new time, and what you have sold stays sold.");
    }
    content.button(stake.label(), page).into_message()
}

/// The mail that tells that an event is cancelled. `page` is where the reader's tickets are.
pub(crate) fn cancelled(event: &Event, stake: Stake, page: &str) -> Message {
    let mut content = Content::new(format!("Cancelled: {}", event.title), stake.why())
        .text(format!("{} is cancelled:", stake.what()))
        .about(vec![event.title.clone(), event.starts.clone(), event.place.clone()]);
    if stake.buys() {
        content = content
            .text("You get back all that you paid. You do not have to do anything: we mail you when it is paid.");
    }
    if stake.sells() {
        content = content
            .text("Your tickets are no longer on sale, and the buyers of those that you sold get their money back.");
    }
    content.button(stake.label(), page).into_message()
}
