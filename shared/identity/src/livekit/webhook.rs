//! Webhooks: `content-type: application/webhook+json`, the token in `Authorization` without a scheme.

use super::read::Proto;
use super::{LiveKitError, ParticipantKind, ProjectKey, Result, Token};
use crate::jose::JoseError;
use crate::jose::json::{Json, Object};
use base64::{Engine, engine::general_purpose::STANDARD};
use core::fmt;
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use subtle::ConstantTimeEq;

/// Largest body, bytes.
pub const MAX_WEBHOOK: usize = 262_144;

/// What happened.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Event {
    /// `room_started`
    RoomStarted,
    /// `room_finished`
    RoomFinished,
    /// `participant_joined`
    ParticipantJoined,
    /// `participant_left`
    ParticipantLeft,
    /// `participant_connection_aborted`: joined, but never connected.
    ParticipantConnectionAborted,
    /// `track_published`
    TrackPublished,
    /// `track_unpublished`
    TrackUnpublished,
    /// Something of egress, ingress, or newer than this.
    Other(String),
}

impl Event {
    fn of(name: &str) -> Self {
        match name {
            "room_started" => Self::RoomStarted,
            "room_finished" => Self::RoomFinished,
            "participant_joined" => Self::ParticipantJoined,
            "participant_left" => Self::ParticipantLeft,
            "participant_connection_aborted" => Self::ParticipantConnectionAborted,
            "track_published" => Self::TrackPublished,
            "track_unpublished" => Self::TrackUnpublished,
            other => Self::Other(other.to_owned()),
        }
    }
}

/// A webhook's content (`livekit.WebhookEvent`), as far as it is used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WebhookEvent {
    /// `event`
    pub event: Event,
    /// `id`: the same when it is sent again.
    pub id: String,
    /// `createdAt`, seconds since 1970 by the media server's clock.
    pub created_at_s: u64,
    /// `room`
    pub room: Option<Room>,
    /// `participant`
    pub participant: Option<Participant>,
}

/// `livekit.Room`, as far as it is used.
#[derive(Clone, PartialEq, Eq)]
pub struct Room {
    /// `sid`: another one each time a room of this name begins.
    pub sid: String,
    /// `name`
    pub name: String,
    /// `creationTime`, seconds since 1970.
    pub created_at_s: u64,
    /// `numParticipants`
    pub participants: u32,
    /// `maxParticipants`; 0: no limit.
    pub max_participants: u32,
    /// `metadata`
    pub metadata: String,
}

/// `livekit.ParticipantInfo`, as far as it is used.
#[derive(Clone, PartialEq, Eq)]
pub struct Participant {
    /// `sid`: another one each time somebody of this identity joins.
    pub sid: String,
    /// `identity`: `sub` of the token.
    pub identity: String,
    /// `joinedAt`, seconds since 1970.
    pub joined_at_s: u64,
    /// `joinedAtMs`, milliseconds since 1970; 0 from older servers.
    pub joined_at_ms: u64,
    /// `kind`
    pub kind: ParticipantKind,
    /// `state` is `DISCONNECTED`.
    pub disconnected: bool,
    /// `disconnectReason`, such as `DUPLICATE_IDENTITY`; empty if unknown.
    pub disconnect_reason: String,
    /// `attributes`
    pub attributes: BTreeMap<String, String>,
}

/// The token of a webhook, not verified.
#[derive(Debug, Clone)]
pub struct WebhookToken<'a>(Token<'a>);

impl<'a> WebhookToken<'a> {
    /// Reads the value of `Authorization`.
    ///
    /// # Errors
    /// [`LiveKitError::Form`].
    pub fn parse(authorization: &'a str) -> Result<Self> {
        Token::parse(authorization).map(Self)
    }

    /// `iss`, unverified: only to choose among the tenant's projects.
    ///
    /// # Errors
    /// [`LiveKitError::Form`].
    pub fn claimed_api_key(&self) -> Result<String> {
        self.0.claimed_api_key()
    }

    /// The event in `body`, if this token vouches for it.
    ///
    /// # Errors
    /// The variants of [`LiveKitError`] on verifying, [`LiveKitError::BodyHash`], [`LiveKitError::EventField`].
    pub fn verify(&self, body: &[u8], key: &ProjectKey, now_s: u64) -> Result<WebhookEvent> {
        if body.len() > MAX_WEBHOOK {
            return Err(JoseError::TooLong.into());
        }
        let said = self.0.verify(key, now_s)?.grants.sha256;
        let hash = STANDARD.encode(Sha256::digest(body));
        if !bool::from(hash.as_bytes().ct_eq(said.as_bytes())) {
            return Err(LiveKitError::BodyHash);
        }
        WebhookEvent::parse(body)
    }
}

impl WebhookEvent {
    /// Reads a body whose token was verified.
    ///
    /// # Errors
    /// [`LiveKitError::Form`], [`LiveKitError::EventField`].
    pub fn parse(body: &[u8]) -> Result<Self> {
        if body.len() > MAX_WEBHOOK {
            return Err(JoseError::TooLong.into());
        }
        let object = Object::parse(body)?;
        let message = Proto(&object);
        let needed = |name| match message.text(name)? {
            text if (1..=128).contains(&text.len()) => Ok(text),
            _ => Err(LiveKitError::EventField(name)),
        };
        let created_at_s = message.number("createdAt")?;
        if created_at_s == 0 {
            return Err(LiveKitError::EventField("createdAt"));
        }
        Ok(Self {
            event: Event::of(needed("event")?),
            id: needed("id")?.to_owned(),
            created_at_s,
            room: message.object("room")?.map(Room::read).transpose()?,
            participant: message.object("participant")?.map(Participant::read).transpose()?,
        })
    }
}

impl Room {
    pub(super) fn read(message: Proto<'_, '_>) -> Result<Self> {
        Ok(Self {
            sid: message.text("sid")?.to_owned(),
            name: message.text("name")?.to_owned(),
            created_at_s: message.number("creationTime")?,
            participants: message.number_32("numParticipants")?,
            max_participants: message.number_32("maxParticipants")?,
            metadata: message.text("metadata")?.to_owned(),
        })
    }
}

impl Participant {
    pub(super) fn read(message: Proto<'_, '_>) -> Result<Self> {
        Ok(Self {
            sid: message.text("sid")?.to_owned(),
            identity: message.text("identity")?.to_owned(),
            joined_at_s: message.number("joinedAt")?,
            joined_at_ms: message.number("joinedAtMs")?,
            // Enums are names or numbers (protobuf's JSON mapping).
            kind: match message.get("kind") {
                Some(Json::Text(name)) => ParticipantKind::of_name(name),
                _ => ParticipantKind::of_number(message.number("kind")?),
            },
            disconnected: match message.get("state") {
                Some(Json::Text(name)) => name == "DISCONNECTED",
                _ => message.number("state")? == 3,
            },
            disconnect_reason: match message.get("disconnectReason") {
                Some(Json::Text(name)) => name.clone().into_owned(),
                Some(Json::Unsigned(number)) => number.to_string(),
                _ => String::new(),
            },
            attributes: message.map("attributes")?,
        })
    }
}

/// Metadata may be personal: it is not printed.
impl fmt::Debug for Room {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Room").field("sid", &self.sid).field("name", &self.name).finish_non_exhaustive()
    }
}

/// Attributes may be personal: they are not printed.
impl fmt::Debug for Participant {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Participant")
            .field("sid", &self.sid)
            .field("identity", &self.identity)
            .finish_non_exhaustive()
    }
}
