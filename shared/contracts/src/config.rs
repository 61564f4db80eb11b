//! Configuration over HTTP: manual changes, rollback, freeze, effective values, history.

use attune_domain::{CallId, ChangeId, Millis, Scope, Station};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Body of `POST /v1/config/update`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct UpdateV1 {
    /// Always 1.
    #[serde(deserialize_with = "crate::parse::known_version")]
    pub schema_version: u32,
    /// Station.
    pub station: Station,
    /// `tenant` or `call` (`global` needs the operator's key).
    pub scope: Scope,
    /// With scope `call`: the call.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub call_id: Option<CallId>,
    /// Effective version that the caller saw: compare and set.
    pub base_version: u64,
    /// New values as decimal strings by parameter name; null takes the parameter out of the layer.
    pub values: BTreeMap<String, Option<String>>,
    /// Why. At most 500 characters; shown in the history.
    pub reason: String,
    /// Seconds after which the layer returns by itself (1 to 604,800); absent: it stays.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ttl_s: Option<u32>,
}

/// Body of `POST /v1/config/rollback`. Works while frozen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RollbackV1 {
    /// Always 1.
    #[serde(deserialize_with = "crate::parse::known_version")]
    pub schema_version: u32,
    /// Station.
    pub station: Station,
    /// Layer.
    pub scope: Scope,
    /// With scope `call`: the call.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub call_id: Option<CallId>,
    /// Version of that layer to return to; 0 is the empty layer.
    pub to_version: u64,
    /// Why.
    pub reason: String,
}

/// Body of `POST /v1/config/freeze`: while frozen, only rollbacks change configuration.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FreezeV1 {
    /// Always 1.
    #[serde(deserialize_with = "crate::parse::known_version")]
    pub schema_version: u32,
    /// Freeze or thaw.
    pub frozen: bool,
    /// Why.
    pub reason: String,
}

/// What a change of configuration came from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Origin {
    /// `POST /v1/config/update`, by API key id.
    Manual {
        /// Key id.
        key_id: String,
    },
    /// An optimizer run.
    Run {
        /// Run id.
        run_id: String,
    },
    /// `POST /v1/config/rollback`.
    Rollback {
        /// Version returned to.
        to_version: u64,
        /// Key id.
        key_id: String,
    },
    /// The first window after a change was worse than before, or no data came.
    AutomaticRollback {
        /// Version returned to.
        to_version: u64,
        /// Version that is taken back.
        from_version: u64,
    },
    /// The time to live of a change ended.
    Expired {
        /// Version whose time ended.
        from_version: u64,
    },
    /// A layer made the merged result illegal, so the most specific offending layer fell back.
    Fallback,
}

/// Effective configuration of a station: answer of `GET /v1/config/{station}`, and what is pushed to agents.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EffectiveConfigV1 {
    /// Always 1.
    #[serde(deserialize_with = "crate::parse::known_version")]
    pub schema_version: u32,
    /// Station.
    pub station: Station,
    /// The call it was merged for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub call_id: Option<CallId>,
    /// Effective version: the highest version of a change to this station in the layers merged; 0: defaults only.
    pub version: u64,
    /// SHA-256 over the RFC 8785 form of name → decimal string of all values; with the version it makes the ETag.
    pub content_hash: String,
    /// All knobs of the station by name.
    pub values: BTreeMap<String, EffectiveValue>,
    /// Seconds until a layer returns by itself, if one has a time to live. The agent counts them on its own monotonic clock.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ttl_s: Option<u32>,
    /// Are changes frozen?
    #[serde(default)]
    pub frozen: bool,
}

/// One effective value.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EffectiveValue {
    /// Decimal string.
    pub value: String,
    /// Unit.
    pub unit: String,
    /// Layer it came from; null: the catalogue's default.
    pub scope: Option<Scope>,
}

/// One accepted change: an entry of the history, and the body of `config.changed.v1`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChangeV1 {
    /// Id.
    pub change_id: ChangeId,
    /// Version it made.
    pub version: u64,
    /// Version of this layer before.
    pub parent: u64,
    /// Station.
    pub station: Station,
    /// Layer.
    pub scope: Scope,
    /// The call of a call layer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub call_id: Option<CallId>,
    /// Values that changed: name → old and new decimal string; null: not in the layer.
    pub values: BTreeMap<String, OldNew>,
    /// SHA-256 over the RFC 8785 form of the layer's content after the change.
    pub content_hash: String,
    /// Why.
    pub reason: String,
    /// What it came from.
    pub origin: Origin,
    /// When.
    pub at: Millis,
    /// When the layer returns by itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<Millis>,
}

/// A value before and after.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OldNew {
    /// Before.
    pub old: Option<String>,
    /// After.
    pub new: Option<String>,
}

/// Answer of `POST /v1/config/update`, `/rollback` and `/freeze`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChangeAnswerV1 {
    /// Always 1.
    #[serde(deserialize_with = "crate::parse::known_version")]
    pub schema_version: u32,
    /// The change; absent after freeze and thaw.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub change: Option<ChangeV1>,
    /// Are changes frozen?
    pub frozen: bool,
}

/// Answer of `GET /v1/config/changes`: newest first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChangesPageV1 {
    /// Always 1.
    #[serde(deserialize_with = "crate::parse::known_version")]
    pub schema_version: u32,
    /// At most `limit` changes.
    pub changes: Vec<ChangeV1>,
    /// Pass as `cursor` for the next page; null at the end.
    pub next_cursor: Option<String>,
}
