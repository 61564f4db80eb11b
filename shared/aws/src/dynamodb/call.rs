//! Requests and answers.

use super::{AttributeValue, Item};
use crate::http::json_call;
use crate::{Error, Failure, HttpRequest, HttpResponse, Result};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Reads one item by its whole key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct GetItem {
    /// The table.
    pub table_name: String,
    /// Partition and sort key.
    pub key: Item,
    /// Whether the read must see every write acknowledged before it (twice the price).
    pub consistent_read: bool,
}

/// Reads a range of one partition.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Query {
    /// The table.
    pub table_name: String,
    /// An index of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub index_name: Option<String>,
    /// For example `pk = :pk AND begins_with(sk, :sk)`.
    pub key_condition_expression: String,
    /// Values of the placeholders, names with their colon.
    pub expression_attribute_values: Item,
    /// Names of the placeholders, with their `#`.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub expression_attribute_names: BTreeMap<String, String>,
    /// Applied after reading: it saves transfer, not read units.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub filter_expression: Option<String>,
    /// Most items read; the page ends at 1 MB in any case.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub limit: Option<u32>,
    /// Ascending by sort key; `false` reads from the end.
    pub scan_index_forward: bool,
    /// [`QueryPage::last_evaluated_key`] of the page before.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub exclusive_start_key: Option<Item>,
    /// As [`GetItem::consistent_read`]; not on a global index.
    pub consistent_read: bool,
}

/// A page of a query.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct QueryPage {
    /// The items, possibly none although more pages follow.
    #[serde(default)]
    pub items: Vec<Item>,
    /// Where the next page begins; `None` on the last.
    #[serde(default)]
    pub last_evaluated_key: Option<Item>,
}

impl GetItem {
    /// An eventually consistent read of the item (`pk`, `sk`).
    pub fn new(table: impl Into<String>, pk: impl Into<String>, sk: impl Into<String>) -> Self {
        let key = [("pk", pk.into()), ("sk", sk.into())];
        let key = key.map(|(name, value)| (name.to_owned(), AttributeValue::S(value)));
        Self { table_name: table.into(), key: key.into(), consistent_read: false }
    }

    /// The unsigned request; sign it for service `dynamodb`. `endpoint`: for example `https://dynamodb.eu-west-1.amazonaws.com`.
    ///
    /// # Errors
    /// [`Error::Url`] when `endpoint` is not an absolute address.
    pub fn request(&self, endpoint: &str) -> Result<HttpRequest> {
        call(endpoint, "DynamoDB_20120810.GetItem", self)
    }
}

impl Query {
    /// All items of partition `pk` whose sort key begins with `sk_prefix`, ascending.
    pub fn prefix(table: impl Into<String>, pk: impl Into<String>, sk_prefix: impl Into<String>) -> Self {
        let values = [(":pk", pk.into()), (":sk", sk_prefix.into())];
        Self {
            table_name: table.into(),
            index_name: None,
            key_condition_expression: "pk = :pk AND begins_with(sk, :sk)".to_owned(),
            expression_attribute_values: values.map(|(name, value)| (name.to_owned(), AttributeValue::S(value))).into(),
            expression_attribute_names: BTreeMap::new(),
            filter_expression: None,
            limit: None,
            scan_index_forward: true,
            exclusive_start_key: None,
            consistent_read: false,
        }
    }

    /// The unsigned request; sign it for service `dynamodb`.
    ///
    /// # Errors
    /// [`Error::Url`] when `endpoint` is not an absolute address.
    pub fn request(&self, endpoint: &str) -> Result<HttpRequest> {
        call(endpoint, "DynamoDB_20120810.Query", self)
    }
}

fn call(endpoint: &str, target: &'static str, body: &impl Serialize) -> Result<HttpRequest> {
    if !endpoint.starts_with("http://") && !endpoint.starts_with("https://") {
        return Err(Error::Url);
    }
    // Strings, numbers and maps with string keys always serialise; the error cannot come.
    let body = serde_json::to_vec(body).map_err(|_| Error::Url)?;
    Ok(json_call(format!("{}/", endpoint.trim_end_matches('/')), target, body))
}

/// Reads the answer to [`GetItem`]: `None` when there is no such item.
///
/// # Errors
/// [`Failure`].
pub fn parse_get_item(response: &HttpResponse) -> core::result::Result<Option<Item>, Failure> {
    #[derive(Deserialize)]
    struct Answer {
        #[serde(rename = "Item", default)]
        item: Option<Item>,
    }
    read::<Answer>(response).map(|answer| answer.item)
}

/// Reads the answer to [`Query`].
///
/// # Errors
/// [`Failure`].
pub fn parse_query(response: &HttpResponse) -> core::result::Result<QueryPage, Failure> {
    read(response)
}

fn read<T: serde::de::DeserializeOwned>(response: &HttpResponse) -> core::result::Result<T, Failure> {
    if response.status != 200 {
        return Err(Failure::of(response));
    }
    serde_json::from_slice(&response.body).map_err(|_| Failure::unreadable(response))
}
