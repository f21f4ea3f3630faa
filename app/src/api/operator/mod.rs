//! What the people who run the site ask.

mod examine_shop;

pub(crate) use self::examine_shop::*;
