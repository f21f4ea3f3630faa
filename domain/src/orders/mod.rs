//! Orders: one buyer's lock on one ticket, and what follows from it.

pub mod cancel;
pub(crate) mod create;
pub(crate) mod end;
pub(crate) mod limits;
pub mod lock;
pub mod mine;
pub mod sale;
pub mod show;
pub(crate) mod store;
mod transition;
mod view_store;
mod views;

pub use self::transition::Transition;
