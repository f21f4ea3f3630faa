//! What only a browser has. Everything here is called from effects, events and tasks,
//! which run in the browser alone; it compiles for the server so that no page needs to
//! tell the two apart.

mod clock;
mod live;
mod page;
mod post;
pub(crate) mod stripe;

pub(crate) use self::{
    clock::{now_ms, sleep_ms, time_zone},
    live::follow,
    page::{
        PaymentReturn, address_of, focus_first_invalid, go_to, is_looked_at, mark_hydrated, prefers_dark,
        take_payment_return,
    },
    post::{ask, post_form},
};
