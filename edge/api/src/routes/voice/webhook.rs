//! `POST /v1/voice/webhooks/{tenant}`: what the media server tells. Its token is one of the tenant's live projects and vouches for the
//! body; whatever is not verified is 401 and changes nothing.

use super::JTI;
use crate::call::{Call, Outcome};
use crate::projects::Asker;
use crate::routes::rooms;
use crate::shells::room::RoomCommand;
use attune_contracts::{Problem, ProblemCode};
use attune_domain::{RoomId, TenantId};
use attune_edge_kit::{Answer, log};
use attune_identity::livekit::{self, LiveKitError, MAX_WEBHOOK, ParticipantKind, WebhookEvent, WebhookToken};
use attune_objects::room::{Event, EventKind};

/// Handles the request. An event of a room that is not ours is taken and forgotten: the project may have other rooms.
///
/// # Errors
/// `unauthenticated`, `payload_too_large`; `invalid_body` for a verified body that is no event.
pub async fn handle(call: &Call<'_>) -> Outcome {
    if call.body.len() > MAX_WEBHOOK {
        return Err(Problem::new(ProblemCode::PayloadTooLarge, format!("at most {MAX_WEBHOOK} bytes are read")));
    }
    let tenant = TenantId::parse(call.params[0]).ok().filter(|tenant| tenant.cell() == call.settings.config.cell);
    let tenant = tenant.ok_or_else(unknown)?;
    let event = verified(call, &tenant).await?;
    let Some((room_id, event)) = ours(&event) else { return Ok(Answer::empty(204).into()) };
    match rooms::ask(call, &tenant, &room_id, &RoomCommand::Event(event)).await {
        Ok(_) => {}
        Err(problem) if problem.code == ProblemCode::NotFound => {}
        Err(problem) => return Err(problem),
    }
    Ok(Answer::empty(204).into())
}

/// The same for a tenant, a project, a token and a hash that are not right: who cannot sign is told nothing.
fn unknown() -> Problem {
    Problem::new(ProblemCode::Unauthenticated, "the webhook is not signed by a live project of this tenant")
}

async fn verified(call: &Call<'_>, tenant: &TenantId) -> Result<WebhookEvent, Problem> {
    let authorization = call.incoming.header("authorization").ok_or_else(unknown)?;
    // LiveKit sends the token alone.
    let text = authorization.strip_prefix("Bearer ").unwrap_or(&authorization);
    let token = WebhookToken::parse(text).map_err(|_| unknown())?;
    let api_key = token.claimed_api_key().map_err(|_| unknown())?;
    let asker = Asker { env: call.env, settings: call.settings, tenant, now: call.now };
    let live = asker.live().await?;
    let project = live.iter().find(|project| project.key.api_key() == api_key).ok_or_else(unknown)?;
    token.verify(&call.body, &project.key, call.now.unsigned_abs() / 1_000).map_err(|fault| {
        log::warn("webhook.refused")
            .with("request_id", call.trace.request_id.clone())
            .with("reason", fault.to_string())
            .write();
        match fault {
            LiveKitError::EventField(_) => Problem::new(ProblemCode::InvalidBody, fault.to_string()),
            _ => unknown(),
        }
    })
}

/// The event for a room of ours. `None`: it is about something else.
fn ours(event: &WebhookEvent) -> Option<(String, Event)> {
    let room_id = RoomId::parse(&event.room.as_ref()?.name).ok()?.as_str().to_owned();
    let at = event.created_at_s.saturating_mul(1_000);
    let (kind, at) = match (&event.event, &event.participant) {
        (livekit::Event::ParticipantJoined, Some(participant)) => {
            let jti = participant.attributes.get(JTI).cloned();
            // Only the media server and who has the project's secret can make a participant of another kind.
            let managed = participant.kind != ParticipantKind::Standard && jti.is_none();
            let joined_at = if participant.joined_at_ms == 0 { at } else { participant.joined_at_ms };
            let kind = EventKind::ParticipantJoined {
                sid: participant.sid.clone(),
                identity: participant.identity.clone(),
                jti,
                managed,
            };
            (kind, joined_at)
        }
        (livekit::Event::ParticipantLeft | livekit::Event::ParticipantConnectionAborted, Some(participant)) => {
            (EventKind::ParticipantLeft { sid: participant.sid.clone() }, at)
        }
        // to the end of its second: all that came in it are gone as well
        (livekit::Event::RoomFinished, _) => (EventKind::RoomFinished, at.saturating_add(999)),
        _ => return None,
    };
    Some((room_id, Event { id: event.id.clone(), at: i64::try_from(at).ok()?, kind }))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Option<(String, Event)> {
        ours(&WebhookEvent::parse(text.as_bytes()).unwrap())
    }

    #[test]
    fn an_event_becomes_one_of_the_room() {
        let room = "rm_01hzzzzzzzzzzzzzzzzzzzzzzz";
        let joined = |kind: &str, attributes: &str| {
            read(&format!(
                r#"{{"event":"participant_joined","id":"EV_1","createdAt":"1700000000","room":{{"name":"{room}"}},
                "participant":{{"sid":"PA_1","identity":"i","kind":"{kind}","joinedAtMs":"1700000000123","attributes":{attributes}}}}}"#
            ))
        };
        let (to, event) = joined("STANDARD", r#"{"attune.jti":"j"}"#).unwrap();
        assert_eq!((to.as_str(), event.at, event.id.as_str()), (room, 1_700_000_000_123, "EV_1"));
        let person = |jti: Option<&str>, managed| EventKind::ParticipantJoined {
            sid: "PA_1".to_owned(),
            identity: "i".to_owned(),
            jti: jti.map(str::to_owned),
            managed,
        };
        assert_eq!(event.kind, person(Some("j"), false));
        assert_eq!(
            joined("STANDARD", "{}").unwrap().1.kind,
            person(None, false),
            "a stranger is no helper of the server"
        );
        assert_eq!(joined("EGRESS", "{}").unwrap().1.kind, person(None, true));
        assert_eq!(joined("AGENT", r#"{"attune.jti":"j"}"#).unwrap().1.kind, person(Some("j"), false));
        let other = r#"{"event":"participant_left","id":"E","createdAt":"1700000000","room":{"name":"their own"},"participant":{"sid":"P"}}"#;
        assert_eq!(read(other), None);
        let finished =
            format!(r#"{{"event":"room_finished","id":"E","createdAt":"1700000000","room":{{"name":"{room}"}}}}"#);
        assert_eq!(read(&finished).unwrap().1.at, 1_700_000_000_999);
    }
}
