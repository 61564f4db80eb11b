//! Rooms and tokens, against a media server of LiveKit's manners: what is copied dies, what is revoked is removed.

use crate::user::{User, as_user, prove, sign_up, url};
use crate::world::{Tenant, World, good, id, refused};
use attune_contract_tests::http::{Request, Response};
use attune_dev::keys::random_hex;
use attune_test_support::device::Device;
use attune_test_support::livekit::{LiveKit, Participant};
use serde_json::{Value, json};
use std::time::{Duration, Instant};

pub const TESTS: &[crate::Test] = &[
    ("a_token_says_all_and_lets_its_device_in", a_token_says_all_and_lets_its_device_in),
    ("a_copied_token_is_removed_and_revoked", a_copied_token_is_removed_and_revoked),
    ("a_full_room_refuses_or_replaces", a_full_room_refuses_or_replaces),
    ("a_revoked_device_is_out_within_seconds", a_revoked_device_is_out_within_seconds),
    ("only_the_device_in_the_room_renews", only_the_device_in_the_room_renews),
    ("a_webhook_that_is_not_signed_changes_nothing", a_webhook_that_is_not_signed_changes_nothing),
    ("rooms_of_another_tenant_are_not_found", rooms_of_another_tenant_are_not_found),
    ("a_room_is_made_once_listed_and_ended", a_room_is_made_once_listed_and_ended),
    ("what_fails_at_the_media_server_is_tried_again", what_fails_at_the_media_server_is_tried_again),
    ("an_endless_answer_is_cut_off", an_endless_answer_is_cut_off),
    ("keys_of_projects_are_rotated_with_overlap", keys_of_projects_are_rotated_with_overlap),
    ("a_key_proves_a_device_for_one_token_each", a_key_proves_a_device_for_one_token_each),
    ("a_page_calls_in_a_room_of_its_own", a_page_calls_in_a_room_of_its_own),
    ("an_agent_takes_no_seat", an_agent_takes_no_seat),
    ("wrong_fields_are_named", wrong_fields_are_named),
];

/// A tenant with a media server and a key for all of voice.
struct Voice {
    tenant: Tenant,
    key: String,
    server: LiveKit,
    api_key: String,
    secret: String,
}

const SCOPES: &[&str] =
    &["voice:join", "voice:agent", "rooms:read", "rooms:write", "rooms:moderate", "projects:read", "projects:write"];

fn voice(world: &World) -> Voice {
    let tenant = world.tenant("voice");
    let key = world.stack.create_key(&tenant.id, "voice", SCOPES).unwrap();
    let (api_key, secret) = (format!("API{}", random_hex(6).unwrap()), random_hex(24).unwrap());
    let server = LiveKit::start(&api_key, &secret).unwrap();
    let authority = format!("127.0.0.1:{}", world.stack.ports.worker);
    server.send_webhooks_to(&authority, &format!("/v1/voice/webhooks/{}", tenant.id));
    let voice = Voice { tenant, key, server, api_key, secret };
    let answer = voice.put(world, &json!({"api_key": voice.api_key, "api_secret": voice.secret}));
    good(&answer, 200);
    assert!(!String::from_utf8_lossy(&answer.body).contains(&voice.secret));
    voice
}

impl Voice {
    fn put(&self, world: &World, more: &Value) -> Response {
        let mut body = json!({"schema_version": 1, "url": self.server.url()});
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        world.send(&Request::new("PUT", "/v1/voice/projects").bearer(&self.key).json(&body))
    }

    fn room(&self, world: &World, more: Value) -> String {
        let mut body = json!({"schema_version": 1});
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        let room = good(&world.post(&self.key, "/v1/rooms", &body), 201);
        room["room_id"].as_str().unwrap().to_owned()
    }

    fn participants(&self, world: &World, room: &str) -> Vec<Value> {
        let all = good(&world.get(&self.key, &format!("/v1/rooms/{room}/participants")), 200);
        all["participants"].as_array().unwrap().clone()
    }

    fn states(&self, world: &World, room: &str) -> Vec<String> {
        let all = self.participants(world, room);
        all.iter().map(|p| p["state"].as_str().unwrap().to_owned()).collect()
    }

