//! Accounts, passwords and sessions.

pub(crate) mod attempts_store;
pub mod browser;
pub mod change_password;
pub mod confirm;
pub mod delete;
pub mod devices;
pub mod email;
pub mod export;
pub mod known_browser;
pub mod network;
pub mod operators;
pub mod password;
pub mod purge;
pub mod reset;
pub mod second_factor;
pub mod session;
pub mod sign_in;
pub mod sign_out;
pub mod sign_up;
pub(crate) mod store;
pub mod token;
