//! Frames of `GET /v1/stations/stream` (WebSocket, JSON text frames, tagged by `type`).

use crate::config::EffectiveConfigV1;
use attune_domain::{CallId, Station};
use serde::{Deserialize, Serialize};

/// From a station agent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
pub enum AgentFrame {
    /// First frame, and again when a call begins or ends: what the agent wants to hear of. ControlRoom answers each
    /// subscription whose version is behind with a `config` frame (catch-up).
    Subscribe {
        /// Always 1.
        schema_version: u32,
        /// Name of the agent, for people; at most 64 visible ASCII characters.
        agent: String,
        /// All its stations; replaces what was subscribed before.
        #[serde(deserialize_with = "attune_domain::json::strict")]
        stations: Vec<Subscription>,
    },
    /// A configuration is in force (or was refused by the agent's own check).
    Ack {
        /// Station.
        station: Station,
        /// Call.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        call_id: Option<CallId>,
        /// Effective version.
        version: u64,
        /// False: the agent keeps its last known good one.
        applied: bool,
        /// Why not.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        detail: Option<String>,
    },
}

/// What an agent runs at a station.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Subscription {
    /// Station.
    pub station: Station,
    /// The call in progress, if any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub call_id: Option<CallId>,
    /// Version in force at the agent; 0: defaults.
    pub version: u64,
}

/// To a station agent. An agent answers `ping` text frames automatically with `pong` and the other way round; both are plain
/// text, so that the object need not wake.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum ControlFrame {
    /// Effective configuration of one subscription. Apply between two audio frames, then acknowledge. An older or equal
    /// version than the one in force is acknowledged and ignored.
    Config {
        /// The configuration.
        config: EffectiveConfigV1,
    },
    /// The last frame could not be read.
    Error {
        /// What was wrong.
        detail: String,
    },
}

/// Close code of a socket whose key was revoked or has expired.
pub const CLOSE_UNAUTHENTICATED: u16 = 4401;
