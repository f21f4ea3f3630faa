//! Locking tickets, and what became of them.

mod cancel_order;
mod lock_ticket;
mod my_orders;
mod show_order;
mod show_sale;

pub(crate) use self::{cancel_order::*, lock_ticket::*, my_orders::*, show_order::*, show_sale::*};
