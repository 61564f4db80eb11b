//! Frames of `GET /v1/chat/rooms/{room}/socket` (WebSocket, JSON text, subprotocol [`PROTOCOL`]). A member sends one frame per
//! message, the room an array of frames per message: what came within 20 ms goes out together.

pub use attune_contracts::chat::AttachmentV1 as Attachment;
use attune_domain::{Millis, json};
use serde::{Deserialize, Serialize};

/// The subprotocol; the version of everything here.
pub const PROTOCOL: &str = "attune.chat.v1";
/// Largest frame of a member, bytes.
pub const MAX_FRAME: usize = 16_384;
/// Most characters of a message.
pub const MAX_TEXT: usize = 4_000;
/// Most pictures of a message.
pub const MAX_ATTACHMENTS: usize = 4;
/// Most events of a page, and of a resume.
pub const MAX_PAGE: u32 = 100;
/// A resume brings at most so many events, the newest; what is older comes by pages.
pub const MAX_RESUME: u64 = 1_000;
/// A member confirms at the latest after so many events; and after 1 s when it has anything to confirm.
pub const CONFIRM_AFTER: u64 = 200;
/// Who has left more events than this unconfirmed is closed with [`close::TOO_SLOW`], and resumes.
pub const MAX_UNCONFIRMED: u64 = 1_000;
/// Member id of the assistant.
pub const ASSISTANT: &str = "ast";

/// Close codes: what a member does next.
pub mod close {
    /// The frame cannot be read: mend the client, do not come again with it.
    pub const BAD_FRAME: u16 = 4400;
    /// The credentials have ended: get a new ticket with new ones.
    pub const UNAUTHENTICATED: u16 = 4401;
    /// Not a member of the room.
    pub const FORBIDDEN: u16 = 4403;
    /// Too many events were not confirmed: connect again and say from where.
    pub const TOO_SLOW: u16 = 4408;
    /// Another connection of the same ticket's tab has taken its place.
    pub const REPLACED: u16 = 4409;
    /// The room has ended.
    pub const ENDED: u16 = 4410;
    /// Too many frames: come again later.
    pub const TOO_MANY: u16 = 4429;
}

/// What a member thinks of an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// It helped.
    Up,
    /// It did not.
    Down,
}

impl Verdict {
    /// The word.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Up => "up",
            Self::Down => "down",
        }
    }
}

/// From a member.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(tag = "t", rename_all = "snake_case", deny_unknown_fields)]
pub enum Up {
    /// First frame, and again whenever an event is missing: the room answers `welcome` and all events after that one.
    Hello {
        /// Always 1.
        v: u32,
        /// Number of the last event that the member has; 0: none.
        after: u64,
    },
    /// A message. Again with the same id: acknowledged with the same number, whatever else it says.
    Send {
        /// Client id, a ULID: unique per member.
        id: String,
        /// 1 to 4,000 characters; none where it carries pictures.
        text: String,
        /// At most 4: ids of pictures of one's own that no message carries yet.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        attachments: Vec<String>,
    },
    /// Another text for an own message.
    Edit {
        /// Client id.
        id: String,
        /// The message.
        seq: u64,
        /// 1 to 4,000 characters.
        text: String,
    },
    /// Takes the text of a message away for all: an own one, or any by staff.
    Redact {
        /// Client id.
        id: String,
        /// The message.
        seq: u64,
    },
    /// The member is typing; said again every 2 s while it lasts, forgotten by the others after 3 s.
    Typing {},
    /// The member has read up to here.
    Read {
        /// Number of an event.
        seq: u64,
    },
    /// The member has all events up to here: said at the latest after 200 of them or 1 s.
    Have {
        /// Number of an event.
        seq: u64,
    },
    /// Older events.
    Page {
        /// Those before this number.
        before: u64,
        /// 1 to 100.
        limit: u32,
    },
    /// What the member thinks of an answer of the assistant.
    Feedback {
        /// The answer's event.
        seq: u64,
        /// Verdict.
        value: Verdict,
    },
}

/// The fields of all kinds of frames. A reader of one struct is a tenth of what is compiled for an enum that is tagged inside.
#[derive(Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
struct Fields {
    t: String,
    v: Option<u32>,
    after: Option<u64>,
    attachments: Option<Vec<String>>,
    before: Option<u64>,
    id: Option<String>,
    limit: Option<u32>,
    seq: Option<u64>,
    text: Option<String>,
    value: Option<Verdict>,
}

