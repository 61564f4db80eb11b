//! A whole local system: engine, LocalStack, resources, functions, Worker, on ports of its own.

mod assets;
mod options;
mod pages;
mod parts;
mod tenant;
mod worker;
mod workerd;

use std::collections::BTreeMap;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use nix::sys::signal::Signal;

pub use assets::{build_widget, read as files, widget_version};
pub use options::{Functions, Options, Ports, Runtime, WantedPorts, Worker};
pub use parts::{BUILT, build_agent, build_worker, function_binaries, path_with};
pub use tenant::SCOPES;
pub use worker::script;
pub use workerd::copy_assets;

use crate::cloud::{Api, create, deploy, engine, localstack, smtp};
use crate::console;
use crate::error::{Error, IoContext, Result};
use crate::keys::Keys;
use crate::paths::{Paths, make_dir};
use crate::process::{MARK, Managed, Service};
use crate::resources::Local;
use crate::tools::Tools;

/// Environment name of local runs.
pub const ENVIRONMENT: &str = "local";
/// Short names of the secrets that functions read.
const SIGNING_KEY: &str = "signing-key";
const SMTP: &str = "smtp";
/// Cell of local runs.
pub const CELL: &str = "eu1";

/// A running system. Dropping it ends all its processes.
#[derive(Debug)]
pub struct Stack {
    /// The clone.
    pub paths: Paths,
    /// Where the programs are.
    pub tools: Tools,
    /// What exists in it.
    pub resources: Local,
    /// Its operator key, pepper and signing key.
    pub keys: Keys,
    /// Its AWS side.
    pub api: Api,
    /// Its ports.
    pub ports: Ports,
    id: String,
    config_overrides: serde_json::Value,
    worker_bundle: Option<PathBuf>,
    runtime: Runtime,
    _lock: File,
    // stopped in this order
    worker: Option<Managed>,
    localstack: Option<Managed>,
    engine: Option<Managed>,
    smtp: Option<Managed>,
}

impl Stack {
    /// Starts everything that the options ask for. What runs already ends if a later part fails.
    pub fn start(options: Options) -> Result<Self> {
        let paths = Paths::find()?;
        let tools = Tools::install(&paths)?;
        Self::start_with(options, paths, tools)
    }

    /// As [`Stack::start`], with tools that are there.
    pub fn start_with(options: Options, paths: Paths, tools: Tools) -> Result<Self> {
        // first what takes long and needs no running system
        let binaries = parts::function_binaries(&paths, &options.functions)?;
        let worker_bundle = parts::worker_bundle(&paths, &tools, &options.worker)?;
        let run = paths.run(&options.id);
        let lock = lock(&paths, &options.id)?;
        prune(&paths, &options.id);
        if run.exists() {
            std::fs::remove_dir_all(&run).map_err(|source| Error::Io { path: run.clone(), source })?;
        }
        make_dir(&run)?;
        let resources = Local::load(options.visibility_timeout_s)?;
        let ports = options.ports.resolve()?;
        let region = resources.all.cells.get(CELL).map_or("eu-west-1", |cell| &cell.region).to_owned();
        let api = Api {
            endpoint: format!("http://127.0.0.1:{}", ports.localstack),
            // the container has DynamoDB inside
            dynamodb: match &tools.localstack_python {
                Some(_) => format!("http://127.0.0.1:{}", ports.dynamodb),
                None => format!("http://127.0.0.1:{}", ports.localstack),
            },
            region,
        };
        let mut stack = Self {
            tools,
            resources,
            keys: Keys::generate()?,
            api,
            ports,
            id: options.id,
            config_overrides: options.worker_config,
            worker_bundle,
            runtime: options.runtime,
            _lock: lock,
            worker: None,
            localstack: None,
            engine: None,
            smtp: None,
            paths,
        };
        stack.start_cloud()?;
        stack.create_resources(&binaries)?;
        if stack.worker_bundle.is_some() {
            stack.start_worker()?;
        }
        Ok(stack)
    }

    fn service(&self, name: &str) -> Service {
        Service {
            name: name.into(),
            command: Vec::new(),
            environment: Vec::new(),
            folder: self.paths.root.clone(),
            records: self.run_folder(),
            log: self.log_folder().join(format!("{name}.log")),
            grace: Duration::from_secs(5),
        }
    }

