//! Golden files pin every shape that is stored or sent. `UPDATE_GOLDEN=1 cargo test -p attune-contracts` writes them anew:
//! do that for a new variant only, never to make a changed shape pass.

#![allow(clippy::unwrap_used, reason = "a helper of a test fails like the test itself")]

use attune_contracts::chat::AttachmentV1;
use attune_contracts::command::{
    PendingV1, ProposeAnswerV1, ProposeV1, ReadConfigV1, RejectedV1, StationStateV1, WindowV1,
};
use attune_contracts::config::{
    ChangeAnswerV1, ChangeV1, ChangesPageV1, EffectiveConfigV1, EffectiveValue, FreezeV1, OldNew, Origin, RollbackV1,
    UpdateV1,
};
use attune_contracts::envelope::{Pointer, SPILL_BUCKET, SpilledV1, spill_folder};
use attune_contracts::message::{
    CHAT_SAID_V1, CONFIG_CHANGED_V1, ChatEventV1, ChatSaidV1, MailText, OPTIMIZER_RUN_V1, OptimizerRunV1, SEND_MAIL_V1,
    SNAPSHOT_ACCEPTED_V1, SendMailV1, SnapshotAcceptedV1,
};
use attune_contracts::run::{
    Bounds, MetricScore, NewParameter, NextIteration, RunAnswerV1, RunRequestV1, RunStatus, Scorecard,
};
use attune_contracts::snapshot::{
    AudioRef, Channel, Constraint, Encoding, Metric, Parameters, Segment, SnapshotV1, Source,
};
use attune_contracts::stream::{AgentFrame, ControlFrame, Subscription};
use attune_contracts::tenant::{CreateKeyV1, CreateTenantV1, KeyV1, TenantV1};
use attune_contracts::{Envelope, FieldError, Problem, ProblemCode, audio, fingerprint, message_id};
use attune_domain::{CallId, ChangeId, ChatRoomId, Leg, Millis, RunId, Scope, Station, TenantId};
use serde::{Serialize, de::DeserializeOwned};
use std::collections::BTreeMap;

const AT: i64 = 1_790_000_000_123;
const TRACE: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

fn pinned<T: Serialize + DeserializeOwned + PartialEq + std::fmt::Debug>(name: &str, value: &T) {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("golden").join(format!("{name}.json"));
    let text = serde_json::to_string_pretty(value).unwrap() + "\n";
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        std::fs::write(&path, &text).unwrap();
    }
    let golden = std::fs::read_to_string(&path).unwrap_or_default();
    assert_eq!(
        golden, text,
        "{name}: the shape changed; a changed shape is a new variant with a reader for the old one"
    );
    assert_eq!(&serde_json::from_str::<T>(&golden).unwrap(), value, "{name} reads back");
}

fn tenant() -> TenantId {
    TenantId::parse("tnt_eu1_01k5nq3e5v0000000000000001").unwrap()
}

fn call() -> CallId {
    CallId::parse("call_01k5nq3e5v0000000000000002").unwrap()
}

fn run_id() -> RunId {
    RunId::parse("run_01k5nq3e5v0000000000000003").unwrap()
}

fn text_map(entries: &[(&str, &str)]) -> BTreeMap<String, String> {
    entries.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect()
}

fn metric(value: Option<f64>, unit: &str, source: Source) -> Metric {
    Metric { value, unit: unit.into(), source, method: "P.56-B".into(), window_ms: 2000, n: 1 }
}

fn snapshot() -> SnapshotV1 {
    let sha256 = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad".to_owned();
    SnapshotV1 {
        schema_version: 1,
        call_id: call(),
        channel: Channel { leg: Leg::A },
        station: Station::SpeechToText,
        segment: Segment { index: 7, start_ms: 14_000, end_ms: 16_000 },
        captured_at: Millis(AT),
        metrics: BTreeMap::from([
            ("audioQuality.speechLevel".into(), metric(Some(-38.25), "dBFS", Source::Measured)),
            ("audioQuality.polqa".into(), metric(None, "1", Source::Unavailable)),
        ]),
        parameters: Parameters { version: 3, values: text_map(&[("pcm.input_gain_db", "6.0")]) },
        audio: Some(AudioRef {
            storage_key: format!("{}/{}/a-4-7/{sha256}", tenant(), call()),
            sha256,
            encoding: Encoding::PcmS16le,
            sample_rate_hz: 8000,
        }),
        constraints: BTreeMap::from([("pcm.input_gain_db".into(), Constraint { min: None, max: Some("12.0".into()) })]),
        targets: BTreeMap::from([("audioQuality.speechLevel".into(), -20.0)]),
    }
}

