//! Paying for an order.

mod check_payment;
mod start_payment;

pub(crate) use self::{check_payment::*, start_payment::*};
