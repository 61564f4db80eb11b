//! Tools that come as Rust crates.

use std::path::PathBuf;

use super::install::{Install, run};
use crate::error::Result;
use crate::paths::Paths;
use crate::process::run::Step;

/// A crate with a program.
pub struct CrateTool {
    name: &'static str,
    version: &'static str,
    why: &'static str,
    binary: &'static str,
    flags: &'static [&'static str],
}

/// The DynamoDB engine.
pub const DYNOXIDE: CrateTool = CrateTool {
    name: "dynoxide-rs",
    version: "3.2.0",
    why: "the DynamoDB engine of local runs; compiles for 2 to 3 minutes",
    binary: "bin/dynoxide",
    flags: &["--locked", "--no-default-features", "--features", "native-sqlite,http-server,cli"],
};

/// Must equal the version of the crate `wasm-bindgen` in the root `Cargo.toml`.
pub const WASM_BINDGEN: CrateTool = CrateTool {
    name: "wasm-bindgen-cli",
    version: "0.2.130",
    why: "binds the Worker's wasm to JavaScript; compiles for 3 to 4 minutes",
    binary: "bin/wasm-bindgen",
    // its lock file names crates that were withdrawn since
    flags: &[],
};

/// Builds the Worker.
pub const WORKER_BUILD: CrateTool = CrateTool {
    name: "worker-build",
    version: "0.8.7",
    why: "builds the Worker; compiles for 3 to 4 minutes",
    binary: "bin/worker-build",
    flags: &["--locked"],
};

impl CrateTool {
    /// Folder in the cache.
    pub fn folder(&self) -> String {
        format!("{}-{}", self.name, self.version)
    }

    /// Whether it is there.
    pub fn present(&self, paths: &Paths) -> bool {
        paths.cache.join(self.folder()).join(self.binary).is_file()
    }

    /// The program, installed if need be.
    pub fn install(&self, paths: &Paths) -> Result<PathBuf> {
        let folder = self.folder();
        let install = Install { folder: &folder, why: self.why, proof: self.binary };
        // cargo writes this file last, with name and version
        let adopt = |dir: &std::path::Path| {
            std::fs::read_to_string(dir.join(".crates.toml"))
                .is_ok_and(|text| text.contains(&format!("\"{} {} ", self.name, self.version)))
        };
        let dir = install.ensure(paths, adopt, |dir, log| {
            let mut command = vec!["cargo", "install", self.name, "--version", self.version, "--root"];
            let root = dir.to_string_lossy();
            command.push(&root);
            command.extend(self.flags);
            let mut step = Step::new(&paths.cache, command);
            // the clone's settings are not the tool's, and a stopped build goes on where it was
            step.without = ["CARGO_TARGET_DIR", "RUSTFLAGS", "CARGO_ENCODED_RUSTFLAGS"].map(Into::into).into();
            let target = paths.cache.join(format!("{folder}.target"));
            step = step.env("CARGO_TARGET_DIR", target.to_string_lossy());
            run(&step, &folder, log)?;
            let _ = std::fs::remove_dir_all(target);
            Ok(())
        })?;
        Ok(dir.join(self.binary))
    }
}
