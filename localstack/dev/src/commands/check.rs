//! `cargo dev check`: what can be known without running the system.

use std::path::PathBuf;
use std::process::{Command, ExitCode, Stdio};
use std::time::Instant;

use attune_dev::console::{self, note, title};
use attune_dev::error::{Error, IoContext, Result};
use attune_dev::paths::{Paths, make_dir, write_atomic};
use attune_dev::process::run::Step;
use attune_dev::process::signals;
use attune_dev::tools;
use serde_json::json;

use super::policy;
use super::suites::{Outcome, Suite};

/// Crates of `shared/`, which must stay wasm-safe, and what runs in the Worker.
const WASM: &[&str] = &[
    "attune-domain",
    "attune-contracts",
    "attune-identity",
    "attune-audio",
    "attune-optimizer",
    "attune-aws",
    "attune-edge-kit",
    "attune-objects",
    "attune-api",
];

/// Runs the command.
pub fn run(paths: &Paths) -> Result<ExitCode> {
    title("check");
    let mut outcomes = all(paths)?;
    outcomes.push(seeds(paths)?);
    let failed = outcomes.iter().filter(|outcome| outcome.failed > 0).count();
    note(&format!("{} passed, {failed} failed", outcomes.len() - failed));
    Ok(if failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// The seeds of every parser of untrusted text; in `test` they are among the unit tests.
fn seeds(paths: &Paths) -> Result<Outcome> {
    let mut arguments = Vec::new();
    for package in ["attune-domain", "attune-contracts", "attune-identity", "attune-aws"] {
        arguments.extend(["-p", package]);
    }
    for name in ["seeds", "headers_seeds", "jose_seeds", "credentials_seeds"] {
        arguments.extend(["--test", name]);
    }
    Suite::cargo("seeds", &arguments).run(paths, &[])
}

/// Runs every check; each counts as one test.
pub fn all(paths: &Paths) -> Result<Vec<Outcome>> {
    let mut outcomes = Vec::new();
    for (name, step) in cargo_checks(paths) {
        outcomes.push(one(paths, name, Ok(step))?);
    }
    outcomes.push(one(paths, "typescript", typescript(paths))?);
    outcomes.push(Suite::cargo("tidy", &["-p", "attune-tidy"]).run(paths, &[])?);
    outcomes.push(dependency_policy(paths)?);
    if terraform().is_some() {
        outcomes.push(one(
            paths,
            "terraform fmt",
            Ok(terraform_step(paths, "infra", &["fmt", "-check", "-recursive"])),
        )?);
        for folder in ["envs/local", "envs/staging", "envs/production", "modules/cell"] {
            outcomes.extend(terraform_folder(paths, folder)?);
        }
    } else {
        console::skipped("terraform fmt, validate and test: no terraform on the path");
    }
    outcomes.push(one(paths, "policy scan", checkov(paths))?);
    Ok(outcomes)
}

fn cargo_checks(paths: &Paths) -> Vec<(&'static str, Step)> {
    let mut wasm = vec!["cargo", "check", "--locked", "--quiet", "--target", "wasm32-unknown-unknown"];
    for name in WASM {
        wasm.extend(["-p", name]);
    }
    let clippy = ["cargo", "clippy", "--locked", "--quiet", "--workspace", "--all-targets", "--", "-D", "warnings"];
    vec![
        ("format", Step::new(&paths.root, ["cargo", "fmt", "--all", "--", "--check", "--color", "never"])),
        ("clippy", Step::new(&paths.root, clippy)),
        ("wasm32", Step::new(&paths.root, wasm)),
    ]
}

fn dependency_policy(paths: &Paths) -> Result<Outcome> {
    let started = Instant::now();
    let found = policy::violations(paths)?;
    let (name, took) = ("dependency policy", started.elapsed());
    if found.is_empty() {
        console::done(name, took);
    } else {
        console::failed(name);
        found.iter().for_each(|line| note(line));
    }
    let failed = u64::from(!found.is_empty());
    Ok(Outcome { name: name.into(), passed: 1 - failed, failed, ignored: 0, took })
}

/// Runs one check, its output in a log that is shown when it fails.
fn one(paths: &Paths, name: &str, step: Result<Step>) -> Result<Outcome> {
    let folder = paths.local.join("logs");
    make_dir(&folder)?;
    let log = folder.join(format!("check-{}.log", name.replace([' ', '/'], "-")));
    std::fs::write(&log, b"").at(&log)?;
    let started = Instant::now();
    let mut heartbeat = console::Heartbeat::new(name, std::time::Duration::from_secs(20));
    let result = step.and_then(|step| {
        let step = step.env("CARGO_TERM_COLOR", "never");
        let ended = step.log_to(&log, |elapsed| heartbeat.tick(elapsed, String::new))?;
        step.expect_success(&ended, Some(log.clone()))
    });
    let took = started.elapsed();
    match result {
        Ok(()) => console::done(name, took),
        Err(Error::Interrupted) => return Err(Error::Interrupted),
        Err(error) => {
            console::failed(&format!("{name}: {error}"));
            let text = std::fs::read_to_string(&log).unwrap_or_default();
            for line in text.lines().take(60) {
                note(line);
            }
            return Ok(Outcome { name: name.into(), passed: 0, failed: 1, ignored: 0, took });
        }
    }
    signals::check()?;
    Ok(Outcome { name: name.into(), passed: 1, failed: 0, ignored: 0, took })
}

/// The types of all TypeScript. What comes from npm lies in the cache, so the paths to it are written down here.
fn typescript(paths: &Paths) -> Result<Step> {
    let packages = tools::npm_packages(paths)?;
    let configuration = json!({
        "extends": paths.root.join("edge/widget/tsconfig.json"),
        "include": [paths.root.join("edge/widget/**/*.ts"), paths.root.join("edge/console/**/*.ts"), paths.root.join("tests/browser/*.d.ts")],
        "compilerOptions": {
            "typeRoots": [packages.join("@types")],
            "paths": {"*": [packages.join("*")]},
        },
    });
    let file = paths.local.join("tsconfig.json");
    write_atomic(&file, configuration.to_string().as_bytes())?;
    let compiler = packages.join("typescript/bin/tsc");
    let mut command = vec![tools::find_node(paths)?.into_os_string(), compiler.into_os_string()];
    command.extend(["-p".into(), file.into_os_string()]);
    Ok(Step::new(&paths.root, command))
}

fn checkov(paths: &Paths) -> Result<Step> {
    let python = tools::CHECKOV.install(paths)?.join("bin/python");
    let mut command = vec![python.into_os_string()];
    command.extend(["-m", "checkov.main", "-d", "infra", "--config-file", "infra/.checkov.yaml"].map(Into::into));
    Ok(Step::new(&paths.root, command).env("CHECKOV_RUN_SCA_PACKAGE_SCAN", "false").env("LOG_LEVEL", "ERROR"))
}

fn terraform() -> Option<()> {
    let status = Command::new("terraform").arg("version").stdout(Stdio::null()).stderr(Stdio::null()).status();
    status.is_ok_and(|status| status.success()).then_some(())
}

/// A folder with Terraform's providers: `TF_PLUGIN_DIR`, else one of the places that Terraform itself knows.
pub fn provider_mirror() -> Option<PathBuf> {
    let home = std::env::var_os("HOME").map(PathBuf::from).unwrap_or_default();
    let named = std::env::var_os("TF_PLUGIN_DIR").map(PathBuf::from);
    let usual = [
        home.join(".terraform.d/plugins"),
        home.join(".local/share/terraform/plugins"),
        PathBuf::from("/usr/local/share/terraform/plugins"),
        PathBuf::from("/usr/share/terraform/plugins"),
        PathBuf::from("/opt/tf-plugins"),
    ];
    named.into_iter().chain(usual).find(|folder| folder.join("registry.terraform.io/hashicorp/aws").is_dir())
}

fn terraform_step(paths: &Paths, folder: &str, arguments: &[&str]) -> Step {
    let mut command = vec!["terraform".to_owned()];
    command.extend(arguments.iter().map(|argument| (*argument).to_owned()));
    let data = paths.local.join("terraform").join(folder.replace('/', "-"));
    Step::new(paths.root.join(folder), command)
        .env("TF_IN_AUTOMATION", "1")
        .env("CHECKPOINT_DISABLE", "1")
        .env("TF_DATA_DIR", data.to_string_lossy())
}

fn terraform_folder(paths: &Paths, folder: &str) -> Result<Vec<Outcome>> {
    let place = format!("infra/{folder}");
    let mirror = provider_mirror().map(|mirror| format!("-plugin-dir={}", mirror.display()));
    let mut init = vec!["init", "-backend=false", "-input=false", "-no-color"];
    init.extend(mirror.as_deref());
    let prepared = terraform_step(paths, &place, &init).output();
    if !prepared.as_ref().is_ok_and(|(ended, _)| ended.success) {
        signals::check()?;
        console::skipped(&format!("terraform validate {folder}: its provider cannot be had here (set TF_PLUGIN_DIR)"));
        return Ok(Vec::new());
    }
    let validate = terraform_step(paths, &place, &["validate", "-no-color"]);
    let mut outcomes = vec![one(paths, &format!("terraform validate {folder}"), Ok(validate))?];
    if paths.root.join(&place).join("tests").is_dir() {
        let test = terraform_step(paths, &place, &["test", "-no-color"]);
        outcomes.push(one(paths, &format!("terraform test {folder}"), Ok(test))?);
    }
    Ok(outcomes)
}
