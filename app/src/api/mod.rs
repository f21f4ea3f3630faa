//! Server functions: public endpoints under `/rpc/`, each with a name of its own.
//!
//! Each finds out who asks, calls one use-case and maps its error. Reads are `GET`,
//! writes are form posts, so that both work before the page is hydrated and without
//! JavaScript at all.

mod auth;
mod call;
mod error;
mod ledger;
mod line;
mod operator;
mod orders;
mod payments;
mod tickets;

pub use self::error::ApiError;
pub(crate) use self::{
    auth::*,
    call::{get, post},
    ledger::*,
    line::*,
    operator::*,
    orders::*,
    payments::*,
    tickets::*,
};
