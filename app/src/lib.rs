//! The pages of the site and the server functions behind them.
//!
//! The crate is compiled twice: with `ssr` into the server, which renders every page,
//! and with `hydrate` into the browser, which takes the rendered page over. Both run
//! the same components on the same data, so that they agree on every byte.
//!
//! - `pages` holds one component per address, `components` what they share.
//! - `api` holds the server functions: each finds out who asks, calls one use-case of
//!   the domain, and maps its error.
//! - `lazy` keeps the code of most pages in files of their own.
//! - `browser` is the thin edge to what only a browser has: Stripe.js, clocks, timers.
//! - [`server`] is what the web server provides to, and takes from, all of this.

#![recursion_limit = "256"]

mod api;
mod app;
mod browser;
mod components;
mod lazy;
mod pages;
mod paths;
#[cfg(feature = "ssr")]
pub mod server;

#[cfg(feature = "ssr")]
pub use self::app::shell;
pub use self::{api::ApiError, app::App, lazy::load_page};
