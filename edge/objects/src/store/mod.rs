//! What an object needs of its SQLite database. Implemented over `SqlStorage` in `edge/kit`, and over rusqlite for tests.

#[cfg(feature = "host")]
pub mod sqlite;

use crate::{Error, Result};
use serde::de::{Error as DeError, Unexpected, Visitor};
use serde::{Deserialize, Deserializer, Serialize};
use std::rc::Rc;

/// A store shared by the parts of one object.
pub type SharedStore = Rc<dyn Store>;

/// The database of one object. Synchronous: statements without an `await` between them become durable together.
pub trait Store {
    /// Runs one statement with positional parameters (`?1`, `?2`, …) and reads all its rows.
    ///
    /// # Errors
    /// [`Error::Store`].
    fn exec(&self, sql: &str, params: &[Value<'_>]) -> Result<Rows>;

    /// Runs several statements without parameters.
    ///
    /// # Errors
    /// [`Error::Store`].
    fn script(&self, sql: &str) -> Result<()>;

    /// Runs `body` in a transaction: an error takes back all its writes and is handed on.
    ///
    /// # Errors
    /// That of `body`, or [`Error::Store`].
    fn transaction(&self, body: &mut dyn FnMut() -> Result<()>) -> Result<()>;

    /// Size of the database in bytes.
    fn size_bytes(&self) -> u64;
}

/// Runs `body` in a transaction and hands out its value.
///
/// # Errors
/// As [`Store::transaction`].
pub fn transact<T>(store: &dyn Store, mut body: impl FnMut() -> Result<T>) -> Result<T> {
    let mut value = None;
    store.transaction(&mut || {
        value = Some(body()?);
        Ok(())
    })?;
    value.ok_or_else(|| Error::Store("the transaction did not run".to_owned()))
}

/// A parameter. Integers are within ±2^53, because they pass through JavaScript numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum Value<'a> {
    /// NULL.
    Null,
    /// INTEGER.
    Int(i64),
    /// TEXT.
    Text(&'a str),
}

impl From<i64> for Value<'_> {
    fn from(value: i64) -> Self {
        Self::Int(value)
    }
}

impl From<u64> for Value<'_> {
    fn from(value: u64) -> Self {
        Self::Int(i64::try_from(value).unwrap_or(i64::MAX))
    }
}

impl From<bool> for Value<'_> {
    fn from(value: bool) -> Self {
        Self::Int(i64::from(value))
    }
}

impl<'a> From<&'a str> for Value<'a> {
    fn from(value: &'a str) -> Self {
        Self::Text(value)
    }
}

impl<'a> From<&'a String> for Value<'a> {
    fn from(value: &'a String) -> Self {
        Self::Text(value)
    }
}

impl<'a, T: Into<Value<'a>>> From<Option<T>> for Value<'a> {
    fn from(value: Option<T>) -> Self {
        value.map_or(Value::Null, Into::into)
    }
}

/// A value read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Cell {
    /// NULL.
    Null,
    /// INTEGER.
    Int(i64),
    /// TEXT.
    Text(String),
}

/// From JSON, as which rows come out of a runtime.
impl<'de> Deserialize<'de> for Cell {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> core::result::Result<Self, D::Error> {
        deserializer.deserialize_any(CellVisitor)
    }
}

struct CellVisitor;

impl Visitor<'_> for CellVisitor {
    type Value = Cell;

    fn expecting(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("null, a whole number within ±2^53, or a text")
    }

    fn visit_unit<E: DeError>(self) -> core::result::Result<Cell, E> {
        Ok(Cell::Null)
    }

    fn visit_i64<E: DeError>(self, number: i64) -> core::result::Result<Cell, E> {
        let exact = number.unsigned_abs() <= 1 << 53;
        if exact { Ok(Cell::Int(number)) } else { Err(E::invalid_value(Unexpected::Signed(number), &self)) }
    }

    fn visit_u64<E: DeError>(self, number: u64) -> core::result::Result<Cell, E> {
        self.visit_i64(i64::try_from(number).unwrap_or(i64::MAX))
    }

    fn visit_str<E: DeError>(self, text: &str) -> core::result::Result<Cell, E> {
        Ok(Cell::Text(text.to_owned()))
    }
}

/// All rows of a statement.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize)]
pub struct Rows(pub Vec<Row>);

/// One row; columns are counted from 0.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Row(pub Vec<Cell>);

impl Rows {
    /// The first row, if there is one.
    pub fn first(self) -> Option<Row> {
        self.0.into_iter().next()
    }

    /// Are there no rows?
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl IntoIterator for Rows {
    type Item = Row;
    type IntoIter = std::vec::IntoIter<Row>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}

impl Row {
    /// An integer.
    ///
    /// # Errors
    /// [`Error::Stored`].
    pub fn int(&self, column: usize) -> Result<i64> {
        match self.0.get(column) {
            Some(Cell::Int(value)) => Ok(*value),
            _ => Err(Error::Stored("integer")),
        }
    }

    /// An integer or NULL.
    ///
    /// # Errors
    /// [`Error::Stored`].
    pub fn maybe_int(&self, column: usize) -> Result<Option<i64>> {
        match self.0.get(column) {
            Some(Cell::Null) => Ok(None),
            _ => self.int(column).map(Some),
        }
    }

    /// An integer that is not negative.
    ///
    /// # Errors
    /// [`Error::Stored`].
    pub fn uint(&self, column: usize) -> Result<u64> {
        u64::try_from(self.int(column)?).map_err(|_| Error::Stored("integer"))
    }

    /// A text, moved out of the row.
    ///
    /// # Errors
    /// [`Error::Stored`].
    pub fn text(&mut self, column: usize) -> Result<String> {
        match self.0.get_mut(column) {
            Some(Cell::Text(value)) => Ok(core::mem::take(value)),
            _ => Err(Error::Stored("text")),
        }
    }

    /// A text or NULL, moved out of the row.
    ///
    /// # Errors
    /// [`Error::Stored`].
    pub fn maybe_text(&mut self, column: usize) -> Result<Option<String>> {
        match self.0.get(column) {
            Some(Cell::Null) => Ok(None),
            _ => self.text(column).map(Some),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_cross_a_runtime_as_json_and_nothing_is_rounded() {
        let rows: Rows = serde_json::from_str(r#"[[null,-5,"a\"\u00e9"],[9007199254740992]]"#).unwrap();
        let first = Row(vec![Cell::Null, Cell::Int(-5), Cell::Text("a\"é".to_owned())]);
        assert_eq!(rows, Rows(vec![first, Row(vec![Cell::Int(1 << 53)])]));
        for bad in ["[[1.5]]", "[[9007199254740993]]", "[[true]]", "[[[]]]", "[1]", "[[1e300]]"] {
            assert!(serde_json::from_str::<Rows>(bad).is_err(), "{bad}");
        }
        let parameters = [Value::Null, Value::Int(-5), Value::Text("a\"é")];
        assert_eq!(serde_json::to_string(&parameters).unwrap(), r#"[null,-5,"a\"é"]"#);
    }
}
