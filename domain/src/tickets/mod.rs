//! Tickets on offer: what a listing says, and whether it may still change.

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
