//! Event streams: they send changes of listings to the pages that show them.

mod hub;
mod stream;

pub use self::hub::Live;
pub(crate) use self::stream::{stream, stream_event};
