//! `infra/resources.json` and `migrations/tables/*.json`: the one list of resources, read by Terraform too.

use std::collections::BTreeMap;
use std::path::Path;

use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::error::{Error, IoContext, Result};

/// All resources of one cell.
#[derive(Debug, Clone, Deserialize)]
pub struct Resources {
    /// Cells by name.
    pub cells: BTreeMap<String, Cell>,
    /// Queues by short name.
    pub queues: BTreeMap<String, Queue>,
    /// What all dead-letter queues have in common.
    pub dead_letters: Mapping,
    /// Functions by name.
    pub functions: BTreeMap<String, Function>,
    /// What all functions have in common.
    pub function_runtime: Runtime,
    /// Buckets by short name.
    pub buckets: BTreeMap<String, Bucket>,
    /// Secrets by short name.
    #[serde(default)]
    pub secrets: BTreeMap<String, Value>,
    /// Table definitions, from their own files.
    #[serde(skip)]
    pub tables: Vec<Table>,
}

/// A place where tenants live.
#[derive(Debug, Clone, Deserialize)]
pub struct Cell {
    /// AWS region.
    pub region: String,
}

/// A queue with its dead-letter queue and its consumer.
#[derive(Debug, Clone, Deserialize)]
pub struct Queue {
    /// Its consumer and how that is fed.
    #[serde(flatten)]
    pub mapping: Mapping,
    /// Seconds that a message stays.
    pub retention_s: u64,
    /// Seconds that a dead letter stays, counted from the first send.
    pub dlq_retention_s: u64,
    /// Receives before a message is a dead letter.
    pub max_receive_count: u64,
}

/// How a function is fed from a queue.
#[derive(Debug, Clone, Deserialize)]
pub struct Mapping {
    /// The function.
    pub function: String,
    /// Seconds that a received message stays hidden.
    pub visibility_timeout_s: u64,
    /// Messages per invocation.
    pub batch_size: u64,
    /// Seconds to wait for a full batch.
    pub batch_window_s: u64,
    /// Invocations at once.
    pub maximum_concurrency: u64,
    /// What differs on a developer's machine.
    #[serde(default)]
    pub local: LocalMapping,
}

/// What differs on a developer's machine.
#[derive(Debug, Clone, Default, Deserialize)]
pub struct LocalMapping {
    /// Instead of `batch_window_s`.
    pub batch_window_s: Option<u64>,
    /// Instead of `maximum_concurrency`.
    pub maximum_concurrency: Option<u64>,
    /// Instead of `visibility_timeout_s`.
    pub visibility_timeout_s: Option<u64>,
}

/// A function.
#[derive(Debug, Clone, Deserialize)]
pub struct Function {
    /// Memory in MB.
    pub memory_mb: u64,
    /// Seconds for one invocation.
    pub timeout_s: u64,
    /// Names of the variables that it reads.
    pub environment: Vec<String>,
}

/// What all functions have in common.
#[derive(Debug, Clone, Deserialize)]
pub struct Runtime {
    /// Lambda's runtime identifier.
    pub runtime: String,
    /// Lambda's handler.
    pub handler: String,
    /// What differs on a developer's machine.
    pub local: LocalRuntime,
}

/// What differs on a developer's machine.
#[derive(Debug, Clone, Deserialize)]
pub struct LocalRuntime {
    /// Architecture as LocalStack shall report it; the process is the host's own.
    pub architecture: String,
    /// Variables that every function gets in addition.
    #[serde(default)]
    pub environment: Vec<String>,
}

/// A bucket.
#[derive(Debug, Clone, Deserialize)]
pub struct Bucket {
    /// Days after which objects are deleted.
    pub expire_days: Option<u64>,
}

/// A table.
#[derive(Debug, Clone, Deserialize)]
pub struct Table {
    /// Short name.
    pub name: String,
    /// Partition key.
    pub partition_key: Key,
    /// Sort key.
    pub sort_key: Option<Key>,
    /// Attribute with the time of expiry.
    pub ttl_attribute: Option<String>,
    /// Global secondary indexes.
    #[serde(default)]
    pub indexes: Vec<Index>,
}

/// An attribute that is part of a key.
#[derive(Debug, Clone, Deserialize)]
pub struct Key {
    /// Its name.
    pub name: String,
    /// `S`, `N` or `B`.
    #[serde(rename = "type")]
    pub kind: String,
}

/// A global secondary index.
#[derive(Debug, Clone, Deserialize)]
pub struct Index {
    /// Its name.
    pub name: String,
    /// Partition key.
    pub partition_key: Key,
    /// Sort key.
    pub sort_key: Option<Key>,
    /// `ALL`, `KEYS_ONLY` or `INCLUDE`.
    #[serde(default = "all")]
    pub projection: String,
    /// Attributes of an `INCLUDE` projection.
    #[serde(default)]
    pub include: Vec<String>,
}

fn all() -> String {
    "ALL".into()
}

impl Mapping {
    /// Seconds to wait for a full batch, here.
    pub fn local_window(&self) -> u64 {
        self.local.batch_window_s.unwrap_or(self.batch_window_s)
    }

    /// Invocations at once, here.
    pub fn local_concurrency(&self) -> u64 {
        self.local.maximum_concurrency.unwrap_or(self.maximum_concurrency)
    }

    /// Seconds that a received message stays hidden, here.
    pub fn local_visibility(&self) -> u64 {
        self.local.visibility_timeout_s.unwrap_or(self.visibility_timeout_s)
    }
}

impl Resources {
    /// Reads both sources of a clone.
    pub fn read(root: &Path) -> Result<Self> {
        let mut resources: Self = read_json(&root.join("infra/resources.json"))?;
        let folder = root.join("migrations/tables");
        let mut files = Vec::new();
        for entry in std::fs::read_dir(&folder).at(&folder)? {
            let path = entry.at(&folder)?.path();
            if path.extension().is_some_and(|extension| extension == "json") {
                files.push(path);
            }
        }
        files.sort();
        resources.tables = files.iter().map(|path| read_json(path)).collect::<Result<_>>()?;
        Ok(resources)
    }
}

fn read_json<T: DeserializeOwned>(path: &Path) -> Result<T> {
    let bytes = std::fs::read(path).at(path)?;
    serde_json::from_slice(&bytes).map_err(|source| Error::Shape { path: path.to_owned(), source })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_this_clone() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
        let resources = Resources::read(&root).unwrap();
        assert!(resources.queues.contains_key("ingest-snapshot"));
        for queue in resources.queues.values() {
            let function = &resources.functions[&queue.mapping.function];
            // AWS asks for six times the function's timeout
            assert!(queue.mapping.visibility_timeout_s >= 6 * function.timeout_s);
            assert!(queue.max_receive_count >= 5);
        }
        assert!(resources.functions.contains_key(&resources.dead_letters.function));
        assert!(resources.tables.iter().any(|table| table.name == "calls"));
    }
}
