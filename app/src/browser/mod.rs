//! What only a browser has. Effects, event handlers and tasks call it, and they run only in the
//! browser. It also compiles for the server, so that pages do not have to tell the two apart.

mod clock;
mod listing_stream;
mod page;
mod post;
pub(crate) mod stripe;

pub(crate) use self::{
    clock::{now_ms, sleep_ms, time_zone},
    listing_stream::subscribe,
    page::{
        PaymentReturn, absolute_url, add_option, choose, chosen, css_variable, decode_base64, effect,
        focus_first_invalid, form_values, go_to, is_visible, mark_hydrated, prefers_dark, take_payment_return,
    },
    post::{call, post_form},
};
