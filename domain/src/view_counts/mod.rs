//! How often the pages of listings are opened, for their sellers.
//!
//! A page costs one query, so a view is counted in memory, and the counts of many are written by one statement every few
//! seconds. A server that dies loses the counts of these seconds. A view has no reader: nothing of them is kept.

mod counter;
pub mod flush;
pub mod purge;
pub mod reader;
pub(crate) mod store;

use std::time::Duration;

pub use self::counter::ViewCounts;

/// The listings that are counted between two flushes. Views of others are not counted.
pub const COUNTED_MAX: usize = 10_000;
/// How often the counts are written.
pub const FLUSH_INTERVAL: Duration = Duration::from_secs(10);
/// Days for which the counts of a day are kept.
pub const VIEWS_KEPT_DAYS: i32 = 400;