    /// The removals of an identity that the media server was asked for, with `revokeTokenTs`.
    fn removals(&self, room: &str, identity: &str) -> Vec<i64> {
        let calls = self.server.calls(room).into_iter();
        calls
            .filter(|call| call.method == "RemoveParticipant" && call.body["identity"] == identity)
            .map(|call| call.body["revokeTokenTs"].as_str().unwrap().parse().unwrap())
            .collect()
    }
}

fn ask(world: &World, user: &User, path: &str, room: &str) -> Response {
    as_user(world, user, "POST", path, Some(&json!({"schema_version": 1, "room_id": room})))
}

fn token(world: &World, user: &User, room: &str) -> Value {
    good(&ask(world, user, "/v1/voice/token", room), 201)
}

fn text<'a>(value: &'a Value, name: &str) -> &'a str {
    value[name].as_str().unwrap()
}

fn join(voice: &Voice, token: &Value) -> Result<Participant, String> {
    voice.server.join(text(token, "token"))
}

fn a_token_says_all_and_lets_its_device_in(world: &World) {
    let voice = voice(world);
    let room = voice.room(world, json!({}));
    let user = sign_up(world, &voice.tenant, "end_user");
    let answer = ask(world, &user, "/v1/voice/token", &room);
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    let given = good(&answer, 201);
    assert_eq!(text(&given, "url"), voice.server.url());
    let claims = voice.server.claims(text(&given, "token")).unwrap();
    assert_eq!(claims["exp"].as_i64().unwrap() - claims["nbf"].as_i64().unwrap(), 60, "a window of 60 s by default");
    assert_eq!(claims["video"]["room"], room.as_str());
    for (name, value) in [
        ("roomJoin", true),
        ("canPublish", true),
        ("canSubscribe", true),
        ("canPublishData", false),
        ("canUpdateOwnMetadata", false),
    ] {
        assert_eq!(claims["video"][name], value, "{name}");
    }
    assert_eq!(claims["video"]["canPublishSources"], json!(["microphone"]));
    assert_eq!(claims["attributes"]["attune.jti"], claims["jti"]);
    let identity = text(&given, "identity");
    assert!(!identity.contains(&user.user_id[4..]) && !identity.contains(&user.device_id[4..]), "{identity}");
    assert_eq!(text(&token(world, &user, &room), "identity"), identity, "always the same in this room");
    let other = voice.room(world, json!({}));
    assert_ne!(text(&token(world, &user, &other), "identity"), identity, "another one in another room");
    assert_eq!(voice.states(world, &room), ["reserved"]);
    let here = join(&voice, &given).unwrap();
    assert_eq!(voice.states(world, &room), ["joined"]);
    voice.server.leave(&here);
    world.until("the seat is free", || {
        let body = json!({"schema_version": 1, "room_id": room, "join_window_s": 10});
        let again = as_user(world, &user, "POST", "/v1/voice/token/renew", Some(&body));
        (again.status == 201).then_some(())
    });
    assert!(voice.removals(&room, identity).is_empty());
    assert_eq!(voice.server.refused(), 0);
}

fn a_copied_token_is_removed_and_revoked(world: &World) {
    let voice = voice(world);
    let room = voice.room(world, json!({}));
    let user = sign_up(world, &voice.tenant, "end_user");
    let given = token(world, &user, &room);
    let first = join(&voice, &given).unwrap();
    assert_eq!(voice.states(world, &room), ["joined"]);
    // the thief's connection takes the place of the first one at the media server
    let thief = join(&voice, &given).unwrap();
    assert_ne!(first.sid, thief.sid);
    let revoked = world.until("the removal", || voice.removals(&room, &first.identity).last().copied());
    world.until("nobody is there", || voice.server.participants(&room).is_empty().then_some(()));
    let nbf = voice.server.claims(text(&given, "token")).unwrap()["nbf"].as_i64().unwrap();
    assert!(revoked > nbf, "{revoked} {nbf}");
    assert_eq!(join(&voice, &given).unwrap_err(), "the token was revoked");
    assert!(voice.participants(world, &room).is_empty());
    // the device itself comes again with its key
    let anew = token(world, &user, &room);
    assert_eq!(text(&anew, "identity"), first.identity);
    join(&voice, &anew).unwrap();
    assert_eq!(voice.states(world, &room), ["joined"]);
}

