//! Restate, the peer of the bench's durable accepts.

use std::path::PathBuf;

use super::install::{Install, run};
use crate::error::{IoContext, Result};
use crate::paths::Paths;
use crate::process::run::Step;

const FOLDER: &str = "restate-1.7.12";
const PACKAGES: [&str; 2] = ["@restatedev/restate-server@1.7.12", "@restatedev/restate-sdk@1.17.2"];

/// `node_modules` with Restate's server and SDK. Only the bench asks for it.
pub fn restate(paths: &Paths) -> Result<PathBuf> {
    let install = Install {
        folder: FOLDER,
        why: "Restate, to measure beside it; downloads 100 MB, less than a minute",
        proof: "node_modules/@restatedev/restate-sdk/package.json",
    };
    let dir = install.ensure(
        paths,
        |_| true,
        |dir, log| {
            let package = dir.join("package.json");
            std::fs::write(&package, b"{\"private\":true}").at(&package)?;
            let mut command = vec!["npm", "install", "--ignore-scripts", "--no-audit", "--no-fund", "--save-exact"];
            command.extend(PACKAGES);
            run(&Step::new(dir, command), FOLDER, log)
        },
    )?;
    Ok(dir.join("node_modules"))
}
