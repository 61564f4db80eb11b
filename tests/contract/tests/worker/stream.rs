//! The live connection.

use crate::config::gain;
use crate::keys::{make_key, now_ms};
use crate::world::{World, good, refused};
use attune_contract_tests::http::Request;
use attune_contract_tests::validate::{faults, named};
use attune_contracts::stream::CLOSE_UNAUTHENTICATED;
use serde_json::{Value, json};
use std::net::TcpStream;
use std::time::Duration;
use tungstenite::client::IntoClientRequest;
use tungstenite::{Message, WebSocket};

pub const TESTS: &[crate::Test] = &[
    ("without_an_upgrade_there_is_no_connection", no_upgrade),
    ("configuration_comes_and_is_acknowledged", live),
    ("a_frame_that_cannot_be_read_is_answered", wrong_frames),
    ("a_revoked_key_ends_its_connections", revoked),
    ("an_expired_key_ends_its_connections", expired),
    ("a_wrong_key_gets_its_problem_before_the_upgrade", wrong_key),
];

const STREAM: &str = "/v1/stations/stream";

fn connect(world: &World, key: &str) -> Result<WebSocket<TcpStream>, u16> {
    let authority = format!("127.0.0.1:{}", world.stack.ports.worker);
    let stream = TcpStream::connect(&authority).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    let mut request = format!("ws://{authority}{STREAM}").into_client_request().unwrap();
    request.headers_mut().insert("authorization", format!("Bearer {key}").parse().unwrap());
    match tungstenite::client(request, stream) {
        Ok((socket, _)) => Ok(socket),
        Err(tungstenite::HandshakeError::Failure(tungstenite::Error::Http(answer))) => Err(answer.status().as_u16()),
        Err(e) => panic!("{e}"),
    }
}

/// The next text frame, checked against the document.
fn next(world: &World, socket: &mut WebSocket<TcpStream>) -> Value {
    loop {
        if let Message::Text(text) = socket.read().unwrap() {
            let frame: Value = serde_json::from_str(&text).unwrap();
            assert_eq!(faults(&named(world.contract.document(), "ControlFrame", true), &frame), None, "{frame}");
            return frame;
        }
    }
}

fn say(world: &World, socket: &mut WebSocket<TcpStream>, frame: &Value) {
    assert_eq!(faults(&named(world.contract.document(), "AgentFrame", false), frame), None);
    socket.send(Message::text(frame.to_string())).unwrap();
}

fn subscribe(station: u8, version: u64) -> Value {
    json!({"type": "subscribe", "schema_version": 1, "agent": "test", "stations": [{"station": station, "version": version}]})
}

fn no_upgrade(world: &World) {
    let answer = world.get(&world.a.key, STREAM);
    refused(&answer, 400, "invalid_parameter", Some("header:upgrade"));
    refused(&world.send(&Request::new("GET", STREAM)), 401, "unauthenticated", None);
}

fn live(world: &World) {
    let tenant = world.tenant("live");
    good(&world.post(&tenant.key, "/v1/config/update", &gain(0, "1.0")), 200);
    let mut socket = connect(world, &tenant.key).unwrap();
    // what came before is caught up with
    say(world, &mut socket, &subscribe(4, 0));
    let frame = next(world, &mut socket);
    assert_eq!(frame["config"]["values"]["pcm.input_gain_db"]["value"], "1.0");
    let version = frame["config"]["version"].clone();
    say(world, &mut socket, &json!({"type": "ack", "station": 4, "version": version, "applied": true}));
    // what comes now is pushed
    let body = json!({
        "schema_version": 1, "station": 4, "scope": "tenant", "base_version": version,
        "values": {"highpass.cutoff_hz": "80"}, "reason": "test"
    });
    let change = good(&world.post(&tenant.key, "/v1/config/update", &body), 200);
    let frame = next(world, &mut socket);
    assert_eq!(frame["config"]["version"], change["change"]["version"]);
    assert_eq!(frame["config"], good(&world.get(&tenant.key, "/v1/config/4"), 200), "the same as over HTTP");
    // the plain texts need no object awake
    socket.send(Message::text("ping")).unwrap();
    assert_eq!(socket.read().unwrap(), Message::text("pong"));
    socket.close(None).unwrap();
}

fn wrong_frames(world: &World) {
    let mut socket = connect(world, &world.b.key).unwrap();
    for text in [
        "x",
        "[]",
        "{}",
        r#"{"type":"ack"}"#,
        r#"{"type":"subscribe","schema_version":2,"agent":"a","stations":[]}"#,
        r#"{"type":"x"}"#,
    ] {
        socket.send(Message::text(text)).unwrap();
        assert_eq!(next(world, &mut socket)["type"], "error", "{text}");
    }
    // and the connection lives on
    socket.send(Message::text("ping")).unwrap();
    assert_eq!(socket.read().unwrap(), Message::text("pong"));
}

fn wrong_key(world: &World) {
    assert_eq!(connect(world, "x").err(), Some(401));
}

/// What the connection is closed with; frames before that pass by.
fn closed(socket: &mut WebSocket<TcpStream>) -> u16 {
    loop {
        if let Message::Close(frame) = socket.read().unwrap() {
            return frame.unwrap().code.into();
        }
    }
}

fn revoked(world: &World) {
    let (id, key) = make_key(world, "doomed agent", &["stream:connect"], None);
    let (_, other) = make_key(world, "other agent", &["stream:connect"], None);
    let (mut socket, mut stays) = (connect(world, &key).unwrap(), connect(world, &other).unwrap());
    socket.send(Message::text("ping")).unwrap();
    assert_eq!(socket.read().unwrap(), Message::text("pong"));
    let target = format!("/v1/admin/tenants/{}/keys/{id}", world.a.id);
    good(&world.send(&Request::new("DELETE", &target).bearer(world.operator())), 200);
    assert_eq!(closed(&mut socket), CLOSE_UNAUTHENTICATED);
    stays.send(Message::text("ping")).unwrap();
    assert_eq!(stays.read().unwrap(), Message::text("pong"), "another key's connection");
}

fn expired(world: &World) {
    let at = now_ms() + 4_000;
    let expires_at = attune_domain::Millis(at).to_string();
    let (_, key) = make_key(world, "short agent", &["stream:connect"], Some(expires_at));
    let mut socket = connect(world, &key).unwrap();
    say(world, &mut socket, &subscribe(4, 0));
    std::thread::sleep(Duration::from_millis(u64::try_from(at - now_ms()).unwrap_or(0) + 100));
    // it is noticed with the next frame in either direction
    say(world, &mut socket, &subscribe(4, 0));
    assert_eq!(closed(&mut socket), CLOSE_UNAUTHENTICATED);
}