fn answer() -> RunAnswerV1 {
    RunAnswerV1 {
        schema_version: 1,
        run_id: run_id(),
        status: RunStatus::Applied,
        base_version: Some(3),
        version: Some(4),
        new_parameters: vec![NewParameter {
            station: Station::SpeechToText,
            name: "pcm.input_gain_db".into(),
            old: "6.0".into(),
            new: "12.0".into(),
            unit: "dB".into(),
            bounds: Bounds { min: "-24.0".into(), max: "12.0".into() },
            reason: "active level -38.3 dBFS is 18.3 dB under -20".into(),
            ttl_s: Some(3600),
            scope: Scope::Call,
        }],
        scorecard: Some(Scorecard {
            before: 61.5,
            expected: 74.0,
            per_metric: vec![MetricScore {
                metric: "audioQuality.speechLevel".into(),
                value: Some(-38.25),
                target: -20.0,
                points_lost: 30.0,
                weight: 35.0,
            }],
        }),
        analysis: "Too quiet.".into(),
        next_iteration: Some(NextIteration {
            when: Some(Millis(AT + 3000)),
            measure: "speech level".into(),
            stop_condition: "score at least 92".into(),
        }),
    }
}

fn change() -> ChangeV1 {
    ChangeV1 {
        change_id: ChangeId::parse("chg_01k5nq3e5v0000000000000004").unwrap(),
        version: 4,
        parent: 3,
        station: Station::SpeechToText,
        scope: Scope::Call,
        call_id: Some(call()),
        values: BTreeMap::from([(
            "pcm.input_gain_db".into(),
            OldNew { old: Some("6.0".into()), new: Some("12.0".into()) },
        )]),
        content_hash: "00".repeat(32),
        reason: "too quiet".into(),
        origin: Origin::Run { run_id: run_id().to_string() },
        at: Millis(AT),
        expires_at: None,
    }
}

#[test]
fn http_bodies() {
    assert_eq!(snapshot().validate(tenant().as_str()), vec![]);
    pinned("snapshot.v1", &snapshot());
    let request = RunRequestV1 { schema_version: 1, call_id: call(), leg: Leg::A, station: Station::SpeechToText };
    pinned("run-request.v1", &request);
    pinned("run-answer.v1", &answer());
    pinned("run-accepted.v1", &RunAnswerV1::accepted(run_id()));
    let update = UpdateV1 {
        schema_version: 1,
        station: Station::SpeechToText,
        scope: Scope::Tenant,
        call_id: None,
        base_version: 3,
        values: BTreeMap::from([("pcm.input_gain_db".into(), Some("3.0".into())), ("highpass.cutoff_hz".into(), None)]),
        reason: "by hand".into(),
        ttl_s: Some(600),
    };
    pinned("config-update.v1", &update);
    let rollback = RollbackV1 {
        schema_version: 1,
        station: Station::SpeechToText,
        scope: Scope::Tenant,
        call_id: None,
        to_version: 2,
        reason: "worse".into(),
    };
    pinned("config-rollback.v1", &rollback);
    pinned("config-freeze.v1", &FreezeV1 { schema_version: 1, frozen: true, reason: "incident".into() });
    let upload = audio::AudioUploadV1 {
        schema_version: 1,
        call_id: call(),
        leg: Leg::A,
        station: Station::SpeechToText,
        segment_index: 7,
        content_length: 32_000,
        content_type: "audio/L16;rate=8000".into(),
        sha256: "ab".repeat(32),
    };
    assert_eq!(upload.validate(), vec![]);
    pinned("audio-upload.v1", &upload);
    let upload = audio::AudioUploadAnswerV1 {
        schema_version: 1,
        storage_key: upload.storage_key(tenant().as_str()),
        url: "https://example.org/put".into(),
        headers: text_map(&[("content-length", "32000")]),
        expires_at: Millis(AT),
    };
    pinned("audio-upload-answer.v1", &upload);
    pinned("create-tenant.v1", &CreateTenantV1 { schema_version: 1, name: "Example".into(), plan: None });
    pinned(
        "tenant.v1",
        &TenantV1 { schema_version: 1, tenant_id: tenant(), name: "Example".into(), created_at: Millis(AT) },
    );
    pinned(
        "create-key.v1",
        &CreateKeyV1 {
            schema_version: 1,
            name: "agents".into(),
            scopes: vec!["snapshots:write".into()],
            expires_at: Some(Millis(AT)),
        },
    );
    let key = KeyV1 {
        schema_version: 1,
        key_id: "k".into(),
        name: "agents".into(),
        scopes: vec![],
        created_at: Millis(AT),
        expires_at: None,
        revoked_at: Some(Millis(AT)),
        key: None,
    };
    pinned("key.v1", &key);
}

