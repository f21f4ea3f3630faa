//! Listings and their tickets: the fields of a listing, how a ticket stands, and whether a listing may change.

mod bounds;
mod bounds_store;
pub mod change;
pub mod edit;
pub mod event_time;
pub(crate) mod facts;
pub(crate) mod fall;
pub(crate) mod fall_store;
pub mod fall_sweep;
pub(crate) mod fields;
pub(crate) mod home_store;
pub mod list;
pub mod mine;
mod mine_store;
pub mod prefill;
pub mod reprice;
pub mod restore;
pub(crate) mod row;
mod seats;
pub mod show;
pub(crate) mod state;
pub(crate) mod store;
pub(crate) mod views;
pub mod withdraw;