fn a_full_room_refuses_or_replaces(world: &World) {
    let voice = voice(world);
    let (one, two) = (sign_up(world, &voice.tenant, "end_user"), sign_up(world, &voice.tenant, "end_user"));
    let strict = voice.room(world, json!({"capacity": 1, "policy": "reject_new"}));
    join(&voice, &token(world, &one, &strict)).unwrap();
    refused(&ask(world, &two, "/v1/voice/token", &strict), 409, "room_full", None);
    let lenient = voice.room(world, json!({"capacity": 1, "policy": "replace_old"}));
    let old = join(&voice, &token(world, &one, &lenient)).unwrap();
    let new = join(&voice, &token(world, &two, &lenient)).unwrap();
    world.until("the old one is removed", || {
        let there = voice.server.participants(&lenient);
        (there.iter().map(|p| p.identity.as_str()).eq([new.identity.as_str()])).then_some(())
    });
    assert_eq!(voice.removals(&lenient, &old.identity).len(), 1);
    assert_eq!(voice.participants(world, &lenient).len(), 1);
    // by hand
    let body = json!({"schema_version": 1, "identity": new.identity});
    let target = format!("/v1/rooms/{lenient}/remove");
    assert_eq!(world.post(&voice.key, &target, &body).status, 204);
    refused(&world.post(&voice.key, &target, &body), 404, "not_found", None);
    world.until("it is removed", || voice.server.participants(&lenient).is_empty().then_some(()));
}

fn a_revoked_device_is_out_within_seconds(world: &World) {
    let voice = voice(world);
    let room = voice.room(world, json!({}));
    let (user, other) = (sign_up(world, &voice.tenant, "end_user"), sign_up(world, &voice.tenant, "end_user"));
    let given = token(world, &user, &room);
    join(&voice, &given).unwrap();
    let stays = join(&voice, &token(world, &other, &room)).unwrap();
    let begun = Instant::now();
    assert_eq!(as_user(world, &user, "DELETE", &format!("/v1/devices/{}", user.device_id), None).status, 204);
    world.until("it is removed", || {
        let there = voice.server.participants(&room);
        (there.iter().map(|p| p.identity.as_str()).eq([stays.identity.as_str()])).then_some(())
    });
    assert!(begun.elapsed() < Duration::from_secs(5), "{:?}", begun.elapsed());
    assert_eq!(join(&voice, &given).unwrap_err(), "the token was revoked");
    refused(&ask(world, &user, "/v1/voice/token", &room), 401, "device_revoked", None);
    assert_eq!(voice.participants(world, &room).len(), 1);
}

fn only_the_device_in_the_room_renews(world: &World) {
    let voice = voice(world);
    let room = voice.room(world, json!({}));
    let (user, other) = (sign_up(world, &voice.tenant, "end_user"), sign_up(world, &voice.tenant, "end_user"));
    refused(&ask(world, &user, "/v1/voice/token/renew", &room), 403, "forbidden", None);
    let given = token(world, &user, &room);
    join(&voice, &given).unwrap();
    let renewed = good(&ask(world, &user, "/v1/voice/token/renew", &room), 201);
    assert_eq!((text(&renewed, "identity"), text(&renewed, "room_id")), (text(&given, "identity"), room.as_str()));
    refused(&ask(world, &other, "/v1/voice/token/renew", &room), 403, "forbidden", None);
    // the stolen access token on the thief's device
    let access = user.access.borrow().clone();
    let body = json!({"schema_version": 1, "room_id": room});
    let stolen =
        prove(world, &Device::new(), Some(&access), &Request::new("POST", "/v1/voice/token/renew").json(&body));
    refused(&stolen, 401, "invalid_token", None);
}

