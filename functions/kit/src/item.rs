//! Items as values. Every item carries `v` (version of its shape) and `cell_epoch` (decision 2).

use attune_migrations::keys;
use aws_sdk_dynamodb::types::AttributeValue;
use std::collections::{BTreeMap, HashMap};

/// Version of the shape of all items written here.
pub const SHAPE: i64 = 1;
/// The epoch of the cell. One writer per cell today; a fenced take-over will raise it.
pub const CELL_EPOCH: i64 = 1;

/// A value of an attribute: the kinds that our items use.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Value {
    /// String.
    S(String),
    /// Integer.
    N(i64),
}

/// An item, or what is known of one.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Item(BTreeMap<String, Value>);

impl Item {
    /// An item with its keys.
    pub fn new(pk: String, sk: String) -> Self {
        Self::default().text(keys::PK, pk).text(keys::SK, sk).number("v", SHAPE).number("cell_epoch", CELL_EPOCH)
    }

    /// Sets a string.
    #[must_use]
    pub fn text(mut self, name: &str, value: impl Into<String>) -> Self {
        self.0.insert(name.to_owned(), Value::S(value.into()));
        self
    }

    /// Sets a string if there is one.
    #[must_use]
    pub fn text_if(self, name: &str, value: Option<impl Into<String>>) -> Self {
        match value {
            Some(value) => self.text(name, value),
            None => self,
        }
    }

    /// Sets an integer.
    #[must_use]
    pub fn number(mut self, name: &str, value: i64) -> Self {
        self.0.insert(name.to_owned(), Value::N(value));
        self
    }

    /// Sets an integer if there is one.
    #[must_use]
    pub fn number_if(self, name: &str, value: Option<i64>) -> Self {
        match value {
            Some(value) => self.number(name, value),
            None => self,
        }
    }

    /// The string of that name.
    pub fn get_text(&self, name: &str) -> Option<&str> {
        match self.0.get(name) {
            Some(Value::S(text)) => Some(text),
            _ => None,
        }
    }

    /// The integer of that name.
    pub fn get_number(&self, name: &str) -> Option<i64> {
        match self.0.get(name) {
            Some(Value::N(number)) => Some(*number),
            _ => None,
        }
    }

    /// The attributes by name.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Value)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value))
    }

    /// Size as DynamoDB counts it, nearly: names and strings by their bytes, numbers by their digits. For tests of budgets.
    pub fn size(&self) -> usize {
        let value = |value: &Value| match value {
            Value::S(text) => text.len(),
            Value::N(number) => number.to_string().len() / 2 + 2,
        };
        self.0.iter().map(|(name, v)| name.len() + value(v)).sum()
    }

    /// For the SDK.
    pub fn into_attributes(self) -> HashMap<String, AttributeValue> {
        self.0.into_iter().map(|(name, value)| (name, value.into())).collect()
    }
}

impl From<Value> for AttributeValue {
    fn from(value: Value) -> Self {
        match value {
            Value::S(text) => Self::S(text),
            Value::N(number) => Self::N(number.to_string()),
        }
    }
}

impl From<HashMap<String, AttributeValue>> for Item {
    /// Attributes of other kinds, which a later version may write, are left out.
    fn from(attributes: HashMap<String, AttributeValue>) -> Self {
        let value = |value: AttributeValue| match value {
            AttributeValue::S(text) => Some(Value::S(text)),
            AttributeValue::N(number) => number.parse().ok().map(Value::N),
            _ => None,
        };
        Self(attributes.into_iter().filter_map(|(name, raw)| Some((name, value(raw)?))).collect())
    }
}

impl From<Item> for serde_json::Value {
    /// For golden files: `{name: text or number}`.
    fn from(item: Item) -> Self {
        let value = |value: Value| match value {
            Value::S(text) => Self::from(text),
            Value::N(number) => Self::from(number),
        };
        Self::Object(item.0.into_iter().map(|(name, v)| (name, value(v))).collect())
    }
}
