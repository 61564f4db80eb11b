//! `cargo dev doctor`: what is found, what is missing, how to get it.

use std::process::{Command, ExitCode, Stdio};

use attune_dev::console::{note, title};
use attune_dev::error::Result;
use attune_dev::paths::Paths;
use attune_dev::tools;

/// One line of the report.
struct Finding {
    what: &'static str,
    /// What was found, or how to get it.
    found: Result<String, String>,
    required: bool,
}

fn output(program: &str, arguments: &[&str]) -> Option<String> {
    let out = Command::new(program).args(arguments).stderr(Stdio::null()).stdin(Stdio::null()).output().ok()?;
    let text = String::from_utf8_lossy(&out.stdout);
    out.status.success().then(|| text.lines().next().unwrap_or_default().trim().to_owned())
}

fn need(what: &'static str, found: Option<String>, how: &str) -> Finding {
    Finding { what, found: found.ok_or_else(|| how.to_owned()), required: true }
}

fn wish(what: &'static str, found: Option<String>, how: &str) -> Finding {
    Finding { what, found: found.ok_or_else(|| how.to_owned()), required: false }
}

fn wasm_target() -> Option<String> {
    let root = output("rustc", &["--print", "sysroot"])?;
    let folder = std::path::Path::new(&root).join("lib/rustlib/wasm32-unknown-unknown");
    folder.is_dir().then(|| "installed".into())
}

fn programs() -> Vec<Finding> {
    let python = tools::find_python().map(|path| path.display().to_string());
    let chromium = tools::find_chromium().map(|path| path.display().to_string());
    let docker = tools::docker().map(|version| format!("engine {version}"));
    let no_python = "install python3.13 with its venv module, `pyenv install 3.13`, or `pip install uv && uv python \
                     install 3.13`; a Docker engine does in its place";
    let python = match (python, &docker) {
        (None, Some(_)) => wish("Python 3.13", None, "not needed: there is a Docker engine"),
        (python, _) => need("Python 3.13", python, no_python),
    };
    vec![
        need("rustc", output("rustc", &["--version"]), "https://rustup.rs"),
        need("target wasm32", wasm_target(), "rustup target add wasm32-unknown-unknown"),
        need("rustfmt", output("cargo", &["fmt", "--version"]), "rustup component add rustfmt"),
        need("clippy", output("cargo", &["clippy", "--version"]), "rustup component add clippy"),
        need("C compiler", output("cc", &["--version"]), "install gcc or clang"),
        need("git", output("git", &["--version"]), "install git"),
        need("Node.js", output("node", &["--version"]), "install Node.js (22.12 or later saves a download)"),
        need("npm", output("npm", &["--version"]), "install npm"),
        python,
        wish("Docker", docker, "optional: LocalStack runs on the host"),
        wish(
            "Chromium",
            chromium,
            "optional: the tests of pages are left out; `apt-get install chromium`, or set ATTUNE_CHROMIUM",
        ),
        wish("Terraform", output("terraform", &["version"]), "optional: its checks are left out"),
        wish(
            "provider mirror",
            super::check::provider_mirror().map(|path| path.display().to_string()),
            "optional: set TF_PLUGIN_DIR where Terraform's registry is out of reach",
        ),
        wish("target arm64", arm_target(), "for `package`: rustup target add aarch64-unknown-linux-gnu"),
    ]
}

fn arm_target() -> Option<String> {
    let root = output("rustc", &["--print", "sysroot"])?;
    let folder = std::path::Path::new(&root).join("lib/rustlib/aarch64-unknown-linux-gnu");
    folder.is_dir().then(|| "installed".into())
}

/// Runs the command: success when nothing that is required is missing.
pub fn run(paths: &Paths) -> Result<ExitCode> {
    title("programs");
    let findings = programs();
    for finding in &findings {
        match &finding.found {
            Ok(version) => note(&format!("ok       {:<16} {version}", finding.what)),
            Err(how) if finding.required => note(&format!("MISSING  {:<16} {how}", finding.what)),
            Err(how) => note(&format!("-        {:<16} {how}", finding.what)),
        }
    }
    title(&format!("tools in {}", paths.cache.display()));
    for (name, present) in tools::inventory(paths)? {
        note(&format!("{:<8} {name}", if present { "ok" } else { "later" }));
    }
    note("what says `later` is installed by the first command that needs it");
    let complete = findings.iter().all(|finding| !finding.required || finding.found.is_ok());
    Ok(if complete { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
