//! `POST /v1/stations/snapshot`: the hot path. 202 means durable.
//!
//! One object call. The envelope is made here, once, and travels as text: nobody parses it before the function does.

use crate::call::{Call, Outcome, refuse_fields};
use crate::shells::outbox::AcceptHead;
use attune_contracts::canonical::fingerprint_of;
use attune_contracts::message::{SNAPSHOT_ACCEPTED_V1, SnapshotAcceptedV1, queue_of};
use attune_contracts::snapshot::SnapshotV1;
use attune_contracts::{Envelope, Problem, SCHEMA_VERSION, canonical_json, message_id};
use attune_domain::TenantId;
use attune_edge_kit::Answer;
use attune_objects::names::{self, Class};

/// Part of message ids and fingerprints: the same under `/api/v1`.
const ROUTE: &str = "/v1/stations/snapshot";

/// What is accepted.
pub struct Ready {
    /// Name of the object that keeps it.
    pub object: String,
    /// The command.
    pub command: Vec<u8>,
    /// Message id.
    pub id: String,
}

/// Handles the request.
///
/// # Errors
/// `invalid_body` with the offending fields, `idempotency_mismatch`, `overloaded`, `unavailable`.
pub async fn handle(call: &Call<'_>) -> Outcome {
    let ready = prepare(call)?;
    call.ask_bytes(Class::Outbox, &ready.object, "/accept", &ready.command).await?;
    Ok(accepted(&ready.id).into())
}

/// All the work before the object: parse, validate, fingerprint, envelope.
///
/// # Errors
/// `invalid_body`.
pub fn prepare(call: &Call<'_>) -> Result<Ready, Problem> {
    let (tenant, _) = call.caller.tenant()?;
    let snapshot: SnapshotV1 = call.parse()?;
    refuse_fields(snapshot.validate(tenant.as_str()))?;
    let config = &call.settings.config;
    let key = snapshot.natural_key();
    let object = object_of(call, tenant, &key);
    let canonical = canonical_json(&snapshot).map_err(|e| call.internal("snapshot", e))?;
    let print = fingerprint_of(ROUTE, &canonical);
    let id = message_id(tenant.as_str(), ROUTE, &key);
    let kind = SNAPSHOT_ACCEPTED_V1;
    let traceparent = call.trace.traceparent.clone();
    let envelope = Envelope::new(id.clone(), tenant.clone(), kind, call.now, Some(traceparent.clone()), ());
    debug_assert_eq!(envelope.cell, config.cell);
    let to = queue_of(kind).ok_or_else(|| call.internal("queue", kind))?.to_owned();
    let head = AcceptHead { to, key, fingerprint: print, id: id.clone(), traceparent };
    let mut command = head.line(canonical.len()).map_err(|e| call.internal("head", e))?;
    SnapshotAcceptedV1::write(envelope, &head.fingerprint, call.now, &canonical, &mut command)
        .map_err(|e| call.internal("envelope", e))?;
    Ok(Ready { object, command, id })
}

fn object_of(call: &Call<'_>, tenant: &TenantId, key: &str) -> String {
    let config = &call.settings.config;
    names::outbox(&config.cell, tenant, config.outbox_generation, names::shard_of(key, config.outbox_shards))
}

/// The answer; for a repeat the same, because the id is made of the natural key.
pub fn accepted(id: &str) -> Answer {
    Answer::json_text(202, format!(r#"{{"schema_version":{SCHEMA_VERSION},"id":"{id}","status":"accepted"}}"#))
}
