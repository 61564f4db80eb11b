//! The agent's configuration file.

use crate::error::AgentError;
use attune_domain::{CallId, Leg, Secret, Station};
use serde::Deserialize;
use std::path::{Path, PathBuf};

/// The file, JSON. The key comes from a file of its own, so that the configuration can be shown.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// Name of the agent, for people.
    pub name: String,
    /// Where the API is, such as `https://api.example.org`.
    pub edge_url: String,
    /// File that holds the API key (scopes `snapshots:write`, `audio:write`, `config:read`, `stream:connect`).
    pub api_key_file: PathBuf,
    /// Read from `api_key_file`.
    #[serde(skip, default = "no_key")]
    pub api_key: Secret<String>,
    /// Folder for the last known good configuration and for what waits to be sent.
    pub state_dir: PathBuf,
    /// Length of a segment, ms: 1,000 to 60,000.
    #[serde(default = "default_segment")]
    pub segment_ms: u32,
    /// Most snapshots kept on disk while offline; then the oldest goes, with an event.
    #[serde(default = "default_spool")]
    pub spool_limit: usize,
    /// The stations.
    pub stations: Vec<Line>,
}

/// One station of one leg.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Line {
    /// Station.
    pub station: Station,
    /// The call in progress.
    pub call_id: CallId,
    /// Leg.
    pub leg: Leg,
    /// Recordings, mono, one after the other and around again: 32-bit float (may exceed full scale before the gain stage) or 16-bit PCM.
    pub wav: Vec<PathBuf>,
    /// Upload each segment's PCM?
    #[serde(default = "yes")]
    pub upload: bool,
}

fn no_key() -> Secret<String> {
    Secret::new(String::new())
}

const fn default_segment() -> u32 {
    10_000
}

const fn default_spool() -> usize {
    2_000
}

const fn yes() -> bool {
    true
}

impl Config {
    /// Reads and checks the file.
    ///
    /// # Errors
    /// [`AgentError::Config`] that names the field.
    pub fn read(path: &Path) -> Result<Self, AgentError> {
        let wrong = |path: &Path, detail: String| AgentError::Config { path: path.to_owned(), detail };
        let text = std::fs::read_to_string(path).map_err(|e| wrong(path, e.to_string()))?;
        let mut config: Self = serde_json::from_str(&text).map_err(|e| wrong(path, e.to_string()))?;
        if !(1_000..=60_000).contains(&config.segment_ms) {
            return Err(wrong(path, "segment_ms: expected 1000 to 60000".into()));
        }
        if config.stations.is_empty() {
            return Err(wrong(path, "stations: at least one is needed".into()));
        }
        for (i, line) in config.stations.iter().enumerate() {
            if line.wav.is_empty() {
                return Err(wrong(path, format!("stations[{i}].wav: at least one recording is needed")));
            }
        }
        if config.name.is_empty() || config.name.len() > 64 || !config.name.bytes().all(|b| b.is_ascii_graphic()) {
            return Err(wrong(path, "name: expected 1 to 64 visible ASCII characters".into()));
        }
        config.edge_url = config.edge_url.trim_end_matches('/').to_owned();
        if !config.edge_url.starts_with("https://") && !config.edge_url.starts_with("http://") {
            return Err(wrong(path, "edge_url: expected https://… (http:// for local runs only)".into()));
        }
        let key =
            std::fs::read_to_string(&config.api_key_file).map_err(|e| wrong(&config.api_key_file, e.to_string()))?;
        config.api_key = Secret::new(key.trim().to_owned());
        Ok(config)
    }
}