fn a_webhook_that_is_not_signed_changes_nothing(world: &World) {
    let voice = voice(world);
    let room = voice.room(world, json!({}));
    let user = sign_up(world, &voice.tenant, "end_user");
    let given = token(world, &user, &room);
    let claims = voice.server.claims(text(&given, "token")).unwrap();
    let forged = Participant {
        sid: "PA_forged".to_owned(),
        identity: text(&given, "identity").to_owned(),
        room: room.clone(),
        attributes: claims["attributes"].clone(),
        kind: "STANDARD".to_owned(),
    };
    let event = voice.server.event("participant_joined", &forged);
    let (good_token, body) = voice.server.webhook(&event, &voice.secret);
    let (wrong_secret, _) = voice.server.webhook(&event, &random_hex(24).unwrap());
    let (other_body, _) = voice.server.webhook(&json!({"event": "x"}), &voice.secret);
    let send = |tenant: &str, token: &str, body: &[u8]| {
        let request = Request::new("POST", &format!("/v1/voice/webhooks/{tenant}"));
        let request = request.bytes("application/webhook+json", body.to_vec());
        let request = if token.is_empty() { request } else { request.header("authorization", token) };
        world.send(&request)
    };
    let mut changed = body.clone();
    changed.push(b' ');
    for (tenant, token, body) in [
        (voice.tenant.id.as_str(), "", &body),
        (&voice.tenant.id, "x", &body),
        (&voice.tenant.id, &wrong_secret, &body),
        (&voice.tenant.id, &other_body, &body),
        (&voice.tenant.id, &good_token, &changed),
        (&world.a.id, &good_token, &body),
        (&id("tnt_eu1"), &good_token, &body),
        (&id("tnt_us1"), &good_token, &body),
        ("x", &good_token, &body),
    ] {
        refused(&send(tenant, token, body), 401, "unauthenticated", None);
    }
    refused(&send(&voice.tenant.id, &good_token, &[b' '; 300_000]), 413, "payload_too_large", None);
    assert_eq!(voice.states(world, &room), ["reserved"], "none of them came in");
    assert_eq!(send(&voice.tenant.id, &good_token, &body).status, 204);
    assert_eq!(voice.states(world, &room), ["joined"]);
    assert_eq!(send(&voice.tenant.id, &good_token, &body).status, 204, "again is harmless");
    assert_eq!(voice.states(world, &room), ["joined"]);
    // a room of the project that is not ours
    let theirs = voice.server.event("participant_joined", &Participant { room: "lobby".to_owned(), ..forged });
    let (token, body) = voice.server.webhook(&theirs, &voice.secret);
    assert_eq!(send(&voice.tenant.id, &token, &body).status, 204);
}

fn rooms_of_another_tenant_are_not_found(world: &World) {
    let (one, other) = (voice(world), voice(world));
    let room = one.room(world, json!({}));
    let user = sign_up(world, &other.tenant, "end_user");
    for room in [room.clone(), id("rm"), "x".to_owned()] {
        for request in [
            Request::new("GET", &format!("/v1/rooms/{room}")),
            Request::new("DELETE", &format!("/v1/rooms/{room}")),
            Request::new("GET", &format!("/v1/rooms/{room}/participants")),
            Request::new("POST", &format!("/v1/rooms/{room}/remove"))
                .json(&json!({"schema_version": 1, "identity": "x"})),
        ] {
            refused(&world.send(&request.bearer(&other.key)), 404, "not_found", None);
        }
    }
    for path in ["/v1/voice/token", "/v1/voice/token/renew"] {
        refused(&ask(world, &user, path, &room), 404, "not_found", None);
    }
    let body = json!({"schema_version": 1, "room_id": room, "agent_name": "a"});
    refused(&world.post(&other.key, "/v1/voice/token/agent", &body), 404, "not_found", None);
    let listed = good(&world.get(&other.key, "/v1/rooms"), 200);
    assert_eq!(listed["rooms"], json!([]));
    assert_eq!(good(&world.get(&one.key, &format!("/v1/rooms/{room}")), 200)["room_id"], room.as_str());
}