#[test]
fn configuration() {
    let config = EffectiveConfigV1 {
        schema_version: 1,
        station: Station::SpeechToText,
        call_id: Some(call()),
        version: 4,
        content_hash: "00".repeat(32),
        values: BTreeMap::from([(
            "pcm.input_gain_db".into(),
            EffectiveValue { value: "12.0".into(), unit: "dB".into(), scope: Some(Scope::Call) },
        )]),
        ttl_s: Some(3600),
        frozen: false,
    };
    pinned("effective-config.v1", &config);
    pinned("change.v1", &change());
    pinned("change-answer.v1", &ChangeAnswerV1 { schema_version: 1, change: Some(change()), frozen: false });
    pinned(
        "changes-page.v1",
        &ChangesPageV1 { schema_version: 1, changes: vec![change()], next_cursor: Some("3".into()) },
    );
    let origins = vec![
        Origin::Manual { key_id: "k".into() },
        Origin::Run { run_id: run_id().to_string() },
        Origin::Rollback { to_version: 2, key_id: "k".into() },
        Origin::AutomaticRollback { to_version: 3, from_version: 4 },
        Origin::Expired { from_version: 4 },
        Origin::Fallback,
    ];
    pinned("origins.v1", &origins);
    pinned("frame-config.v1", &ControlFrame::Config { config });
    pinned("frame-error.v1", &ControlFrame::Error { detail: "not JSON".into() });
    let subscription = Subscription { station: Station::SpeechToText, call_id: Some(call()), version: 3 };
    pinned(
        "frame-subscribe.v1",
        &AgentFrame::Subscribe { schema_version: 1, agent: "gw-1".into(), stations: vec![subscription] },
    );
    pinned(
        "frame-ack.v1",
        &AgentFrame::Ack {
            station: Station::SpeechToText,
            call_id: Some(call()),
            version: 4,
            applied: true,
            detail: None,
        },
    );
}

#[test]
fn messages_and_commands() {
    let id = message_id(tenant().as_str(), "/v1/stations/snapshot", &snapshot().natural_key());
    let fingerprint = fingerprint("/v1/stations/snapshot", &snapshot()).unwrap();
    let body = SnapshotAcceptedV1 { fingerprint: fingerprint.clone(), received_at: AT, snapshot: snapshot() };
    pinned(
        "message-snapshot-accepted.v1",
        &Envelope::new(id.clone(), tenant(), SNAPSHOT_ACCEPTED_V1, AT, Some(TRACE.into()), body),
    );
    let run = OptimizerRunV1 {
        fingerprint,
        run_id: run_id(),
        call_id: call(),
        leg: Leg::A,
        station: Station::SpeechToText,
        trigger: "below_target".into(),
        segment_index: Some(7),
    };
    pinned("message-optimizer-run.v1", &Envelope::new(id.clone(), tenant(), OPTIMIZER_RUN_V1, AT, None, run));
    pinned("message-config-changed.v1", &Envelope::new(id.clone(), tenant(), CONFIG_CHANGED_V1, AT, None, change()));
    let text = MailText::SignInCode { code: "12345678".into(), minutes: 10, tenant_name: "Acme".into() };
    let mail = SendMailV1 { to: "ada@example.org".into(), locale: "de-CH".into(), useless_from: AT + 600_000, text };
    assert_eq!(format!("{mail:?}"), "SendMailV1 { .. }", "nothing of a mail is printed");
    pinned("message-send-mail.v1", &Envelope::new(id.clone(), tenant(), SEND_MAIL_V1, AT, None, mail));
    let event = ChatEventV1 {
        rev: 0,
        seq: 7,
        at: Millis(AT),
        from: "ast".into(),
        kind: "message".into(),
        id: None,
        text: Some("From nine to five.".into()),
        of: None,
        answer: Some("ans_6".into()),
        replies: vec!["Talk to a person".into()],
        value: None,
        attachments: Vec::new(),
    };
    assert_eq!(format!("{event:?}"), "ChatEventV1 { seq: 7, rev: 0, .. }", "nothing that was said is printed");
    let gone = ChatEventV1 {
        rev: 8,
        seq: 5,
        from: "vis_0".into(),
        id: Some("01HZZZZZZZZZZZZZZZZZZZZZZZ".into()),
        text: None,
        answer: None,
        replies: Vec::new(),
        ..event.clone()
    };
    let picture =
        AttachmentV1 { id: "att_01hzzzzzzzzzzzzzzzzzzzzzzz".into(), media_type: "image/png".into(), size: 68 };
    let said = ChatSaidV1 {
        room_id: ChatRoomId::parse("chr_01hzzzzzzzzzzzzzzzzzzzzzzz").unwrap(),
        retention_days: 365,
        events: vec![ChatEventV1 { attachments: vec![picture], ..event }, gone],
    };
    pinned("message-chat-said.v1", &Envelope::new(id.clone(), tenant(), CHAT_SAID_V1, AT, None, said));
    let key = format!("{}{id}.json", spill_folder(&tenant()));
    let spilled = SpilledV1 { bucket: SPILL_BUCKET.into(), key, sha256: "ab".repeat(32), bytes: 1_100_000 };
    pinned("message-spilled.v1", &Envelope::new(id, tenant(), CONFIG_CHANGED_V1, AT, None, Pointer { spilled }));
    pinned(
        "command-read-config.v1",
        &ReadConfigV1 { tenant: tenant(), station: Station::SpeechToText, call_id: Some(call()) },
    );
    let state = StationStateV1 {
        version: 3,
        global: text_map(&[("pcm.input_gain_db", "1.0")]),
        tenant: BTreeMap::new(),
        call: text_map(&[("pcm.input_gain_db", "6.0")]),
        last_changed: BTreeMap::from([("pcm.input_gain_db".into(), AT)]),
        frozen: false,
        pending: Some(PendingV1 { version: 3, score_before: Some("61.50".into()) }),
        rejected: vec![],
        now: AT,
    };
    pinned("station-state.v1", &state);
    let rejected = vec![RejectedV1 { name: "pcm.input_gain_db".into(), value: "9.0".into() }];
    pinned("station-state-rejected.v1", &StationStateV1 { rejected, ..state });
    let propose = ProposeV1 {
        tenant: tenant(),
        run_id: run_id(),
        station: Station::SpeechToText,
        call_id: call(),
        leg: Leg::A,
        scope: Scope::Call,
        base_version: 3,
        window: Some(WindowV1 { segment_index: 7, version: 3, score: 61.5, parts: vec![] }),
        values: text_map(&[("pcm.input_gain_db", "12.0")]),
        reason: "too quiet".into(),
        ttl_s: Some(3600),
        answer: answer(),
    };
    pinned("command-propose.v1", &propose);
    pinned(
        "propose-answer.v1",
        &ProposeAnswerV1 { status: RunStatus::Applied, version: Some(4), rolled_back: false, detail: String::new() },
    );
}

