//! Devices and their tokens: what is copied is worthless, what is revoked is dead.

use crate::user::{as_user, invite, prove, proven, sign_up, url};
use crate::world::World;
use attune_contract_tests::http::Request;
use attune_test_support::device::Device;
use serde_json::{Value, json};
use std::net::TcpStream;
use std::time::{Duration, Instant};
use tungstenite::client::IntoClientRequest;
use tungstenite::{Message, WebSocket};

pub const TESTS: &[crate::Test] = &[
    ("a_user_signs_up_and_may_what_the_role_may", a_user_signs_up_and_may_what_the_role_may),
    ("an_invitation_is_accepted_once", an_invitation_is_accepted_once),
    ("what_is_copied_is_worthless", what_is_copied_is_worthless),
    ("a_refresh_token_is_good_once", a_refresh_token_is_good_once),
    ("a_revoked_device_is_dead_at_once", a_revoked_device_is_dead_at_once),
    ("logging_out_ends_the_session", logging_out_ends_the_session),
    ("a_ticket_opens_one_socket_and_revocation_closes_it", ticket),
];

fn code(answer: &attune_contract_tests::http::Response) -> String {
    answer.json()["code"].as_str().unwrap_or_default().to_owned()
}

fn refresh(world: &World, device: &Device, token: &str) -> (u16, Value) {
    let body = json!({"schema_version": 1, "refresh_token": token});
    let answer = proven(world, device, "POST", "/v1/auth/refresh", &body);
    (answer.status, answer.json())
}

/// A user reads configuration with a token and proofs; without the permission the route names it.
fn a_user_signs_up_and_may_what_the_role_may(world: &World) {
    let user = sign_up(world, &world.a, "member");
    assert_eq!(as_user(world, &user, "GET", "/v1/config/4", None).status, 200);
    let devices = as_user(world, &user, "GET", "/v1/devices", None).json();
    assert_eq!(devices["devices"][0]["device_id"], user.device_id.as_str());
    let end_user = sign_up(world, &world.a, "end_user");
    let refused = as_user(world, &end_user, "GET", "/v1/config/4", None);
    assert_eq!((refused.status, code(&refused)), (403, "forbidden".to_owned()));
    assert!(refused.json()["detail"].as_str().unwrap().contains("config:read"));
}

/// An invitation is good once, and a made-up one is not there.
fn an_invitation_is_accepted_once(world: &World) {
    let body = json!({"schema_version": 1, "token": invite(world, &world.a, "member"), "name": "A"});
    let first = proven(world, &Device::new(), "POST", "/v1/invitations/accept", &body);
    assert_eq!(first.status, 201);
    let again = proven(world, &Device::new(), "POST", "/v1/invitations/accept", &body);
    assert!((400..500).contains(&again.status), "{}", again.status);
    let body = json!({"schema_version": 1, "token": "ati_eu1_x_y", "name": "A"});
    assert_eq!(proven(world, &Device::new(), "POST", "/v1/invitations/accept", &body).status, 400);
}

/// Access token, refresh token, or a whole request on another device: none of them works there.
fn what_is_copied_is_worthless(world: &World) {
    let user = sign_up(world, &world.a, "member");
    let thief = Device::new();
    let access = user.access.borrow().clone();
    let stolen = prove(world, &thief, Some(&access), &Request::new("GET", "/v1/config/4"));
    assert_eq!((stolen.status, code(&stolen)), (401, "invalid_token".to_owned()));
    // a whole request, sent a second time
    let nonce = prove_nonce(world, &user.device, &access);
    let proof = user.device.proof("GET", &url(world, "/v1/config/4"), Some(&access), Some(&nonce));
    let whole =
        Request::new("GET", "/v1/config/4").header("authorization", &format!("DPoP {access}")).header("dpop", &proof);
    assert_eq!(world.send(&whole).status, 200);
    let again = world.send(&whole);
    assert_eq!((again.status, code(&again)), (401, "invalid_dpop_proof".to_owned()));
    // the proof for another method, address, or token
    let other = Request::new("GET", "/v1/devices").header("authorization", &format!("DPoP {access}"));
    assert_eq!(code(&world.send(&other.header("dpop", &proof))), "invalid_dpop_proof");
    // the refresh token: refused, and the family ends for both sides
    let token = user.refresh.borrow().clone();
    let (status, problem) = refresh(world, &thief, &token);
    assert_eq!((status, &problem["code"]), (401, &json!("refresh_reused")));
    let (status, problem) = refresh(world, &user.device, &token);
    assert_eq!((status, &problem["code"]), (401, &json!("session_ended")));
    let dead = as_user(world, &user, "GET", "/v1/config/4", None);
    assert_eq!((dead.status, code(&dead)), (401, "session_ended".to_owned()));
}

