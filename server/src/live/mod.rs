//! Event streams: what becomes of tickets, told to the pages that show them.

mod hub;
mod places;
mod stream;

pub use self::hub::Live;
pub(crate) use self::stream::stream;
