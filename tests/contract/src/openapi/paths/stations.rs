//! `/v1/stations/…` and `/v1/outbox/…`

use super::Operations;
use crate::openapi::operation::{Auth, Operation};
use attune_contracts::ProblemCode::{
    HeadersTooLarge, IdempotencyMismatch, InvalidParameter, InvalidTicket, Overloaded,
};
use attune_identity::api_key::Scope;
use serde_json::json;

pub fn operations() -> Operations {
    let snapshot = Operation::new("postSnapshot", "stations", "Hand in what a station measured", Auth::May(Scope::SnapshotsWrite))
        .says("202 means durable: the snapshot is stored before the answer and will be worked on exactly once in effect. Its natural key is call, leg, station and segment index: the same snapshot again gets the same answer, another one under the same key 422.")
        .takes("Snapshot", &["snapshot.v1"])
        .answers(202, "Accepted.", "SnapshotAccepted", &[])
        .may_fail(&[IdempotencyMismatch, Overloaded])
        .never(&[HeadersTooLarge]);
    let audio = Operation::new("createAudioUpload", "stations", "Get an address for an upload of recorded audio", Auth::May(Scope::AudioWrite))
        .says("The address takes one PUT of exactly this size, type and checksum within 15 minutes. Nothing is stored by this request, so a repeat simply gets another address.")
        .takes("AudioUpload", &["audio-upload.v1"])
        .answers(201, "The address.", "AudioUploadAnswer", &["audio-upload-answer.v1"]);
    let stream = Operation::new("connectStream", "stations", "Live connection of a station agent (WebSocket)", Auth::May(Scope::StreamConnect))
        .says("After the upgrade the agent sends `AgentFrame`s and gets `ControlFrame`s, JSON text frames both. Close code 4401: the key was revoked or has expired, or the access of the device has ended. A browser sends a ticket of `POST /v1/stream-tickets`: `Sec-WebSocket-Protocol: attune.v1, attune.ticket.<ticket>`.")
        .responds(101, json!({"description": "The connection is a WebSocket now."}))
        .may_fail(&[InvalidParameter, InvalidTicket]);
    let depth = Operation::new("getOutboxDepth", "stations", "What waits for the queue", Auth::Member).answers(
        200,
        "Depth and age.",
        "OutboxDepth",
        &[],
    );
    vec![
        ("/v1/stations/snapshot", "post", snapshot.build()),
        ("/v1/stations/audio", "post", audio.build()),
        ("/v1/stations/stream", "get", stream.build()),
        ("/v1/outbox/depth", "get", depth.build()),
    ]
}
