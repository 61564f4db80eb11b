//! Tools that come as Python packages, each in a virtual environment of its own.

use std::path::{Path, PathBuf};
use std::process::Command;

use super::install::{Install, run};
use crate::error::{Error, Result};
use crate::paths::Paths;
use crate::process::run::Step;

const LOCALSTACK: &str = "4.14.0";

/// A tool from the Python package index that is not LocalStack.
pub struct PythonTool {
    name: &'static str,
    version: &'static str,
    why: &'static str,
    packages: &'static [&'static str],
    binary: &'static str,
}

/// Cross-compiles functions for arm64.
pub const CARGO_LAMBDA: PythonTool = PythonTool {
    name: "cargo-lambda",
    version: "1.9.2",
    why: "packages functions for arm64 (with zig as its linker); downloads about 100 MB",
    packages: &["cargo-lambda==1.9.2", "ziglang==0.17.0"],
    binary: "bin/cargo-lambda",
};

/// Policy scan of Terraform.
pub const CHECKOV: PythonTool = PythonTool {
    name: "checkov",
    version: "3.3.30",
    why: "scans Terraform for unsafe settings; downloads for a minute",
    packages: &["checkov==3.3.30"],
    binary: "bin/checkov",
};

/// Judges tokens of media servers in tests.
pub const LIVEKIT_API: PythonTool = PythonTool {
    name: "livekit-api",
    version: "1.2.2",
    why: "judges tokens in tests; downloads 10 MB",
    packages: &["livekit-api==1.2.2", "livekit-protocol==1.1.29"],
    binary: "bin/python",
};

/// Takes mail on a developer's machine.
pub const AIOSMTPD: PythonTool = PythonTool {
    name: "aiosmtpd",
    version: "1.4.6",
    why: "takes the mail that is sent here; downloads less than 1 MB",
    packages: &["aiosmtpd==1.4.6", "atpublic==6.0.2", "attrs==25.4.0"],
    binary: "bin/python",
};

/// A calendar server, for local runs and tests.
pub const RADICALE: PythonTool = PythonTool {
    name: "radicale",
    version: "3.9.0",
    why: "a calendar server to be in step with; downloads 3 MB",
    packages: &[
        "certifi==2026.10.18",
        "charset-normalizer==3.5.2",
        "defusedxml==0.7.1",
        "idna==3.20",
        "libpass==1.9.4",
        "pika==1.4.4",
        "python-dateutil==2.9.0.post0",
        "pytz==2026.6",
        "radicale==3.9.0",
        "requests==2.34.2",
        "six==1.17.0",
        "urllib3==2.8.0",
        "vobject==0.9.9",
    ],
    binary: "bin/python",
};

/// Another one, which reads the same standards in its own way.
pub const XANDIKOS: PythonTool = PythonTool {
    name: "xandikos",
    version: "0.4.10",
    why: "another calendar server to be in step with; downloads 6 MB",
    packages: &[
        "aiohappyeyeballs==2.7.1",
        "aiohttp==3.14.5",
        "aiosignal==1.4.0",
        "attrs==26.1.0",
        "defusedxml==0.7.1",
        "dulwich==1.2.21",
        "frozenlist==1.8.0",
        "icalendar==7.3.0",
        "idna==3.20",
        "jinja2==3.1.6",
        "markupsafe==3.0.4",
        "multidict==7.2.1",
        "propcache==0.5.4",
        "python-dateutil==4.0.0",
        "pytz==2026.6",
        "six==1.17.0",
        "typing_extensions==4.16.0",
        "tzdata==2026.6",
        "urllib3==2.8.0",
        "vobject==0.9.9",
        "xandikos==0.4.10",
        "yarl==1.25.1",
    ],
    binary: "bin/python",
};

/// Makes requests of the OpenAPI document, good and bad, and judges the answers by it.
pub const SCHEMATHESIS: PythonTool = PythonTool {
    name: "schemathesis",
    version: "4.32.5",
    why: "tries the OpenAPI document out in tests; downloads 30 MB",
    packages: &["schemathesis==4.32.5", "hypothesis==6.170.15", "jsonschema-rs==0.60.3", "cryptography==50.0.2"],
    binary: "bin/python",
};

impl PythonTool {
    /// Folder in the cache.
    pub fn folder(&self) -> String {
        format!("{}-{}", self.name, self.version)
    }

    /// Whether it is there.
    pub fn present(&self, paths: &Paths) -> bool {
        paths.cache.join(self.folder()).join(self.binary).is_file()
    }

    /// Folder of the environment, installed if need be.
    pub fn install(&self, paths: &Paths) -> Result<PathBuf> {
        let folder = self.folder();
        let install = Install { folder: &folder, why: self.why, proof: self.binary };
        install.ensure(
            paths,
            |dir| runs(&dir.join(self.binary)),
            |dir, log| {
                let python = find_any_python().ok_or_else(missing_python)?;
                venv(&python, dir, log)?;
                pip(dir, self.packages.iter().map(|package| (*package).to_owned()), &folder, log)
            },
        )
    }
}

