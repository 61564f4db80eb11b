//! The peer: `tests/bench/js/mint`, bundled with `jose` and `livekit-server-sdk`, under the same program and rules.

use crate::error::{At, Error, Result};
use crate::rig::{Rig, pid_of};
use attune_dev::http;
use attune_dev::paths::make_dir;
use attune_dev::process::{Managed, Service, ports};
use attune_dev::tools;
use attune_dev::workerd::{Script, Template, serve};
use serde_json::Value;
use std::path::Path;
use std::process::Command;

const CLASSES: [(&str, &str); 4] =
    [("SESSION", "Session"), ("ROOM", "Room"), ("TENANT", "Tenant"), ("LIMITER", "Limiter")];

/// The running peer.
pub struct Peer {
    /// Its port.
    pub port: u16,
    /// The process.
    pub pid: u32,
    process: Managed,
}

impl Peer {
    /// Bundles it and starts it on an empty folder. `vars`: its text bindings.
    ///
    /// # Errors
    /// A tool is missing, or it does not become healthy.
    pub fn start(rig: &Rig, vars: &[(&str, &str)]) -> Result<Self> {
        let folder = rig.folder.join("peer");
        make_dir(&folder.join("objects"))?;
        bundle(rig, &folder)?;
        let port = ports::free(None)?;
        let file = folder.join("workerd.capnp");
        std::fs::write(&file, configuration(rig, port, vars)?).at("the peer's configuration")?;
        let command = serve(&tools::npm_packages(&rig.paths)?, &file);
        let mut process = Service { folder, ..rig.service("peer", command) }.start()?;
        let health = format!("http://127.0.0.1:{port}/healthz");
        process.wait_until(30, || http::answers(&health))?;
        let pid = pid_of(&process, "workerd")?;
        Ok(Self { port, pid, process })
    }

    /// Makes the tenant with its people, project and rooms.
    ///
    /// # Errors
    /// It refuses.
    pub fn set_up(&self, tenant: &Value) -> Result<()> {
        let url = format!("http://127.0.0.1:{}/tenant", self.port);
        http::send("PUT", &url, &[], tenant.to_string().as_bytes(), 20)?.success("set the peer up")?;
        Ok(())
    }

    /// Fails when it has ended.
    ///
    /// # Errors
    /// It has.
    pub fn check(&mut self) -> Result<()> {
        Ok(self.process.check()?)
    }
}

/// One module of all, minified as `wrangler deploy --minify` does.
fn bundle(rig: &Rig, folder: &Path) -> Result<()> {
    let esbuild = tools::npm_packages(&rig.paths)?.join("esbuild/bin/esbuild");
    let made = Command::new(esbuild)
        .arg(rig.paths.root.join("tests/bench/js/mint/worker.mjs"))
        .args(["--bundle", "--minify", "--format=esm", "--conditions=workerd,worker,browser", "--log-level=error"])
        .args(["--external:cloudflare:workers", "--external:node:*"])
        .arg(format!("--outfile={}", folder.join("worker.js").display()))
        .env("NODE_PATH", tools::oracles(&rig.paths)?.join("node_modules"))
        .output()
        .at("esbuild")?;
    if made.status.success() {
        return Ok(());
    }
    Err(Error::wrong(format!("the peer cannot be bundled: {}", String::from_utf8_lossy(&made.stderr))))
}

fn configuration(rig: &Rig, port: u16, vars: &[(&str, &str)]) -> Result<String> {
    let template = Template::read(&rig.paths)?;
    let texts: Vec<_> = vars.iter().map(|(name, value)| (*name, (*value).to_owned())).collect();
    let script = Script {
        port,
        modules: vec![("worker.js", "worker.js".to_owned())],
        compatibility_date: template.compatibility_date()?,
        texts: &texts,
        objects: CLASSES.to_vec(),
        assets: None,
        v8_flags: &rig.v8_flags,
    };
    Ok(script.configuration())
}
