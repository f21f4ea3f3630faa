//! A bounded table of objects of one kind.

use std::collections::{BTreeMap, HashMap};

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::error::ApiError;
use crate::form::Params;

/// Stripe's bounds on a page.
const DEFAULT_LIMIT: i64 = 10;
const MAX_LIMIT: i64 = 100;

/// An object with an id.
pub(crate) trait Row {
    /// Stripe's word for it, for messages.
    const KIND: &'static str;
    /// How many rows the table keeps; the newest stay.
    const CAPACITY: usize;

    fn id(&self) -> &str;
}

/// Rows in the order of their insertion, with an index by id.
#[derive(Debug)]
pub(crate) struct Table<T> {
    rows: BTreeMap<u64, T>,
    positions: HashMap<String, u64>,
    next_position: u64,
}

impl<T> Default for Table<T> {
    fn default() -> Self {
        Self { rows: BTreeMap::new(), positions: HashMap::new(), next_position: 0 }
    }
}

impl<T: Row> Table<T> {
    /// Adds a row. A full table drops its oldest one.
    pub(crate) fn push(&mut self, row: T) {
        self.positions.insert(row.id().to_owned(), self.next_position);
        self.rows.insert(self.next_position, row);
        self.next_position += 1;
        while self.rows.len() > T::CAPACITY {
            if let Some((_, oldest)) = self.rows.pop_first() {
                self.positions.remove(oldest.id());
            }
        }
    }

    pub(crate) fn find(&self, id: &str) -> Option<&T> {
        self.rows.get(self.positions.get(id)?)
    }

    pub(crate) fn find_mut(&mut self, id: &str) -> Option<&mut T> {
        self.rows.get_mut(self.positions.get(id)?)
    }

    /// The row, or Stripe's 404; `param` is the parameter that named the id.
    pub(crate) fn get(&self, id: &str, param: &str) -> Result<&T, ApiError> {
        self.find(id).ok_or_else(|| ApiError::no_such(T::KIND, id, param))
    }

    /// As [`Table::get`], to change the row.
    pub(crate) fn get_mut(&mut self, id: &str, param: &str) -> Result<&mut T, ApiError> {
        self.find_mut(id).ok_or_else(|| ApiError::no_such(T::KIND, id, param))
    }

    pub(crate) fn len(&self) -> usize {
        self.rows.len()
    }

    /// All rows, newest first.
    pub(crate) fn newest(&self) -> impl Iterator<Item = &T> {
        self.rows.values().rev()
    }

    /// One page, newest first, as `limit` and `starting_after` say, and whether more rows follow.
    pub(crate) fn page(&self, params: &Params, matches: impl Fn(&T) -> bool) -> Result<(Vec<&T>, bool), ApiError> {
        let limit = params.integer("limit")?.unwrap_or(DEFAULT_LIMIT);
        if !(1..=MAX_LIMIT).contains(&limit) {
            let message = format!("Invalid integer: limit must be between 1 and {MAX_LIMIT}");
            return Err(ApiError::bad_param("limit", message));
        }
        let limit = usize::try_from(limit).unwrap_or_default();
        let end = match params.text("starting_after")? {
            None => self.next_position,
            Some(id) => {
                let missing = || ApiError::no_such(T::KIND, &id, "starting_after");
                self.positions.get(&id).copied().ok_or_else(missing)?
            }
        };
        let mut rows = self.rows.range(..end).rev().map(|(_, row)| row).filter(|row| matches(row));
        let page = rows.by_ref().take(limit).collect();
        Ok((page, rows.next().is_some()))
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
    struct TestRow(String);

    impl Row for TestRow {
        const KIND: &'static str = "test row";
        const CAPACITY: usize = 30;

        fn id(&self) -> &str {
            &self.0
        }
    }

    fn table_of(rows: usize) -> Table<TestRow> {
        let mut table = Table::default();
        for number in 0..rows {
            table.push(TestRow(format!("t{number}")));
        }
        table
    }

    fn page(table: &Table<TestRow>, query: &str) -> (Vec<String>, bool) {
        let params = Params::parse(query.as_bytes()).expect("parameters");
        let (rows, has_more) = table.page(&params, |row| row.0 != "t6").expect("page");
        (rows.into_iter().map(|row| row.0.clone()).collect(), has_more)
    }

    #[test]
    fn page_starts_with_the_newest_row() {
        let table = table_of(12);
        let newest = ["t11", "t10", "t9", "t8", "t7", "t5", "t4", "t3", "t2", "t1"];
        assert_eq!(page(&table, ""), (newest.map(String::from).into(), true));
        assert_eq!(page(&table, "starting_after=t2"), (vec!["t1".into(), "t0".into()], false));
        assert_eq!(page(&table, "limit=2&starting_after=t8"), (vec!["t7".into(), "t5".into()], true));
    }

    #[test]
    fn page_refuses_bad_limits_and_cursors() {
        let table = table_of(1);
        for bad in ["limit=0", "limit=101", "limit=x", "starting_after=t9"] {
            let params = Params::parse(bad.as_bytes()).expect("parameters");
            assert!(table.page(&params, |_| true).is_err(), "{bad}");
        }
    }

    #[test]
    fn full_table_drops_its_oldest_row() {
        let table = table_of(31);
        assert!(table.find("t0").is_none());
        assert!(table.find("t30").is_some());
    }
}
