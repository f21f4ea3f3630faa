//! One event on its way to one webhook URL.

use crate::model::event::Event;

/// One event for one URL.
#[derive(Debug, Clone)]
pub(crate) struct Delivery {
    pub(crate) event: String,
    pub(crate) kind: String,
    /// Deliveries with the same key go out one after another. Duplicates have none and may overtake.
    pub(crate) ordering_key: Option<String>,
    pub(crate) url: String,
    pub(crate) body: String,
    /// Attempts made so far.
    pub(crate) attempts: u32,
}

impl Delivery {
    pub(crate) fn new(event: &Event, url: String) -> Self {
        Self {
            event: event.id.clone(),
            kind: event.kind.clone(),
            ordering_key: Some(format!("{url} {}", event.subject)),
            url,
            body: event.body.clone(),
            attempts: 0,
        }
    }
}
