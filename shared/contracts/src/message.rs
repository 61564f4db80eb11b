//! Bodies of queue messages. `kind` of the envelope names them.

use crate::{Envelope, chat::AttachmentV1, run::RunRequestV1, snapshot::SnapshotV1};
use attune_domain::{CallId, ChatRoomId, Leg, Millis, RunId, Station};
use serde::{Deserialize, Serialize};

/// Kind of [`SnapshotAcceptedV1`], on queue `ingest-snapshot`.
pub const SNAPSHOT_ACCEPTED_V1: &str = "snapshot.accepted.v1";
/// Kind of [`OptimizerRunV1`], on queue `optimize-run`.
pub const OPTIMIZER_RUN_V1: &str = "optimizer.run.v1";
/// Kind of [`crate::config::ChangeV1`], on queue `record-change`.
pub const CONFIG_CHANGED_V1: &str = "config.changed.v1";
/// Kind of [`SendMailV1`], on queue `send-mail`.
pub const SEND_MAIL_V1: &str = "mail.send.v1";

/// Kind of [`ChatSaidV1`], on queue `record-chat`.
pub const CHAT_SAID_V1: &str = "chat.said.v1";

/// Short name of the queue of a kind, as in `infra/resources.json`.
pub fn queue_of(kind: &str) -> Option<&'static str> {
    match kind {
        SNAPSHOT_ACCEPTED_V1 => Some("ingest-snapshot"),
        OPTIMIZER_RUN_V1 => Some("optimize-run"),
        CONFIG_CHANGED_V1 => Some("record-change"),
        SEND_MAIL_V1 => Some("send-mail"),
        CHAT_SAID_V1 => Some("record-chat"),
        _ => None,
    }
}

/// A snapshot that the edge accepted.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SnapshotAcceptedV1 {
    /// Fingerprint computed at the door.
    pub fingerprint: String,
    /// The edge's clock when it arrived, ms since 1970.
    pub received_at: i64,
    /// The snapshot.
    pub snapshot: SnapshotV1,
}

impl SnapshotAcceptedV1 {
    /// The whole message as text, around a snapshot that is JSON already (its RFC 8785 form, which the fingerprint was made of):
    /// the hot path writes a snapshot once. `envelope` has all but the body.
    ///
    /// # Errors
    /// When the envelope is not JSON, which its type rules out.
    pub fn write(
        envelope: Envelope<()>,
        fingerprint: &str,
        received_at: i64,
        snapshot: &str,
        out: &mut Vec<u8>,
    ) -> Result<(), serde_json::Error> {
        #[derive(Serialize)]
        struct Head<'a> {
            fingerprint: &'a str,
            received_at: i64,
        }
        serde_json::to_writer(&mut *out, &envelope.with_body(Head { fingerprint, received_at }))?;
        // the body is the envelope's last member: two braces end both
        out.truncate(out.len() - 2);
        out.extend_from_slice(b",\"snapshot\":");
        out.extend_from_slice(snapshot.as_bytes());
        out.extend_from_slice(b"}}");
        Ok(())
    }
}

/// Work for the optimizer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OptimizerRunV1 {
    /// Fingerprint computed where the run was decided.
    pub fingerprint: String,
    /// The run.
    pub run_id: RunId,
    /// The call.
    pub call_id: CallId,
    /// The leg.
    pub leg: Leg,
    /// The station.
    pub station: Station,
    /// Why it is due: `below_target`, `after_change`, `requested`.
    pub trigger: String,
    /// The segment that made it due; absent when requested by hand (then the latest counts).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub segment_index: Option<u32>,
}

impl OptimizerRunV1 {
    /// The message of a run asked for over HTTP.
    pub fn requested(run_id: RunId, request: &RunRequestV1, fingerprint: String) -> Self {
        Self {
            fingerprint,
            run_id,
            call_id: request.call_id.clone(),
            leg: request.leg,
            station: request.station,
            trigger: "requested".to_owned(),
            segment_index: None,
        }
    }
}

/// A mail to one person. Tenant and id are the envelope's.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SendMailV1 {
    /// The address.
    pub to: String,
    /// Language, BCP 47; where there is no text in it, English.
    pub locale: String,
    /// From this moment on the mail is of no use and is not sent, ms since 1970.
    pub useless_from: i64,
    /// What it says.
    pub text: MailText,
}

/// What a mail says: the name of the text, and the values in it.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "template", content = "values", rename_all = "snake_case")]
pub enum MailText {
    /// A code to sign in with.
    SignInCode {
        /// The digits.
        code: String,
        /// How long they are good.
        minutes: u32,
        /// Where one signs in.
        tenant_name: String,
    },
}

/// What was said in a chat room, to be kept: a run of events, or some of before whose texts a redaction took away.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChatSaidV1 {
    /// The room.
    pub room_id: ChatRoomId,
    /// How many days each event is kept from its time on.
    pub retention_days: u32,
    /// The events.
    pub events: Vec<ChatEventV1>,
}

/// An event of a chat room, as its members were told.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChatEventV1 {
    /// Number of the redaction that took its text away; 0: none. The higher one counts.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub rev: u64,
    /// Its number in the room.
    pub seq: u64,
    /// When the room took it.
    pub at: Millis,
    /// Member id of whose it is.
    pub from: String,
    /// What it says: `message`, `edit`, `joined`, ….
    pub kind: String,
    /// Client id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// Text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// Number of the event that it is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub of: Option<u64>,
    /// Id of the answer that it ends.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub answer: Option<String>,
    /// Quick replies.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub replies: Vec<String>,
    /// Verdict.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<String>,
    /// Pictures.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub attachments: Vec<AttachmentV1>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde's signature")]
const fn is_zero(number: &u64) -> bool {
    *number == 0
}

// What was said is not printed.
attune_domain::silent!(ChatEventV1 { seq, rev });

// Addresses and codes are not printed.
attune_domain::silent!(SendMailV1, MailText);
