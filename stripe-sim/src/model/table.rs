//! Objects of one kind, oldest first, bounded.

use std::collections::{BTreeMap, HashMap};

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::error::ApiError;
use crate::form::Params;

/// Stripe's own bounds on a page.
const PAGE: i64 = 10;
const PAGE_MAX: i64 = 100;

/// Something with an id and a time.
pub(crate) trait Row {
    /// Stripe's word for it, in messages.
    const KIND: &'static str;
    /// How many are kept; the oldest go first.
    const LIMIT: usize;

    fn id(&self) -> &str;
    fn created(&self) -> i64;
}

/// Rows in order of arrival, found by id.
#[derive(Debug)]
pub(crate) struct Table<T> {
    rows: BTreeMap<u64, T>,
    places: HashMap<String, u64>,
    next: u64,
}

impl<T> Default for Table<T> {
    fn default() -> Self {
        Self { rows: BTreeMap::new(), places: HashMap::new(), next: 0 }
    }
}

impl<T: Row> Table<T> {
    pub(crate) fn push(&mut self, row: T) {
        self.places.insert(row.id().to_owned(), self.next);
        self.rows.insert(self.next, row);
        self.next += 1;
        while self.rows.len() > T::LIMIT {
            if let Some((_, oldest)) = self.rows.pop_first() {
                self.places.remove(oldest.id());
            }
        }
    }

    pub(crate) fn find(&self, id: &str) -> Option<&T> {
        self.rows.get(self.places.get(id)?)
    }

    pub(crate) fn find_mut(&mut self, id: &str) -> Option<&mut T> {
        self.rows.get_mut(self.places.get(id)?)
    }

    /// The row, or Stripe's 404; `param` is the name under which the id was sent.
    pub(crate) fn get(&self, id: &str, param: &str) -> Result<&T, ApiError> {
        self.find(id).ok_or_else(|| ApiError::no_such(T::KIND, id, param))
    }

    /// As [`Table::get`], to change it.
    pub(crate) fn get_mut(&mut self, id: &str, param: &str) -> Result<&mut T, ApiError> {
        self.find_mut(id).ok_or_else(|| ApiError::no_such(T::KIND, id, param))
    }

    /// How many rows there are.
    pub(crate) fn len(&self) -> usize {
        self.rows.len()
    }

    /// Newest first.
    pub(crate) fn newest(&self) -> impl Iterator<Item = &T> {
        self.rows.values().rev()
    }

    /// One page as Stripe pages: newest first, by `limit`, `starting_after`, `ending_before` and
    /// `created`, and whether more follow in that direction.
    pub(crate) fn page(&self, params: &Params, wanted: impl Fn(&T) -> bool) -> Result<(Vec<&T>, bool), ApiError> {
        let limit = params.integer("limit")?.unwrap_or(PAGE);
        if !(1..=PAGE_MAX).contains(&limit) {
            let message = format!("Invalid integer: limit must be between 1 and {PAGE_MAX}");
            return Err(ApiError::bad_param("limit", message));
        }
        let limit = usize::try_from(limit).unwrap_or_default();
        let created = Span::parse(params)?;
        let wanted = |row: &&T| created.contains(row.created()) && wanted(row);
        let place = |name: &str| -> Result<Option<u64>, ApiError> {
            let Some(id) = params.text(name)? else {
                return Ok(None);
            };
            let missing = || ApiError::no_such(T::KIND, &id, name);
            self.places.get(&id).copied().map(Some).ok_or_else(missing)
        };
        let (after, before) = (place("starting_after")?, place("ending_before")?);
        // One row more than asked for tells whether there is more.
        let mut rows: Vec<&T> = match (after, before) {
            (Some(_), Some(_)) => {
                let message = "You can only specify one of these parameters: starting_after, ending_before.";
                return Err(ApiError::bad_param("starting_after", message));
            }
            (Some(after), None) => {
                self.rows.range(..after).rev().map(|(_, row)| row).filter(wanted).take(limit + 1).collect()
            }
            (None, Some(before)) => {
                self.rows.range(before + 1..).map(|(_, row)| row).filter(wanted).take(limit + 1).collect()
            }
            (None, None) => self.newest().filter(wanted).take(limit + 1).collect(),
        };
        let more = rows.len() > limit;
        rows.truncate(limit);
        if before.is_some() {
            rows.reverse();
        }
        Ok((rows, more))
    }
}

/// The `created` filter: a second, or bounds.
#[derive(Debug, Default)]
struct Span {
    from: Option<i64>,
    to: Option<i64>,
}

impl Span {
    fn parse(params: &Params) -> Result<Self, ApiError> {
        if !params.has("created") {
            return Ok(Self::default());
        }
        if let Ok(exact) = params.integer("created") {
            return Ok(Self { from: exact, to: exact });
        }
        let Some(bounds) = params.below("created")? else {
            return Ok(Self::default());
        };
        bounds.only(&["gt", "gte", "lt", "lte"])?;
        let from = bounds.integer("gte")?.or(bounds.integer("gt")?.map(|at| at.saturating_add(1)));
        let to = bounds.integer("lte")?.or(bounds.integer("lt")?.map(|at| at.saturating_sub(1)));
        Ok(Self { from, to })
    }

    fn contains(&self, at: i64) -> bool {
        self.from.is_none_or(|from| from <= at) && self.to.is_none_or(|to| at <= to)
    }
}

impl<T: Serialize> Serialize for Table<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.rows.values())
    }
}

impl<'de, T: Row + Deserialize<'de>> Deserialize<'de> for Table<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let mut table = Self::default();
        for row in Vec::<T>::deserialize(deserializer)? {
            table.push(row);
        }
        Ok(table)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug)]
    struct Thing(String, i64);

    impl Row for Thing {
        const KIND: &'static str = "thing";
        const LIMIT: usize = 30;
        fn id(&self) -> &str {
            &self.0
        }
        fn created(&self) -> i64 {
            self.1
        }
    }

    fn things(count: i64) -> Table<Thing> {
        let mut table = Table::default();
        for at in 0..count {
            table.push(Thing(format!("t{at}"), at));
        }
        table
    }

    fn page(table: &Table<Thing>, query: &str) -> (Vec<i64>, bool) {
        let params = Params::parse(query.as_bytes()).expect("parameters");
        let (rows, more) = table.page(&params, |_| true).expect("page");
        (rows.into_iter().map(|thing| thing.1).collect(), more)
    }

    #[test]
    fn pages_run_from_the_newest() {
        let table = things(12);
        assert_eq!(page(&table, ""), ((2..12).rev().collect(), true));
        assert_eq!(page(&table, "starting_after=t2"), (vec![1, 0], false));
        assert_eq!(page(&table, "limit=2&ending_before=t5"), (vec![7, 6], true));
        assert_eq!(page(&table, "created[gte]=3&created[lt]=5"), (vec![4, 3], false));
        assert_eq!(page(&table, "created=7"), (vec![7], false));
    }

    #[test]
    fn limits_and_cursors_are_checked() {
        let table = things(1);
        for bad in ["limit=0", "limit=101", "limit=x", "starting_after=t9", "created[gxe]=1"] {
            let params = Params::parse(bad.as_bytes()).expect("parameters");
            assert!(table.page(&params, |_| true).is_err(), "{bad}");
        }
    }

    #[test]
    fn the_oldest_make_room() {
        let table = things(31);
        assert!(table.find("t0").is_none());
        assert!(table.find("t30").is_some());
    }
}