/// Folder of LocalStack in the cache.
pub fn localstack_folder() -> String {
    format!("localstack-{LOCALSTACK}")
}

/// Whether a program starts at all: an environment that was moved or half made does not.
fn runs(program: &Path) -> bool {
    Command::new(program).arg("--version").output().is_ok_and(|out| out.status.success())
}

/// LocalStack's Python, installed if need be.
pub fn localstack(paths: &Paths) -> Result<PathBuf> {
    let folder = localstack_folder();
    let install = Install {
        folder: &folder,
        why: "the local AWS; downloads about 120 packages, 1 to 3 minutes",
        proof: "bin/python",
    };
    let version = |dir: &Path| {
        let script = "import importlib.metadata as m; print(m.version('localstack-core'))";
        Command::new(dir.join("bin/python"))
            .args(["-c", script])
            .output()
            .is_ok_and(|out| String::from_utf8_lossy(&out.stdout).trim() == LOCALSTACK)
    };
    let dir = install.ensure(paths, version, |dir, log| {
        let python = find_python().ok_or_else(missing_python)?;
        venv(&python, dir, log)?;
        let constraints = paths.root.join("localstack/constraints.txt");
        let arguments = [
            "--constraint".to_owned(),
            constraints.to_string_lossy().into_owned(),
            // some packages come as source: their builds need this one
            "setuptools".to_owned(),
            format!("localstack-core[runtime]=={LOCALSTACK}"),
        ];
        pip(dir, arguments, &folder, log)
    })?;
    Ok(dir.join("bin/python"))
}

fn venv(python: &Path, dir: &Path, log: &Path) -> Result<()> {
    let step = Step::new(
        dir,
        [python.as_os_str().to_owned(), "-m".into(), "venv".into(), "--clear".into(), dir.as_os_str().to_owned()],
    );
    run(&step, "python environment", log)
}

fn pip(dir: &Path, arguments: impl IntoIterator<Item = String>, what: &str, log: &Path) -> Result<()> {
    let python = dir.join("bin/python").to_string_lossy().into_owned();
    let mut command = vec![python];
    command.extend(["-m", "pip", "install", "--no-input", "--disable-pip-version-check"].map(str::to_owned));
    command.extend(arguments);
    let mut step = Step::new(dir, command);
    step.without = vec!["PYTHONPATH".into(), "PYTHONHOME".into()];
    run(&step, what, log)
}

/// What to say when there is no suitable Python.
pub fn missing_python() -> Error {
    Error::Missing {
        what: "Python 3.13".into(),
        how: "install python3.13 (with venv) by your system's packages or `pyenv install 3.13`, or let uv do it: \
              `pip install uv && uv python install 3.13`; a Docker engine does in its place"
            .into(),
    }
}

fn works(python: &Path) -> bool {
    // a shim of pyenv can exist and refuse; a Debian Python can lack venv
    let script = "import sys, venv, ensurepip; sys.exit(sys.version_info[:2] != (3, 13))";
    Command::new(python).args(["-c", script]).output().is_ok_and(|out| out.status.success())
}

/// Python 3.13, which LocalStack needs: on the path, in pyenv, in uv's folder.
pub fn find_python() -> Option<PathBuf> {
    let mut candidates: Vec<PathBuf> = ["python3.13", "python3", "python"].map(PathBuf::from).into();
    let home = std::env::var_os("HOME").map(PathBuf::from).unwrap_or_default();
    let pyenv = std::env::var_os("PYENV_ROOT").map_or_else(|| home.join(".pyenv"), PathBuf::from);
    let uv =
        std::env::var_os("UV_PYTHON_INSTALL_DIR").map_or_else(|| home.join(".local/share/uv/python"), PathBuf::from);
    for (folder, start) in [(pyenv.join("versions"), "3.13"), (uv, "cpython-3.13")] {
        let Ok(entries) = std::fs::read_dir(folder) else { continue };
        let mut found: Vec<PathBuf> = entries
            .flatten()
            .filter(|entry| entry.file_name().to_string_lossy().starts_with(start))
            .map(|entry| entry.path().join("bin/python3.13"))
            .collect();
        found.sort();
        candidates.extend(found.into_iter().rev());
    }
    candidates.into_iter().find(|python| works(python))
}

/// Any Python 3.10 or later with `venv`, for small tools.
pub(super) fn find_any_python() -> Option<PathBuf> {
    let script = "import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 10))";
    find_python().or_else(|| {
        Command::new("python3")
            .args(["-c", script])
            .output()
            .is_ok_and(|out| out.status.success())
            .then(|| PathBuf::from("python3"))
    })
}