    fn start_cloud(&mut self) -> Result<()> {
        let logs = self.log_folder();
        if logs.exists() {
            std::fs::remove_dir_all(&logs).map_err(|source| Error::Io { path: logs.clone(), source })?;
        }
        make_dir(&logs)?;
        self.start_smtp()?;
        let Some(python) = self.tools.localstack_python.clone() else {
            self.localstack = Some(console::timed("LocalStack in a container", || {
                let service = self.service("localstack");
                localstack::start_container(&self.paths, &self.id, self.ports.localstack, service)
            })?);
            return Ok(());
        };
        self.engine = Some(console::timed("DynamoDB engine", || {
            engine::start(&self.tools.dynoxide, self.ports.dynamodb, self.service("dynamodb"))
        })?);
        self.localstack = Some(console::timed("LocalStack", || {
            localstack::start(
                &self.paths,
                &python,
                &self.run_folder().join("localstack"),
                (self.ports.localstack, self.ports.dynamodb),
                &self.function_logs(),
                self.service("localstack"),
            )
        })?);
        Ok(())
    }

    fn start_smtp(&mut self) -> Result<()> {
        let Some(python) = self.tools.smtp_python.clone() else {
            console::skipped("SMTP server: it needs Python 3.10 with venv; mails wait in their queue");
            return Ok(());
        };
        // functions in containers come in through the host's bridge
        let host = if self.tools.localstack_python.is_none() { "0.0.0.0" } else { "127.0.0.1" };
        let (mails, password) = (self.mail_folder(), self.keys.smtp_password.clone());
        let at = (host, self.ports.smtp);
        self.smtp = Some(console::timed("SMTP server", || {
            smtp::start(&python, at, &mails, &password, smtp::Security::None, self.service("smtp"))
        })?);
        Ok(())
    }

    fn create_resources(&self, binaries: &BTreeMap<String, PathBuf>) -> Result<()> {
        console::timed("queues, tables, buckets", || {
            let secrets =
                [(SIGNING_KEY, self.keys.signing_secret().to_string()), (SMTP, self.keys.smtp_secret().to_string())];
            create::all(&self.api, &self.resources, ENVIRONMENT, &secrets)?;
            create::data_steps(&self.api, ENVIRONMENT, CELL)
        })?;
        if binaries.is_empty() {
            return Ok(());
        }
        console::timed("functions", || {
            deploy::all(&self.api, &self.resources, ENVIRONMENT, binaries, &self.function_environment())
        })
    }

    /// Values for the functions' environment, by name.
    pub fn function_environment(&self) -> deploy::Environment {
        let prefix = create::prefix(ENVIRONMENT);
        let in_container = self.tools.localstack_python.is_none();
        // from a container this machine has another name, and LocalStack gives the one endpoint for all services
        let reached = |url: String| if in_container { url.replace("127.0.0.1", "host.docker.internal") } else { url };
        let edge_url = reached(self.url());
        let smtp_url = reached(format!("smtp://127.0.0.1:{}?tls=none", self.ports.smtp));
        let mut values: deploy::Environment = [
            ("ATTUNE_ENV", ENVIRONMENT.to_owned()),
            ("ATTUNE_CELL", CELL.to_owned()),
            ("AWS_ENDPOINT_URL_DYNAMODB", self.api.dynamodb.clone()),
            ("ATTUNE_TABLE_PREFIX", prefix.clone()),
            ("ATTUNE_BUCKET_PREFIX", prefix.clone()),
            ("ATTUNE_QUEUE_URL_PREFIX", self.api.queue_url(&prefix)),
            ("ATTUNE_EDGE_URL", edge_url),
            ("ATTUNE_SIGNING_KEY_SECRET_ID", self.name(SIGNING_KEY)),
            ("ATTUNE_SMTP_URL", smtp_url),
            ("ATTUNE_SMTP_SECRET_ID", self.name(SMTP)),
            ("ATTUNE_MAIL_FROM", "Attune <no-reply@attune.example>".to_owned()),
            (MARK, self.run_folder().to_string_lossy().into_owned()),
        ]
        .into_iter()
        .map(|(name, value)| (name.to_owned(), value))
        .collect();
        if in_container {
            values.remove("AWS_ENDPOINT_URL_DYNAMODB");
        }
        values
    }

