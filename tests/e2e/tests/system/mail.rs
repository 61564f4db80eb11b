//! A visitor's sign-in by a code in an e-mail, from the Worker through queue, function and mail server, and back.

use attune_dev::http;
use attune_e2e::wait::until;
use attune_e2e::world::{Tenant, World};
use attune_local_tests::messages::unique;
use attune_test_support::device::Device;
use serde_json::{Value, json};

pub const TESTS: &[crate::Test] = &[("a_code_arrives_by_mail_and_signs_in_once", round)];

const PAGE: &str = "https://shop.example";

/// A publishable key of the tenant, made by its key of all scopes' operator.
fn page(world: &World, tenant: &Tenant) -> String {
    let body = json!({"schema_version": 1, "name": "page", "kind": "publishable", "scopes": ["chat:connect"], "origins": [PAGE]});
    let key = world.stack.create_key(tenant.id.as_str(), "maker", &["keys:write", "chat:connect"]).unwrap();
    world.keys.lock().unwrap().push(key.clone());
    let maker = Tenant { id: tenant.id.clone(), key };
    let made = world.post(&maker, "/v1/keys", &body, &[]);
    assert_eq!(made.status, 201, "{}", made.text());
    made.json()["key"].as_str().unwrap().to_owned()
}

/// Sends with a proof of the device, with the server's nonce.
fn prove(world: &World, key: &str, device: &Device, path: &str, body: &Value) -> http::Answer {
    let (url, authorization) = (format!("{}{path}", world.stack.url()), format!("Bearer {key}"));
    let authorization = authorization.as_str();
    let proof = device.proof("POST", &url, None, None);
    let mut headers =
        [("authorization", authorization), ("content-type", "application/json"), ("origin", PAGE), ("dpop", &proof)];
    let nonce = http::header("POST", &url, &headers, "dpop-nonce").unwrap();
    let proof = device.proof("POST", &url, None, nonce.as_deref());
    headers[3].1 = &proof;
    http::send("POST", &url, &headers, body.to_string().as_bytes(), 30).unwrap()
}

fn round(world: &mut World) {
    let tenant = world.tenant("mail");
    let key = page(world, &tenant);
    let (device, email) = (Device::new(), format!("visitor-{:x}@example.org", unique()));
    let asked = prove(world, &key, &device, "/v1/auth/email", &json!({"schema_version": 1, "email": email}));
    assert_eq!(asked.status, 202, "{}", asked.text());
    let mail = until("the mail", 60, || world.mails(&email).pop().ok_or_else(|| world.stack.function_log("send-mail")));
    let code = mail.lines().map(str::trim).find(|line| line.len() == 8 && line.bytes().all(|b| b.is_ascii_digit()));
    let body = json!({"schema_version": 1, "email": email, "code": code.unwrap()});
    let signed_in = prove(world, &key, &device, "/v1/auth/email/verify", &body);
    assert_eq!((signed_in.status, &signed_in.json()["token_type"]), (200, &json!("DPoP")), "{}", signed_in.text());
    let again = prove(world, &key, &device, "/v1/auth/email/verify", &body);
    assert_eq!((again.status, &again.json()["code"]), (401, &json!("invalid_credentials")));
    assert_eq!(world.mails(&email).len(), 1);
}
