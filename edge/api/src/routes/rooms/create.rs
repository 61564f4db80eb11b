//! `POST /v1/rooms`: makes a room. Its name at the media server is its id: it says nothing about anybody.

use crate::call::{Call, Outcome, refuse_fields};
use crate::projects::Asker;
use crate::shells::protocol::TenantCommand;
use crate::shells::room::{ListCommand, RoomCommand};
use attune_contracts::people::TenantDetailV1;
use attune_contracts::voice::CreateRoomV1;
use attune_contracts::{FieldError, Problem, ProblemCode};
use attune_domain::{RoomId, TenantId};
use attune_edge_kit::{Answer, random};
use attune_objects::names::{self, Class};
use attune_objects::room::{MAX_CAPACITY, MAX_EMPTY_TIMEOUT_S, NewRoom};

/// Seats of a room that does not say: a caller and one more.
const CAPACITY: u32 = 2;
/// Seconds after which an empty room ends that does not say.
const EMPTY_TIMEOUT_S: u32 = 300;

/// Handles the request. A repeat meets the same room.
///
/// # Errors
/// `invalid_body`; `conflict` when the tenant has no LiveKit project (in the region); `idempotency_mismatch`.
pub async fn handle(call: &Call<'_>) -> Outcome {
    let body: CreateRoomV1 = call.parse()?;
    refuse_fields(faults(&body))?;
    let (tenant, actor) = call.caller.tenant()?;
    let once = call.once("/v1/rooms", &body)?;
    let (_, answer) = make(call, tenant, format!("{actor} {}", once.key), once.fingerprint, body).await?;
    Ok(Answer::json_text(201, answer).into())
}

/// Makes a room, or meets the one that `key` made: its id, and the room as JSON.
///
/// # Errors
/// `conflict` when the tenant has no LiveKit project (in the region); `idempotency_mismatch`.
pub async fn make(
    call: &Call<'_>,
    tenant: &TenantId,
    key: String,
    fingerprint: String,
    body: CreateRoomV1,
) -> Result<(String, String), Problem> {
    let region = match &body.region {
        Some(region) => Some(region.clone()),
        None => {
            let answer = call.ask_tenant(tenant, None, TenantCommand::Details).await?;
            call.read::<TenantDetailV1>(&answer)?.region
        }
    };
    let asker = Asker { env: call.env, settings: call.settings, tenant, now: call.now };
    let live = asker.live().await?;
    let project = match &region {
        Some(region) => live.iter().find(|project| project.region.as_ref() == Some(region)),
        None => live.first(),
    };
    let none = || {
        let detail = if region.is_some() {
            "the tenant has no live LiveKit project in this region"
        } else {
            "the tenant has no live LiveKit project"
        };
        Problem::new(ProblemCode::Conflict, detail)
    };
    let room = NewRoom {
        room_id: RoomId::new(call.now, random::u128()).as_str().to_owned(),
        policy: body.policy,
        capacity: body.capacity.unwrap_or(CAPACITY),
        project: project.ok_or_else(none)?.key.api_key().to_owned(),
        empty_timeout_s: body.empty_timeout_s.unwrap_or(EMPTY_TIMEOUT_S),
        region,
    };
    let list = names::room_list(&call.settings.config.cell, tenant);
    let claim = ListCommand::Claim { key, fingerprint, room };
    let answer = call.ask(Class::Room, &list, "/list", &claim).await?;
    let room: NewRoom = call.read(&answer)?;
    let room_id = room.room_id.clone();
    let answer = super::ask(call, tenant, &room_id, &RoomCommand::Create(room)).await?;
    Ok((room_id, answer.body))
}

fn faults(body: &CreateRoomV1) -> Vec<FieldError> {
    let mut faults = Vec::new();
    let mut refuse = |bad: bool, pointer: &str, detail: &str| {
        if bad {
            faults.push(FieldError::new(pointer, "out_of_range", detail));
        }
    };
    refuse(body.capacity.is_some_and(|n| !(1..=MAX_CAPACITY).contains(&n)), "/capacity", "expected 1 to 1000");
    refuse(
        body.empty_timeout_s.is_some_and(|s| s > MAX_EMPTY_TIMEOUT_S),
        "/empty_timeout_s",
        "expected at most 86400 seconds",
    );
    let word = |text: &str| {
        (1..=64).contains(&text.len())
            && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
    };
    let bad = body.region.as_deref().is_some_and(|region| !word(region));
    refuse(bad, "/region", "expected 1 to 64 small letters, digits and dashes");
    faults
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_out_of_range_is_named() {
        let body = CreateRoomV1 {
            capacity: Some(1_001),
            empty_timeout_s: Some(86_401),
            region: Some("EU".to_owned()),
            ..CreateRoomV1::default()
        };
        let named: Vec<_> = faults(&body).into_iter().map(|fault| fault.pointer).collect();
        assert_eq!(named, ["/capacity", "/empty_timeout_s", "/region"]);
        assert!(faults(&CreateRoomV1 { capacity: Some(1), ..CreateRoomV1::default() }).is_empty());
    }
}
