//! Builds of the parts that run in a stack.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::assets;
use super::options::{Functions, Worker};

use sha2::{Digest, Sha256};

use crate::console::{self, Heartbeat};
use crate::error::{IoContext, Result};
use crate::paths::{Paths, make_dir};
use crate::process::run::Step;
use crate::resources::Local;
use crate::tools::Tools;
use crate::wasm;

/// Set by a command that has built everything and now runs programs that start stacks.
pub const BUILT: &str = "ATTUNE_BUILT";

fn built_already() -> bool {
    std::env::var_os(BUILT).is_some_and(|value| value == "1")
}

/// The functions' programs, built if asked for.
pub fn function_binaries(paths: &Paths, functions: &Functions) -> Result<BTreeMap<String, PathBuf>> {
    match functions {
        Functions::None => Ok(BTreeMap::new()),
        Functions::Programs(programs) => Ok(programs.clone()),
        Functions::Build => {
            let resources = Local::load(None)?.all;
            // the same profile as the tests: the AWS SDK is compiled once
            let folder = paths.target.join("debug");
            let programs = resources.functions.keys().map(|name| (name.clone(), folder.join(name))).collect();
            if built_already() {
                return Ok(programs);
            }
            let mut command = vec!["cargo".to_owned(), "build".into(), "--locked".into()];
            for name in resources.functions.keys() {
                command.extend(["-p".to_owned(), name.clone()]);
            }
            // together, so that what they share is compiled once
            command.extend(["-p".to_owned(), "attune-agent".to_owned()]);
            build(paths, "functions", Step::new(&paths.root, command))?;
            Ok(programs)
        }
    }
}

/// Builds the station agent; its program.
pub fn build_agent(paths: &Paths) -> Result<PathBuf> {
    let program = paths.target.join("debug/attune-agent");
    if !built_already() {
        let command = ["cargo", "build", "--locked", "-p", "attune-agent"].map(str::to_owned);
        build(paths, "agent", Step::new(&paths.root, command))?;
    }
    Ok(program)
}

/// The Worker's bundle, built if asked for.
pub fn worker_bundle(paths: &Paths, tools: &Tools, worker: &Worker) -> Result<Option<PathBuf>> {
    match worker {
        Worker::None => Ok(None),
        Worker::Bundle(folder) => Ok(Some(folder.clone())),
        Worker::Build => build_worker(paths, tools).map(Some),
    }
}

/// Builds the Worker with worker-build; the folder with its bundle.
pub fn build_worker(paths: &Paths, tools: &Tools) -> Result<PathBuf> {
    let folder = paths.root.join("edge/api");
    if built_already() && folder.join("build/index.js").is_file() {
        return Ok(folder.join("build"));
    }
    let stamp = stamp(paths)?;
    let stamp_file = folder.join("build/.stamp");
    let assets = || assets::write(paths, tools, &folder.join("build/assets"));
    if std::fs::read_to_string(&stamp_file).is_ok_and(|found| found == stamp) {
        console::note("Worker is as it was built");
        assets()?;
        return Ok(folder.join("build"));
    }
    let text = |path: &Path| path.to_string_lossy().into_owned();
    let step = Step::new(&folder, [text(&tools.worker_build), "--profile".into(), "edge".into()])
        .env("WASM_BINDGEN_BIN", text(&tools.wasm_bindgen))
        .env("WASM_OPT_BIN", text(&tools.node_modules.join("binaryen/bin/wasm-opt")))
        .env("ESBUILD_BIN", text(&tools.node_modules.join("esbuild/bin/esbuild")))
        .env("PATH", path_with(&tools.node));
    build(paths, "Worker", step)?;
    wasm::strip_names(&folder.join("build/index_bg.wasm"))?;
    assets()?;
    std::fs::write(&stamp_file, stamp).at(&stamp_file)?;
    Ok(folder.join("build"))
}

/// What the bundle is made of: optimizing it again takes a minute, so it is not done when nothing changed.
fn stamp(paths: &Paths) -> Result<String> {
    let mut open =
        ["edge/api", "edge/kit", "edge/objects", "shared", "migrations", "infra/resources.json", "Cargo.toml"]
            .map(|name| paths.root.join(name))
            .to_vec();
    open.push(paths.root.join("Cargo.lock"));
    let mut files = Vec::new();
    while let Some(path) = open.pop() {
        if path.is_file() {
            files.push(path);
            continue;
        }
        for entry in std::fs::read_dir(&path).at(&path)? {
            let entry = entry.at(&path)?;
            if entry.file_name() != "build" && entry.file_name() != "target" {
                open.push(entry.path());
            }
        }
    }
    files.sort();
    let mut digest = Sha256::new();
    for file in &files {
        digest.update(file.strip_prefix(&paths.root).unwrap_or(file).to_string_lossy().as_bytes());
        digest.update(Sha256::digest(std::fs::read(file).at(file)?));
    }
    Ok(digest.finalize().iter().map(|byte| format!("{byte:02x}")).collect())
}

/// This program's `PATH` with a program's folder in front.
pub fn path_with(program: &Path) -> String {
    let path = std::env::var("PATH").unwrap_or_default();
    match program.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        Some(folder) => format!("{}:{path}", folder.display()),
        None => path,
    }
}

fn build(paths: &Paths, what: &str, step: Step) -> Result<()> {
    let log = paths.local.join("logs").join(format!("build-{}.log", what.to_lowercase()));
    if let Some(parent) = log.parent() {
        make_dir(parent)?;
    }
    std::fs::write(&log, b"").at(&log)?;
    let mut heartbeat = Heartbeat::new(format!("build {what}"), Duration::from_secs(15));
    let ended = step.log_to(&log, |elapsed| {
        heartbeat.tick(elapsed, || {
            let text = std::fs::read_to_string(&log).unwrap_or_default();
            text.lines().next_back().unwrap_or_default().trim().chars().take(80).collect()
        });
    })?;
    if !ended.success {
        let text = std::fs::read_to_string(&log).unwrap_or_default();
        let tail: Vec<&str> = text.lines().rev().take(40).collect();
        for line in tail.into_iter().rev() {
            console::note(line);
        }
    }
    step.expect_success(&ended, Some(log))?;
    console::done(&format!("build {what}"), ended.took);
    Ok(())
}
