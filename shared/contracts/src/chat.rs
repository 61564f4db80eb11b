//! Live chat over HTTP: rooms, tickets, the FAQ of a widget. What goes over the live connection is in `attune-chat`.

use crate::widget::WidgetViewV1;
use attune_domain::Millis;
use serde::{Deserialize, Serialize};

/// Body of `POST /v1/chat/rooms`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct OpenChatV1 {
    /// Always 1.
    #[serde(deserialize_with = "crate::parse::known_version")]
    pub schema_version: u32,
    /// Language of the visitor, BCP 47, for example `de-CH`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub locale: Option<String>,
}

/// A way into a room, for one connection.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ChatTicketV1 {
    /// Always 1.
    #[serde(deserialize_with = "crate::parse::known_version")]
    pub schema_version: u32,
    /// `chr_<ulid>`.
    pub room_id: String,
    /// Who the caller is in the room.
    pub member_id: String,
    /// Good once, in `Sec-WebSocket-Protocol: attune.chat.v1, attune.ticket.<ticket>`.
    pub ticket: String,
    /// Until when.
    pub expires_at: Millis,
    /// Path of the WebSocket.
    pub socket: String,
    /// The widget of the key; absent where the key has none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub widget: Option<WidgetViewV1>,
}

attune_domain::silent!(ChatTicketV1 { room_id });

/// A chat room.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ChatRoomV1 {
    /// Always 1.
    #[serde(deserialize_with = "crate::parse::known_version")]
    pub schema_version: u32,
    /// `chr_<ulid>`.
    pub room_id: String,
    /// The key of the widget.
    pub widget: String,
    /// The visitor's member id.
    pub visitor: String,
    /// The visitor's language.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub locale: Option<String>,
    /// When it was opened.
    pub created_at: Millis,
    /// When it ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ended_at: Option<Millis>,
    /// Who of the staff answers in the assistant's place.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub taken_by: Option<String>,
    /// Does the visitor wait for a person?
    pub waits: bool,
    /// Number of the last event.
    pub head: u64,
}

/// A picture as a message carries it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct AttachmentV1 {
    /// `att_<ulid>`.
    pub id: String,
    /// `image/png`, `image/jpeg`, `image/webp` or `image/gif`, as its bytes say.
    #[serde(rename = "type")]
    pub media_type: String,
    /// Bytes.
    pub size: u64,
}

/// A picture that was stored; a message of its maker may carry it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ChatAttachmentV1 {
    /// Always 1.
    #[serde(deserialize_with = "crate::parse::known_version")]
    pub schema_version: u32,
    /// `att_<ulid>`.
    pub attachment_id: String,
    /// `image/png`, `image/jpeg`, `image/webp` or `image/gif`.
    #[serde(rename = "type")]
    pub media_type: String,
    /// Bytes.
    pub size: u64,
}

/// A room in a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ListedChatV1 {
    /// `chr_<ulid>`.
    pub room_id: String,
    /// The key of the widget.
    pub widget: String,
    /// When it was opened.
    pub created_at: Millis,
    /// When it ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ended_at: Option<Millis>,
    /// Does the visitor wait for a person?
    pub waits: bool,
}

/// A page of rooms, the newest first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ChatRoomsPageV1 {
    /// Always 1.
    #[serde(deserialize_with = "crate::parse::known_version")]
    pub schema_version: u32,
    /// The rooms.
    pub rooms: Vec<ListedChatV1>,
    /// Ask with it for the next page.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next_cursor: Option<String>,
}

/// What the assistant answers from: the FAQ of a widget.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct FaqV1 {
    /// At most 500, and 262,144 bytes in all.
    #[serde(default)]
    #[cfg_attr(feature = "schema", schemars(length(max = 500)))]
    pub entries: Vec<FaqEntryV1>,
    /// What the assistant says when it does not know; absent: a sentence in English.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schemars(length(min = 1, max = 300)))]
    pub unknown: Option<String>,
    /// The text by which a visitor asks for a person, offered as a quick reply; absent: `Talk to a person`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schemars(length(min = 1, max = 300)))]
    pub person: Option<String>,
}

/// One entry of a FAQ.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct FaqEntryV1 {
    /// 1 to 300 characters.
    #[cfg_attr(feature = "schema", schemars(length(min = 1, max = 300)))]
    pub question: String,
    /// 1 to 4,000 characters: what the assistant says.
    #[cfg_attr(feature = "schema", schemars(length(min = 1, max = 4_000)))]
    pub answer: String,
    /// At most 20 of 1 to 60 characters: other words for it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[cfg_attr(feature = "schema", schemars(length(max = 20), inner(length(min = 1, max = 60))))]
    pub keywords: Vec<String>,
    /// Language, BCP 47; absent: for all visitors.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schemars(regex(pattern = "^[A-Za-z0-9]{1,8}(-[A-Za-z0-9]{1,8}){0,8}$")))]
    pub locale: Option<String>,
}
