//! Reads the tree: what git tracks or would track, and what cargo says of the workspace.

use crate::File;
use crate::dependencies::Package;
use serde::Deserialize;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Why the tree could not be read. Rules are never skipped: without git or cargo the tests fail.
#[derive(Debug, thiserror::Error)]
pub enum TreeError {
    /// A command could not be started.
    #[error("{0} could not be started")]
    Start(&'static str, #[source] std::io::Error),
    /// A command failed.
    #[error("{0} failed: {1}")]
    Failed(&'static str, String),
    /// cargo's answer has another shape.
    #[error("cargo metadata has another shape")]
    Metadata(#[source] serde_json::Error),
    /// A file could not be read.
    #[error("{0} could not be read")]
    Read(String, #[source] std::io::Error),
}

/// The root of the tree.
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn output(name: &'static str, command: &mut Command) -> Result<Vec<u8>, TreeError> {
    let output = command.current_dir(root()).output().map_err(|error| TreeError::Start(name, error))?;
    if output.status.success() {
        return Ok(output.stdout);
    }
    Err(TreeError::Failed(name, String::from_utf8_lossy(&output.stderr).into_owned()))
}

/// All files that git tracks, and those that it does not ignore.
///
/// # Errors
/// git is missing or fails, or a file cannot be read.
pub fn files() -> Result<Vec<File>, TreeError> {
    let arguments = ["ls-files", "-z", "--cached", "--others", "--exclude-standard"];
    let listed = output("git ls-files", Command::new("git").args(arguments))?;
    let mut files = Vec::new();
    for path in listed.split(|byte| *byte == 0).filter(|path| !path.is_empty()) {
        let path = String::from_utf8_lossy(path).into_owned();
        match std::fs::read(root().join(&path)) {
            Ok(bytes) => files.push(File { text: String::from_utf8(bytes).unwrap_or_default(), path }),
            // Deleted in the work tree, still in the index.
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
            Err(error) => return Err(TreeError::Read(path, error)),
        }
    }
    files.sort_by(|a, b| a.path.cmp(&b.path));
    files.dedup();
    Ok(files)
}

/// The packages of the workspace with their declared dependencies.
///
/// # Errors
/// cargo fails or answers something else.
pub fn packages() -> Result<Vec<Package>, TreeError> {
    #[derive(Deserialize)]
    struct Metadata {
        packages: Vec<Package>,
        workspace_root: String,
    }
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let arguments = ["metadata", "--format-version", "1", "--no-deps", "--offline"];
    let text = output("cargo metadata", Command::new(cargo).args(arguments))?;
    let metadata: Metadata = serde_json::from_slice(&text).map_err(TreeError::Metadata)?;
    let prefix = format!("{}/", metadata.workspace_root);
    let place = |mut package: Package| {
        let path = package.manifest_path.strip_prefix(&prefix).unwrap_or(&package.manifest_path);
        package.manifest_path = path.trim_end_matches("/Cargo.toml").to_owned();
        package
    };
    Ok(metadata.packages.into_iter().map(place).collect())
}
