//! What only a browser has. Effects, event handlers and tasks call it, and they run only in the
//! browser. It also compiles for the server, so that pages do not have to tell the two apart.
//!
//! `page.js` beside this crate has what must work without WebAssembly.

mod clock;
mod listing_stream;
mod page;
mod post;
pub(crate) mod stripe;

pub use self::page::{render_anew, renders_here, report_missing_code, report_panic};
pub(crate) use self::{
    clock::{now_ms, sleep_ms, slept_ms, time_zone, within},
    listing_stream::{subscribe, subscribe_to_event},
    page::{
        PaymentReturn, absolute_url, account_mark, add_option, choose, chosen, css_variable, decode_base64, effect,
        fee, field_value, focus, focus_first_invalid, form_values, go_to, is_offline, is_visible, mark_hydrated,
        mark_title, prefers_dark, query, take_payment_return,
    },
    post::{call, post_form},
};
