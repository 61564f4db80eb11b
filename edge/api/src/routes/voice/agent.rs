//! `POST /v1/voice/token/agent`: a token for an agent, which takes none of the room's seats; and, in it, which agents the media
//! server calls when the token begins the room.

use super::{Holder, Seat, checked, new_jti, seat};
use crate::call::{Call, Outcome};
use attune_contracts::FieldError;
use attune_contracts::voice::{AgentTokenRequestV1, SeatKind};
use attune_identity::livekit::{Agent, Grants, ParticipantKind, RoomConfig, VideoGrants};

/// Most agents that one token calls.
const MOST: usize = 8;
/// Longest metadata of one, bytes.
const LONGEST: usize = 1_000;

/// Handles the request.
///
/// # Errors
/// `invalid_body`, `not_found`, `room_ended`.
pub async fn handle(call: &Call<'_>) -> Outcome {
    let body: AgentTokenRequestV1 = call.parse()?;
    let window_ms = checked(Some(&body.room_id), true, body.join_window_s, faults(&body))?;
    let (tenant, actor) = call.caller.tenant()?;
    let user_id = if actor.starts_with("usr_") { actor.to_owned() } else { format!("key_{actor}") };
    let holder = Holder {
        tenant: tenant.clone(),
        // Not the device of whoever asks: an agent runs on a server, and lives on when the one who called it signs out.
        user_id: format!("agent of {user_id}"),
        device_id: format!("agent_{}", body.agent_name),
        jti: new_jti(call),
    };
    let agents = body.dispatch.into_iter();
    let agents = agents.map(|agent| Agent { agent_name: agent.agent_name, metadata: agent.metadata }).collect();
    let grants = Grants {
        kind: Some(ParticipantKind::Agent),
        video: VideoGrants {
            can_publish: Some(true),
            can_subscribe: Some(true),
            can_publish_data: Some(true),
            can_update_own_metadata: Some(false),
            can_subscribe_metrics: Some(false),
            can_manage_agent_session: Some(false),
            ..VideoGrants::join(&body.room_id)
        },
        room_config: RoomConfig { agents, ..RoomConfig::default() },
        ..Grants::default()
    };
    let asked = Seat { holder, room_id: &body.room_id, kind: SeatKind::Agent, window_ms, renewal: false };
    Ok(seat(call, asked, grants).await?.into())
}

fn faults(body: &AgentTokenRequestV1) -> Vec<FieldError> {
    let is_name = |name: &str| (1..=64).contains(&name.len()) && name.bytes().all(|b| b.is_ascii_graphic());
    let mut faults = Vec::new();
    let mut refuse = |bad: bool, pointer: String, detail: &str| {
        if bad {
            faults.push(FieldError::new(pointer, "invalid", detail));
        }
    };
    refuse(!is_name(&body.agent_name), "/agent_name".to_owned(), "expected 1 to 64 visible ASCII characters");
    refuse(body.dispatch.len() > MOST, "/dispatch".to_owned(), "at most 8 agents");
    for (index, agent) in body.dispatch.iter().enumerate() {
        let place = format!("/dispatch/{index}");
        refuse(!is_name(&agent.agent_name), format!("{place}/agent_name"), "expected 1 to 64 visible ASCII characters");
        refuse(agent.metadata.len() > LONGEST, format!("{place}/metadata"), "at most 1000 bytes");
    }
    faults
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn faults_are_named_by_place() {
        let text = r#"{"schema_version":1,"room_id":"x","agent_name":"a b","dispatch":[{"agent_name":"ok"},{"agent_name":""}]}"#;
        let named: Vec<_> = faults(&serde_json::from_str(text).unwrap()).into_iter().map(|f| f.pointer).collect();
        assert_eq!(named, ["/agent_name", "/dispatch/1/agent_name"]);
    }
}
