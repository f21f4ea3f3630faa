//! The model's rules of venues and events.

use serde::{Deserialize, Serialize};

use crate::world::{MONTH, Time, World};

/// An event as a seller types it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Typed {
    Concert,
    /// The same event and venue in another spelling.
    ConcertInCapitals,
    /// The same title in another city.
    ConcertElsewhere,
    /// Another title at the first venue.
    Match,
}

/// A title, a venue and a start: one event, however many list for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Event {
    title_key: u32,
    venue_key: u32,
    pub(crate) starts: Time,
    /// The title in its first spelling.
    pub(crate) title: &'static str,
}

impl Typed {
    pub(crate) const ALL: [Self; 4] = [Self::Concert, Self::ConcertInCapitals, Self::ConcertElsewhere, Self::Match];

    pub(crate) fn title(self) -> &'static str {
        match self {
            Self::Concert | Self::ConcertElsewhere => "Sigur Rós",
            Self::ConcertInCapitals => "SIGUR ROS",
            Self::Match => "Alba - Bonn",
        }
    }

    pub(crate) fn venue(self) -> &'static str {
        match self {
            Self::Concert | Self::ConcertElsewhere | Self::Match => "Tempodrom",
            Self::ConcertInCapitals => "TEMPODROM!",
        }
    }

    pub(crate) fn city(self) -> &'static str {
        match self {
            Self::Concert | Self::Match => "Berlin",
            Self::ConcertInCapitals => "berlin",
            Self::ConcertElsewhere => "Potsdam",
        }
    }

    fn title_key(self) -> u32 {
        match self {
            Self::Concert | Self::ConcertInCapitals | Self::ConcertElsewhere => 0,
            Self::Match => 1,
        }
    }

    fn venue_key(self) -> u32 {
        match self {
            Self::Concert | Self::ConcertInCapitals | Self::Match => 0,
            Self::ConcertElsewhere => 1,
        }
    }
}

impl World {
    /// The event that a form names, a month from now; it is made if no one has listed for it, and so is its venue.
    /// Both keep their first spelling.
    pub(crate) fn event_of(&mut self, typed: Typed) -> usize {
        let (title_key, venue_key, starts) = (typed.title_key(), typed.venue_key(), self.now + MONTH);
        self.venues.entry(venue_key).or_insert(typed.venue());
        let is_it = |event: &Event| (event.title_key, event.venue_key, event.starts) == (title_key, venue_key, starts);
        self.events.iter().position(is_it).unwrap_or_else(|| {
            self.events.push(Event { title_key, venue_key, starts, title: typed.title() });
            self.events.len() - 1
        })
    }

    /// The name of an event's venue in its first spelling.
    pub(crate) fn venue_of(&self, event: usize) -> &'static str {
        self.venues[&self.events[event].venue_key]
    }
}
