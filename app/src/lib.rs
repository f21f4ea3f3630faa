//! The pages of the site and the server functions behind them.
//!
//! The crate is compiled twice: with `ssr` into the server, which renders every page, and with
//! `hydrate` into the browser, which hydrates the rendered page. Both run the same components on
//! the same data, so that both render the same.
//!
//! - `pages` has one component per address, `components` what they share.
//! - `api` has the server functions: each finds out who sent the request, calls one use-case of
//!   the domain and maps its error.
//! - `lazy` lists the pages whose code is in separate files.
//! - `browser` wraps what only a browser has: Stripe.js, clocks, timers.
//! - [`document`] is what all documents share, those that the server renders alone included.
//! - [`head`] is what pages say of themselves to search engines and previews.
//! - [`server`] is what the web server and this crate share.

#![recursion_limit = "256"]

mod api;
mod app;
mod browser;
mod components;
#[cfg(feature = "ssr")]
pub mod document;
mod error;
#[cfg(feature = "ssr")]
pub mod head;
mod json;
mod lazy;
mod pages;
pub mod paths;
#[cfg(feature = "ssr")]
pub mod server;

#[cfg(feature = "ssr")]
pub use self::app::shell;
pub use self::{
    app::App,
    browser::{render_anew, renders_here, report_missing_code, report_panic},
    error::ApiError,
    lazy::load_page,
};
