//! Tokens, webhooks and calls of LiveKit.
#![allow(clippy::unwrap_used, reason = "helpers of tests may panic, as tests may")]

#[path = "jose_support/mod.rs"]
mod support;

use attune_identity::jose::JoseError;
use attune_identity::livekit::*;
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use proptest::prelude::*;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use support::*;

const NOW: u64 = 1_800_000_000;
const SECRET: &str = "kdkSAwGuFvXlLG7Pjr1yJ2Wz0HfTq5Bn";
const HEADER: &str = r#"{"alg":"HS256","typ":"JWT"}"#;

fn key() -> ProjectKey {
    ProjectKey::new("APIabc", SECRET).unwrap()
}

fn join() -> Grants {
    let video = VideoGrants { can_publish: Some(true), can_subscribe: Some(true), ..VideoGrants::join("rm_1") };
    Grants { identity: "usr_1".into(), video, ..Grants::default() }
}

fn payload_of(token: &str) -> Value {
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(token.split('.').nth(1).unwrap()).unwrap()).unwrap()
}

fn verify(payload: &Value) -> Result<Verified> {
    Token::parse(&hs256(SECRET.as_bytes(), HEADER, &payload.to_string()))?.verify(&key(), NOW)
}

fn claims() -> Value {
    json!({"iss": "APIabc", "sub": "usr_1", "nbf": NOW, "exp": NOW + 60, "video": {"roomJoin": true, "room": "rm_1"}})
}

fn with(name: &str, value: Value) -> Result<Verified> {
    let mut claims = claims();
    claims[name] = value;
    verify(&claims)
}

#[test]
fn golden() {
    let mut grants = join();
    grants.name = "Ann \"é\"".into();
    grants.kind = Some(ParticipantKind::Agent);
    grants.video.can_publish_sources = Some(vec![TrackSource::Microphone, TrackSource::ScreenShareAudio]);
    grants.video.hidden = true;
    grants.sip.call = true;
    grants.room_config.empty_timeout_s = 30;
    grants.room_config.agents = vec![Agent { agent_name: "front".into(), metadata: "{}".into() }];
    grants.attributes = [("b".to_owned(), "2".to_owned()), ("a".to_owned(), "1".to_owned())].into();
    let token = grants.mint(&key(), "jti-1", DEFAULT_WINDOW_S, NOW).unwrap();
    let payload = concat!(
        r#"{"iss":"APIabc","sub":"usr_1","jti":"jti-1","iat":1800000000,"nbf":1800000000,"exp":1800000060,"name":"Ann \"é\"","#,
        r#""kind":"agent","video":{"roomJoin":true,"room":"rm_1","canPublish":true,"canSubscribe":true,"canPublishData":false,"#,
        r#""canPublishSources":["microphone","screen_share_audio"],"hidden":true},"sip":{"call":true},"#,
        r#""roomConfig":{"emptyTimeout":30,"agents":[{"agentName":"front","metadata":"{}"}]},"attributes":{"a":"1","b":"2"}}"#
    );
    assert_eq!(token, hs256(SECRET.as_bytes(), HEADER, payload));
    let read = Token::parse(&token).unwrap().verify(&key(), NOW).unwrap();
    assert_eq!(read, Verified { grants, jti: "jti-1".into(), not_before_s: Some(NOW), expires_at_s: NOW + 60 });
    assert!(!format!("{read:?}").contains("Ann"));
}

#[test]
fn nothing_by_default() {
    assert_eq!(VideoGrants::default(), VideoGrants::read_back(&VideoGrants::default()));
    let joined = payload_of(
        &Grants { identity: "a".into(), video: VideoGrants::join("r"), ..Grants::default() }
            .mint(&key(), "", 60, NOW)
            .unwrap(),
    );
    assert_eq!(
        joined["video"],
        json!({"roomJoin": true, "room": "r", "canPublish": false, "canSubscribe": false, "canPublishData": false})
    );
    assert!(VideoGrants::join("r").is_explicit() && !VideoGrants::admin("r").is_explicit());
    let bare = payload_of(&Grants::default().mint(&key(), "", 60, NOW).unwrap());
    assert_eq!(bare, json!({"iss": "APIabc", "iat": NOW, "nbf": NOW, "exp": NOW + 60}));
}

