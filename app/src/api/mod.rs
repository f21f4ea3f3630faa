//! Server functions: public endpoints under `/rpc/`, each with a fixed name. One file for each domain.
//!
//! Each finds out who sent the request, calls one use-case and maps its error. Reads are `GET`
//! requests and writes are form posts. Both work before the page is hydrated and without JavaScript.

mod address;
mod auth;
mod call;
mod delivery;
mod drafts;
mod error;
mod events;
mod ledger;
mod mailed_code;
mod mails;
mod operator;
mod orders;
mod payments;
mod second_factor;
mod tickets;
mod waitlist;
mod watching;

pub(crate) use self::{
    address::*,
    auth::*,
    call::{get, post},
    delivery::*,
    drafts::*,
    events::*,
    ledger::*,
    mailed_code::*,
    mails::*,
    operator::*,
    orders::*,
    payments::*,
    second_factor::*,
    tickets::*,
    waitlist::*,
    watching::*,
};
