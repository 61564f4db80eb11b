//! Processes of a measurement: started under the dev tool's supervisor, so none is left whatever happens to this program.

use crate::error::{At, Error, Result};
use crate::standin::Standin;
use attune_dev::cloud::{Api, create, engine};
use attune_dev::keys::Keys;
use attune_dev::paths::{Paths, make_dir};
use attune_dev::process::{Managed, Service, ports, procfs};
use attune_dev::resources::Local;
use attune_dev::tools::DYNOXIDE;
use std::path::PathBuf;
use std::time::Duration;

/// Environment of the measured parts.
pub const ENVIRONMENT: &str = "bench";
/// Their cell.
pub const CELL: &str = "eu1";
/// Their region.
pub const REGION: &str = "eu-west-1";

/// Folders and keys that all parts of a run share.
pub struct Rig {
    /// The clone.
    pub paths: Paths,
    /// Keys of this run.
    pub keys: Keys,
    /// Folder of this run; emptied at its start.
    pub folder: PathBuf,
    /// Folder of the Worker's bundle.
    pub bundle: PathBuf,
    /// Flags for V8.
    pub v8_flags: Vec<String>,
}

impl Rig {
    /// Makes an empty folder and new keys.
    ///
    /// # Errors
    /// The folder cannot be made.
    pub fn new(paths: &Paths, bundle: Option<PathBuf>, v8_flags: Vec<String>) -> Result<Self> {
        let folder = paths.run("bench");
        if folder.exists() {
            std::fs::remove_dir_all(&folder).at("empty the folder of the bench")?;
        }
        make_dir(&folder)?;
        let bundle = bundle.unwrap_or_else(|| paths.root.join("edge/api/build"));
        Ok(Self { paths: paths.clone(), keys: Keys::generate()?, folder, bundle, v8_flags })
    }

    /// A service of this run, by its name; the caller says what it runs.
    pub fn service(&self, name: &str, command: Vec<std::ffi::OsString>) -> Service {
        Service {
            name: name.to_owned(),
            command,
            environment: Vec::new(),
            folder: self.folder.clone(),
            records: self.folder.clone(),
            log: self.paths.logs("bench").join(format!("{name}.log")),
            grace: Duration::from_secs(3),
        }
    }

    /// The DynamoDB engine with the tables of all areas, in memory.
    ///
    /// # Errors
    /// It is not installed or does not start.
    pub fn engine(&self, name: &str) -> Result<Engine> {
        let port = ports::free(None)?;
        let binary = DYNOXIDE.install(&self.paths)?;
        let process = engine::start(&binary, port, self.service(name, Vec::new()))?;
        let url = format!("http://127.0.0.1:{port}");
        let api = Api { endpoint: url.clone(), dynamodb: url.clone(), region: REGION.to_owned() };
        for table in &Local::load(None)?.tables {
            api.dynamodb("CreateTable", &create::table_request(&prefix(), table))?;
        }
        Ok(Engine { url, _process: process })
    }

    /// The environment of a function that talks to these.
    pub fn function_environment(&self, engine: &Engine, standin: &Standin, edge: &str) -> Vec<(String, String)> {
        [
            ("ATTUNE_ENV", ENVIRONMENT.to_owned()),
            ("ATTUNE_CELL", CELL.to_owned()),
            ("ATTUNE_TABLE_PREFIX", prefix()),
            ("ATTUNE_BUCKET_PREFIX", prefix()),
            ("ATTUNE_QUEUE_URL_PREFIX", queue_url_prefix(standin)),
            ("ATTUNE_EDGE_URL", edge.to_owned()),
            ("ATTUNE_SIGNING_KEY_SECRET_ID", format!("{}signing-key", prefix())),
            // named, never called: no mail is sent here
            ("ATTUNE_SMTP_URL", "smtps://localhost".to_owned()),
            ("ATTUNE_SMTP_SECRET_ID", format!("{}smtp", prefix())),
            ("ATTUNE_MAIL_FROM", "no-reply@attune.example".to_owned()),
            ("AWS_REGION", REGION.to_owned()),
            ("AWS_ACCESS_KEY_ID", "test".to_owned()),
            ("AWS_SECRET_ACCESS_KEY", "test".to_owned()),
            ("AWS_ENDPOINT_URL", standin.url.clone()),
            ("AWS_ENDPOINT_URL_DYNAMODB", engine.url.clone()),
        ]
        .map(|(name, value)| (name.to_owned(), value))
        .into()
    }
}

/// A running engine.
pub struct Engine {
    /// Its origin.
    pub url: String,
    _process: Managed,
}

/// `attune-bench-`.
pub fn prefix() -> String {
    create::prefix(ENVIRONMENT)
}

/// Everything of a queue's address before its short name.
pub fn queue_url_prefix(standin: &Standin) -> String {
    format!("{}/000000000000/{}", standin.url, prefix())
}

/// The process of a service itself, not its supervisor: the one whose command has `name`.
///
/// # Errors
/// The service has ended.
pub fn pid_of(service: &Managed, name: &str) -> Result<u32> {
    let group = service.group()?;
    let named = |pid: &i32| {
        std::fs::read_to_string(format!("/proc/{pid}/comm")).is_ok_and(|comm| comm.trim().starts_with(name))
    };
    let found = std::iter::once(group).chain(procfs::descendants(group)).find(named);
    found.and_then(|pid| u32::try_from(pid).ok()).ok_or_else(|| Error::wrong(format!("{name} is not running")))
}