fn prove_nonce(world: &World, device: &Device, access: &str) -> String {
    let proof = device.proof("GET", &url(world, "/v1/devices"), Some(access), None);
    let request = Request::new("GET", "/v1/devices").header("authorization", &format!("DPoP {access}"));
    let answer = world.send(&request.header("dpop", &proof));
    assert_eq!(code(&answer), "use_dpop_nonce");
    answer.header("dpop-nonce").unwrap().to_owned()
}

/// Refreshing rotates; the lost answer may be asked for again, an old token ends the family.
fn a_refresh_token_is_good_once(world: &World) {
    let user = sign_up(world, &world.a, "member");
    let first = user.refresh.borrow().clone();
    let (status, tokens) = refresh(world, &user.device, &first);
    assert_eq!(status, 200);
    let (status, repeated) = refresh(world, &user.device, &first);
    assert_eq!((status, &repeated["refresh_token"]), (200, &tokens["refresh_token"]), "the answer was lost");
    user.take(&tokens);
    assert_eq!(as_user(world, &user, "GET", "/v1/config/4", None).status, 200);
    let second = user.refresh.borrow().clone();
    let (status, tokens) = refresh(world, &user.device, &second);
    assert_eq!(status, 200);
    let (status, problem) = refresh(world, &user.device, &first);
    assert_eq!((status, &problem["code"]), (401, &json!("refresh_reused")));
    user.take(&tokens);
    assert_eq!(as_user(world, &user, "GET", "/v1/config/4", None).status, 401, "the whole family is dead");
}

/// A revoked device can do nothing from the next request on; another user's device is not found.
fn a_revoked_device_is_dead_at_once(world: &World) {
    let (user, other) = (sign_up(world, &world.a, "member"), sign_up(world, &world.a, "member"));
    let target = format!("/v1/devices/{}", user.device_id);
    assert_eq!(as_user(world, &other, "DELETE", &target, None).status, 404);
    let named = as_user(world, &user, "PATCH", &target, Some(&json!({"schema_version": 1, "name": "Phone"})));
    assert_eq!((named.status, &named.json()["name"]), (200, &json!("Phone")));
    assert_eq!(as_user(world, &user, "DELETE", &target, None).status, 204);
    let dead = as_user(world, &user, "GET", "/v1/config/4", None);
    assert_eq!((dead.status, code(&dead)), (401, "device_revoked".to_owned()));
    let token = user.refresh.borrow().clone();
    assert_eq!(refresh(world, &user.device, &token).0, 401);
}

/// Logging out ends the family and the tokens made so far.
fn logging_out_ends_the_session(world: &World) {
    let user = sign_up(world, &world.a, "member");
    let body = json!({"schema_version": 1, "refresh_token": *user.refresh.borrow()});
    assert_eq!(proven(world, &user.device, "POST", "/v1/auth/logout", &body).status, 204);
    assert_eq!(as_user(world, &user, "GET", "/v1/config/4", None).status, 401);
}

/// A socket by a ticket; the ticket is good once, and within 5 seconds of the device's revocation the socket is closed.
fn ticket(world: &World) {
    let (user, other) = (sign_up(world, &world.a, "member"), sign_up(world, &world.a, "member"));
    let made = as_user(world, &user, "POST", "/v1/stream-tickets", None);
    assert_eq!(made.status, 201, "{:?}", made.json());
    let ticket = made.json()["ticket"].as_str().unwrap().to_owned();
    let mut socket = connect(world, &ticket).unwrap();
    assert_eq!(connect(world, &ticket).err(), Some(401), "a ticket is good once");
    let target = format!("/v1/devices/{}", user.device_id);
    assert_eq!(as_user(world, &other, "DELETE", &target, None).status, 404);
    let revoked = Instant::now();
    assert_eq!(as_user(world, &user, "DELETE", &target, None).status, 204);
    loop {
        match socket.read() {
            Ok(Message::Close(Some(frame))) => {
                assert_eq!(u16::from(frame.code), 4401);
                break;
            }
            Ok(_) => {}
            Err(e) => panic!("{e}"),
        }
    }
    assert!(revoked.elapsed() < Duration::from_secs(5), "{:?}", revoked.elapsed());
}

fn connect(world: &World, ticket: &str) -> Result<WebSocket<TcpStream>, u16> {
    let authority = format!("127.0.0.1:{}", world.stack.ports.worker);
    let stream = TcpStream::connect(&authority).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    let mut request = format!("ws://{authority}/v1/stations/stream").into_client_request().unwrap();
    let protocols = format!("attune.v1, attune.ticket.{ticket}");
    request.headers_mut().insert("sec-websocket-protocol", protocols.parse().unwrap());
    match tungstenite::client(request, stream) {
        Ok((socket, answer)) => {
            assert_eq!(answer.headers()["sec-websocket-protocol"], "attune.v1");
            Ok(socket)
        }
        Err(tungstenite::HandshakeError::Failure(tungstenite::Error::Http(answer))) => Err(answer.status().as_u16()),
        Err(e) => panic!("{e}"),
    }
}
