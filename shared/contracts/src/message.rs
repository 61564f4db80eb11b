//! Bodies of queue messages. `kind` of the envelope names them.

use crate::{Envelope, run::RunRequestV1, snapshot::SnapshotV1};
use attune_domain::{CallId, Leg, RunId, Station};
use serde::{Deserialize, Serialize};

/// Kind of [`SnapshotAcceptedV1`], on queue `ingest-snapshot`.
pub const SNAPSHOT_ACCEPTED_V1: &str = "snapshot.accepted.v1";
/// Kind of [`OptimizerRunV1`], on queue `optimize-run`.
pub const OPTIMIZER_RUN_V1: &str = "optimizer.run.v1";
/// Kind of [`crate::config::ChangeV1`], on queue `record-change`.
pub const CONFIG_CHANGED_V1: &str = "config.changed.v1";
/// Kind of [`SendMailV1`], on queue `send-mail`.
pub const SEND_MAIL_V1: &str = "mail.send.v1";

/// Short name of the queue of a kind, as in `infra/resources.json`.
pub fn queue_of(kind: &str) -> Option<&'static str> {
    match kind {
        SNAPSHOT_ACCEPTED_V1 => Some("ingest-snapshot"),
        OPTIMIZER_RUN_V1 => Some("optimize-run"),
        CONFIG_CHANGED_V1 => Some("record-change"),
        SEND_MAIL_V1 => Some("send-mail"),
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

// Addresses and codes are not printed.
attune_domain::silent!(SendMailV1, MailText);
