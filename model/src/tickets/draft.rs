//! Drafts of listings.

use serde::{Deserialize, Serialize};

use crate::{DraftId, Timestamp};

/// A draft in a list: what its user has typed so far. Each text may be empty.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DraftView {
    /// Its id.
    pub id: DraftId,
    /// The end of the address of the event, if the form is for one that is known.
    pub event: String,
    /// Name of the event.
    pub title: String,
    /// Name of the venue.
    pub venue: String,
    /// The city of the venue.
    pub city: String,
    /// When it was saved last.
    pub saved: Timestamp,
}

impl DraftView {
    /// Its name for people.
    #[must_use]
    pub fn name(&self) -> &str {
        if self.title.is_empty() { "Untitled listing" } else { &self.title }
    }
}
