//! The views of listings for pages, made from the stored rows.

use model::{
    UserId,
    live::ListingUpdate,
    tickets::{Category, ListingCard, ListingView, TicketStatus, TicketView},
    waitlist::Waitlist,
};

use super::{
    event_time,
    fall::{EventPlace, Schedule},
    fields,
    row::ListingRow,
    state::{TicketRow, TicketState},
};
use crate::{backend::Rules, catalogue::slug, places::PlaceRule, timestamp};

impl ListingRow {
    /// When the row was read, by the database's clock, in Unix microseconds.
    pub(crate) fn as_of_us(&self) -> i64 {
        timestamp::unix_us(self.now)
    }

    /// The place of its tickets; those that are withdrawn count only if all are.
    pub(crate) fn place(&self) -> String {
        let is_gone = self.tickets.iter().all(TicketRow::is_withdrawn);
        let seats = self.tickets.iter().filter(|ticket| is_gone || !ticket.is_withdrawn());
        let seats: Vec<_> = seats.map(|ticket| ticket.seat.as_str()).collect();
        fields::place(&self.section, &self.seat_row, &seats)
    }

    pub(crate) fn card(&self, rules: &Rules) -> ListingCard {
        ListingCard {
            id: self.id,
            // The check constraint of the column allows the same codes.
            category: Category::parse(&self.category).unwrap_or(Category::Other),
            starts: event_time::view(self.starts_at, &self.time_zone),
            place: self.place(),
            price: self.price(),
            availability: self.availability(rules),
            free: self.free_count(),
            listed: self.tickets.iter().filter(|ticket| !ticket.is_withdrawn()).count(),
            delivery: self.delivery(),
            as_of_us: self.as_of_us(),
            title: self.title.clone(),
            venue: self.venue.clone(),
            city: self.city.clone(),
        }
    }

    /// Whether the buyer gets the tickets at once, or until when the seller has to hand them in; none if no ticket can be
    /// bought.
    pub(crate) fn delivery(&self) -> Option<String> {
        let mut free = self.tickets.iter().filter(|ticket| self.state(ticket).is_free()).peekable();
        free.peek()?;
        Some(if free.all(|ticket| ticket.is_in_hand) {
            "In hand".to_owned()
        } else {
            format!("Promised by {}", event_time::view(self.promised_until, &self.time_zone).text)
        })
    }

    /// The page of the listing, for `reader`.
    pub(crate) fn view(&self, rules: &Rules, reader: Option<UserId>) -> ListingView {
        let is_mine = reader == Some(self.seller_id);
        let schedule = self.schedule();
        let withdrawals = if is_mine { self.restorable_withdrawals() } else { Vec::new() };
        let ticket = |ticket: &TicketRow| TicketView {
            id: ticket.id,
            seat: ticket.seat.clone(),
            status: self.state(ticket).status(),
            withdrawal: withdrawals.iter().position(|at| ticket.withdrawn_at() == Some(*at)),
        };
        ListingView {
            section: self.section.clone(),
            row: self.seat_row.clone(),
            tickets: self.tickets.iter().map(ticket).collect(),
            split: self.split,
            face_value: self.face_value(),
            beside_face_value: self.beside_face_value(),
            fee: rules.platform_fee,
            price_history: self.facts.as_ref().map(|facts| facts.price_history()).unwrap_or_default(),
            falling: schedule.map(|it| it.lines(self.price(), self.now, self.event_place())).unwrap_or_default(),
            fall: schedule.map(|it| it.typed()).unwrap_or_default(),
            seller: self.facts.as_ref().map(|facts| facts.seller(self.now)).unwrap_or_default(),
            place_rule: rules.places.at(&self.time_zone).map(PlaceRule::words).unwrap_or_default(),
            choices: self.choices(rules),
            version: self.version,
            is_mine,
            my_order: reader.and_then(|reader| self.order_of(reader)),
            waitlist: Waitlist {
                length: self.waiting.into(),
                is_closed: self.is_waitlist_closed,
                my_position: self.my_position,
            },
            event: slug::slug(self.event_id, &self.title, &self.city, self.starts_at, &self.time_zone),
            held_at_most_until: if is_mine { self.last_end(rules).map(timestamp::time_of_day) } else { None },
            card: self.card(rules),
        }
    }

    /// How its price falls by itself, while it may change: a ticket that is locked only puts the next step off.
    fn schedule(&self) -> Option<Schedule> {
        let can_be_changed = |state| matches!(state, TicketState::Withdrawn) || Self::may_be_sold(state);
        let is_on = self.states().any(Self::may_be_sold) && self.states().all(can_be_changed);
        self.facts.as_ref().and_then(|facts| facts.schedule()).filter(|_| is_on)
    }

    fn event_place(&self) -> EventPlace<'_> {
        EventPlace { starts_at: self.starts_at, time_zone: &self.time_zone, city: &self.city }
    }

    fn may_be_sold(state: TicketState) -> bool {
        state.is_free() || state.is_held()
    }

    pub(crate) fn update(&self, rules: &Rules) -> ListingUpdate {
        ListingUpdate {
            id: self.id,
            as_of_us: self.as_of_us(),
            version: self.version,
            price: Some(self.price()),
            availability: self.availability(rules),
            free: self.free_count(),
            together: self.together(rules),
            tickets: TicketStatus::letters(self.states().map(TicketState::status)),
            waitlist_length: self.waiting.into(),
        }
    }
}
