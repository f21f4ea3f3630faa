//! The position of a row in a sorted list.

use std::{
    fmt::{Display, Formatter, Result},
    str::FromStr,
};

use time::OffsetDateTime;

/// A position in a list that is sorted by a time: microseconds since 1970, and the id of the row. No event is earlier. Years after 9999, which
/// PostgreSQL knows and this program does not, are refused.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Cursor<Id>(pub(crate) OffsetDateTime, pub(crate) Id);

impl<Id: FromStr> Cursor<Id> {
    /// Reads what `Display` writes.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let (micros, id) = text.split_once('_')?;
        let at = OffsetDateTime::from_unix_timestamp_nanos(i128::from(micros.parse::<u64>().ok()?) * 1000).ok()?;
        Some(Self(at, id.parse().ok()?))
    }
}

impl<Id: Display> Display for Cursor<Id> {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        write!(f, "{}_{}", self.0.unix_timestamp_nanos() / 1000, self.1)
    }
}

/// A position in a list that is sorted by a number: the number, and the id of the row.
#[derive(Clone, Copy, Debug)]
pub(crate) struct RankCursor<Id>(pub(crate) i64, pub(crate) Id);

impl<Id: FromStr> RankCursor<Id> {
    /// Reads what `Display` writes.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let (rank, id) = text.split_once('_')?;
        Some(Self(rank.parse().ok()?, id.parse().ok()?))
    }
}

impl<Id: Display> Display for RankCursor<Id> {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        write!(f, "{}_{}", self.0, self.1)
    }
}