#[test]
fn problems() {
    let problem = Problem::new(ProblemCode::UnsafeParameters, "one step is too large")
        .with_errors(vec![FieldError::new("/values/pcm.input_gain_db", "step_too_large", "at most 6.0 dB at once")])
        .retry_after(3);
    pinned("problem", &problem);
    let all: Vec<(String, u16, bool)> =
        ProblemCode::ALL.iter().map(|c| (c.code().to_owned(), c.status(), c.retryable())).collect();
    pinned("problem-codes", &all);
}

#[test]
fn queue_messages_ignore_unknown_fields_but_http_bodies_do_not() {
    let mut value = serde_json::to_value(change()).unwrap();
    value["later"] = 1.into();
    assert!(serde_json::from_value::<ChangeV1>(value).is_ok());
    let mut value = serde_json::to_value(snapshot()).unwrap();
    value["later"] = 1.into();
    assert!(serde_json::from_value::<SnapshotV1>(value).is_err());
}

#[test]
fn a_bad_snapshot_is_refused_field_by_field() {
    let mut bad = snapshot();
    bad.segment.end_ms = bad.segment.start_ms;
    bad.metrics.insert("audioQuality.vibes".into(), metric(Some(1.0), "1", Source::Measured));
    bad.metrics.insert("audioQuality.snr".into(), metric(None, "dB", Source::Measured));
    bad.metrics.insert("packet.loss".into(), metric(Some(101.0), "ratio", Source::Measured));
    bad.parameters.values.insert("jitterbuffer.size_ms".into(), "60".into());
    bad.parameters.values.insert("pcm.input_gain_db".into(), "6.05".into());
    bad.targets.insert("audioQuality.mos".into(), 9.0);
    if let Some(audio) = &mut bad.audio {
        audio.storage_key = "tnt_eu1_01k5nq3e5v0000000000000009/x".into();
    }
    let pointers: Vec<String> = bad.validate(tenant().as_str()).into_iter().map(|e| e.pointer).collect();
    for expected in [
        "/segment/end_ms",
        "/metrics/audioQuality.vibes",
        "/metrics/audioQuality.snr/value",
        "/metrics/packet.loss/unit",
        "/metrics/packet.loss/value",
        "/parameters/values/jitterbuffer.size_ms",
        "/parameters/values/pcm.input_gain_db",
        "/targets/audioQuality.mos",
        "/audio/storage_key",
    ] {
        assert!(pointers.iter().any(|p| p == expected), "{expected} in {pointers:?}");
    }
}