impl Up {
    /// Reads a frame; as strict as `Deserialize`.
    pub fn read(text: &str) -> Option<Self> {
        let mut fields: Fields = json::from_str(text).ok()?;
        let mut id = || fields.id.take();
        let up = match fields.t.as_str() {
            "hello" => Self::Hello { v: fields.v.take()?, after: fields.after.take()? },
            "send" => Self::Send {
                id: id()?,
                text: fields.text.take()?,
                attachments: fields.attachments.take().unwrap_or_default(),
            },
            "edit" => Self::Edit { id: id()?, seq: fields.seq.take()?, text: fields.text.take()? },
            "redact" => Self::Redact { id: id()?, seq: fields.seq.take()? },
            "typing" => Self::Typing {},
            "read" => Self::Read { seq: fields.seq.take()? },
            "have" => Self::Have { seq: fields.seq.take()? },
            "page" => Self::Page { before: fields.before.take()?, limit: fields.limit.take()? },
            "feedback" => Self::Feedback { seq: fields.seq.take()?, value: fields.value.take()? },
            _ => return None,
        };
        // what is left belongs to frames of another kind
        fields.t.clear();
        (fields == Fields::default()).then_some(up)
    }
}

/// What an event says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// `text`, `id`, `attachments`; of the assistant also `answer` and `replies`.
    Message,
    /// `of` has another `text` now.
    Edit,
    /// `of` has no text and no pictures any more.
    Redaction,
    /// A member has come.
    Joined,
    /// A member of the staff has left.
    Left,
    /// A member of the staff answers now; the assistant is silent.
    TakenOver,
    /// The assistant answers again.
    HandedBack,
    /// The answer in the making (`answer`) was given up: what came of it is to be forgotten.
    AnswerEnd,
    /// `value` for the answer `of`.
    Feedback,
    /// The room has ended.
    Ended,
}

impl Kind {
    const ALL: [Self; 10] = [
        Self::Message,
        Self::Edit,
        Self::Redaction,
        Self::Joined,
        Self::Left,
        Self::TakenOver,
        Self::HandedBack,
        Self::AnswerEnd,
        Self::Feedback,
        Self::Ended,
    ];

    /// The word.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Message => "message",
            Self::Edit => "edit",
            Self::Redaction => "redaction",
            Self::Joined => "joined",
            Self::Left => "left",
            Self::TakenOver => "taken_over",
            Self::HandedBack => "handed_back",
            Self::AnswerEnd => "answer_end",
            Self::Feedback => "feedback",
            Self::Ended => "ended",
        }
    }

    /// Reads the word.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == text)
    }
}

/// A durable thing. Numbers of a room are without gaps from 1.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Event {
    /// Its number.
    pub seq: u64,
    /// When the room took it.
    pub at: Millis,
    /// Whose it is: `vis_…`, `usr_…`, `key_…` or `ast`.
    pub from: String,
    /// What it says.
    pub kind: Kind,
    /// Client id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// Text; absent after a redaction.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// Number of the event that it is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub of: Option<u64>,
    /// Id of the answer in the making that it ends.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub answer: Option<String>,
    /// Texts that the member may send by a touch.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub replies: Vec<String>,
    /// Verdict.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<Verdict>,
    /// Pictures, to be fetched from `/v1/chat/rooms/{room}/attachments/{id}`; none after a redaction.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub attachments: Vec<Attachment>,
}

/// From the room.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(tag = "t", rename_all = "snake_case")]
pub enum Down {
    /// Answer to `hello`: all events after `from` follow, in order.
    Welcome {
        /// Whose connection this is.
        member: String,
        /// The room.
        room: String,
        /// Number of its last event.
        head: u64,
        /// Events from here on follow. More than the `after` of the hello when too many are missing: the others come by `page`.
        from: u64,
        /// Does the assistant answer?
        assistant: bool,
    },
    /// An event.
    Event(Event),
    /// The frame of that client id has this number, durably.
    Ack {
        /// Client id.
        id: String,
        /// Number of its event.
        seq: u64,
    },
    /// A piece of an answer in the making. `n` counts from 0; at 0 what came before of the same answer is to be forgotten. The
    /// whole text comes as an event.
    Delta {
        /// Id of the answer.
        answer: String,
        /// Number of the piece.
        n: u64,
        /// The piece.
        text: String,
    },
    /// A member is typing.
    Typing {
        /// Who.
        from: String,
    },
    /// Who is connected.
    Presence {
        /// Their member ids.
        members: Vec<String>,
    },
    /// A member has read up to here.
    Read {
        /// Who.
        from: String,
        /// Number of an event.
        seq: u64,
    },
    /// Older events, in order.
    Page {
        /// The events, each with its `t`.
        events: Vec<Event>,
        /// Are there older ones?
        more: bool,
    },
    /// A frame was refused; the connection goes on.
    Error {
        /// Client id of the frame, if it had one: it is not sent again.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        id: Option<String>,
        /// Stable word: `invalid`, `not_found`, `forbidden`, `ended`, `hello_first`, `unavailable`.
        code: String,
        /// What is wrong.
        detail: String,
    },
}

