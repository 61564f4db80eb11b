//! Checks of pages, written in TypeScript, run by Node.js in a headless Chromium: this side starts them and asks for one after the other.

use attune_dev::error::{Error, IoContext, Result};
use attune_dev::paths::{Paths, make_dir};
use attune_dev::tools::{find_node, npm_packages};
use serde_json::{Value, json};
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

/// Folders of checks.
const FOLDERS: &[&str] = &[
    "edge/widget/tests/device-key",
    "edge/widget/tests/chat",
    "edge/widget/tests/voice",
    "edge/widget/examples",
    "edge/console/preview/tests/preview",
];

/// The running program. Its end is the end of its input, so it also ends when this process is killed.
#[derive(Debug)]
pub struct Runner {
    child: Child,
    input: Option<ChildStdin>,
    output: BufReader<ChildStdout>,
    /// The checks that it knows.
    pub names: Vec<String>,
}

impl Runner {
    /// Builds the checks and asks for their names; no browser runs yet.
    ///
    /// # Errors
    /// There is no Node.js, or a check does not build.
    pub fn start(paths: &Paths) -> Result<Self> {
        let scratch = paths.local.join("browser");
        if scratch.exists() {
            std::fs::remove_dir_all(&scratch).at(&scratch)?;
        }
        make_dir(&scratch)?;
        let mut command = Command::new(find_node(paths)?);
        command.arg(paths.root.join("tests/browser/run.mjs")).arg(npm_packages(paths)?).arg(&scratch);
        command.args(FOLDERS.iter().map(|folder| paths.root.join(folder)));
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().at("node")?;
        let (Some(input), Some(output)) = (child.stdin.take(), child.stdout.take()) else {
            return Err(Error::other("the runner has no pipes"));
        };
        let mut runner = Self { child, input: Some(input), output: BufReader::new(output), names: Vec::new() };
        let names = runner.line()?["names"].as_array().cloned().unwrap_or_default();
        runner.names = names.iter().filter_map(|name| name.as_str().map(str::to_owned)).collect();
        if runner.names.is_empty() { Err(Error::other("there are no checks")) } else { Ok(runner) }
    }

    /// Starts the browser; the checks talk to the Worker at `api`.
    ///
    /// # Errors
    /// The runner has ended.
    pub fn open(&mut self, chromium: &Path, api: &str, operator_key: &str) -> Result<()> {
        self.say(&json!({"chromium": chromium, "api": api, "operatorKey": operator_key}))
    }

    /// Runs a check; `serve` does what it asks for meanwhile.
    ///
    /// # Errors
    /// What is wrong, in the check's words.
    pub fn run(&mut self, name: &str, serve: &mut dyn FnMut(&str) -> Result<()>) -> Result<()> {
        self.say(&json!({"run": name}))?;
        loop {
            let line = self.line()?;
            let Some(ask) = line["ask"].as_str() else {
                return line["error"].as_str().map_or(Ok(()), |error| Err(Error::other(error)));
            };
            let error = serve(ask).err().map(|error| error.to_string());
            self.say(&json!({"error": error}))?;
        }
    }

    fn say(&mut self, line: &Value) -> Result<()> {
        let input = self.input.as_mut().ok_or_else(|| Error::other("the runner has ended"))?;
        writeln!(input, "{line}").at("the runner's input")
    }

    fn line(&mut self) -> Result<Value> {
        let mut line = String::new();
        self.output.read_line(&mut line).at("the runner's output")?;
        serde_json::from_str(&line).map_err(|_| Error::other(format!("the runner has ended: {line}")))
    }
}

impl Drop for Runner {
    fn drop(&mut self) {
        drop(self.input.take());
        let _ = self.child.wait();
    }
}
