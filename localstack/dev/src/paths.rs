//! Where things are: the clone, its ignored state, and the cache shared by all clones of a user.

use std::path::{Path, PathBuf};

use crate::error::{Error, IoContext, Result};

/// The folders of one clone.
#[derive(Debug, Clone)]
pub struct Paths {
    /// Top of the clone.
    pub root: PathBuf,
    /// `.local`: state of this clone, ignored by git.
    pub local: PathBuf,
    /// Tools, one folder per tool and version, shared by all clones.
    pub cache: PathBuf,
    /// Cargo's target folder.
    pub target: PathBuf,
}

impl Paths {
    /// Finds the clone from the place where this crate was compiled, else from the working folder upwards.
    pub fn find() -> Result<Self> {
        let built_in = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
        let root = if built_in.join("infra/resources.json").exists() {
            built_in.canonicalize().at(&built_in)?
        } else {
            let here = std::env::current_dir().at(".")?;
            here.ancestors()
                .find(|dir| dir.join("localstack/dev/Cargo.toml").exists())
                .map(Path::to_owned)
                .ok_or_else(|| Error::other("run this inside a clone of Attune"))?
        };
        let target = match std::env::var_os("CARGO_TARGET_DIR") {
            Some(dir) => root.join(dir),
            None => root.join("target"),
        };
        Ok(Self { local: root.join(".local"), cache: cache_dir()?, target, root })
    }

    /// State of the stack `id`: process records, generated configuration, data.
    pub fn run(&self, id: &str) -> PathBuf {
        self.local.join("run").join(id)
    }

    /// Logs of the stack `id`.
    pub fn logs(&self, id: &str) -> PathBuf {
        self.local.join("logs").join(id)
    }

    /// Addresses and keys of the stack that `cargo dev up` started.
    pub fn state(&self) -> PathBuf {
        self.local.join("state.json")
    }
}

fn cache_dir() -> Result<PathBuf> {
    let absolute = |name: &str| std::env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute());
    absolute("XDG_CACHE_HOME")
        .or_else(|| absolute("HOME").map(|home| home.join(".cache")))
        .map(|dir| dir.join("attune"))
        .ok_or_else(|| Error::Missing { what: "a cache folder".into(), how: "set HOME or XDG_CACHE_HOME".into() })
}

/// Creates a folder with its parents.
pub fn make_dir(path: &Path) -> Result<()> {
    std::fs::create_dir_all(path).at(path)
}

/// Writes a file whole or not at all: a reader never sees half of it.
pub fn write_atomic(path: &Path, bytes: &[u8]) -> Result<()> {
    if let Some(parent) = path.parent() {
        make_dir(parent)?;
    }
    let temporary = path.with_extension(format!("tmp{}", std::process::id()));
    std::fs::write(&temporary, bytes).at(&temporary)?;
    std::fs::rename(&temporary, path).at(path)
}