trait ReadBack {
    fn read_back(&self) -> Self;
}

impl ReadBack for VideoGrants {
    fn read_back(&self) -> Self {
        let grants = Grants { identity: "a".into(), video: self.clone(), ..Grants::default() };
        let token = grants.mint(&key(), "", 60, NOW).unwrap();
        Token::parse(&token).unwrap().verify(&key(), NOW).unwrap().grants.video
    }
}

#[test]
fn three_states_stay_three() {
    for state in [None, Some(false), Some(true)] {
        let video = VideoGrants {
            can_publish: state,
            can_subscribe: state,
            can_publish_data: state,
            can_update_own_metadata: state,
            can_subscribe_metrics: state,
            can_manage_agent_session: state,
            ..VideoGrants::default()
        };
        assert_eq!(video.read_back(), video);
        let token = Grants { video, ..Grants::default() }.mint(&key(), "", 60, NOW).unwrap();
        assert_eq!(payload_of(&token)["video"].get("canPublish").and_then(Value::as_bool), state);
    }
}

type Change = fn(&mut Grants);

#[test]
fn what_is_not_minted() {
    let mint = |change: Change, window, now| {
        let mut grants = join();
        change(&mut grants);
        grants.mint(&key(), "", window, now).map(|_| ())
    };
    assert_eq!((mint(|_| {}, 1, NOW), mint(|_| {}, 600, NOW)), (Ok(()), Ok(())));
    assert_eq!((mint(|_| {}, 0, NOW), mint(|_| {}, 601, NOW)), (Err(LiveKitError::Window), Err(LiveKitError::Window)));
    assert_eq!(mint(|_| {}, 60, 0), Err(LiveKitError::NotBefore));
    let cases: [(Change, LiveKitError); 14] = [
        (|grants| grants.identity.clear(), LiveKitError::IdentityMissing),
        (|grants| grants.video.room.clear(), LiveKitError::RoomMissing),
        (|grants| grants.video = VideoGrants::admin(""), LiveKitError::RoomMissing),
        (|grants| grants.video.can_publish_sources = Some(vec![]), LiveKitError::SourcesEmpty),
        (
            |grants| grants.video.can_publish_sources = Some(vec![TrackSource::Camera; 5]),
            LiveKitError::TooLong("canPublishSources"),
        ),
        (|grants| grants.identity = "a".repeat(257), LiveKitError::TooLong("identity")),
        (|grants| grants.name = "a".repeat(257), LiveKitError::TooLong("name")),
        (|grants| grants.video.room = "a".repeat(257), LiveKitError::TooLong("room")),
        (|grants| grants.metadata = "a".repeat(8193), LiveKitError::TooLong("metadata")),
        (
            |grants| grants.attributes = (0..65).map(|n| (n.to_string(), String::new())).collect(),
            LiveKitError::TooLong("attributes"),
        ),
        (|grants| grants.room_preset = "a".repeat(257), LiveKitError::TooLong("roomPreset")),
        (|grants| grants.kind_details = vec![String::new(); 9], LiveKitError::TooLong("kindDetails")),
        (|grants| grants.room_config.metadata = "a".repeat(8193), LiveKitError::TooLong("roomConfig.metadata")),
        (|grants| grants.room_config.agents = vec![Agent::default(); 9], LiveKitError::TooLong("roomConfig.agents")),
    ];
    for (change, error) in cases {
        assert_eq!(mint(change, 60, NOW), Err(error));
    }
    for (api_key, secret) in [("", SECRET), ("a b", SECRET), ("ä", SECRET), ("APIabc", "secret"), ("APIabc", "")] {
        assert_eq!(ProjectKey::new(api_key, secret).map(|_| ()), Err(LiveKitError::KeyInvalid));
    }
    assert_eq!(format!("{:?}", key()), "ProjectKey(APIabc, [secret])");
}

