//! A service under its supervisor, as the program that started it sees it.

use std::ffi::OsString;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
use std::time::{Duration, Instant, UNIX_EPOCH};

use nix::sys::signal::Signal;

use super::supervise::Record;
use super::{MARK, signals, spawner};
use crate::error::{Error, IoContext, Result};
use crate::paths::{Paths, make_dir};

/// What to run, and where its traces go.
#[derive(Debug, Clone)]
pub struct Service {
    /// Name of its record and of its log.
    pub name: String,
    /// Program and arguments.
    pub command: Vec<OsString>,
    /// Added to this program's environment.
    pub environment: Vec<(String, String)>,
    /// Working folder.
    pub folder: PathBuf,
    /// Folder of process records; the last component is the stack's id.
    pub records: PathBuf,
    /// File for its output.
    pub log: PathBuf,
    /// Time between SIGTERM and SIGKILL.
    pub grace: Duration,
}

/// A running service. Dropping it ends the service.
#[derive(Debug)]
pub struct Managed {
    name: String,
    supervisor: Child,
    record: PathBuf,
    log: PathBuf,
    grace: Duration,
    ended: Option<String>,
}

impl Service {
    /// Starts the supervisor and with it the service.
    pub fn start(&self) -> Result<Managed> {
        make_dir(&self.records)?;
        if let Some(parent) = self.log.parent() {
            make_dir(parent)?;
        }
        let record = self.records.join(format!("{}.json", self.name));
        let _ = std::fs::remove_file(&record);
        let mut command = Command::new(program()?);
        command.arg("supervise").args(["--parent", &std::process::id().to_string()]);
        command.args(["--grace-ms", &self.grace.as_millis().to_string()]);
        command.arg("--record").arg(&record).arg("--log").arg(&self.log).arg("--").args(&self.command);
        command.envs(self.environment.iter().map(|(name, value)| (name, value)));
        command.env(MARK, &self.records).env(PROGRAM, program()?).current_dir(&self.folder);
        command.stdin(Stdio::null()).stdout(Stdio::null()).process_group(0);
        let shown = self.command.first().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        let supervisor = spawner::spawn(command).map_err(|source| Error::Start { program: shown, source })?;
        Ok(Managed {
            name: self.name.clone(),
            supervisor,
            record,
            log: self.log.clone(),
            grace: self.grace,
            ended: None,
        })
    }
}

impl Managed {
    /// The service's name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The file with its output.
    pub fn log(&self) -> &Path {
        &self.log
    }

    /// Process id of the service, which is also its process group; waits a moment for the supervisor to write it down.
    pub fn group(&self) -> Result<i32> {
        let end = Instant::now() + Duration::from_secs(5);
        loop {
            if let Ok(bytes) = std::fs::read(&self.record) {
                let record: Record = serde_json::from_slice(&bytes)
                    .map_err(|source| Error::Shape { path: self.record.clone(), source })?;
                return Ok(record.group);
            }
            if Instant::now() > end {
                return Err(Error::NotReady { what: self.name.clone(), seconds: 5, log: Some(self.log.clone()) });
            }
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    /// Sends a signal to the service's whole group.
    pub fn signal(&self, signal: Signal) -> Result<()> {
        if signals::send_group(self.group()?, signal) {
            Ok(())
        } else {
            Err(Error::other(format!("{} is not running", self.name)))
        }
    }

    /// Fails when the service has ended.
    pub fn check(&mut self) -> Result<()> {
        if self.ended.is_none() {
            self.ended = self.supervisor.try_wait().at(&self.record)?.map(|status| status.to_string());
        }
        match &self.ended {
            None => Ok(()),
            Some(status) => {
                Err(Error::Failed { program: self.name.clone(), status: status.clone(), log: Some(self.log.clone()) })
            }
        }
    }

    /// Waits until `ready` answers true. Fails when the service ends first, time is up, or we are asked to end.
    pub fn wait_until(&mut self, seconds: u64, mut ready: impl FnMut() -> bool) -> Result<()> {
        let end = Instant::now() + Duration::from_secs(seconds);
        while !ready() {
            signals::check()?;
            self.check()?;
            if Instant::now() > end {
                return Err(Error::NotReady { what: self.name.clone(), seconds, log: Some(self.log.clone()) });
            }
            std::thread::sleep(Duration::from_millis(25));
        }
        Ok(())
    }

    /// Asks the service to end, without waiting.
    pub fn ask_to_stop(&self) {
        if self.ended.is_none() {
            signals::send(self.supervisor.id() as i32, Signal::SIGTERM);
        }
    }

    /// Ends the service with all its processes and waits for that.
    pub fn stop(&mut self) {
        self.ask_to_stop();
        let end = Instant::now() + self.grace + Duration::from_secs(5);
        while self.check().is_ok() {
            if Instant::now() > end {
                // the supervisor hangs: end it and the group by force
                if let Ok(group) = self.group() {
                    signals::send_group(group, Signal::SIGKILL);
                }
                let _ = self.supervisor.kill();
                let _ = self.supervisor.wait();
                self.ended = Some("killed".into());
                return;
            }
            std::thread::sleep(Duration::from_millis(10));
        }
    }
}

impl Drop for Managed {
    fn drop(&mut self) {
        self.stop();
    }
}

/// Variable that names this program for its children.
pub const PROGRAM: &str = "ATTUNE_DEV_BIN";

/// This program (it is its own supervisor), also when called from a test of another crate.
///
/// Builds replace the file while it runs; so it works with a copy of its own, made on the first call.
pub fn program() -> Result<PathBuf> {
    static COPY: OnceLock<PathBuf> = OnceLock::new();
    if let Some(path) = COPY.get() {
        return Ok(path.clone());
    }
    let path = match std::env::var_os(PROGRAM) {
        Some(path) => path.into(),
        None => {
            let original = original()?;
            let is_copy = original.file_name().is_some_and(|name| name != NAME);
            if is_copy { original } else { copy_of(&original)? }
        }
    };
    Ok(COPY.get_or_init(|| path).clone())
}

const NAME: &str = "attune-dev";

fn original() -> Result<PathBuf> {
    let me = std::env::current_exe().at("this program")?;
    // cargo names test programs with an underscore
    if me.file_name().is_some_and(|name| name.to_string_lossy().starts_with(NAME)) {
        return Ok(me);
    }
    // target/<profile>/deps/<test>-<hash> → target/<profile>/attune-dev
    let beside = me.ancestors().skip(1).take(2).map(|dir| dir.join(NAME)).find(|path| path.is_file());
    beside.ok_or_else(|| Error::Missing {
        what: "the program attune-dev".into(),
        how: "`cargo build -p attune-dev` first, or run the tests with `cargo dev test`".into(),
    })
}

/// A copy under `.local/bin`, named by size and time of the original, so that several versions can run at once.
fn copy_of(original: &Path) -> Result<PathBuf> {
    let folder = Paths::find()?.local.join("bin");
    let meta = original.metadata().at(original)?;
    let stamp = meta.modified().at(original)?.duration_since(UNIX_EPOCH).map_or(0, |time| time.as_nanos());
    let copy = folder.join(format!("attune-dev-{:x}-{:x}", meta.len(), stamp));
    if copy.is_file() {
        return Ok(copy);
    }
    make_dir(&folder)?;
    let temporary = folder.join(format!("new-{}", std::process::id()));
    std::fs::copy(original, &temporary).at(&temporary)?;
    std::fs::rename(&temporary, &copy).at(&copy)?;
    Ok(copy)
}
