//! Drafts: what a user has typed into the form of a new listing and has not listed yet.
//!
//! A draft is texts, valid or not. Its id is made with the form, so saving a form again changes the same draft. Listing from
//! a draft deletes it in the same transaction. No one but its user sees it.

pub mod discard;
pub(crate) mod mine;
pub mod purge;
pub mod save;
pub(crate) mod store;

/// How many drafts a user may have.
pub const DRAFTS_MAX: i64 = 10;
/// The bytes of one field.
pub const FIELD_BYTES_MAX: usize = 4 * 1024;
/// The bytes of all fields, as JSON.
pub const DRAFT_BYTES_MAX: usize = 16 * 1024;
/// Days for which a draft is kept after it was saved last.
pub const DRAFTS_KEPT_DAYS: i32 = 90;
