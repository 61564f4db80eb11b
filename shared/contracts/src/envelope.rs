//! One envelope for queues and object commands (decision 4).

use attune_domain::{Cell, TenantId};
use serde::{Deserialize, Serialize};

/// Version of the envelope itself.
pub const ENVELOPE_VERSION: u32 = 1;

/// `{v, id, tenant, cell, kind, accepted_at, traceparent, body}`. `kind` names the shape of `body` with its version, such as
/// `snapshot.accepted.v1`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Envelope<B> {
    /// Version of the envelope.
    pub v: u32,
    /// Message id: the same for every repeat and redelivery.
    pub id: String,
    /// Whose work it is.
    pub tenant: TenantId,
    /// The cell it was accepted in.
    pub cell: Cell,
    /// Kind and version of the body.
    pub kind: String,
    /// When the edge accepted it, milliseconds since 1970. Older than 40 days is parked, not applied.
    pub accepted_at: i64,
    /// W3C trace context of the accepting request.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub traceparent: Option<String>,
    /// What the kind says.
    pub body: B,
}

impl<B> Envelope<B> {
    /// Puts a body into an envelope of the tenant's cell.
    pub fn new(
        id: String,
        tenant: TenantId,
        kind: &str,
        accepted_at: i64,
        traceparent: Option<String>,
        body: B,
    ) -> Self {
        let cell = tenant.cell();
        Self { v: ENVELOPE_VERSION, id, tenant, cell, kind: kind.to_owned(), accepted_at, traceparent, body }
    }

    /// The same envelope around another body.
    pub fn with_body<C>(self, body: C) -> Envelope<C> {
        let Self { v, id, tenant, cell, kind, accepted_at, traceparent, .. } = self;
        Envelope { v, id, tenant, cell, kind, accepted_at, traceparent, body }
    }
}

/// Body of a message that is too large for a queue: where its whole envelope lies. The envelope around it has the same id, tenant
/// and kind.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pointer {
    /// The object.
    pub spilled: SpilledV1,
}

/// An object that holds a message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SpilledV1 {
    /// Short name of the bucket: [`SPILL_BUCKET`].
    pub bucket: String,
    /// Key, under [`spill_folder`].
    pub key: String,
    /// SHA-256 of the object, lowercase hex.
    pub sha256: String,
    /// Length of the object, bytes.
    pub bytes: usize,
}

/// Short name of the bucket of spilled messages.
pub const SPILL_BUCKET: &str = "raw";

/// The folder of a tenant's spilled messages. Its first part is named in grants: the edge writes and functions read nothing else of
/// each other's there.
pub fn spill_folder(tenant: &TenantId) -> String {
    format!("outbox/{tenant}/")
}

/// Consumers park what was accepted longer ago than this; markers live 45 days.
pub const MAX_AGE_MS: i64 = 40 * 24 * 3_600_000;
/// How long a marker of an effect lives.
pub const MARKER_MS: i64 = 45 * 24 * 3_600_000;
