//! Tools that `cargo dev` installs for the user: each in a folder of its own in the cache, named by tool and version.

mod cargo_install;
mod install;
mod node;
mod python;
mod restate;

use std::path::PathBuf;
use std::process::Command;

use crate::error::Result;
use crate::paths::Paths;

pub use cargo_install::{DYNOXIDE, WASM_BINDGEN, WORKER_BUILD};
pub use node::{find_chromium, find_node, npm_packages, oracles, widget_peers};
pub use python::{
    AIOSMTPD, CARGO_LAMBDA, CHECKOV, LIVEKIT_API, RADICALE, SCHEMATHESIS, XANDIKOS, find_python, localstack,
};
pub use restate::restate;

/// Everything that running a stack needs.
#[derive(Debug, Clone)]
pub struct Tools {
    /// Python of LocalStack's environment; none where LocalStack runs in a container.
    pub localstack_python: Option<PathBuf>,
    /// Python of the SMTP server's environment; none where there is no Python beside a Docker engine.
    pub smtp_python: Option<PathBuf>,
    /// The DynamoDB engine.
    pub dynoxide: PathBuf,
    /// Builds the Worker.
    pub worker_build: PathBuf,
    /// Binds wasm to JavaScript, for worker-build.
    pub wasm_bindgen: PathBuf,
    /// Node.js 22.12 or later.
    pub node: PathBuf,
    /// `node_modules` with wrangler, esbuild, binaryen, playwright-core and TypeScript.
    pub node_modules: PathBuf,
}

impl Tools {
    /// Installs what is missing; says what it does. Cargo's builds run one after the other, the rest beside them.
    pub fn install(paths: &Paths) -> Result<Self> {
        std::thread::scope(|scope| {
            let python = scope.spawn(|| {
                let localstack = localstack_or_docker(paths)?;
                let smtp = match (&localstack, python::find_any_python()) {
                    (None, None) => None,
                    _ => Some(AIOSMTPD.install(paths)?.join("bin/python")),
                };
                Ok((localstack, smtp))
            });
            let node = scope.spawn(|| Ok((find_node(paths)?, npm_packages(paths)?)));
            let cargo = (|| {
                let dynoxide = DYNOXIDE.install(paths)?;
                Ok((dynoxide, WASM_BINDGEN.install(paths)?, WORKER_BUILD.install(paths)?))
            })();
            let crashed = || crate::Error::other("an installer crashed");
            let python = python.join().map_err(|_| crashed())?;
            let node = node.join().map_err(|_| crashed())?;
            let (dynoxide, wasm_bindgen, worker_build) = cargo?;
            let (node, node_modules) = node?;
            let (localstack_python, smtp_python) = python?;
            Ok(Self { localstack_python, smtp_python, dynoxide, worker_build, wasm_bindgen, node, node_modules })
        })
    }
}

/// LocalStack's Python; none when there is no Python 3.13 and a Docker engine in its place.
fn localstack_or_docker(paths: &Paths) -> Result<Option<PathBuf>> {
    let installed = paths.cache.join(python::localstack_folder()).join(install::COMPLETE).is_file();
    if !installed && find_python().is_none() && docker().is_some() {
        return Ok(None);
    }
    localstack(paths).map(Some)
}

/// Version of the Docker engine that answers.
pub fn docker() -> Option<String> {
    let out = Command::new("docker").args(["info", "--format", "{{.ServerVersion}}"]).output().ok()?;
    let version = String::from_utf8_lossy(&out.stdout).trim().to_owned();
    (out.status.success() && !version.is_empty()).then_some(version)
}

/// All tools by folder name, and whether each is there.
pub fn inventory(paths: &Paths) -> Result<Vec<(String, bool)>> {
    let mut all: Vec<(String, bool)> =
        [&DYNOXIDE, &WASM_BINDGEN, &WORKER_BUILD].map(|tool| (tool.folder(), tool.present(paths))).into();
    let python = [&AIOSMTPD, &CARGO_LAMBDA, &CHECKOV, &LIVEKIT_API, &RADICALE, &SCHEMATHESIS, &XANDIKOS];
    all.extend(python.map(|tool| (tool.folder(), tool.present(paths))));
    for folder in [python::localstack_folder(), node::npm_folder(paths)?, node::folder()] {
        let present = paths.cache.join(&folder).join(install::COMPLETE).is_file();
        all.push((folder, present));
    }
    Ok(all)
}