fn a_room_is_made_once_listed_and_ended(world: &World) {
    let voice = voice(world);
    let body = json!({"schema_version": 1, "capacity": 3, "policy": "replace_old"});
    let request = world.request(&voice.key, "/v1/rooms", &body);
    let first = good(&world.send(&request), 201);
    assert_eq!(good(&world.send(&request), 201), first, "the same room");
    let mut other = request.clone();
    other.body = Some(json!({"schema_version": 1}).to_string().into_bytes());
    refused(&world.send(&other), 422, "idempotency_mismatch", None);
    let second = voice.room(world, json!({}));
    let room = text(&first, "room_id");
    let user = sign_up(world, &voice.tenant, "end_user");
    let given = token(world, &user, room);
    join(&voice, &given).unwrap();
    let page = good(&world.get(&voice.key, "/v1/rooms?limit=1"), 200);
    assert_eq!(page["rooms"][0]["room_id"], second.as_str());
    let cursor = text(&page, "next_cursor");
    let page = good(&world.get(&voice.key, &format!("/v1/rooms?limit=1&cursor={cursor}")), 200);
    assert_eq!((&page["rooms"][0]["room_id"], &page["next_cursor"]), (&json!(room), &Value::Null));
    let end = Request::new("DELETE", &format!("/v1/rooms/{room}")).bearer(&voice.key);
    let ended = good(&world.send(&end), 200);
    assert_eq!(ended["end_reason"], "ended");
    assert_eq!(good(&world.send(&end), 200), ended, "again is harmless");
    refused(&ask(world, &user, "/v1/voice/token", room), 410, "room_ended", None);
    world.until("all are out", || voice.server.participants(room).is_empty().then_some(()));
    assert_eq!(voice.server.calls(room).iter().filter(|call| call.method == "DeleteRoom").count(), 1);
    world.until("the list knows", || {
        let live = good(&world.get(&voice.key, "/v1/rooms?live=true"), 200);
        (live["rooms"].as_array()?.len() == 1).then_some(())
    });
    for (query, name) in [("limit=0", "?limit"), ("limit=101", "?limit"), ("live=x", "?live"), ("x=1", "?x")] {
        refused(&world.get(&voice.key, &format!("/v1/rooms?{query}")), 400, "invalid_parameter", Some(name));
    }
}

fn what_fails_at_the_media_server_is_tried_again(world: &World) {
    let voice = voice(world);
    let room = voice.room(world, json!({}));
    let user = sign_up(world, &voice.tenant, "end_user");
    let here = join(&voice, &token(world, &user, &room)).unwrap();
    voice.server.set_down(true);
    let body = json!({"schema_version": 1, "identity": here.identity});
    assert_eq!(world.post(&voice.key, &format!("/v1/rooms/{room}/remove"), &body).status, 204);
    std::thread::sleep(Duration::from_millis(1_500));
    assert_eq!(voice.server.participants(&room).len(), 1);
    voice.server.set_down(false);
    world.until("it is removed", || voice.server.participants(&room).is_empty().then_some(()));
    assert_eq!(voice.removals(&room, &here.identity).len(), 1);
}

/// The address of a media server is the tenant's to give: what it answers is not taken in without end.
fn an_endless_answer_is_cut_off(world: &World) {
    let voice = voice(world);
    let room = voice.room(world, json!({}));
    let user = sign_up(world, &voice.tenant, "end_user");
    let here = join(&voice, &token(world, &user, &room)).unwrap();
    voice.server.set_endless(true);
    let body = json!({"schema_version": 1, "identity": here.identity});
    assert_eq!(world.post(&voice.key, &format!("/v1/rooms/{room}/remove"), &body).status, 204);
    let cut = world.until("the end of the answer", || Some(voice.server.cut_after()).filter(|bytes| *bytes > 0));
    assert!(cut < 16 << 20, "{cut} bytes were taken");
    voice.server.set_endless(false);
    world.until("it is removed", || voice.server.participants(&room).is_empty().then_some(()));
}