#[test]
fn egress_without_secrets() {
    let text = r#"{"room":{"roomName":"r","fileOutputs":[{"filepath":"a/b","s3":{"accessKey":"id","secret":"","bucket":"b"}}]}}"#;
    let mut grants = join();
    grants.room_config.egress = Some(Egress::parse(text.as_bytes()).unwrap());
    let token = grants.mint(&key(), "", 60, NOW).unwrap();
    assert_eq!(payload_of(&token)["roomConfig"]["egress"], serde_json::from_str::<Value>(text).unwrap());
    assert_eq!(Token::parse(&token).unwrap().verify(&key(), NOW).unwrap().grants, grants);
    for text in [
        r#"{"room":{"fileOutputs":[{"s3":{"secret":"x"}}]}}"#,
        r#"{"room":{"segmentOutputs":[{"gcp":{"credentials":"{}"}}]}}"#,
        r#"{"room":{"image_outputs":[{"azure":{"account_key":"x"}}]}}"#,
        r#"{"room":{"streamOutputs":[{"urls":["rtmp://a/key"]}]}}"#,
        r#"{"room":{"stream_outputs":[{}]}}"#,
        r#"{"room":{"stream":{"urls":["rtmp://a/key"]}}}"#,
        r#"{"participant":{"fileOutputs":[{"aliOSS":{"secret":"x"}}]}}"#,
        r#"{"tracks":{"s3":{"sessionToken":"x"}}}"#,
        r#"{"tracks":{"s3":{"proxy":{"password":"x"}}}}"#,
        r#"{"tracks":{"s3":{"secret":1}}}"#,
    ] {
        assert_eq!(Egress::parse(text.as_bytes()), Err(LiveKitError::EgressSecret), "{text}");
        let config = json!({"egress": serde_json::from_str::<Value>(text).unwrap()});
        assert_eq!(with("roomConfig", config), Err(LiveKitError::EgressSecret), "{text}");
    }
    assert_eq!(Egress::parse(b"[]"), Err(LiveKitError::Form(JoseError::NotObject)));
}

