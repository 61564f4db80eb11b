//! Restate as a peer: its one-way send is a durable accept too.

use crate::error::{At, Error, Result};
use crate::load::{self, Numbers, Outcome, Target};
use crate::measure::cpu_of;
use crate::rig::{Rig, pid_of};
use attune_dev::http;
use attune_dev::paths::make_dir;
use attune_dev::process::{Managed, ports};
use attune_dev::tools;
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

/// A running server with a handler that returns at once.
pub struct Restate {
    /// The server's process.
    pub pid: u32,
    /// The server's program.
    pub program: PathBuf,
    handler_pid: u32,
    ingress: u16,
    handled: String,
    _server: Managed,
    _handler: Managed,
}

impl Restate {
    /// Installs what is missing and starts it, default configuration, on free ports and an empty folder.
    ///
    /// # Errors
    /// It cannot be installed, or does not start.
    pub fn start(rig: &Rig) -> Result<Self> {
        let modules = tools::restate(&rig.paths)?;
        let node = tools::find_node(&rig.paths)?;
        let folder = rig.folder.join("restate");
        make_dir(&folder)?;
        let script = folder.join("handler.mjs");
        std::fs::write(&script, include_str!("restate_handler.mjs")).at("the handler")?;
        // Node looks for packages beside the script
        std::os::unix::fs::symlink(&modules, folder.join("node_modules")).at("packages of the handler")?;
        let (service, counter) = (ports::free(None)?, ports::free(None)?);
        let mut command = rig.service("restate-handler", vec![node.into_os_string(), script.into_os_string()]);
        command.environment =
            vec![("SERVICE_PORT".into(), service.to_string()), ("COUNTER_PORT".into(), counter.to_string())];
        command.folder.clone_from(&folder);
        let mut handler = command.start()?;
        let handled = format!("http://127.0.0.1:{counter}/");
        handler.wait_until(20, || http::answers(&handled))?;

        let program = modules.join(platform_package()).join("bin/restate-server");
        let (ingress, admin, node_port) = (ports::free(None)?, ports::free(None)?, ports::free(None)?);
        let mut command = rig.service("restate-server", vec![program.clone().into_os_string()]);
        command.command.push("--no-logo".into());
        let set = |name: &str, value: String| (name.to_owned(), value);
        command.environment = vec![
            set("RESTATE_BASE_DIR", folder.join("data").to_string_lossy().into_owned()),
            set("RESTATE_BIND_ADDRESS", format!("127.0.0.1:{node_port}")),
            set("RESTATE_ADVERTISED_ADDRESS", format!("http://127.0.0.1:{node_port}/")),
            set("RESTATE_INGRESS__BIND_ADDRESS", format!("127.0.0.1:{ingress}")),
            set("RESTATE_ADMIN__BIND_ADDRESS", format!("127.0.0.1:{admin}")),
            set("RESTATE_LISTEN_MODE", "tcp".to_owned()),
            set("RESTATE_DISABLE_TELEMETRY", "true".to_owned()),
            set("DO_NOT_TRACK", "1".to_owned()),
        ];
        command.folder.clone_from(&folder);
        let mut server = command.start()?;
        let health = format!("http://127.0.0.1:{admin}/health");
        server.wait_until(60, || http::answers(&health))?;
        let deployment = json!({"uri": format!("http://127.0.0.1:{service}")}).to_string();
        let url = format!("http://127.0.0.1:{admin}/deployments");
        let started = Instant::now();
        // healthy a moment before its metadata is ready
        loop {
            let answer = http::send("POST", &url, &[("content-type", "application/json")], deployment.as_bytes(), 10)?;
            if answer.ok() {
                break;
            }
            if started.elapsed() > Duration::from_secs(20) {
                answer.success("register the handler")?;
            }
            server.check()?;
            std::thread::sleep(Duration::from_millis(200));
        }
        let (pid, handler_pid) = (pid_of(&server, "restate-server")?, pid_of(&handler, "node")?);
        Ok(Self { pid, program, handler_pid, ingress, handled, _server: server, _handler: handler })
    }

    /// Sends, and waits until the handler has run for all: what came of it, CPU of the server, CPU of the handler.
    ///
    /// # Errors
    /// A send failed, or the handler does not catch up.
    pub fn round(&self, requests: u64, numbers: &Numbers) -> Result<(Outcome, Duration, Duration)> {
        let target = Target::post(self.ingress, "/Bench/accept/send", "");
        let expected = self.handled()? + requests;
        let before = (cpu_of(self.pid), cpu_of(self.handler_pid));
        let outcome = load::run(&target, requests, numbers)?;
        let started = Instant::now();
        while self.handled()? < expected {
            if started.elapsed() > Duration::from_secs(60) {
                return Err(Error::wrong("Restate's handler does not catch up"));
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        let after = (cpu_of(self.pid), cpu_of(self.handler_pid));
        Ok((outcome, after.0.saturating_sub(before.0), after.1.saturating_sub(before.1)))
    }

    fn handled(&self) -> Result<u64> {
        let answer = http::send("GET", &self.handled, &[], &[], 10)?;
        answer.text().trim().parse().map_err(|_| Error::wrong("the handler's count is no number"))
    }
}

/// Name of the npm package with the server for this machine.
fn platform_package() -> &'static str {
    if cfg!(target_arch = "aarch64") {
        "@restatedev/restate-server-linux-arm64"
    } else {
        "@restatedev/restate-server-linux-x64"
    }
}

/// The settings about syncing of the default configuration.
///
/// # Errors
/// The server does not say them.
pub fn sync_settings(program: &Path) -> Result<Value> {
    let out = Command::new(program).arg("--dump-config").output().at("restate-server --dump-config")?;
    let text = String::from_utf8_lossy(&out.stdout).into_owned();
    let mut table = "";
    let mut found = Vec::new();
    for line in text.lines() {
        if line.starts_with('[') {
            table = line.trim_matches(['[', ']']);
        } else if line.contains("fsync") {
            found.push(format!("{table}.{line}"));
        }
    }
    Ok(json!(found))
}