fn keys_of_projects_are_rotated_with_overlap(world: &World) {
    let voice = voice(world);
    let room = voice.room(world, json!({}));
    let user = sign_up(world, &voice.tenant, "end_user");
    let list = || good(&world.get(&voice.key, "/v1/voice/projects"), 200)["projects"].clone();
    let (new_key, new_secret) = (format!("API{}", random_hex(6).unwrap()), random_hex(24).unwrap());
    good(&voice.put(world, &json!({"api_key": new_key, "api_secret": new_secret})), 200);
    assert_eq!(list().as_array().unwrap().len(), 2);
    assert!(!list().to_string().contains("secret"), "{}", list());
    // a room stays with the key that it began with, a new one takes the new key
    voice.server.claims(text(&token(world, &user, &room), "token")).unwrap();
    std::thread::sleep(Duration::from_millis(3_100));
    let newer = voice.room(world, json!({}));
    let read = good(&world.get(&voice.key, &format!("/v1/rooms/{newer}")), 200);
    assert_eq!(text(&read, "project"), new_key);
    assert_eq!(
        voice.server.claims(text(&token(world, &user, &newer), "token")).unwrap_err(),
        "the signature does not match"
    );
    let end = attune_domain::Millis(now_ms() + 500).to_string();
    let changed = voice.put(world, &json!({"api_key": voice.api_key, "live_until": end}));
    assert_eq!(good(&changed, 200)["live_until"], end);
    let gone = |key: &str| {
        let target = format!("/v1/voice/projects?api_key={key}");
        world.send(&Request::new("DELETE", &target).bearer(&voice.key))
    };
    assert_eq!(gone(&new_key).status, 204);
    refused(&gone(&new_key), 404, "not_found", None);
    refused(&gone(""), 400, "invalid_parameter", Some("?api_key"));
    world.until("no project is left", || {
        (world.post(&voice.key, "/v1/rooms", &json!({"schema_version": 1})).status == 409).then_some(())
    });
    refused(&ask(world, &user, "/v1/voice/token", &newer), 409, "conflict", None);
    for (url, pointer) in [
        ("ws://media.example.com", "/url"),
        ("wss://10.0.0.1", "/url"),
        ("wss://metadata.google.internal", "/url"),
        ("ws://127.0.0.1.example.com", "/url"),
        ("wss://u@media.example.com", "/url"),
    ] {
        let body = json!({"api_key": "APIx", "api_secret": new_secret, "url": url});
        refused(&voice.put(world, &body), 400, "invalid_body", Some(pointer));
    }
    let short = voice.put(world, &json!({"api_key": "APIx", "api_secret": "short"}));
    refused(&short, 400, "invalid_body", Some("/api_secret"));
    refused(&voice.put(world, &json!({"api_key": "APIx"})), 400, "invalid_body", Some("/api_secret"));
}

fn now_ms() -> i64 {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap();
    i64::try_from(since.as_millis()).unwrap()
}

fn a_key_proves_a_device_for_one_token_each(world: &World) {
    let voice = voice(world);
    let room = voice.room(world, json!({"capacity": 3}));
    let body = json!({"schema_version": 1, "room_id": room});
    let path = "/v1/voice/token";
    let plain = Request::new("POST", path).bearer(&voice.key).json(&body);
    let own = good(&world.send(&plain), 201);
    let (one, other) = (Device::new(), Device::new());
    let first = good(&prove(world, &one, None, &plain), 201);
    let second = good(&prove(world, &other, None, &plain), 201);
    let identities = [text(&own, "identity"), text(&first, "identity"), text(&second, "identity")];
    assert!(identities[0] != identities[1] && identities[1] != identities[2] && identities[0] != identities[2]);
    let again = good(&prove(world, &one, None, &plain), 201);
    assert_eq!(text(&again, "identity"), identities[1], "the same device");
    // a whole request, sent a second time
    let unproven = plain.clone().header("dpop", &one.proof("POST", &url(world, path), None, None));
    let answer = world.send(&unproven);
    refused(&answer, 401, "use_dpop_nonce", None);
    let nonce = answer.header("dpop-nonce").unwrap().to_owned();
    let whole = plain.clone().header("dpop", &one.proof("POST", &url(world, path), None, Some(&nonce)));
    good(&world.send(&whole), 201);
    refused(&world.send(&whole), 401, "invalid_dpop_proof", None);
    // renewing is for the device's key
    let renew = Request::new("POST", "/v1/voice/token/renew").bearer(&voice.key).json(&body);
    good(&prove(world, &one, None, &renew), 201);
    refused(&prove(world, &Device::new(), None, &renew), 403, "forbidden", None);
}

