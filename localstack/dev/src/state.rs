//! `.local/state.json`: addresses and keys of the system that `cargo dev up` started.

use serde::{Deserialize, Serialize};

use crate::error::{Error, IoContext, Result};
use crate::paths::{Paths, write_atomic};
use crate::process::procfs;
use crate::stack::Stack;

/// What other commands, and people, need to talk to the running system.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct State {
    /// The Worker; none when only the cloud is up.
    pub api_url: Option<String>,
    /// LocalStack.
    pub aws_endpoint: String,
    /// DynamoDB engine.
    pub dynamodb_endpoint: String,
    /// Region of the cell.
    pub region: String,
    /// The demo tenant.
    pub tenant: Option<String>,
    /// Its key.
    pub api_key: Option<String>,
    /// Opens the admin routes.
    pub operator_key: String,
    /// Folder of logs.
    pub logs: String,
    /// Folder of the mails that were sent.
    #[serde(default)]
    pub mail: String,
    /// The process of `cargo dev up`.
    pub pid: i32,
    /// Its start time.
    pub started: u64,
}

impl State {
    /// Describes a stack of this process.
    pub fn of(stack: &Stack, with_worker: bool, tenant: Option<(String, String)>) -> Self {
        let pid = std::process::id() as i32;
        let (tenant, api_key) = tenant.unzip();
        Self {
            api_url: with_worker.then(|| stack.url()),
            aws_endpoint: stack.aws_endpoint().into(),
            dynamodb_endpoint: stack.dynamodb_endpoint().into(),
            region: stack.api.region.clone(),
            tenant,
            api_key,
            operator_key: stack.keys.operator_key.clone(),
            logs: stack.log_folder().to_string_lossy().into_owned(),
            mail: stack.mail_folder().to_string_lossy().into_owned(),
            pid,
            started: procfs::stat(pid).map_or(0, |stat| stat.started),
        }
    }

    /// Writes the file.
    pub fn write(&self, paths: &Paths) -> Result<()> {
        let bytes = serde_json::to_vec_pretty(self).map_err(|source| Error::Shape { path: paths.state(), source })?;
        write_atomic(&paths.state(), &bytes)
    }

    /// Reads the file; none when nothing is up.
    pub fn read(paths: &Paths) -> Result<Option<Self>> {
        let path = paths.state();
        match std::fs::read(&path) {
            Ok(bytes) => serde_json::from_slice(&bytes).map(Some).map_err(|source| Error::Shape { path, source }),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error).at(&path),
        }
    }

    /// Reads the file, and fails when nothing is up.
    pub fn running(paths: &Paths) -> Result<Self> {
        Self::read(paths)?
            .filter(Self::alive)
            .ok_or_else(|| Error::other("nothing is up: start it with `cargo dev up`"))
    }

    /// Whether the process of `cargo dev up` still runs.
    pub fn alive(&self) -> bool {
        procfs::stat(self.pid).is_some_and(|stat| stat.started == self.started && stat.state != 'Z')
    }
}
