//! Orders: one buyer's lock on tickets of one listing, and what follows from it.

pub mod cancel;
mod disputed;
pub(crate) mod end;
pub(crate) mod limits;
pub mod lock;
pub mod mine;
pub mod remind;
mod remind_store;
mod return_store;
pub mod returning;
pub mod sale;
pub mod sales;
pub mod sales_chart;
mod sales_store;
pub mod show;
pub(crate) mod store;
pub(crate) mod take_store;
mod transition;
pub(crate) mod view_store;
mod views;

pub use self::transition::Transition;
