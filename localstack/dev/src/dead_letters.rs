//! Dead letters: parked in S3 by `park-dead-letters`, sent again from there.

use serde::Deserialize;
use serde_json::{Value, json};

use crate::cloud::Api;
use crate::error::{Error, Result};

/// What a parked object says; fields that nobody here reads are left out.
#[derive(Debug, Clone, Deserialize)]
pub struct Letter {
    /// Short name of the queue that it came from.
    pub queue: String,
    /// Why it is dead.
    pub reason: String,
    /// Tenant, where readable.
    pub tenant: Option<String>,
    /// The message as it was received.
    pub body: String,
}

/// The bucket of parked letters and the queues that they came from.
#[derive(Debug)]
pub struct DeadLetters<'a> {
    api: &'a Api,
    prefix: String,
}

impl<'a> DeadLetters<'a> {
    /// Those of an environment; `prefix` begins all its names.
    pub fn new(api: &'a Api, prefix: impl Into<String>) -> Self {
        Self { api, prefix: prefix.into() }
    }

    fn bucket(&self) -> String {
        format!("{}dead-letters", self.prefix)
    }

    /// Keys of all parked letters, in order.
    pub fn keys(&self) -> Result<Vec<String>> {
        let mut keys = Vec::new();
        loop {
            let after = keys.last().map(|key: &String| format!("&start-after={}", encoded(key))).unwrap_or_default();
            let path = format!("/{}?list-type=2{after}", self.bucket());
            let page = self.api.s3("GET", &path, &[])?.success("ListObjectsV2")?.text();
            let found = elements(&page, "Key");
            let more = elements(&page, "IsTruncated").first().is_some_and(|value| value == "true");
            let none = found.is_empty();
            keys.extend(found);
            if !more || none {
                return Ok(keys);
            }
        }
    }

    /// The one key that contains `part`: a whole key or a message id.
    pub fn find(&self, part: &str) -> Result<String> {
        let mut found: Vec<String> = self.keys()?.into_iter().filter(|key| key.contains(part)).collect();
        match (found.len(), found.pop()) {
            (1, Some(key)) => Ok(key),
            (0, _) => Err(Error::other(format!("no parked letter matches {part}"))),
            (count, _) => Err(Error::other(format!("{count} parked letters match {part}: give the whole key"))),
        }
    }

    /// The object under a key.
    pub fn show(&self, key: &str) -> Result<Value> {
        Ok(self.api.s3("GET", &self.path(key), &[])?.success("GetObject")?.json())
    }

    /// Sends the letter to its queue again, with the id that it had, and takes it away once SQS has it.
    pub fn redrive(&self, key: &str) -> Result<Letter> {
        let letter: Letter = serde_json::from_value(self.show(key)?)
            .map_err(|error| Error::other(format!("{key} is no parked letter: {error}")))?;
        let url = self.api.queue_url(&format!("{}{}", self.prefix, letter.queue));
        let group = letter.tenant.as_deref().unwrap_or("unknown");
        self.api.sqs("SendMessage", &json!({"QueueUrl": url, "MessageBody": letter.body, "MessageGroupId": group}))?;
        self.api.s3("DELETE", &self.path(key), &[])?.success("DeleteObject")?;
        Ok(letter)
    }

    /// Messages in a dead-letter queue that are not parked yet.
    pub fn waiting(&self, queue: &str) -> Result<u64> {
        let url = self.api.queue_url(&format!("{}{queue}-dlq", self.prefix));
        let names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"];
        let answer = self.api.sqs("GetQueueAttributes", &json!({"QueueUrl": url, "AttributeNames": names}))?;
        let number = |name: &str| answer["Attributes"][name].as_str().and_then(|text| text.parse::<u64>().ok());
        Ok(names.into_iter().filter_map(number).sum())
    }

    fn path(&self, key: &str) -> String {
        let key: Vec<String> = key.split('/').map(encoded).collect();
        format!("/{}/{}", self.bucket(), key.join("/"))
    }
}

/// Percent-encoding of everything but RFC 3986's unreserved characters.
fn encoded(text: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
    text.bytes().map(|byte| if plain(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") }).collect()
}

/// Texts of all elements of a name, in S3's own XML (no attributes, no nesting of the same name).
fn elements(xml: &str, name: &str) -> Vec<String> {
    let (open, close) = (format!("<{name}>"), format!("</{name}>"));
    let mut found = Vec::new();
    let mut rest = xml;
    while let Some((_, after)) = rest.split_once(&open) {
        let Some((text, tail)) = after.split_once(&close) else { break };
        let plain = text.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", "\"").replace("&apos;", "'");
        found.push(plain.replace("&amp;", "&"));
        rest = tail;
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_a_listing() {
        let xml = "<R><IsTruncated>false</IsTruncated><Contents><Key>t/a&amp;b/1.json</Key></Contents>\
                   <Contents><Key>t/c/2.json</Key></Contents></R>";
        assert_eq!(elements(xml, "Key"), ["t/a&b/1.json", "t/c/2.json"]);
        assert_eq!(elements(xml, "IsTruncated"), ["false"]);
    }

    #[test]
    fn encodes_what_a_path_cannot_carry() {
        assert_eq!(encoded("tnt_eu1-1.json"), "tnt_eu1-1.json");
        assert_eq!(encoded("a b/ä"), "a%20b%2F%C3%A4");
    }
}
