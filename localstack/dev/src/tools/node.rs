//! Node.js and what comes from npm.

use std::path::{Path, PathBuf};
use std::process::Command;

use sha2::{Digest, Sha256};

use super::install::{Install, run};
use crate::error::{Error, IoContext, Result};
use crate::paths::Paths;
use crate::process::run::Step;

const NODE: &str = "22.23.3";
/// wrangler refuses older ones.
const OLDEST: (u32, u32) = (22, 12);

fn version(node: &Path) -> Option<(u32, u32)> {
    let out = Command::new(node).arg("--version").output().ok()?;
    let text = String::from_utf8_lossy(&out.stdout).into_owned();
    let mut parts = text.trim().strip_prefix('v')?.split('.').map(|part| part.parse().ok());
    Some((parts.next()??, parts.next()??))
}

/// Node.js 22.12 or later: the system's, else a copy in the cache from npm.
pub fn find_node(paths: &Paths) -> Result<PathBuf> {
    let system = PathBuf::from("node");
    let found = version(&system);
    if found.is_some_and(|found| found >= OLDEST) {
        return Ok(system);
    }
    if found.is_none() {
        return Err(Error::Missing {
            what: "Node.js".into(),
            how: "install Node.js (any version with npm; 22.12 or later saves a download)".into(),
        });
    }
    let package = platform_package()?;
    let folder = folder();
    let install = Install {
        folder: &folder,
        why: "wrangler needs Node.js 22.12 or later and the system's is older; downloads 50 MB",
        proof: "bin/node",
    };
    let right = |dir: &Path| version(&dir.join("bin/node")).is_some_and(|found| found >= OLDEST);
    let dir = install.ensure(paths, right, |dir, log| {
        // packing and unpacking runs no install script, which newer npm versions skip anyway
        run(
            &Step::new(dir, ["npm", "pack", &format!("{package}@{NODE}"), "--pack-destination", "."]),
            "npm pack",
            log,
        )?;
        let archive = format!("{package}-{NODE}.tgz");
        run(&Step::new(dir, ["tar", "-xzf", &archive, "--strip-components=1"]), "unpack", log)?;
        let _ = std::fs::remove_file(dir.join(archive));
        Ok(())
    })?;
    Ok(dir.join("bin/node"))
}

/// A Chromium for the tests of pages: `ATTUNE_CHROMIUM`, else the first of its usual names that answers.
pub fn find_chromium() -> Option<PathBuf> {
    let named = std::env::var_os("ATTUNE_CHROMIUM").map(PathBuf::from);
    let usual = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];
    let path = std::env::var_os("PATH").unwrap_or_default();
    let folders: Vec<PathBuf> = std::env::split_paths(&path).collect();
    let on_path = usual.iter().flat_map(|name| folders.iter().map(move |folder| folder.join(name)));
    let on_macos = ["Chromium", "Google Chrome"].map(|app| format!("/Applications/{app}.app/Contents/MacOS/{app}"));
    // a distribution can have a program in its place that only says how to get it
    let answers = |program: &PathBuf| {
        program.is_file() && Command::new(program).arg("--version").output().is_ok_and(|out| out.status.success())
    };
    named.into_iter().chain(on_path).chain(on_macos.map(PathBuf::from)).find(answers)
}

/// Folder of Node.js in the cache.
pub fn folder() -> String {
    format!("node-{NODE}")
}

/// Name of the npm package with Node.js for this machine.
fn platform_package() -> Result<String> {
    let os = match std::env::consts::OS {
        "linux" => "linux",
        "macos" => "darwin",
        other => return Err(Error::other(format!("no Node.js package for {other}: install Node.js 22.12 or later"))),
    };
    let cpu = match std::env::consts::ARCH {
        "x86_64" => "x64",
        "aarch64" => "arm64",
        other => return Err(Error::other(format!("no Node.js package for {other}: install Node.js 22.12 or later"))),
    };
    Ok(format!("node-{os}-{cpu}"))
}

/// Judges of tests: the packages of `tests/local/oracles`, in `node_modules` of the folder that is given.
pub fn oracles(paths: &Paths) -> Result<PathBuf> {
    let why = "livekit-server-sdk, which judges tokens in tests; downloads 2 MB";
    locked(paths, "tests/local/oracles", "npm-oracles", why, "node_modules/livekit-server-sdk/package.json")
}

/// What the widget is compared with, and Lighthouse: the packages of `tests/bench/js/widget`, as with [`oracles`].
pub fn widget_peers(paths: &Paths) -> Result<PathBuf> {
    let why = "widgets of others and Lighthouse, for figures; downloads 60 MB";
    locked(paths, "tests/bench/js/widget", "npm-peers", why, "node_modules/lighthouse/package.json")
}

/// The packages of a folder's lock file.
fn locked(paths: &Paths, from: &str, name: &str, why: &str, proof: &str) -> Result<PathBuf> {
    let from = paths.root.join(from);
    let folder = locked_folder(&from.join("package-lock.json"), name)?;
    Install { folder: &folder, why, proof }.ensure(
        paths,
        |_| false,
        |dir, log| {
            for file in ["package.json", "package-lock.json"] {
                std::fs::copy(from.join(file), dir.join(file)).at(&from)?;
            }
            // not `ci`, see `npm_packages`
            run(&Step::new(dir, ["npm", "install", "--ignore-scripts", "--no-audit", "--no-fund"]), &folder, log)
        },
    )
}

/// A folder in the cache, named by what a lock file says.
fn locked_folder(lock: &Path, name: &str) -> Result<String> {
    let digest = Sha256::digest(std::fs::read(lock).at(lock)?);
    Ok(format!("{name}-{}", digest[..6].iter().map(|byte| format!("{byte:02x}")).collect::<String>()))
}

/// Folder in the cache for the packages of `localstack/tools/package-lock.json`.
pub fn npm_folder(paths: &Paths) -> Result<String> {
    locked_folder(&paths.root.join("localstack/tools/package-lock.json"), "npm-tools")
}

/// `node_modules` with wrangler, esbuild, binaryen, what the widget is made of, and for the tests of pages playwright-core, axe-core,
/// React, Vue and the compiler of TypeScript.
pub fn npm_packages(paths: &Paths) -> Result<PathBuf> {
    let folder = npm_folder(paths)?;
    let install = Install {
        folder: &folder,
        why: "wrangler, esbuild, binaryen, playwright-core and the widget's libraries; downloads 130 MB, less than a minute",
        proof: "node_modules/wrangler/package.json",
    };
    let dir = install.ensure(
        paths,
        |_| false,
        |dir, log| {
            for file in ["package.json", "package-lock.json", ".npmrc"] {
                let from = paths.root.join("localstack/tools").join(file);
                std::fs::copy(&from, dir.join(file)).at(&from)?;
            }
            // The programs are in packages of their own per platform; nothing needs an install script. `npm ci` would refuse
            // a lock file that does not name the packages of every platform; `install` keeps to what it does name.
            run(&Step::new(dir, ["npm", "install", "--ignore-scripts", "--no-audit", "--no-fund"]), &folder, log)
        },
    )?;
    Ok(dir.join("node_modules"))
}
