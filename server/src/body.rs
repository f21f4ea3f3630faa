//! The bound on what a form may send.

/// No form of the site is larger.
pub(crate) const BODY_LIMIT_BYTES: usize = 64 * 1024;
