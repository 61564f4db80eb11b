//! `POST /v1/voice/token`: a token to join a room, for the device that has proven its key. It is worth one join within its window.
//! Who names no room gets one of its own: that is how a visitor's page begins a call.

use super::{Holder, Seat, checked, holder, seat};
use crate::call::{Call, Outcome};
use crate::routes::rooms::create;
use attune_contracts::voice::{CreateRoomV1, SeatKind, VoiceTokenRequestV1};
use attune_contracts::{FieldError, Problem, SCHEMA_VERSION};
use attune_identity::livekit::{Grants, ParticipantKind, TrackSource, VideoGrants};

/// Seconds after which a room of the caller's own ends that nobody is in: longer than its token's window.
const OWN_ROOM_S: u32 = 120;

/// Handles the request. Needs no Idempotency-Key: a device has one seat, and asking again gives another token for it.
///
/// # Errors
/// `invalid_body`, `not_found`, `room_full`, `room_ended`, `device_revoked`; `invalid_dpop_proof` and `use_dpop_nonce` for keys.
pub async fn handle(call: &Call<'_>) -> Outcome {
    give(call, false).await
}

/// Makes a token, for a newcomer or for who is in the room.
///
/// # Errors
/// As [`handle`]; `forbidden` when a renewal is asked for by a device that is not in the room.
pub async fn give(call: &Call<'_>, renewal: bool) -> Outcome {
    let body: VoiceTokenRequestV1 = call.parse()?;
    let (video, faults) = video(&body);
    let room_id = body.room_id.as_deref();
    let window_ms = checked(room_id, renewal, body.join_window_s, faults)?;
    let holder = holder(call).await?;
    let made;
    let room_id = match room_id {
        Some(room_id) => room_id,
        None => {
            made = own_room(call, &holder).await?;
            &made
        }
    };
    let video = VideoGrants { room: room_id.to_owned(), ..video };
    let grants = Grants { kind: Some(ParticipantKind::Standard), video, ..Grants::default() };
    let asked = Seat { holder, room_id, kind: SeatKind::Participant, window_ms, renewal };
    Ok(seat(call, asked, grants).await?.into())
}

/// A room for the caller and whom it talks to. It ends when nobody comes.
async fn own_room(call: &Call<'_>, holder: &Holder) -> Result<String, Problem> {
    let room =
        CreateRoomV1 { schema_version: SCHEMA_VERSION, empty_timeout_s: Some(OWN_ROOM_S), ..CreateRoomV1::default() };
    let once = format!("own {}", holder.jti);
    let (room_id, _) = create::make(call, &holder.tenant, once, String::new(), room).await?;
    Ok(room_id)
}

/// The grants, each of them said: a media server takes silence for yes.
fn video(body: &VoiceTokenRequestV1) -> (VideoGrants, Vec<FieldError>) {
    let mut faults = Vec::new();
    let mut sources = Vec::new();
    for (index, name) in body.can_publish_sources.iter().enumerate() {
        let source =
            [TrackSource::Camera, TrackSource::Microphone, TrackSource::ScreenShare, TrackSource::ScreenShareAudio]
                .into_iter()
                .find(|source| source.name() == name);
        match source {
            Some(source) if !sources.contains(&source) => sources.push(source),
            Some(_) => faults.push(FieldError::new(format!("/can_publish_sources/{index}"), "invalid", "given twice")),
            None => {
                let detail = "expected camera, microphone, screen_share or screen_share_audio";
                faults.push(FieldError::new(format!("/can_publish_sources/{index}"), "unknown", detail));
            }
        }
    }
    if sources.is_empty() {
        sources.push(TrackSource::Microphone);
    }
    let publish = body.can_publish.unwrap_or(true);
    let video = VideoGrants {
        can_publish: Some(publish),
        can_subscribe: Some(body.can_subscribe.unwrap_or(true)),
        can_publish_data: Some(body.can_publish_data.unwrap_or(false)),
        can_publish_sources: publish.then_some(sources),
        // attributes carry the token's id
        can_update_own_metadata: Some(false),
        can_subscribe_metrics: Some(false),
        can_manage_agent_session: Some(false),
        ..VideoGrants::join(body.room_id.as_deref().unwrap_or_default())
    };
    (video, faults)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn body(more: &str) -> VoiceTokenRequestV1 {
        serde_json::from_str(&format!(r#"{{"schema_version":1,"room_id":"rm_x"{more}}}"#)).unwrap()
    }

    #[test]
    fn nothing_is_left_to_the_media_server() {
        for more in ["", r#","can_publish":true"#, r#","can_publish":false"#, r#","can_subscribe":false"#] {
            let (video, faults) = video(&body(more));
            assert!(video.is_explicit() && video.room_join && faults.is_empty(), "{more}");
            assert_eq!(video.can_update_own_metadata, Some(false), "who could change it could hide a copied token");
            assert_eq!(video.can_publish, Some(more != r#","can_publish":false"#));
            assert!(!video.room_admin && !video.room_create && !video.hidden && !video.agent);
        }
        assert_eq!(video(&body("")).0.can_publish_sources, Some(vec![TrackSource::Microphone]));
        assert_eq!(
            video(&body(r#","can_publish":false,"can_publish_sources":["camera"]"#)).0.can_publish_sources,
            None
        );
    }

    #[test]
    fn unknown_and_doubled_sources_are_named() {
        let (_, faults) = video(&body(r#","can_publish_sources":["camera","x","camera"]"#));
        let named: Vec<_> = faults.iter().map(|fault| fault.pointer.as_str()).collect();
        assert_eq!(named, ["/can_publish_sources/1", "/can_publish_sources/2"]);
    }
}
