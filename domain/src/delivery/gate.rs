//! What the page for the gate shows: the opened tickets of an order, and how long a device may keep them.

use model::{OrderId, UserId, delivery::OpenTicket};
use time::{Duration, OffsetDateTime};

use super::open::{self, OpenError};
use crate::{Backend, tickets::event_time::OVER_AFTER_HOURS};

/// The tickets as they are shown at the gate.
#[derive(Clone, Debug)]
pub struct Gate {
    /// Name of the event.
    pub title: String,
    /// When and where it is, for people.
    pub when_and_where: String,
    /// The tickets that the buyer can show; those that are missing, on sale again or given away are left out.
    pub tickets: Vec<OpenTicket>,
    /// From then on no device needs it: the event is over.
    pub keep_until: OffsetDateTime,
}

/// The tickets of an order for the gate. None while the buyer has not opened them.
///
/// # Errors
///
/// Each variant of [`OpenError`] is one reason.
pub async fn gate(backend: &Backend, buyer: UserId, order: OrderId) -> Result<Option<Gate>, OpenError> {
    let (delivery, starts_at) = open::read(backend, buyer, order).await?;
    if delivery.opened.is_none() {
        return Ok(None);
    }
    Ok(Some(Gate {
        title: delivery.title,
        when_and_where: delivery.when_and_where,
        tickets: delivery
            .tickets
            .into_iter()
            .filter(|ticket| ticket.is_in_hand && !ticket.is_passed_on && !ticket.is_given)
            .collect(),
        keep_until: over(starts_at),
    }))
}

/// When an event is over.
pub(super) fn over(starts_at: OffsetDateTime) -> OffsetDateTime {
    starts_at + Duration::hours(OVER_AFTER_HOURS.into())
}