#[test]
fn tokens_of_others() {
    // As the SDK for JavaScript writes them: no typ, defaults written in the room configuration.
    let payload = json!({
        "iss": "APIabc", "sub": "usr_1", "exp": NOW + 21_600, "nbf": NOW, "kind": "STANDARD", "attributes": {}, "sip": {"admin": false},
        "video": {"roomJoin": true, "room": "rm_1", "canPublish": null, "canPublishSources": [], "newer": {"x": 1}},
        "roomConfig": {"name": "", "emptyTimeout": 0, "departure_timeout": "20", "max_participants": 4.0, "metadata": "", "syncStreams": false,
            "agents": [{"agent_name": "a", "metadata": "", "deployment": "new"}], "tags": {}},
        "unknown": [1, 2],
    });
    let read = Token::parse(&hs256(SECRET.as_bytes(), r#"{"alg":"HS256"}"#, &payload.to_string()))
        .unwrap()
        .verify(&key(), NOW)
        .unwrap();
    let mut expected = Grants { identity: "usr_1".into(), kind: Some(ParticipantKind::Standard), ..Grants::default() };
    expected.video = VideoGrants { room_join: true, room: "rm_1".into(), ..VideoGrants::default() };
    expected.room_config.departure_timeout_s = 20;
    expected.room_config.max_participants = 4;
    expected.room_config.agents = vec![Agent { agent_name: "a".into(), metadata: String::new() }];
    assert_eq!(read.grants, expected);
}

#[test]
fn each_fault_has_its_name() {
    assert!(verify(&claims()).is_ok());
    for (name, value, error) in [
        ("iss", json!("APIxyz"), LiveKitError::Issuer),
        ("iss", json!(""), LiveKitError::Form(JoseError::Member("iss"))),
        ("exp", json!(NOW - 61), LiveKitError::Expired),
        ("exp", json!("1800000060"), LiveKitError::Form(JoseError::Member("exp"))),
        ("nbf", json!(NOW + 61), LiveKitError::NotYetValid),
        ("iat", json!(NOW + 61), LiveKitError::NotYetValid),
        ("sub", json!(1), LiveKitError::Form(JoseError::Member("sub"))),
        ("video", json!([]), LiveKitError::Form(JoseError::Member("video"))),
        ("video", json!({"roomJoin": "true"}), LiveKitError::Form(JoseError::Member("roomJoin"))),
        ("video", json!({"canPublishSources": ["lidar"]}), LiveKitError::Form(JoseError::Member("canPublishSources"))),
        ("video", json!({"canPublishSources": "camera"}), LiveKitError::Form(JoseError::Member("canPublishSources"))),
        ("attributes", json!({"a": 1}), LiveKitError::Form(JoseError::Member("attributes"))),
        ("roomConfig", json!({"emptyTimeout": -1}), LiveKitError::Form(JoseError::Member("emptyTimeout"))),
        (
            "roomConfig",
            json!({"emptyTimeout": 4_294_967_296_u64}),
            LiveKitError::Form(JoseError::Member("emptyTimeout")),
        ),
        ("roomConfig", json!({"emptyTimeout": 1.5}), LiveKitError::Form(JoseError::Member("emptyTimeout"))),
        ("roomConfig", json!({"agents": ["a"]}), LiveKitError::Form(JoseError::Member("agents"))),
    ] {
        assert_eq!(with(name, value.clone()), Err(error), "{name} {value}");
    }
    assert!(with("exp", json!(NOW - 60)).is_ok() && with("nbf", json!(NOW + 60)).is_ok());
    let mut claims = claims();
    claims.as_object_mut().unwrap().remove("exp");
    assert_eq!(verify(&claims), Err(LiveKitError::Form(JoseError::Missing("exp"))));
    let token = join().mint(&key(), "", 60, NOW).unwrap();
    let other = ProjectKey::new("APIabc", &SECRET.replace('k', "x")).unwrap();
    let parsed = Token::parse(&token).unwrap();
    assert_eq!(parsed.verify(&other, NOW), Err(LiveKitError::Signature));
    assert_eq!(parsed.claimed_api_key().as_deref(), Ok("APIabc"));
    for (header, fault) in [
        (r#"{"alg":"none"}"#, JoseError::AlgNone),
        (r#"{"alg":"HS512"}"#, JoseError::AlgNotAllowed),
        (r#"{"alg":"RS256"}"#, JoseError::AlgNotAllowed),
        (r#"{"alg":"HS256","typ":"at+jwt"}"#, JoseError::Typ),
        (r#"{"alg":"HS256","crit":["exp"]}"#, JoseError::Crit),
    ] {
        let token = hs256(SECRET.as_bytes(), header, "{}");
        assert_eq!(Token::parse(&token).map(|_| ()), Err(LiveKitError::Form(fault)), "{header}");
    }
}

const BODY: &str = r#"{"event":"participant_joined","room":{"sid":"RM_x","name":"rm_1","emptyTimeout":300,"creationTime":"1799999990","turnPassword":"","numParticipants":2,"maxParticipants":5,"enabledCodecs":[{"mime":"audio/opus","fmtpLine":""}]},"participant":{"sid":"PA_y","identity":"usr_1","state":"ACTIVE","joinedAt":"1799999999","joinedAtMs":"1799999999123","kind":"AGENT","attributes":{"a":"1"},"permission":{"canPublish":true}},"id":"EV_z","createdAt":"1800000000"}"#;

fn webhook(body: &str, key: &ProjectKey) -> String {
    let sha256 = STANDARD.encode(Sha256::digest(body));
    Grants { sha256, ..Grants::default() }.mint(key, "", 300, NOW).unwrap()
}

#[test]
fn webhooks() {
    let token = webhook(BODY, &key());
    let parsed = WebhookToken::parse(&token).unwrap();
    assert_eq!(parsed.claimed_api_key().as_deref(), Ok("APIabc"));
    let event = parsed.verify(BODY.as_bytes(), &key(), NOW).unwrap();
    assert_eq!((event.event, event.id.as_str(), event.created_at_s), (Event::ParticipantJoined, "EV_z", NOW));
    let (room, participant) = (event.room.unwrap(), event.participant.unwrap());
    assert_eq!(
        (room.sid.as_str(), room.name.as_str(), room.created_at_s, room.participants),
        ("RM_x", "rm_1", NOW - 10, 2)
    );
    assert_eq!((participant.sid.as_str(), participant.identity.as_str()), ("PA_y", "usr_1"));
    assert_eq!(
        (participant.joined_at_s, participant.joined_at_ms, participant.kind),
        (NOW - 1, (NOW - 1) * 1000 + 123, ParticipantKind::Agent)
    );
    assert_eq!((participant.disconnected, participant.attributes["a"].as_str()), (false, "1"));

    let verify =
        |token: &str, body: &str, now_s| WebhookToken::parse(token)?.verify(body.as_bytes(), &key(), now_s).map(|_| ());
    let other = ProjectKey::new("APIabc", &SECRET.replace('k', "x")).unwrap();
    assert_eq!(verify(&token, &BODY.replace("usr_1", "usr_2"), NOW), Err(LiveKitError::BodyHash));
    assert_eq!(verify(&token, &format!("{BODY}\n"), NOW), Err(LiveKitError::BodyHash));
    assert_eq!(verify(&join().mint(&key(), "", 60, NOW).unwrap(), BODY, NOW), Err(LiveKitError::BodyHash));
    assert_eq!(verify(&webhook(BODY, &other), BODY, NOW), Err(LiveKitError::Signature));
    assert_eq!(verify(&token, BODY, NOW + 361), Err(LiveKitError::Expired));
    assert_eq!(verify(&format!("Bearer {token}"), BODY, NOW), Err(LiveKitError::Form(JoseError::Base64)));
    let long = format!("{{\"a\":\"{}\"}}", "x".repeat(MAX_WEBHOOK));
    assert_eq!(verify(&webhook(&long, &key()), &long, NOW), Err(LiveKitError::Form(JoseError::TooLong)));
    // The hash in base64url, or in hexadecimal, is another text.
    let sha256 = URL_SAFE_NO_PAD.encode(Sha256::digest(BODY));
    let odd = Grants { sha256, ..Grants::default() }.mint(&key(), "", 300, NOW).unwrap();
    assert_eq!(verify(&odd, BODY, NOW), Err(LiveKitError::BodyHash));
}

#[test]
fn events() {
    let parse = |text: &str| WebhookEvent::parse(text.as_bytes());
    let left = parse(r#"{"event":"participant_left","id":"E","created_at":7,"participant":{"state":3,"kind":3,"disconnect_reason":"DUPLICATE_IDENTITY","joined_at":5}}"#).unwrap();
    let participant = left.participant.unwrap();
    assert_eq!(
        (left.event, participant.disconnected, participant.kind),
        (Event::ParticipantLeft, true, ParticipantKind::Sip)
    );
    assert_eq!(
        (participant.disconnect_reason.as_str(), participant.joined_at_s, left.room),
        ("DUPLICATE_IDENTITY", 5, None)
    );
    for (name, event) in [
        ("room_started", Event::RoomStarted),
        ("room_finished", Event::RoomFinished),
        ("participant_connection_aborted", Event::ParticipantConnectionAborted),
        ("track_published", Event::TrackPublished),
        ("track_unpublished", Event::TrackUnpublished),
        ("egress_ended", Event::Other("egress_ended".into())),
    ] {
        assert_eq!(parse(&format!(r#"{{"event":"{name}","id":"E","createdAt":"1"}}"#)).unwrap().event, event);
    }
    for (text, error) in [
        (r#"{"id":"E","createdAt":"1"}"#, LiveKitError::EventField("event")),
        (r#"{"event":"a","createdAt":"1"}"#, LiveKitError::EventField("id")),
        (r#"{"event":"a","id":"E"}"#, LiveKitError::EventField("createdAt")),
        (r#"{"event":"a","id":"E","createdAt":"-1"}"#, LiveKitError::Form(JoseError::Member("createdAt"))),
        (
            r#"{"event":"a","id":"E","createdAt":"99999999999999999999"}"#,
            LiveKitError::Form(JoseError::Member("createdAt")),
        ),
        (r#"{"event":"a","id":"E","createdAt":"1","room":[]}"#, LiveKitError::Form(JoseError::Member("room"))),
        (r#"{"event":"a","id":"E","id":"F","createdAt":"1"}"#, LiveKitError::Form(JoseError::Duplicate)),
        ("", LiveKitError::Form(JoseError::Json)),
    ] {
        assert_eq!(parse(text), Err(error), "{text}");
    }
}

#[test]
fn calls() {
    let remove = Call::remove_participant("rm_1", "usr_1", Some(NOW + 1));
    assert_eq!(remove.path, "/twirp/livekit.RoomService/RemoveParticipant");
    assert_eq!(remove.body, r#"{"room":"rm_1","identity":"usr_1","revokeTokenTs":"1800000001"}"#);
    assert_eq!(Call::remove_participant("a", "b", None).body, r#"{"room":"a","identity":"b"}"#);
    assert_eq!(payload_of(&remove.token(&key(), NOW).unwrap())["video"], json!({"roomAdmin": true, "room": "rm_1"}));
    let delete = Call::delete_room("rm_\"");
    assert_eq!((delete.path, delete.body.as_str()), ("/twirp/livekit.RoomService/DeleteRoom", r#"{"room":"rm_\""}"#));
    let token = payload_of(&delete.token(&key(), NOW).unwrap());
    assert_eq!((&token["video"], token.get("sub")), (&json!({"roomCreate": true}), None));
    let list = Call::list_participants("rm_1");
    assert_eq!((list.path, list.body.as_str()), ("/twirp/livekit.RoomService/ListParticipants", r#"{"room":"rm_1"}"#));
    assert_eq!(list.grants, VideoGrants::admin("rm_1"));
    let config = RoomConfig { name: "kept".into(), empty_timeout_s: 60, max_participants: 2, ..RoomConfig::default() };
    let create = Call::create_room("rm_1", &config);
    assert_eq!(create.body, r#"{"name":"rm_1","emptyTimeout":60,"maxParticipants":2}"#);
    assert_eq!(create.path, "/twirp/livekit.RoomService/CreateRoom");

    assert_eq!(parse_participants(b"{}").unwrap(), []);
    let answer = br#"{"participants":[{"sid":"PA_1","identity":"a"},{"sid":"PA_2","identity":"b","joined_at":"5"}]}"#;
    let identities: Vec<_> = parse_participants(answer).unwrap().into_iter().map(|one| one.identity).collect();
    assert_eq!(identities, ["a", "b"]);
    assert!(parse_participants(br#"{"participants":{}}"#).is_err());

    for (status, body, error) in [
        (404, r#"{"code":"not_found","msg":"x"}"#, TwirpError::NotFound),
        (404, "<html>", TwirpError::Invalid),
        (401, r#"{"code":"unauthenticated","msg":"x"}"#, TwirpError::Refused),
        (401, "invalid token", TwirpError::Refused),
        (403, r#"{"code":"permission_denied"}"#, TwirpError::Refused),
        (400, r#"{"code":"invalid_argument"}"#, TwirpError::Invalid),
        (429, r#"{"code":"resource_exhausted"}"#, TwirpError::Unavailable),
        (429, "", TwirpError::Unavailable),
        (503, r#"{"code":"unavailable"}"#, TwirpError::Unavailable),
        (500, r#"{"code":"internal"}"#, TwirpError::Unavailable),
        (502, "", TwirpError::Unavailable),
    ] {
        assert_eq!(TwirpError::parse(status, body.as_bytes()), error, "{status} {body}");
    }
}

fn text() -> impl Strategy<Value = String> {
    prop_oneof![Just(String::new()), "\\PC{1,20}", any::<String>().prop_map(|text| text.chars().take(20).collect())]
}

fn grants() -> impl Strategy<Value = Grants> {
    let flags = proptest::array::uniform20(any::<bool>());
    let states = proptest::array::uniform6(any::<Option<bool>>());
    let sources = prop_oneof![
        Just(None),
        Just(Some(vec![TrackSource::Camera])),
        Just(Some(vec![TrackSource::ScreenShare, TrackSource::Microphone]))
    ];
    let numbers = proptest::array::uniform5(prop_oneof![Just(0u32), any::<u32>()]);
    let agents = proptest::collection::vec((text(), text()), 0..3);
    let attributes = proptest::collection::btree_map(text(), text(), 0..4);
    (flags, states, sources, numbers, proptest::array::uniform6(text()), agents, attributes).prop_map(
        |(flag, state, sources, number, text, agents, attributes)| Grants {
            identity: "usr_1".into(),
            name: text[0].clone(),
            kind: flag[0].then_some(ParticipantKind::Bridge),
            kind_details: if flag[1] { vec!["cloud_agent".into()] } else { Vec::new() },
            video: VideoGrants {
                room_create: flag[2],
                room_list: flag[3],
                room_record: flag[4],
                room_admin: flag[5],
                room_join: flag[6],
                room: "rm_1".into(),
                can_publish: state[0],
                can_subscribe: state[1],
                can_publish_data: state[2],
                can_publish_sources: sources,
                can_update_own_metadata: state[3],
                ingress_admin: flag[7],
                hidden: flag[8],
                recorder: flag[9],
                agent: flag[10],
                can_subscribe_metrics: state[4],
                can_manage_agent_session: state[5],
                destination_room: text[1].clone(),
            },
            sip: SipGrants { admin: flag[11], call: flag[12] },
            agent: AgentGrants { admin: flag[13] },
            inference: InferenceGrants { perform: flag[14] },
            observability: ObservabilityGrants { write: flag[15] },
            room_config: RoomConfig {
                name: text[2].clone(),
                empty_timeout_s: number[0],
                departure_timeout_s: number[1],
                max_participants: number[2],
                metadata: text[3].clone(),
                egress: flag[16]
                    .then(|| Egress::parse(b"{\"room\":{\"roomName\":\"r\",\"n\":[1,-1,1.5,null,true]}}").unwrap()),
                min_playout_delay_ms: number[3],
                max_playout_delay_ms: number[4],
                sync_streams: flag[17],
                agents: agents.into_iter().map(|(agent_name, metadata)| Agent { agent_name, metadata }).collect(),
            },
            room_preset: text[4].clone(),
            sha256: String::new(),
            metadata: text[5].clone(),
            attributes,
        },
    )
}

proptest! {
    #[test]
    fn what_is_minted_is_read(grants in grants(), window in 1u64..=600, now in 1u64..1 << 37) {
        let token = grants.mint(&key(), "j", window, now).unwrap();
        let read = Token::parse(&token).unwrap().verify(&key(), now).unwrap();
        prop_assert_eq!((&read.grants, read.not_before_s, read.expires_at_s), (&grants, Some(now), now + window));
        prop_assert!(read.grants.to_json() == grants.to_json());
    }

    #[test]
    fn a_changed_token_is_refused(grants in grants(), at in 0usize..8192, other: u8) {
        let token = grants.mint(&key(), "", 60, NOW).unwrap();
        if let Some(changed) = with_other_character(&token, at, other) {
            prop_assert!(Token::parse(&changed).and_then(|token| token.verify(&key(), NOW)).is_err());
        }
    }

    #[test]
    fn a_changed_body_is_refused(at in 0usize..BODY.len(), byte: u8) {
        let token = webhook(BODY, &key());
        let mut body = BODY.as_bytes().to_vec();
        prop_assume!(body[at] != byte);
        body[at] = byte;
        prop_assert_eq!(WebhookToken::parse(&token).unwrap().verify(&body, &key(), NOW), Err(LiveKitError::BodyHash));
    }

    #[test]
    fn nothing_makes_it_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200), text in "\\PC{0,200}", status: u16) {
        drop((WebhookEvent::parse(&bytes), Egress::parse(&bytes), parse_participants(&bytes), TwirpError::parse(status, &bytes)));
        drop((Token::parse(&text), WebhookEvent::parse(text.as_bytes())));
        let token = hs256(SECRET.as_bytes(), HEADER, &text);
        drop(Token::parse(&token).and_then(|token| token.verify(&key(), NOW)));
    }
}
