//! A ticket as its open page knows it.

use domain::{
    OrderId, TicketId,
    live::TicketNews,
    tickets::{Availability, TicketView},
};
use leptos::{prelude::*, task::spawn_local};

use crate::{
    api::{ShowTicket, get},
    browser::follow,
};

/// The ticket, kept up to date while somebody looks at the page.
#[derive(Clone, Copy)]
pub(super) struct LiveTicket {
    view: RwSignal<TicketView>,
    /// Grows when the listing has been edited under the page, which is then made anew.
    is_stale: RwSignal<u32>,
}

/// What the reader can do about the ticket.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Way {
    /// Go on with the order that holds it, or see the one that has bought it.
    ToOrder { order: OrderId, is_bought: bool },
    /// Change or withdraw it, as far as it can be.
    Manage(Availability),
    /// Buy it; strangers sign in first.
    Buy,
    /// Wait in line for it, or stay there.
    Wait { is_in_line: bool },
    /// Find another one.
    Leave,
}

impl LiveTicket {
    pub(super) fn new(view: TicketView, is_stale: RwSignal<u32>) -> Self {
        Self { view: RwSignal::new(view), is_stale }
    }

    pub(super) fn id(self) -> TicketId {
        self.view.with_untracked(|view| view.card.id)
    }

    /// Whether it can be bought.
    pub(super) fn availability(self) -> Signal<Availability> {
        Memo::new(move |_| self.view.with(|view| view.card.availability.clone())).into()
    }

    /// How many wait in line for it.
    pub(super) fn waiting(self) -> Signal<i64> {
        Memo::new(move |_| self.view.with(|view| view.line.length)).into()
    }

    /// The reader's place among them, while they have one.
    pub(super) fn place(self) -> Signal<i64> {
        Memo::new(move |_| self.view.with(|view| view.line.my_place.unwrap_or_default())).into()
    }

    /// What the reader can do.
    pub(super) fn way(self) -> Memo<Way> {
        Memo::new(move |_| self.view.with(Way::of))
    }

    /// Keeps up with what becomes of it. In the browser, from an effect.
    pub(super) fn follow(self) {
        follow(&[self.id()], move |news| self.hear(news));
    }

    fn hear(self, news: TicketNews) {
        match self.view.with_untracked(|view| Step::after(view, &news)) {
            Step::Nothing => {}
            Step::Show => self.view.update(|view| {
                view.card.as_of_us = news.as_of_us;
                view.card.availability = news.availability;
                view.line.length = news.line_length;
            }),
            Step::Ask => spawn_local(async move {
                // Failing once is no reason to say anything: the next news come.
                // The page may have been left meanwhile.
                if let Ok(ticket) = get(ShowTicket { ticket: self.id() }).await
                    && self.view.try_with_untracked(|shown| ticket.card.as_of_us >= shown.card.as_of_us) == Some(true)
                {
                    self.view.set(ticket);
                }
            }),
            Step::BeginAnew => self.is_stale.update(|count| *count += 1),
        }
    }
}

impl Way {
    fn of(ticket: &TicketView) -> Self {
        match (ticket.my_order, &ticket.card.availability) {
            (Some(order), availability) => Self::ToOrder { order, is_bought: *availability == Availability::Sold },
            (None, availability) if ticket.is_mine => Self::Manage(availability.clone()),
            (None, _) if ticket.line.is_my_turn => Self::Buy,
            (None, Availability::OnSale) => Self::Buy,
            (None, Availability::LockedUntil(_)) => Self::Wait { is_in_line: ticket.line.my_place.is_some() },
            (None, Availability::Sold | Availability::Withdrawn | Availability::Started) => Self::Leave,
        }
    }
}

/// What follows from news.
#[derive(Debug, PartialEq, Eq)]
enum Step {
    /// The page shows it already, or later ones.
    Nothing,
    /// They say everything.
    Show,
    /// They are about the reader, too, whom only the server knows.
    Ask,
    /// The listing is another one.
    BeginAnew,
}

