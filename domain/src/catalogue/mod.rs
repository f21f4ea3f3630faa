//! The catalogue: venues, and the events that happen there.
//!
//! Both come from the listing form. Two listings are for the same event if its folded title, its venue and its start
//! are the same, however the sellers typed them.

mod bars;
pub mod cancel_event;
mod change_store;
pub mod event;
pub(crate) mod event_store;
pub mod fast;
pub(crate) mod fast_store;
pub(crate) mod fold;
pub mod home;
mod mail_store;
pub mod mails;
pub mod move_event;
pub(crate) mod offers;
pub mod search;
pub(crate) mod search_store;
pub mod sitemap;
mod sitemap_store;
pub(crate) mod slug;
pub(crate) mod store;
pub mod suggest;
pub mod venue;
