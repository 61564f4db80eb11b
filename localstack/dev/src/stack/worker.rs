//! The Worker under `wrangler dev`, with a generated configuration.

use std::path::{Path, PathBuf};
use std::time::Duration;

use serde_json::{Value, json};

use super::{CELL, ENVIRONMENT, Runtime, Stack, parts};
use crate::cloud::create;
use crate::console;
use crate::error::{Error, IoContext, Result};
use crate::http;
use crate::paths::{make_dir, write_atomic};
use crate::process::{Managed, Service, ports, procfs, signals};
use crate::wrangler;

impl Stack {
    /// The Worker's `CONFIG`.
    pub fn worker_config(&self) -> Value {
        let prefix = create::prefix(ENVIRONMENT);
        let mut config = json!({
            "environment": ENVIRONMENT,
            "cell": CELL,
            "region": self.api.region,
            "sqs_queue_url_prefix": self.api.queue_url(&prefix),
            "dynamodb_endpoint": self.api.dynamodb,
            "s3_endpoint": self.api.endpoint,
            "s3_path_style": true,
            "bucket_audio": format!("{prefix}audio"),
            "table_prefix": prefix,
            "outbox_shards": 4,
            "outbox_generation": 1,
            "internal_keys": {&self.keys.signing_kid: &self.keys.signing_public},
        });
        if let (Some(config), Some(overrides)) = (config.as_object_mut(), self.config_overrides.as_object()) {
            config.extend(overrides.clone());
        }
        config
    }

    pub(super) fn start_worker(&mut self) -> Result<()> {
        let worker = console::timed("Worker", || self.run_worker())?;
        self.worker = Some(worker);
        Ok(())
    }

    fn run_worker(&self) -> Result<Managed> {
        let folder = self.run_folder().join("worker");
        make_dir(&folder)?;
        let mut worker = match self.runtime {
            Runtime::Wrangler => self.wrangler(folder)?,
            Runtime::Workerd => self.workerd(folder)?,
        }
        .start()?;
        let url = format!("{}/healthz", self.url());
        worker.wait_until(60, || http::answers(&url))?;
        Ok(worker)
    }

    fn wrangler(&self, folder: PathBuf) -> Result<Service> {
        let configuration = folder.join("wrangler.toml");
        let template = self.paths.root.join("edge/api/wrangler.toml");
        let text = std::fs::read_to_string(&template).at(&template)?;
        let bundle = self.worker_bundle.clone().unwrap_or_else(|| self.paths.root.join("edge/api/build"));
        let generated = wrangler::configuration(&text, &script(&bundle)?, &self.worker_config())?;
        write_atomic(&configuration, generated.as_bytes())?;
        // secrets of `wrangler dev` come from this file beside the configuration
        let secrets = self.keys.worker_secrets().to_string();
        write_atomic(&folder.join(".dev.vars"), format!("SECRETS='{secrets}'\n").as_bytes())?;
        let program = self.tools.node_modules.join("wrangler/bin/wrangler.js");
        let mut command = vec![self.tools.node.clone().into_os_string(), program.into_os_string()];
        // functions in containers come in through the host's bridge
        let address = if self.tools.localstack_python.is_none() { "0.0.0.0" } else { "127.0.0.1" };
        command.extend(["dev", "--local", "--ip", address, "--port"].map(Into::into));
        command.push(self.ports.worker.to_string().into());
        command.extend(["--inspector-port", "0", "--show-interactive-dev-session=false", "--config"].map(Into::into));
        command.push(configuration.into_os_string());
        command.push("--persist-to".into());
        command.push(self.run_folder().join("worker/state").into_os_string());
        let environment = [
            ("CI", "1".to_owned()),
            ("WRANGLER_SEND_METRICS", "false".into()),
            ("WRANGLER_SEND_ERROR_REPORTS", "false".into()),
            ("CLOUDFLARE_CF_FETCH_ENABLED", "false".into()),
            ("WRANGLER_LOG_PATH", folder.join("wrangler-logs").to_string_lossy().into_owned()),
            ("NO_COLOR", "1".into()),
            ("PATH", parts::path_with(&self.tools.node)),
        ]
        .map(|(name, value)| (name.to_owned(), value));
        Ok(Service { command, environment: environment.into(), folder, ..self.service("worker") })
    }

    /// Kills wrangler and its workerd processes (`kill -9`) as they stand; their files stay.
    pub fn kill_workerd(&mut self) -> Result<()> {
        let Some(mut worker) = self.worker.take() else { return Ok(()) };
        let group = worker.group()?;
        for pid in procfs::descendants(group) {
            signals::send(pid, nix::sys::signal::Signal::SIGKILL);
        }
        signals::send_group(group, nix::sys::signal::Signal::SIGKILL);
        worker.stop();
        Ok(())
    }

    /// Starts the Worker again, on the same port and the same files.
    pub fn restart_worker(&mut self) -> Result<()> {
        if let Some(mut worker) = self.worker.take() {
            worker.stop();
        }
        let port = self.ports.worker;
        let end = std::time::Instant::now() + Duration::from_secs(10);
        while ports::open(port) && std::time::Instant::now() < end {
            std::thread::sleep(Duration::from_millis(20));
        }
        self.worker = Some(self.run_worker()?);
        Ok(())
    }
}

/// The entry script of a bundle made by worker-build.
pub fn script(bundle: &Path) -> Result<PathBuf> {
    ["index.js", "worker/shim.mjs"]
        .map(|name| bundle.join(name))
        .into_iter()
        .find(|path| path.is_file())
        .ok_or_else(|| Error::other(format!("no Worker in {}", bundle.display())))
}