impl Step {
    fn after(shown: &TicketView, news: &TicketNews) -> Self {
        let is_the_readers = shown.my_order.is_some() || shown.line.my_place.is_some();
        if news.as_of_us < shown.card.as_of_us {
            Self::Nothing
        } else if shown.version != news.version {
            Self::BeginAnew
        } else if shown.card.availability == news.availability && shown.line.length == news.line_length {
            Self::Nothing
        } else if is_the_readers {
            Self::Ask
        } else {
            Self::Show
        }
    }
}

#[cfg(test)]
mod tests {
    use domain::{
        Moment, Money,
        line::Line,
        tickets::{Category, EventTime, TicketCard},
    };

    use super::*;

    const ID: &str = "0190d1d0-0000-7000-8000-000000000001";

    fn locked() -> Availability {
        Availability::LockedUntil(Moment { unix_ms: 0, iso: String::new(), text: String::new() })
    }

    /// What a stranger sees of a ticket on sale.
    fn shown() -> TicketView {
        let starts =
            EventTime { text: String::new(), iso: String::new(), local: String::new(), time_zone: String::new() };
        TicketView {
            card: TicketCard {
                id: ID.parse().expect("an id"),
                title: String::new(),
                category: Category::Other,
                venue: String::new(),
                city: String::new(),
                starts,
                place: String::new(),
                price: Money::usd(4950),
                availability: Availability::OnSale,
                as_of_us: 5,
            },
            section: String::new(),
            row: String::new(),
            seat: String::new(),
            version: 1,
            is_mine: false,
            my_order: None,
            line: Line::default(),
        }
    }

    fn news_of(view: &TicketView) -> TicketNews {
        TicketNews {
            id: view.card.id,
            as_of_us: view.card.as_of_us,
            version: view.version,
            availability: view.card.availability.clone(),
            line_length: view.line.length,
        }
    }

    #[test]
    fn the_way_on_follows_from_who_reads_and_how_the_ticket_stands() {
        let order: OrderId = ID.parse().expect("an id");
        let way = |availability: Availability, change: fn(&mut TicketView)| {
            let mut view = shown();
            view.card.availability = availability;
            change(&mut view);
            Way::of(&view)
        };
        assert_eq!(way(Availability::OnSale, |_| ()), Way::Buy);
        assert_eq!(way(locked(), |_| ()), Way::Wait { is_in_line: false });
        assert_eq!(way(locked(), |view| view.line.my_place = Some(2)), Way::Wait { is_in_line: true });
        assert_eq!(way(locked(), |view| view.line.is_my_turn = true), Way::Buy);
        for over in [Availability::Sold, Availability::Withdrawn, Availability::Started] {
            assert_eq!(way(over, |_| ()), Way::Leave);
        }
        assert_eq!(way(locked(), |view| view.is_mine = true), Way::Manage(locked()));
        let bought = |view: &mut TicketView| view.my_order = ID.parse().ok();
        assert_eq!(way(locked(), bought), Way::ToOrder { order, is_bought: false });
        assert_eq!(way(Availability::Sold, bought), Way::ToOrder { order, is_bought: true });
    }

    #[test]
    fn the_server_is_asked_only_about_what_the_news_cannot_tell() {
        let view = shown();
        assert_eq!(Step::after(&view, &news_of(&view)), Step::Nothing);
        let lock = TicketNews { availability: locked(), ..news_of(&view) };
        assert_eq!(Step::after(&view, &lock), Step::Show);
        assert_eq!(Step::after(&view, &TicketNews { line_length: 1, ..lock.clone() }), Step::Show);
        let edit = TicketNews { version: 2, ..lock.clone() };
        assert_eq!(Step::after(&view, &edit), Step::BeginAnew);
        for old in [&lock, &edit] {
            assert_eq!(Step::after(&view, &TicketNews { as_of_us: 4, ..old.clone() }), Step::Nothing);
        }

        let in_line = TicketView { line: Line { length: 3, my_place: Some(3), is_my_turn: false }, ..shown() };
        assert_eq!(Step::after(&in_line, &TicketNews { line_length: 2, ..news_of(&in_line) }), Step::Ask);
        let holding = TicketView { my_order: ID.parse().ok(), ..shown() };
        assert_eq!(Step::after(&holding, &lock), Step::Ask);
    }
}
