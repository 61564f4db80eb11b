//! The request.

use crate::http::json_call;
use crate::{Error, HttpRequest, Result};
use serde::{Serialize, Serializer, ser::SerializeMap};

/// Most bytes of a batch, and of a single message: 1 MiB.
pub const MAX_BATCH_BYTES: usize = 1_048_576;
/// Most entries of a batch.
pub const MAX_BATCH_ENTRIES: usize = 10;

/// One message of a batch. Borrowed: an outbox's rows are sent without a copy of their own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct BatchEntry<'a> {
    /// Names the entry within its batch: 1 to 80 letters, digits, `-`, `_`.
    pub id: &'a str,
    /// The message: at least one character, of those that XML 1.0 allows.
    #[serde(rename = "MessageBody")]
    pub body: &'a str,
    /// On a standard queue: fairness between groups, no order. 1 to 128 letters, digits, punctuation.
    #[serde(rename = "MessageGroupId", skip_serializing_if = "Option::is_none")]
    pub group_id: Option<&'a str>,
    /// Attributes of type `String`: at most 10, values not empty; for example `traceparent`.
    #[serde(rename = "MessageAttributes", serialize_with = "attributes", skip_serializing_if = "is_empty")]
    pub attributes: &'a [(&'a str, &'a str)],
}

impl BatchEntry<'_> {
    /// What the entry counts against the limit: body, and name, type and value of each attribute.
    pub fn size(&self) -> usize {
        let attributes = self.attributes.iter().map(|(name, value)| name.len() + "String".len() + value.len());
        self.body.len() + attributes.sum::<usize>()
    }
}

fn is_empty(attributes: &&[(&str, &str)]) -> bool {
    attributes.is_empty()
}

fn attributes<S: Serializer>(attributes: &&[(&str, &str)], serializer: S) -> core::result::Result<S::Ok, S::Error> {
    #[derive(Serialize)]
    #[serde(rename_all = "PascalCase")]
    struct Value<'a> {
        data_type: &'static str,
        string_value: &'a str,
    }
    let mut map = serializer.serialize_map(Some(attributes.len()))?;
    for (name, string_value) in *attributes {
        map.serialize_entry(name, &Value { data_type: "String", string_value })?;
    }
    map.end()
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Call<'a> {
    queue_url: &'a str,
    entries: &'a [BatchEntry<'a>],
}

/// The unsigned request for one batch, which the caller has cut to the limits ([`super::plan_batches`]). It goes to the origin
/// of `queue_url`: the service's endpoint. Sign it for service `sqs`.
///
/// # Errors
/// [`Error::Url`] when `queue_url` is not an absolute address with a path.
pub fn send_message_batch(queue_url: &str, entries: &[BatchEntry<'_>]) -> Result<HttpRequest> {
    let authority = queue_url.find("://").map(|at| at + 3).ok_or(Error::Url)?;
    let path = queue_url[authority..].find('/').map(|at| at + authority).ok_or(Error::Url)?;
    // Strings, arrays and maps with string keys always serialise; the error cannot come.
    let body = serde_json::to_vec(&Call { queue_url, entries }).map_err(|_| Error::Url)?;
    Ok(json_call(format!("{}/", &queue_url[..path]), "AmazonSQS.SendMessageBatch", body))
}
