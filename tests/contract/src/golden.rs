//! The golden files of `shared/contracts`: the document's examples.

use serde_json::Value;

/// A golden file by its name without `.json`; null when there is none, which no schema takes.
pub fn golden(name: &str) -> Value {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../shared/contracts/golden");
    let text = std::fs::read_to_string(format!("{folder}/{name}.json")).unwrap_or_default();
    serde_json::from_str(&text).unwrap_or_default()
}