    /// Puts another binary in the place of a function's.
    pub fn deploy_function(&self, name: &str, binary: &Path) -> Result<()> {
        let values = self.function_environment();
        deploy::function(&self.api, &self.resources, ENVIRONMENT, name, binary, &values)
    }

    /// Address of the Worker.
    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.ports.worker)
    }

    /// Address of LocalStack.
    pub fn aws_endpoint(&self) -> &str {
        &self.api.endpoint
    }

    /// Address of the DynamoDB engine.
    pub fn dynamodb_endpoint(&self) -> &str {
        &self.api.dynamodb
    }

    /// Address of a queue by its short name.
    pub fn queue_url(&self, name: &str) -> String {
        self.api.queue_url(&format!("{}{name}", create::prefix(ENVIRONMENT)))
    }

    /// Full name of a table, bucket, queue or function.
    pub fn name(&self, short: &str) -> String {
        format!("{}{short}", create::prefix(ENVIRONMENT))
    }

    /// The stack's id.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// Folder of process records, data and generated configuration.
    pub fn run_folder(&self) -> PathBuf {
        self.paths.run(&self.id)
    }

    /// Folder of logs.
    pub fn log_folder(&self) -> PathBuf {
        self.paths.logs(&self.id)
    }

    /// Folder of the mails that were sent here, one file each.
    pub fn mail_folder(&self) -> PathBuf {
        self.paths.local.join("mail").join(&self.id)
    }

    /// Folder of the functions' logs, one file each.
    pub fn function_logs(&self) -> PathBuf {
        self.log_folder().join("functions")
    }

    /// What a function has printed so far.
    pub fn function_log(&self, name: &str) -> String {
        let path = self.function_logs().join(format!("{}.log", self.name(name)));
        std::fs::read_to_string(path).unwrap_or_default()
    }

    /// Freezes LocalStack (SIGSTOP): its port accepts connections and answers nothing.
    pub fn pause_localstack(&self) -> Result<()> {
        self.localstack.as_ref().map_or(Ok(()), |service| service.signal(Signal::SIGSTOP))
    }

    /// Lets LocalStack go on.
    pub fn resume_localstack(&self) -> Result<()> {
        self.localstack.as_ref().map_or(Ok(()), |service| service.signal(Signal::SIGCONT))
    }

    /// Fails when a part has ended that should run.
    pub fn check(&mut self) -> Result<()> {
        let parts = [&mut self.worker, &mut self.localstack, &mut self.engine, &mut self.smtp];
        for part in parts.into_iter().flatten() {
            part.check()?;
        }
        Ok(())
    }

    /// Ends all processes and waits for that; also done when dropped.
    pub fn stop(&mut self) {
        let started = Instant::now();
        let mut parts = [self.worker.take(), self.localstack.take(), self.engine.take(), self.smtp.take()];
        if parts.iter().all(Option::is_none) {
            return;
        }
        for part in parts.iter().flatten() {
            part.ask_to_stop();
        }
        for part in parts.iter_mut().flatten() {
            part.stop();
        }
        // data of the services; logs lie elsewhere and stay
        let _ = std::fs::remove_dir_all(self.run_folder());
        console::done("stopped", started.elapsed());
    }
}

/// Takes away what stacks left behind that were killed: their locks are free.
fn prune(paths: &Paths, keep: &str) {
    let folder = paths.local.join("run");
    for entry in std::fs::read_dir(&folder).into_iter().flatten().flatten() {
        let path = entry.path();
        let Some(id) = path.file_stem().filter(|_| path.extension().is_some_and(|kind| kind == "lock")) else {
            continue;
        };
        let free = File::options().write(true).open(&path).is_ok_and(|file| file.try_lock().is_ok());
        if id != keep && free {
            let _ = std::fs::remove_dir_all(folder.join(id));
        }
    }
}

/// Held as long as a stack of this id runs: its folders are its own.
fn lock(paths: &Paths, id: &str) -> Result<File> {
    let folder = paths.local.join("run");
    make_dir(&folder)?;
    let path = folder.join(format!("{id}.lock"));
    let file = File::options().create(true).truncate(false).write(true).open(&path).at(&path)?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(_) => Err(Error::other(format!("a stack named {id} runs already in this clone: `cargo dev down` ends it"))),
    }
}

impl Drop for Stack {
    fn drop(&mut self) {
        self.stop();
    }
}
