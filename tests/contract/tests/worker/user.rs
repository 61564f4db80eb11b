//! A person on a device, as the tests need them: signed up by an invitation of the operator.

use crate::world::{Tenant, World};
use attune_contract_tests::http::{Request, Response};
use attune_dev::keys::random_hex;
use attune_test_support::device::Device;
use serde_json::{Value, json};
use std::cell::RefCell;

/// A signed-in person.
#[derive(Debug)]
pub struct User {
    pub device: Device,
    pub user_id: String,
    pub device_id: String,
    pub access: RefCell<String>,
    pub refresh: RefCell<String>,
}

impl User {
    /// Takes over new tokens.
    pub fn take(&self, tokens: &Value) {
        *self.access.borrow_mut() = tokens["access_token"].as_str().unwrap().to_owned();
        *self.refresh.borrow_mut() = tokens["refresh_token"].as_str().unwrap().to_owned();
    }
}

/// The address as the Worker receives it.
pub fn url(world: &World, target: &str) -> String {
    let path = target.split(['?', '#']).next().unwrap_or_default();
    format!("http://127.0.0.1:{}{path}", world.stack.ports.worker)
}

/// Sends a request with a proof of the device; asks once more with the server's nonce.
pub fn prove(world: &World, device: &Device, access: Option<&str>, request: &Request) -> Response {
    let attempt = |nonce: Option<&str>| {
        let mut proven = request.clone();
        proven = proven.header("dpop", &device.proof(&request.method, &url(world, &request.target), access, nonce));
        if let Some(access) = access {
            proven = proven.header("authorization", &format!("DPoP {access}"));
        }
        world.send(&proven)
    };
    let first = attempt(None);
    match (first.status, first.header("dpop-nonce")) {
        (401, Some(nonce)) => attempt(Some(nonce)),
        _ => first,
    }
}

/// A request of a device without a token.
pub fn proven(world: &World, device: &Device, method: &str, target: &str, body: &Value) -> Response {
    prove(world, device, None, &Request::new(method, target).json(body))
}

/// A request of a signed-in person.
pub fn as_user(world: &World, user: &User, method: &str, target: &str, body: Option<&Value>) -> Response {
    let mut request = Request::new(method, target);
    if method == "POST" {
        request = request.header("idempotency-key", &random_hex(16).unwrap());
    }
    if let Some(body) = body {
        request = request.json(body);
    }
    let access = user.access.borrow().clone();
    prove(world, &user.device, Some(&access), &request)
}

/// An invitation's token.
pub fn invite(world: &World, tenant: &Tenant, role: &str) -> String {
    let target = format!("/v1/admin/tenants/{}/invitations", tenant.id);
    let email = format!("{}@example.com", random_hex(8).unwrap());
    let answer = world.post(world.operator(), &target, &json!({"schema_version": 1, "email": email, "role": role}));
    assert_eq!(answer.status, 201, "{:?}", answer.json());
    answer.json()["token"].as_str().unwrap().to_owned()
}

/// Signs a person up.
pub fn sign_up(world: &World, tenant: &Tenant, role: &str) -> User {
    let device = Device::new();
    let body = json!({"schema_version": 1, "token": invite(world, tenant, role), "name": "A person"});
    let answer = proven(world, &device, "POST", "/v1/invitations/accept", &body);
    assert_eq!(answer.status, 201, "{:?}", answer.json());
    let tokens = answer.json();
    let text = |name: &str| tokens[name].as_str().unwrap().to_owned();
    let (user_id, device_id) = (text("user_id"), text("device_id"));
    let (access, refresh) = (RefCell::new(text("access_token")), RefCell::new(text("refresh_token")));
    User { device, user_id, device_id, access, refresh }
}
