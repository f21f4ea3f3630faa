//! What sellers have earned.

mod my_balance;

pub(crate) use self::my_balance::*;
