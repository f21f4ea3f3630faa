//! What became of a call, for who stands around it.

use std::sync::{Arc, OnceLock};

use http::StatusCode;

/// Where a refused call leaves its status. A form sent without JavaScript is answered with a redirect
/// whatever came of it, and its answer does not tell.
///
/// The web server puts it into the extensions of a request of which it wants to know.
#[derive(Clone, Debug, Default)]
pub struct Refusal(Arc<OnceLock<StatusCode>>);

impl Refusal {
    /// The status that a program is answered with, if the call was refused.
    #[must_use]
    pub fn status(&self) -> Option<StatusCode> {
        self.0.get().copied()
    }

    /// Notes the first one: what comes after it follows from it.
    pub(crate) fn note(&self, status: StatusCode) {
        let _ = self.0.set(status);
    }
}