impl Down {
    /// The frame as JSON text. Frames hold texts and numbers only, which always can be written.
    pub fn text(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }
}

/// Frames of one message of the room.
pub fn message(frames: &[String]) -> String {
    format!("[{}]", frames.join(","))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bad(text: &str) -> bool {
        let refused = serde_json::from_str::<Up>(text).is_err();
        assert_eq!(Up::read(text).is_none(), refused, "{text}");
        refused
    }

    #[test]
    fn frames_of_members_are_read_strictly() {
        let good: Up = serde_json::from_str(r#"{"t":"send","id":"a","text":"b"}"#).unwrap();
        assert_eq!(good, Up::Send { id: "a".to_owned(), text: "b".to_owned(), attachments: Vec::new() });
        assert_eq!(serde_json::from_str::<Up>(r#"{"t":"typing"}"#).unwrap(), Up::Typing {});
        for text in [
            "",
            "x",
            "[]",
            "{}",
            r#"{"t":"x"}"#,
            r#"{"t":"send","id":"a"}"#,
            r#"{"t":"send","id":"a","text":1}"#,
            r#"{"t":"send","id":"a","text":"b","x":1}"#,
            r#"{"t":"typing","x":1}"#,
            r#"{"t":"hello","v":1,"after":-1}"#,
            r#"{"t":"feedback","seq":1,"value":"x"}"#,
            r#"{"id":"a","text":"b"}"#,
            r#"{"t":"read","seq":1,"limit":5}"#,
            r#"{"t":"typing","id":"a"}"#,
            r#"{"t":"send","id":"a","text":"","attachments":"att_x"}"#,
            r#"{"t":"send","id":"a","text":"","attachments":[1]}"#,
            r#"{"t":"edit","id":"a","seq":1,"text":"b","attachments":[]}"#,
        ] {
            assert!(bad(text), "{text}");
        }
    }

    #[test]
    fn what_is_written_is_read() {
        let (id, text) = ("a".to_owned(), "b".to_owned());
        for up in [
            Up::Hello { v: 1, after: 0 },
            Up::Send { id: id.clone(), text: text.clone(), attachments: Vec::new() },
            Up::Send { id: id.clone(), text: String::new(), attachments: vec!["att_x".to_owned()] },
            Up::Edit { id: id.clone(), seq: 1, text },
            Up::Redact { id, seq: 2 },
            Up::Typing {},
            Up::Read { seq: 3 },
            Up::Have { seq: 4 },
            Up::Page { before: 5, limit: 6 },
            Up::Feedback { seq: 7, value: Verdict::Down },
        ] {
            assert_eq!(Up::read(&serde_json::to_string(&up).unwrap()), Some(up));
        }
    }

    #[test]
    fn kinds_are_stored_by_the_words_of_frames() {
        for kind in Kind::ALL {
            assert_eq!(serde_json::to_string(&kind).unwrap(), format!("{:?}", kind.as_str()));
            assert_eq!(Kind::parse(kind.as_str()), Some(kind));
        }
    }

    #[test]
    fn an_event_lies_flat_in_its_frame() {
        let event = Event {
            seq: 1,
            at: Millis(0),
            from: "ast".to_owned(),
            kind: Kind::Message,
            id: None,
            text: Some("t".to_owned()),
            of: None,
            answer: None,
            replies: Vec::new(),
            value: None,
            attachments: Vec::new(),
        };
        let text = Down::Event(event.clone()).text();
        assert_eq!(
            text,
            r#"{"t":"event","seq":1,"at":"1970-01-01T00:00:00.000Z","from":"ast","kind":"message","text":"t"}"#
        );
        assert_eq!(serde_json::from_str::<Down>(&text).unwrap(), Down::Event(event));
    }
}
