//! Event streams: they send changes of tickets to the pages that show them.

mod hub;
mod stream;

pub use self::hub::Live;
pub(crate) use self::stream::stream;
