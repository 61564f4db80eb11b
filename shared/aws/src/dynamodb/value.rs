//! Attribute values and JSON.

use crate::{Error, Result};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Number, Value};
use std::collections::BTreeMap;

/// An item, or a key, by attribute name.
pub type Item = BTreeMap<String, AttributeValue>;

/// A value as DynamoDB's protocol writes it, for example `{"S": "text"}`. Sets other than these do not occur in our tables.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum AttributeValue {
    /// Text.
    S(String),
    /// A decimal number of up to 38 digits, as text.
    N(String),
    /// Truth.
    #[serde(rename = "BOOL")]
    Bool(bool),
    /// Nothing; always `true`.
    #[serde(rename = "NULL")]
    Null(bool),
    /// A map.
    M(Item),
    /// A list.
    L(Vec<AttributeValue>),
    /// Bytes, in base64 as on the wire.
    B(String),
    /// A set of texts.
    #[serde(rename = "SS")]
    Ss(Vec<String>),
    /// A set of numbers.
    #[serde(rename = "NS")]
    Ns(Vec<String>),
}

impl AttributeValue {
    /// Text.
    pub fn s(text: impl Into<String>) -> Self {
        Self::S(text.into())
    }

    /// A number.
    pub fn n(number: impl Into<i128>) -> Self {
        Self::N(number.into().to_string())
    }

    /// The text, when it is one.
    pub fn as_s(&self) -> Option<&str> {
        match self {
            Self::S(text) => Some(text),
            _ => None,
        }
    }

    /// The whole number, when it is one that fits.
    pub fn as_u64(&self) -> Option<u64> {
        match self {
            Self::N(number) => number.parse().ok(),
            _ => None,
        }
    }
}

/// Plain JSON of a value: bytes become base64 text, sets become arrays.
///
/// # Errors
/// [`Error::Number`] for one that neither a 64-bit integer nor the 17 digits of a float can hold, rather than a rounded one.
pub fn to_json(value: &AttributeValue) -> Result<Value> {
    Ok(match value {
        AttributeValue::S(text) | AttributeValue::B(text) => Value::String(text.clone()),
        AttributeValue::N(number) => Value::Number(json_number(number)?),
        AttributeValue::Bool(truth) => Value::Bool(*truth),
        AttributeValue::Null(_) => Value::Null,
        AttributeValue::M(item) => item_to_json(item)?,
        AttributeValue::L(values) => Value::Array(values.iter().map(to_json).collect::<Result<_>>()?),
        AttributeValue::Ss(texts) => Value::from(texts.clone()),
        AttributeValue::Ns(numbers) => {
            Value::Array(numbers.iter().map(|number| json_number(number).map(Value::Number)).collect::<Result<_>>()?)
        }
    })
}

/// Plain JSON of an item: an object.
///
/// # Errors
/// As [`to_json`].
pub fn item_to_json(item: &Item) -> Result<Value> {
    let fields = item.iter().map(|(name, value)| Ok((name.clone(), to_json(value)?)));
    Ok(Value::Object(fields.collect::<Result<Map<_, _>>>()?))
}

/// The value of plain JSON. `to_json` of it gives the same JSON again.
///
/// # Errors
/// [`Error::Number`] for one outside DynamoDB's range.
pub fn from_json(value: &Value) -> Result<AttributeValue> {
    Ok(match value {
        Value::Null => AttributeValue::Null(true),
        Value::Bool(truth) => AttributeValue::Bool(*truth),
        Value::Number(number) => AttributeValue::N(dynamo_number(number)?),
        Value::String(text) => AttributeValue::S(text.clone()),
        Value::Array(values) => AttributeValue::L(values.iter().map(from_json).collect::<Result<_>>()?),
        Value::Object(fields) => AttributeValue::M(map(fields)?),
    })
}

/// The item of a JSON object; `None` for other JSON.
///
/// # Errors
/// As [`from_json`].
pub fn item_from_json(value: &Value) -> Result<Option<Item>> {
    value.as_object().map(map).transpose()
}

fn map(fields: &Map<String, Value>) -> Result<Item> {
    fields.iter().map(|(name, value)| Ok((name.clone(), from_json(value)?))).collect()
}

/// DynamoDB holds magnitudes from 1E-130 to 9.99…E+125 (and zero), with 38 digits.
fn dynamo_number(number: &Number) -> Result<String> {
    let in_range = number.as_f64().is_some_and(|value| value == 0.0 || (1e-130..1e126).contains(&value.abs()));
    if in_range { Ok(number.to_string()) } else { Err(Error::Number(number.to_string())) }
}

fn json_number(text: &str) -> Result<Number> {
    if let Ok(number) = text.parse::<u64>() {
        return Ok(number.into());
    }
    if let Ok(number) = text.parse::<i64>() {
        return Ok(number.into());
    }
    let inexact = || Error::Number(text.to_owned());
    let value: f64 = text.parse().map_err(|_| inexact())?;
    let mantissa = text.split(['e', 'E']).next().unwrap_or_default();
    let digits: String = mantissa.chars().filter(char::is_ascii_digit).collect();
    // 17 digits name every float, however it was printed; more say something that a float cannot.
    let significant = digits.trim_start_matches('0').trim_end_matches('0').len();
    if significant > 17 || (value == 0.0 && significant > 0) {
        return Err(inexact());
    }
    Number::from_f64(value).ok_or_else(inexact)
}
