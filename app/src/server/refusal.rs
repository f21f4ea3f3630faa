//! The status of a refused request, for middleware.

use std::sync::{Arc, OnceLock};

use http::StatusCode;

/// Holds the status of a refused server function. A form sent without JavaScript gets a redirect
/// whatever the result, so its response does not show the refusal.
///
/// Middleware that needs the status puts this into the request's extensions.
#[derive(Clone, Debug, Default)]
pub struct RefusalStatus(Arc<OnceLock<StatusCode>>);

impl RefusalStatus {
    /// The status that a program gets, if the request was refused.
    #[must_use]
    pub fn get(&self) -> Option<StatusCode> {
        self.0.get().copied()
    }

    /// Sets the status. The first one stays: later errors follow from it.
    pub(crate) fn set(&self, status: StatusCode) {
        let _ = self.0.set(status);
    }
}
