//! What a stack shall consist of.

use std::collections::BTreeMap;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::error::Result;
use crate::process::ports;

/// How to start a stack.
#[derive(Debug, Clone)]
pub struct Options {
    /// Name of its folders under `.local`; one stack at a time per id.
    pub id: String,
    /// Its ports.
    pub ports: WantedPorts,
    /// Its functions.
    pub functions: Functions,
    /// Its Worker.
    pub worker: Worker,
    /// What runs its Worker.
    pub runtime: Runtime,
    /// Fields that replace those of the Worker's generated `CONFIG`.
    pub worker_config: Value,
    /// Instead of every queue's visibility timeout: seconds until a failed message is tried again.
    pub visibility_timeout_s: Option<u32>,
}

/// Ports to try first; none or taken ones become free ones.
#[derive(Debug, Clone, Copy, Default)]
pub struct WantedPorts {
    /// LocalStack.
    pub localstack: Option<u16>,
    /// DynamoDB engine.
    pub dynamodb: Option<u16>,
    /// Worker.
    pub worker: Option<u16>,
    /// SMTP server.
    pub smtp: Option<u16>,
}

/// The ports of a stack.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub struct Ports {
    /// LocalStack.
    pub localstack: u16,
    /// DynamoDB engine.
    pub dynamodb: u16,
    /// Worker.
    pub worker: u16,
    /// SMTP server.
    pub smtp: u16,
}

/// Where the functions' programs come from.
#[derive(Debug, Clone, Default)]
pub enum Functions {
    /// No functions.
    None,
    /// Built now, all of them, in release.
    #[default]
    Build,
    /// These programs, by function name.
    Programs(BTreeMap<String, PathBuf>),
}

/// Where the Worker comes from.
#[derive(Debug, Clone, Default)]
pub enum Worker {
    /// No Worker.
    None,
    /// Built now.
    #[default]
    Build,
    /// A bundle that is there: the folder with `index.js` or its successor.
    Bundle(PathBuf),
}

/// What runs the Worker.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Runtime {
    /// `wrangler dev`, with crons, behind its proxy.
    #[default]
    Wrangler,
    /// Plain `workerd serve`: no proxy and no crons, for many requests.
    Workerd,
}

impl Options {
    /// The whole system, on free ports.
    pub fn new(id: impl Into<String>) -> Self {
        Self {
            id: id.into(),
            ports: WantedPorts::default(),
            functions: Functions::default(),
            worker: Worker::default(),
            runtime: Runtime::default(),
            worker_config: Value::Null,
            visibility_timeout_s: None,
        }
    }

    /// Only the local cloud: no functions, no Worker.
    pub fn cloud_only(id: impl Into<String>) -> Self {
        Self { functions: Functions::None, worker: Worker::None, ..Self::new(id) }
    }
}

impl WantedPorts {
    /// The ports that people know.
    pub fn usual() -> Self {
        Self { localstack: Some(4566), dynamodb: Some(4567), worker: Some(8787), smtp: Some(1025) }
    }

    pub(super) fn resolve(self) -> Result<Ports> {
        Ok(Ports {
            localstack: ports::free(self.localstack)?,
            dynamodb: ports::free(self.dynamodb)?,
            worker: ports::free(self.worker)?,
            smtp: ports::free(self.smtp)?,
        })
    }
}
