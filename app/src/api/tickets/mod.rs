//! Tickets on offer.

mod browse_tickets;
mod edit_ticket;
mod list_ticket;
mod my_listings;
mod show_ticket;
mod withdraw_ticket;

pub(crate) use self::{
    browse_tickets::*, edit_ticket::*, list_ticket::*, my_listings::*, show_ticket::*, withdraw_ticket::*,
};
