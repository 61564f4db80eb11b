//! What steps need of a table, and an item of plain values.

use std::collections::BTreeMap;

pub mod json;
#[cfg(test)]
pub(crate) mod memory;

/// A value of a step's item.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Value {
    /// String.
    Text(String),
    /// Integer.
    Number(i64),
}

/// An item of the table `identity` that a step reads or writes. Carries `v` and `cell_epoch` like every item.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Item {
    /// Partition key.
    pub pk: String,
    /// Sort key.
    pub sk: String,
    /// Everything else.
    pub values: BTreeMap<String, Value>,
}

impl Item {
    /// An item of shape version 1 in the first epoch.
    pub fn new(pk: String, sk: String) -> Self {
        Self { pk, sk, values: BTreeMap::new() }.with_number("v", 1).with_number("cell_epoch", 1)
    }

    /// Sets a string.
    #[must_use]
    pub fn with_text(mut self, name: &str, value: &str) -> Self {
        self.values.insert(name.to_owned(), Value::Text(value.to_owned()));
        self
    }

    /// Sets a number.
    #[must_use]
    pub fn with_number(mut self, name: &str, value: i64) -> Self {
        self.values.insert(name.to_owned(), Value::Number(value));
        self
    }

    /// The string of that name.
    pub fn text(&self, name: &str) -> Option<&str> {
        match self.values.get(name) {
            Some(Value::Text(text)) => Some(text),
            _ => None,
        }
    }

    /// The number of that name.
    pub fn number(&self, name: &str) -> Option<i64> {
        match self.values.get(name) {
            Some(Value::Number(number)) => Some(*number),
            _ => None,
        }
    }
}

/// The table `identity` as steps see it: [`crate::Access::StepsGetItem`] and [`crate::Access::StepsPutItem`].
pub trait Store {
    /// Why a call failed.
    type Error: std::error::Error + 'static;

    /// The item, strongly consistent.
    ///
    /// # Errors
    /// The table could not be read.
    fn get(&self, pk: &str, sk: &str) -> Result<Option<Item>, Self::Error>;

    /// Writes the item unless there is one under its key; `false` when there was.
    ///
    /// # Errors
    /// The table could not be written.
    fn put_if_absent(&self, item: Item) -> Result<bool, Self::Error>;
}
