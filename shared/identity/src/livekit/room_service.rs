//! The server API (Twirp over HTTP): `POST <project address><path>`, `content-type: application/json`, `authorization: Bearer <token>`.

use super::read::Proto;
use super::{Grants, Participant, ProjectKey, Result, RoomConfig, VideoGrants};
use crate::jose::JoseError;
use crate::jose::json::Object;
use crate::jose::write::Writer;

/// For how long the token of a call is valid, seconds.
pub const SERVER_TOKEN_S: u64 = 60;
/// Largest answer that is read, bytes.
const MAX_ANSWER: usize = 4_194_304;

/// A request to make.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Call {
    /// Path, from its `/`.
    pub path: &'static str,
    /// The body, JSON.
    pub body: String,
    /// What its token has to allow, and no more.
    pub grants: VideoGrants,
}

impl Call {
    /// Makes a room, or answers with the one that is there. The name in `config` is left out.
    pub fn create_room(room: &str, config: &RoomConfig) -> Self {
        let mut writer = Writer::default();
        writer.open().text("name", room);
        RoomConfig { name: String::new(), ..config.clone() }.write_members(&mut writer);
        let grants = VideoGrants { room_create: true, ..VideoGrants::default() };
        Self { path: "/twirp/livekit.RoomService/CreateRoom", body: writer.close().take(), grants }
    }

    /// Ends a room and disconnects all. `roomCreate` is the grant for it.
    pub fn delete_room(room: &str) -> Self {
        let body = Writer::default().open().text("room", room).close().take();
        let grants = VideoGrants { room_create: true, ..VideoGrants::default() };
        Self { path: "/twirp/livekit.RoomService/DeleteRoom", body, grants }
    }

    /// Who is in a room: [`parse_participants`] reads the answer.
    pub fn list_participants(room: &str) -> Self {
        let body = Writer::default().open().text("room", room).close().take();
        Self { path: "/twirp/livekit.RoomService/ListParticipants", body, grants: VideoGrants::admin(room) }
    }

    /// Disconnects a participant. `revoke_before_s` (`revokeTokenTs`): tokens of this identity and room whose `nbf` is before it, in seconds
    /// since 1970, do not open the room again; one second after the `nbf` of the token that is meant. Without it the server takes its own
    /// time **plus one minute**, which also shuts out a token that is minted at once. Servers older than this field ignore it: there the
    /// join window is all there is.
    pub fn remove_participant(room: &str, identity: &str, revoke_before_s: Option<u64>) -> Self {
        let mut writer = Writer::default();
        writer.open().text("room", room).text("identity", identity);
        if let Some(time) = revoke_before_s {
            // int64 is a text in protobuf's JSON.
            writer.text("revokeTokenTs", &time.to_string());
        }
        let body = writer.close().take();
        Self { path: "/twirp/livekit.RoomService/RemoveParticipant", body, grants: VideoGrants::admin(room) }
    }

    /// The token of the call.
    ///
    /// # Errors
    /// The variants of [`super::LiveKitError`] on minting.
    pub fn token(&self, key: &ProjectKey, now_s: u64) -> Result<String> {
        Grants { video: self.grants.clone(), ..Grants::default() }.mint(key, "", SERVER_TOKEN_S, now_s)
    }
}

/// Reads the answer to [`Call::list_participants`].
///
/// # Errors
/// [`super::LiveKitError::Form`].
pub fn parse_participants(json: &[u8]) -> Result<Vec<Participant>> {
    if json.len() > MAX_ANSWER {
        return Err(JoseError::TooLong.into());
    }
    let answer = Object::parse(json)?;
    Proto(&answer).objects("participants")?.into_iter().map(Participant::read).collect()
}

/// What a media server says instead of 200, as far as it makes a difference here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TwirpError {
    /// No such room or participant: for removing and ending that is as good as done.
    NotFound,
    /// The project's key is not accepted: configuration.
    Refused,
    /// The request is wrong: ours.
    Invalid,
    /// Try again later.
    Unavailable,
}

impl TwirpError {
    /// From status and body (Twirp, "Errors": `{"code": …}`); the status decides where there is no such body.
    pub fn parse(status: u16, json: &[u8]) -> Self {
        let body = Some(json).filter(|json| json.len() <= 65_536).and_then(|json| Object::parse(json).ok());
        let code = body.as_ref().and_then(|body| body.text("code", 64).ok().flatten());
        match (code, status) {
            (Some("not_found"), _) => Self::NotFound,
            (Some("unauthenticated" | "permission_denied"), _) | (None, 401 | 403) => Self::Refused,
            (
                Some(
                    "invalid_argument" | "malformed" | "bad_route" | "already_exists" | "out_of_range"
                    | "unimplemented",
                ),
                _,
            ) => Self::Invalid,
            (None, 400..=499) if status != 408 && status != 429 => Self::Invalid,
            _ => Self::Unavailable,
        }
    }
}
