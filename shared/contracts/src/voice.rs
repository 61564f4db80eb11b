//! Voice: rooms, their participants, tokens, and the LiveKit projects behind them.

use attune_domain::Millis;
use serde::{Deserialize, Serialize};

/// What happens to a newcomer when a room is full.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum RoomPolicy {
    /// The newcomer is refused.
    #[default]
    RejectNew,
    /// An older seat makes room: one of the same user if there is one, else the oldest.
    ReplaceOld,
}

impl RoomPolicy {
    /// The word.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::RejectNew => "reject_new",
            Self::ReplaceOld => "replace_old",
        }
    }

    /// Reads the word.
    pub fn parse(text: &str) -> Option<Self> {
        [Self::RejectNew, Self::ReplaceOld].into_iter().find(|p| p.as_str() == text)
    }
}

/// Body of `POST /v1/rooms`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct CreateRoomV1 {
    /// Always 1.
    #[serde(deserialize_with = "crate::parse::known_version")]
    pub schema_version: u32,
    /// What happens when the room is full.
    #[serde(default)]
    pub policy: RoomPolicy,
    /// Most seats, 1 to 1000; absent: 2.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub capacity: Option<u32>,
    /// Region of the media server; absent: the tenant's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub region: Option<String>,
    /// Seconds after which an empty room ends; absent: 300.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub empty_timeout_s: Option<u32>,
}

/// A room.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct RoomV1 {
    /// Always 1.
    #[serde(deserialize_with = "crate::parse::known_version")]
    pub schema_version: u32,
    /// `rm_<ulid>`: also the room's name at the media server.
    pub room_id: String,
    /// What happens when it is full.
    pub policy: RoomPolicy,
    /// Most seats.
    pub capacity: u32,
    /// Region.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub region: Option<String>,
    /// The LiveKit project, by its key.
    pub project: String,
    /// Seconds after which it ends when it is empty.
    pub empty_timeout_s: u32,
    /// When it was made.
    pub created_at: Millis,
    /// When it ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ended_at: Option<Millis>,
    /// Why: `ended`, `empty`, `finished`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub end_reason: Option<String>,
}

/// A page of rooms, the newest first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct RoomsPageV1 {
    /// Always 1.
    #[serde(deserialize_with = "crate::parse::known_version")]
    pub schema_version: u32,
    /// The rooms: id, times.
    pub rooms: Vec<ListedRoomV1>,
    /// Ask with it for the next page.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next_cursor: Option<String>,
}

/// A room in a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ListedRoomV1 {
    /// `rm_<ulid>`.
    pub room_id: String,
    /// When it was made.
    pub created_at: Millis,
    /// When it ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ended_at: Option<Millis>,
}

/// Who takes a seat.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum SeatKind {
    /// A person: takes one of the room's seats.
    Participant,
    /// An agent: takes none.
    Agent,
}

/// Where a seat stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum SeatState {
    /// A token was made and has not been used yet.
    Reserved,
    /// Connected.
    Joined,
}

/// A participant.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ParticipantV1 {
    /// Identity at the media server.
    pub identity: String,
    /// The user.
    pub user_id: String,
    /// The device.
    pub device_id: String,
    /// Person or agent.
    pub kind: SeatKind,
    /// Reserved or joined.
    pub state: SeatState,
    /// When the seat was taken.
    pub since: Millis,
}

/// All participants of a room, in the order of their coming.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ParticipantsV1 {
    /// Always 1.
    #[serde(deserialize_with = "crate::parse::known_version")]
    pub schema_version: u32,
    /// The participants.
    pub participants: Vec<ParticipantV1>,
}

/// Body of `POST /v1/rooms/{room}/remove`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct RemoveParticipantV1 {
    /// Always 1.
    #[serde(deserialize_with = "crate::parse::known_version")]
    pub schema_version: u32,
    /// Identity of the participant.
    pub identity: String,
}

/// Body of `POST /v1/voice/token` and `/v1/voice/token/renew`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct VoiceTokenRequestV1 {
    /// Always 1.
    #[serde(deserialize_with = "crate::parse::known_version")]
    pub schema_version: u32,
    /// The room; absent: a new one for two, which ends when nobody comes. Renewals name it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub room_id: Option<String>,
    /// Seconds in which the token can be used to join, 10 to 600; absent: 60.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub join_window_s: Option<u32>,
    /// May it publish? Absent: yes. The token always says yes or no: a media server takes silence for yes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub can_publish: Option<bool>,
    /// May it subscribe? Absent: yes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub can_subscribe: Option<bool>,
    /// May it publish data? Absent: no.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub can_publish_data: Option<bool>,
    /// What it may publish: `camera`, `microphone`, `screen_share`, `screen_share_audio`; empty: the microphone.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub can_publish_sources: Vec<String>,
}

/// Body of `POST /v1/voice/token/agent`.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AgentTokenRequestV1 {
    /// Always 1.
    #[serde(deserialize_with = "crate::parse::known_version")]
    pub schema_version: u32,
    /// The room.
    pub room_id: String,
    /// Names the agent within the room, 1 to 64 visible characters: one of this name is in the room at a time.
    pub agent_name: String,
    /// Seconds in which the token can be used to join, 10 to 600; absent: 60.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub join_window_s: Option<u32>,
    /// Agents that the media server calls into the room when this token begins it; at most 8.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub dispatch: Vec<AgentDispatchV1>,
}

/// An agent to be called.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AgentDispatchV1 {
    /// The name under which the agent's workers are registered at the media server.
    pub agent_name: String,
    /// For its job.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub metadata: String,
}

/// A token for the media server.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct VoiceTokenV1 {
    /// Always 1.
    #[serde(deserialize_with = "crate::parse::known_version")]
    pub schema_version: u32,
    /// The token.
    pub token: String,
    /// Address of the media server.
    pub url: String,
    /// The room.
    pub room_id: String,
    /// The participant's identity.
    pub identity: String,
    /// Until when it can be used to join.
    pub expires_at: Millis,
}

/// Body of `PUT /v1/voice/projects`.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct PutProjectV1 {
    /// Always 1.
    #[serde(deserialize_with = "crate::parse::known_version")]
    pub schema_version: u32,
    /// API key of the LiveKit project.
    pub api_key: String,
    /// API secret; absent: as it was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub api_secret: Option<String>,
    /// Address, `wss://…`.
    pub url: String,
    /// Region, for pinning.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub region: Option<String>,
    /// From when it is used; absent: now.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub live_from: Option<Millis>,
    /// Until when it is used; absent: no end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub live_until: Option<Millis>,
}

/// A LiveKit project.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ProjectV1 {
    /// Always 1.
    #[serde(deserialize_with = "crate::parse::known_version")]
    pub schema_version: u32,
    /// API key.
    pub api_key: String,
    /// Address.
    pub url: String,
    /// Region.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub region: Option<String>,
    /// From when it is used.
    pub live_from: Millis,
    /// Until when.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub live_until: Option<Millis>,
    /// When it was made.
    pub created_at: Millis,
}

/// All projects of a tenant.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ProjectsV1 {
    /// Always 1.
    #[serde(deserialize_with = "crate::parse::known_version")]
    pub schema_version: u32,
    /// The projects.
    pub projects: Vec<ProjectV1>,
}

// Credentials are not printed.
attune_domain::silent!(VoiceTokenV1, PutProjectV1, AgentTokenRequestV1, AgentDispatchV1);
