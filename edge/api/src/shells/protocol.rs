//! What the Worker says to its objects. Both ends are this one build at one version, apart from the minutes of a gradual roll-out,
//! so unknown fields are ignored and new ones have defaults.

use attune_contracts::run::RunRequestV1;
use attune_domain::{CallId, RunId, Station, TenantId};
use attune_identity::api_key::ApiKeyRecord;
use serde::{Deserialize, Serialize};

/// A command with the trace that it belongs to.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Command<B> {
    /// W3C trace context of the request.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub traceparent: Option<String>,
    /// What is to be done.
    pub body: B,
}

/// A change that a key asks for, with what makes it idempotent.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Keyed<B> {
    /// The API key's id.
    pub key_id: String,
    /// `Idempotency-Key` of the request.
    pub idempotency_key: String,
    /// Fingerprint of route and body.
    pub fingerprint: String,
    /// The request's body.
    pub request: B,
}

/// Asks for the effective configuration.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ReadStation {
    /// Station.
    pub station: Station,
    /// Call.
    pub call_id: Option<CallId>,
}

/// Asks for a run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct StartRun {
    /// `Idempotency-Key` of the request.
    pub idempotency_key: String,
    /// Fingerprint of route and body.
    pub fingerprint: String,
    /// Seconds to wait for the answer.
    pub wait_s: u32,
    /// The request's body.
    pub request: RunRequestV1,
}

/// Lists a tenant's room with the global one.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RegisterRoom {
    /// Whose room it is.
    pub tenant: TenantId,
}

/// Names a run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ReadRun {
    /// The run.
    pub run_id: RunId,
}

/// Names an API key.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct KeyRef {
    /// Its public part.
    pub key_id: String,
}

/// Makes a tenant.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CreateTenant {
    /// Name for people.
    pub name: String,
}

/// Keeps a key that was made at the door; the object never sees its secret.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct AddKey {
    /// Its record.
    pub record: ApiKeyRecord,
    /// `Idempotency-Key` of the request.
    pub idempotency_key: String,
    /// Fingerprint of route and body.
    pub fingerprint: String,
}

/// Lists an object for the sweeper.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Register {
    /// Its name.
    pub name: String,
}

/// Asks for a part of a list, or for what to do with one entry.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Default)]
pub struct Part {
    /// Only this message.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// At most so many.
    #[serde(default)]
    pub limit: u32,
}
