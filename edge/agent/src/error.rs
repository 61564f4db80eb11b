//! Why the agent cannot go on.

use std::path::PathBuf;

/// An error that ends the agent, or a request that failed.
#[derive(Debug, thiserror::Error)]
pub enum AgentError {
    /// No configuration file was named.
    #[error("usage: attune-agent <configuration.json>")]
    Usage,
    /// The configuration is wrong.
    #[error("{path}: {detail}")]
    Config {
        /// The file.
        path: PathBuf,
        /// What is wrong and what would be right.
        detail: String,
    },
    /// The recording that stands for the line cannot be read.
    #[error("{path}: {detail}")]
    Source {
        /// The file.
        path: PathBuf,
        /// Why not.
        detail: String,
    },
    /// A file of the state folder.
    #[error("{path}: {source}")]
    State {
        /// The file.
        path: PathBuf,
        /// Why not.
        source: std::io::Error,
    },
    /// The chain refuses its parameters or the sample rate.
    #[error(transparent)]
    Audio(#[from] attune_audio::ParamError),
    /// The runtime did not start.
    #[error("runtime: {0}")]
    Runtime(std::io::Error),
    /// A task panicked.
    #[error("task: {0}")]
    Task(tokio::task::JoinError),
    /// A request did not reach the edge or got no answer.
    #[error("network: {0}")]
    Network(#[from] reqwest::Error),
    /// The edge refused a request for good.
    #[error("refused with {status}: {detail}")]
    Refused {
        /// HTTP status.
        status: u16,
        /// The problem's words.
        detail: String,
    },
    /// The edge asks for a later try.
    #[error("unavailable ({status})")]
    Later {
        /// HTTP status.
        status: u16,
        /// Seconds of Retry-After.
        after_s: Option<u64>,
    },
}
