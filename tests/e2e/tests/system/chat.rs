//! What was said in a chat goes from its room through queue and function into the table, and comes back from there when the room has
//! let it go.

use attune_dev::http::{self, Answer};
use attune_domain::id::ulid_text;
use attune_e2e::wait::until;
use attune_e2e::world::{MARKER, World, good};
use attune_local_tests::cloud::items;
use attune_local_tests::messages::{now_ms, unique};
use attune_migrations::keys;
use attune_test_support::device::Device;
use serde_json::{Value, json};

pub const TESTS: &[crate::Test] = &[
    ("what_a_room_has_let_go_comes_back_from_the_table", forgotten),
    ("a_picture_lies_in_the_bucket_until_its_message_is_redacted", picture),
];

/// More than the texts that a room keeps.
const SAID: usize = 1_060;

/// Opens the room of a new device, which a secret key may vouch for.
fn open(world: &World, key: &str) -> Answer {
    let (device, url) = (Device::new(), format!("{}/v1/chat/rooms", world.stack.url()));
    let authorization = format!("Bearer {key}");
    // any proof without a nonce is told one; this route has no body that would be judged first
    let other = format!("{url}/chr_01hzzzzzzzzzzzzzzzzzzzzzzz/tickets");
    let proof = device.proof("POST", &other, None, None);
    let nonce =
        http::header("POST", &other, &[("authorization", authorization.as_str()), ("dpop", &proof)], "dpop-nonce");
    let proof = device.proof("POST", &url, None, nonce.unwrap().as_deref());
    let headers = [("authorization", authorization.as_str()), ("content-type", "application/json"), ("dpop", &proof)];
    http::send("POST", &url, &headers, br#"{"schema_version":1}"#, 30).expect("an answer")
}

fn say(world: &World, key: &str, (room, frame): (&str, &Value)) -> Answer {
    let (url, authorization) = (format!("{}/v1/chat/rooms/{room}/frames", world.stack.url()), format!("Bearer {key}"));
    let headers = [("authorization", authorization.as_str()), ("content-type", "application/json")];
    http::send("POST", &url, &headers, frame.to_string().as_bytes(), 30).expect("an answer")
}

fn picture(world: &mut World) {
    const GIF: &[u8] = b"GIF89a\x01\0\x01\0\0\0\0;";
    let tenant = world.tenant("chat");
    let scopes = &["chat:connect", "chat:write"];
    let key = world.stack.create_key(tenant.id.as_str(), MARKER, scopes).unwrap();
    world.keys.lock().unwrap().push(key.clone());
    let room = good(&open(world, &key), 201)["room_id"].as_str().unwrap().to_owned();
    let (url, authorization) =
        (format!("{}/v1/chat/rooms/{room}/attachments", world.stack.url()), format!("Bearer {key}"));
    let ask = |method: &str, url: &str, body: &[u8]| {
        let headers = [("authorization", authorization.as_str()), ("content-type", "image/gif")];
        http::send(method, url, &headers, body, 30).expect("an answer")
    };
    let made = good(&ask("POST", &url, GIF), 201);
    let id = made["attachment_id"].as_str().unwrap();
    let send = json!({"t": "send", "id": ulid_text(now_ms(), unique()), "text": "", "attachments": [id]});
    let seq = good(&say(world, &key, (&room, &send)), 200)[0]["seq"].clone();
    let read = || ask("GET", &format!("{url}/{id}"), b"");
    assert_eq!((read().status, read().body.as_slice()), (200, GIF));
    let object = format!("/{}/{}/{room}/{id}", world.stack.name("chat"), tenant.id.as_str());
    let stored = |world: &World| world.stack.api.s3("HEAD", &object, b"").unwrap().status;
    assert_eq!(stored(world), 200);
    let redact = json!({"t": "redact", "id": ulid_text(now_ms(), unique()), "seq": seq});
    assert_eq!(good(&say(world, &key, (&room, &redact)), 200)[0]["t"], "ack");
    assert_eq!(read().status, 404);
    until("the bytes gone from the bucket", 60, || match stored(world) {
        404 => Ok(()),
        status => Err(status.to_string()),
    });
    // an item of the table names the picture no more
    let item = || items(&world.stack, "chat", &keys::chat_pk(&tenant.id, &room));
    until("the table without it", 60, || {
        let item = item().get(&keys::chat_event_sk(seq.as_u64().unwrap())).cloned().unwrap_or_default();
        let event = item["event"].as_str().unwrap_or_default().to_owned();
        if event.contains("message") && !event.contains(id) { Ok(()) } else { Err(event) }
    });
}

/// Queries of the table that the Worker has sent.
fn queries(world: &World) -> usize {
    let chat = world.stack.name("chat");
    world.calls().iter().filter(|call| call.action == "dynamodb:Query" && call.resource == chat).count()
}

fn forgotten(world: &mut World) {
    let tenant = world.tenant("chat");
    // a member may say 200 frames in 10 s: several say them
    let staff: Vec<String> = (0..6)
        .map(|n| {
            let scopes = &["chat:connect", "chat:write"];
            let key = world.stack.create_key(tenant.id.as_str(), &format!("{MARKER} {n}"), scopes).unwrap();
            world.keys.lock().unwrap().push(key.clone());
            key
        })
        .collect();
    let opened = open(world, &staff[0]);
    assert_eq!(opened.status, 201, "{}", opened.text());
    let room = opened.json()["room_id"].as_str().unwrap().to_owned();
    let text = |n: usize| format!("{MARKER} {n}");
    for n in 1..=SAID {
        let send = json!({"t": "send", "id": ulid_text(now_ms(), unique()), "text": text(n)});
        let acks = good(&say(world, &staff[n % staff.len()], (&room, &send)), 200);
        assert_eq!(acks[0]["seq"], n, "{acks}");
    }
    let pk = keys::chat_pk(&tenant.id, &room);
    let stored = until("all of it in the table", 60, || {
        let there = items(&world.stack, "chat", &pk);
        if there.len() == SAID { Ok(there) } else { Err(format!("{} of {SAID}", there.len())) }
    });
    let first = &stored[&keys::chat_event_sk(1)];
    assert!(first["event"].as_str().unwrap().contains(&text(1)), "{first}");
    assert_eq!(first["expires_at"].as_i64().unwrap() - first["at"].as_i64().unwrap() / 1_000, 365 * 86_400);
    // the room looks for them, lets the oldest go, and asks the table for a page of them
    let old = || {
        let before = queries(world);
        let page = good(&say(world, &staff[0], (&room, &json!({"t": "page", "before": 41, "limit": 40}))), 200);
        (page[0]["events"].as_array().cloned().unwrap_or_default(), queries(world) - before)
    };
    let events = until("a page from the table", 90, || match old() {
        (events, 1..) => Ok(events),
        _ => Err("the room has all texts still".to_owned()),
    });
    for (n, event) in (1..=40).zip(&events) {
        assert_eq!(
            (&event["seq"], &event["text"], &event["t"]),
            (&json!(n), &json!(text(n)), &json!("event")),
            "{event}"
        );
    }
    assert_eq!(events.len(), 40);
    // what is redacted now is taken away there too
    let redact = json!({"t": "redact", "id": ulid_text(now_ms(), unique()), "seq": 5});
    assert_eq!(good(&say(world, &staff[1], (&room, &redact)), 200)[0]["t"], "ack");
    assert_eq!(old().0[4].get("text"), None);
    until("the text gone from the table", 60, || {
        let item = items(&world.stack, "chat", &pk)[&keys::chat_event_sk(5)].clone();
        if item["event"].as_str().is_some_and(|event| !event.contains(MARKER)) { Ok(()) } else { Err(item.to_string()) }
    });
    assert_eq!(old().0[5]["text"], text(6));
}
