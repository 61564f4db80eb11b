//! One agent process per line, and what they say.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use attune_dev::error::{IoContext, Result};
use attune_dev::paths::make_dir;
use attune_dev::process::{Managed, Service};
use attune_dev::stack::Stack;
use serde_json::{Value, json};

use super::lines::Line;

/// The agent of one line.
pub struct Agent {
    process: Managed,
    log: PathBuf,
    /// The call it measures.
    pub call_id: String,
}

/// What an agent has said so far.
#[derive(Debug, Default, Clone)]
pub struct Heard {
    /// Accepted snapshots: segment index, time of the answer (ms), message id.
    pub accepted: Vec<(u64, i64, String)>,
    /// Applied configurations: version, time (ms), values that differ from the defaults.
    pub applied: Vec<(u64, i64, BTreeMap<String, String>)>,
    /// Anything that is not as it should be.
    pub trouble: Vec<String>,
}

impl Heard {
    /// Values in force.
    pub fn values(&self) -> BTreeMap<String, String> {
        self.applied.last().map(|a| a.2.clone()).unwrap_or_default()
    }
}

/// Starts an agent.
pub fn start(
    stack: &Stack,
    binary: &Path,
    number: usize,
    line: &Line,
    call_id: &str,
    key_file: &Path,
) -> Result<Agent> {
    let name = format!("agent-{number}");
    let state = stack.run_folder().join(&name);
    make_dir(&state)?;
    let config = json!({
        "name": name, "edge_url": stack.url(), "api_key_file": key_file, "state_dir": state, "segment_ms": 2000,
        "stations": [{"station": line.station, "call_id": call_id, "leg": "a", "wav": [line.wav]}],
    });
    let path = state.join("agent.json");
    std::fs::write(&path, config.to_string()).at(&path)?;
    let log = stack.log_folder().join(format!("{name}.log"));
    let service = Service {
        name,
        command: vec![binary.into(), path.into()],
        environment: Vec::new(),
        folder: stack.paths.root.clone(),
        records: stack.run_folder(),
        log: log.clone(),
        grace: Duration::from_secs(10),
    };
    Ok(Agent { process: service.start()?, log, call_id: call_id.to_owned() })
}

impl Agent {
    /// All events up to now.
    pub fn heard(&self) -> Heard {
        let mut heard = Heard::default();
        for line in std::fs::read_to_string(&self.log).unwrap_or_default().lines() {
            // the last line may be half written
            let Ok(event) = serde_json::from_str::<Value>(line) else { continue };
            let at = event["at_ms"].as_i64().unwrap_or_default();
            match event["event"].as_str() {
                Some("accepted") => {
                    let id = event["id"].as_str().unwrap_or_default().to_owned();
                    heard.accepted.push((event["segment"].as_u64().unwrap_or_default(), at, id));
                }
                Some("applied") => {
                    let values = serde_json::from_value(event["values"].clone()).unwrap_or_default();
                    heard.applied.push((event["version"].as_u64().unwrap_or_default(), at, values));
                }
                Some("connected") | None => {}
                Some(_) => heard.trouble.push(line.to_owned()),
            }
        }
        heard
    }

    /// Fails if the agent has ended.
    pub fn check(&mut self) -> Result<()> {
        self.process.check()
    }

    /// Ends the agent; what it has in its spool is sent first.
    pub fn stop(&mut self) {
        self.process.stop();
    }

    /// Asks it to end, without waiting.
    pub fn ask_to_stop(&self) {
        self.process.ask_to_stop();
    }
}
