//! The public API as the demonstration uses it.

use attune_dev::error::Result;
use attune_dev::http::{self, Answer};
use serde_json::Value;

/// An edge and a key.
pub struct Edge {
    /// Where it is.
    pub url: String,
    /// `Bearer …`.
    pub authorization: String,
}

impl Edge {
    /// A read that has to succeed.
    pub fn get(&self, path: &str) -> Result<Value> {
        let headers = [("authorization", self.authorization.as_str())];
        Ok(http::send("GET", &format!("{}{path}", self.url), &headers, &[], 20)?.success(path)?.json())
    }

    /// A write with an idempotency key; any status.
    pub fn post(&self, path: &str, key: &str, body: &Value) -> Result<Answer> {
        let headers = [
            ("authorization", self.authorization.as_str()),
            ("content-type", "application/json"),
            ("idempotency-key", key),
        ];
        http::send("POST", &format!("{}{path}", self.url), &headers, body.to_string().as_bytes(), 30)
    }

    /// All changes of the history, newest first.
    pub fn changes(&self) -> Result<Vec<Value>> {
        let (mut changes, mut path) = (Vec::new(), "/v1/config/changes?limit=50".to_owned());
        loop {
            let page = self.get(&path)?;
            changes.extend(page["changes"].as_array().cloned().unwrap_or_default());
            match page["next_cursor"].as_str() {
                Some(cursor) => path = format!("/v1/config/changes?limit=50&cursor={cursor}"),
                None => return Ok(changes),
            }
        }
    }
}