fn a_page_calls_in_a_room_of_its_own(world: &World) {
    let voice = voice(world);
    let page = "https://shop.example";
    let body = json!({"schema_version": 1, "name": "page", "kind": "publishable", "scopes": ["voice:join"], "origins": [page]});
    let maker = world.stack.create_key(&voice.tenant.id, "maker", &["keys:write", "voice:join"]).unwrap();
    let key = good(&world.post(&maker, "/v1/keys", &body), 201)["key"].as_str().unwrap().to_owned();
    let ask = |path: &str, body: Value| Request::new("POST", path).bearer(&key).header("origin", page).json(&body);
    let nameless = json!({"schema_version": 1});
    let device = Device::new();
    let first = good(&prove(world, &device, None, &ask("/v1/voice/token", nameless.clone())), 201);
    let second = good(&prove(world, &device, None, &ask("/v1/voice/token", nameless.clone())), 201);
    let room = text(&first, "room_id");
    assert_ne!(room, text(&second, "room_id"), "a call, a room");
    let read = good(&world.get(&voice.key, &format!("/v1/rooms/{room}")), 200);
    assert_eq!((&read["capacity"], &read["empty_timeout_s"]), (&json!(2), &json!(120)));
    join(&voice, &first).unwrap();
    assert_eq!(voice.states(world, room), ["joined"]);
    // who comes back names the room
    let back = json!({"schema_version": 1, "room_id": room});
    good(&prove(world, &device, None, &ask("/v1/voice/token/renew", back)), 201);
    refused(
        &prove(world, &device, None, &ask("/v1/voice/token/renew", nameless)),
        400,
        "invalid_body",
        Some("/room_id"),
    );
}

fn an_agent_takes_no_seat(world: &World) {
    let voice = voice(world);
    let room = voice.room(world, json!({"capacity": 1}));
    let user = sign_up(world, &voice.tenant, "end_user");
    join(&voice, &token(world, &user, &room)).unwrap();
    let body = json!({
        "schema_version": 1, "room_id": room, "agent_name": "helper",
        "dispatch": [{"agent_name": "worker", "metadata": "{}"}]
    });
    let given = good(&world.post(&voice.key, "/v1/voice/token/agent", &body), 201);
    let claims = voice.server.claims(text(&given, "token")).unwrap();
    assert_eq!((&claims["kind"], &claims["video"]["roomJoin"]), (&json!("agent"), &json!(true)));
    assert_eq!(claims["roomConfig"]["agents"], json!([{"agentName": "worker", "metadata": "{}"}]));
    join(&voice, &given).unwrap();
    let all = voice.participants(world, &room);
    assert_eq!(all.iter().map(|p| text(p, "kind")).collect::<Vec<_>>(), ["participant", "agent"]);
    let person = sign_up(world, &voice.tenant, "end_user");
    let refusal = as_user(world, &person, "POST", "/v1/voice/token/agent", Some(&body));
    refused(&refusal, 403, "forbidden", None);
}

fn wrong_fields_are_named(world: &World) {
    let voice = voice(world);
    let room = voice.room(world, json!({}));
    let user = sign_up(world, &voice.tenant, "end_user");
    for (name, value, pointer) in [
        ("room_id", json!("x"), "/room_id"),
        ("join_window_s", json!(9), "/join_window_s"),
        ("join_window_s", json!(601), "/join_window_s"),
        ("can_publish_sources", json!(["camera", "x"]), "/can_publish_sources/1"),
        ("room_admin", json!(true), "/room_admin"),
        ("identity", json!("x"), "/identity"),
        ("tenant", json!("x"), "/tenant"),
    ] {
        let mut body = json!({"schema_version": 1, "room_id": room});
        body[name] = value;
        for path in ["/v1/voice/token", "/v1/voice/token/renew"] {
            let answer = as_user(world, &user, "POST", path, Some(&body));
            refused(&answer, 400, "invalid_body", Some(pointer));
        }
    }
    for (name, value, pointer) in [
        ("capacity", json!(0), "/capacity"),
        ("capacity", json!(1_001), "/capacity"),
        ("empty_timeout_s", json!(86_401), "/empty_timeout_s"),
        ("region", json!("EU West"), "/region"),
        ("policy", json!("x"), "/policy"),
        ("tenant_id", json!("x"), "/tenant_id"),
    ] {
        let mut body = json!({"schema_version": 1});
        body[name] = value;
        refused(&world.post(&voice.key, "/v1/rooms", &body), 400, "invalid_body", Some(pointer));
    }
    let region = json!({"schema_version": 1, "region": "mars-1"});
    refused(&world.post(&voice.key, "/v1/rooms", &region), 409, "conflict", None);
    refused(&ask(world, &user, "/v1/rooms", &room), 403, "forbidden", None);
}
