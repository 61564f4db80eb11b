//! A device's proofs when the object that remembers them begins anew (RFC 9449, sections 9 and 11.1).

use attune_dev::http::{self, Answer};
use attune_dev::keys::random_hex;
use attune_e2e::world::World;
use attune_test_support::device::Device;
use serde_json::{Value, json};

pub const TESTS: &[crate::Test] =
    &[("a_request_that_was_copied_before_a_restart_is_worthless_after_it", copied_before_a_restart)];

fn operator(world: &World, path: &str, body: &Value) -> Value {
    let (url, token) = (format!("{}{path}", world.stack.url()), random_hex(16).unwrap());
    let authorization = format!("Bearer {}", world.stack.keys.operator_key);
    let headers =
        [("authorization", authorization.as_str()), ("content-type", "application/json"), ("idempotency-key", &token)];
    http::send("POST", &url, &headers, body.to_string().as_bytes(), 30).unwrap().success(path).unwrap().json()
}

/// Signs a person up on the device; the access token.
fn sign_up(world: &World, device: &Device) -> String {
    let tenant = world.tenant("proofs");
    let email = format!("{}@example.com", random_hex(8).unwrap());
    let body = json!({"schema_version": 1, "email": email, "role": "member"});
    let invitation = operator(world, &format!("/v1/admin/tenants/{}/invitations", tenant.id), &body);
    let url = format!("{}/v1/invitations/accept", world.stack.url());
    let body = json!({"schema_version": 1, "token": invitation["token"], "name": "A person"}).to_string();
    let proof = device.proof("POST", &url, None, None);
    let mut headers = [("content-type", "application/json"), ("dpop", proof.as_str())];
    let nonce = http::header("POST", &url, &headers, "dpop-nonce").unwrap();
    let proof = device.proof("POST", &url, None, nonce.as_deref());
    headers[1].1 = &proof;
    let answer = http::send("POST", &url, &headers, body.as_bytes(), 30).unwrap();
    assert_eq!(answer.status, 201, "{}", answer.text());
    answer.json()["access_token"].as_str().unwrap().to_owned()
}

fn copied_before_a_restart(world: &mut World) {
    let device = Device::new();
    let access = sign_up(world, &device);
    let url = format!("{}/v1/devices", world.stack.url());
    let authorization = format!("DPoP {access}");
    let fields =
        |proof: &str| [("authorization".to_owned(), authorization.clone()), ("dpop".to_owned(), proof.to_owned())];
    let with = |proof: &str| -> Answer {
        let fields = fields(proof);
        let fields: Vec<_> = fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        http::send("GET", &url, &fields, &[], 30).unwrap()
    };
    let nonce_of = |proof: &str| -> String {
        let fields = fields(proof);
        let fields: Vec<_> = fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        http::header("GET", &url, &fields, "dpop-nonce").unwrap().expect("a nonce")
    };
    let code = |answer: &Answer| answer.json()["code"].as_str().unwrap().to_owned();

    let before = nonce_of(&device.proof("GET", &url, Some(&access), None));
    let claims = device.claims("GET", &url, Some(&access), Some(&before));
    let copied = device.sign(&device.header(), &claims);
    assert_eq!(with(&copied).status, 200);
    world.stack.kill_workerd().unwrap();
    world.stack.restart_worker().unwrap();

    // the object has forgotten the proof, and does not take its word for being new
    let replayed = with(&copied);
    assert_eq!((replayed.status, code(&replayed)), (401, "use_dpop_nonce".to_owned()));
    let after = nonce_of(&copied);
    assert_ne!(after, before);
    // the device itself goes on, with what only this incarnation could have given; its clock may have stood still
    let mut again = device.claims("GET", &url, Some(&access), Some(&after));
    again["iat"] = claims["iat"].clone();
    let fresh = device.sign(&device.header(), &again);
    assert_eq!(with(&fresh).status, 200);
    let replayed = with(&fresh);
    assert_eq!((replayed.status, code(&replayed)), (401, "invalid_dpop_proof".to_owned()));
}
