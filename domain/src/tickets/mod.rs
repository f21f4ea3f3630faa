//! Tickets on sale: the fields of a listing, and whether it may change.

pub mod browse;
pub mod change;
pub mod edit;
pub mod event_time;
pub mod list;
pub mod listing;
pub mod mine;
pub mod show;
pub(crate) mod store;
mod views;
pub mod withdraw;
