//! All that belongs to one tenant: keys, people on their devices, and things of every kind that has an id.

use super::Edge;
use crate::connection::Connection;
use crate::http::Request;
use attune_domain::id::ulid_text;
use attune_identity::permission::Permission;
use attune_test_support::device::Device;
use serde_json::{Value, json};
use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

/// The page that the publishable key names.
pub const PAGE: &str = "https://shop.example";

/// A signed-in person.
pub struct Person {
    pub device: Device,
    pub access: String,
    pub user_id: String,
    pub device_id: String,
}

/// One tenant.
pub struct Side {
    /// With all permissions, with one, revoked, and of a page.
    pub key: String,
    pub narrow_key: String,
    pub dead_key: String,
    pub publishable_key: String,
    pub owner: Person,
    pub agent: Person,
    /// The nonce for proofs of this side.
    pub nonce: RefCell<String>,
    /// Ids of its things by the name of the parameter that takes them.
    things: BTreeMap<&'static str, Vec<String>>,
    /// All these ids.
    pub marks: Vec<String>,
    /// Names and addresses that no request ever holds: no answer to somebody else may hold one.
    pub canaries: Vec<String>,
    /// Ids of the other side that this one has written somewhere, and may so read again.
    pub written: RefCell<BTreeSet<String>>,
}

/// Makes a tenant, request by request.
struct Maker<'a> {
    edge: &'a Edge,
    connection: &'a mut Connection,
    nonce: String,
    canaries: Vec<String>,
}

impl Maker<'_> {
    fn ask(&mut self, request: &Request) -> Result<Value, String> {
        let answer = self.connection.send(request).map_err(|e| e.to_string())?;
        if let Some(fresh) = answer.header("dpop-nonce") {
            fresh.clone_into(&mut self.nonce);
        }
        let text = || format!("{} {}: {} {}", request.method, request.target, answer.status, answer.json());
        if answer.status < 300 { Ok(answer.json()) } else { Err(text()) }
    }

    fn with_key(&mut self, key: &str, method: &str, target: &str, body: Option<Value>) -> Result<Value, String> {
        let mut request = Request::new(method, target).bearer(key);
        if method == "POST" {
            request = request.header("idempotency-key", &attune_dev::keys::random_hex(16).map_err(|e| e.to_string())?);
        }
        if let Some(mut body) = body {
            body["schema_version"] = json!(1);
            request = request.json(&body);
        }
        self.ask(&request)
    }

    fn operator(&mut self, method: &str, target: &str, body: Option<Value>) -> Result<Value, String> {
        let key = self.edge.operator_key.clone();
        self.with_key(&key, method, target, body)
    }

    /// A name that is remembered.
    fn canary(&mut self) -> Result<String, String> {
        let name = attune_dev::keys::random_hex(10).map_err(|e| e.to_string())?;
        self.canaries.push(name.clone());
        Ok(name)
    }

    fn person(&mut self, tenant: &str, role: &str) -> Result<Person, String> {
        let email = format!("{}@example.com", self.canary()?);
        let target = format!("/v1/admin/tenants/{tenant}/invitations");
        let made = self.operator("POST", &target, Some(json!({"email": email, "role": role})))?;
        let body = json!({"schema_version": 1, "token": made["token"], "name": self.canary()?});
        let device = Device::new();
        let url = format!("http://{}/v1/invitations/accept", self.edge.authority);
        let request = Request::new("POST", "/v1/invitations/accept").json(&body);
        let mut attempt = || {
            let proof = device.proof("POST", &url, None, Some(self.nonce.as_str()).filter(|nonce| !nonce.is_empty()));
            self.ask(&request.clone().header("dpop", &proof))
        };
        // the first proof may lack the server's nonce
        let tokens = attempt().or_else(|_| attempt())?;
        let [access, user_id, device_id] = ["access_token", "user_id", "device_id"].map(|name| text(&tokens, name));
        Ok(Person { device, access: access?, user_id: user_id?, device_id: device_id? })
    }
}

impl Maker<'_> {
    /// A visitor's chat room, and a picture in it.
    fn visit(&mut self, widget: &str) -> Result<(String, String), String> {
        let device = Device::new();
        let url = format!("http://{}/v1/chat/rooms", self.edge.authority);
        let request = Request::new("POST", "/v1/chat/rooms").bearer(widget).header("origin", PAGE);
        let request = request.json(&json!({"schema_version": 1}));
        let proof = device.proof("POST", &url, None, Some(&self.nonce));
        let room = text(&self.ask(&request.header("dpop", &proof))?, "room_id")?;
        let mut say = |what: &str, media_type: &str, body: &str| {
            let target = format!("/v1/chat/rooms/{room}/{what}");
            let url = format!("http://{}{target}", self.edge.authority);
            let proof = device.proof("POST", &url, None, Some(&self.nonce));
            let request = Request::new("POST", &target).bearer(widget).header("origin", PAGE).header("dpop", &proof);
            self.ask(&request.bytes(media_type, body))
        };
        let attachment = text(&say("attachments", "image/gif", "GIF89a")?, "attachment_id")?;
        let id = ulid_text(1_790_000_000_000, 1);
        let frame = json!({"t": "send", "id": id, "text": "", "attachments": [attachment]});
        say("frames", "application/json", &frame.to_string())?;
        Ok((room, attachment))
    }
}

fn text(value: &Value, name: &str) -> Result<String, String> {
    value[name].as_str().map(str::to_owned).ok_or_else(|| format!("no {name} in {value}"))
}

impl Side {
    /// Makes a tenant with everything.
    pub fn new(edge: &Edge, server: &str, secret: &str, connection: &mut Connection) -> Result<Self, String> {
        let mut maker = Maker { edge, connection, nonce: String::new(), canaries: Vec::new() };
        let body = json!({"name": maker.canary()?, "plan": "enterprise"});
        let made = maker.operator("POST", "/v1/admin/tenants", Some(body))?;
        let tenant = text(&made, "tenant_id")?;
        let keys = format!("/v1/admin/tenants/{tenant}/keys");
        let all: Vec<&str> = Permission::ALL.iter().map(|permission| permission.as_str()).collect();
        let key = |maker: &mut Maker<'_>, scopes: &[&str]| {
            let body = json!({"name": maker.canary()?, "scopes": scopes});
            let made = maker.operator("POST", &keys, Some(body))?;
            Ok::<_, String>((text(&made, "key")?, text(&made, "key_id")?))
        };
        let (key_of_all, key_id) = key(&mut maker, &all)?;
        let (narrow_key, narrow_id) = key(&mut maker, &["config:read"])?;
        let (dead_key, dead_id) = key(&mut maker, &["config:read"])?;
        maker.operator("DELETE", &format!("{keys}/{dead_id}"), None)?;
        let (owner, agent) = (maker.person(&tenant, "owner")?, maker.person(&tenant, "agent")?);
        let (of_page, of_role, invited) = (maker.canary()?, maker.canary()?, maker.canary()?);
        let of_widget = maker.canary()?;
        let mut make =
            |target: &str, method: &str, body: Value| maker.with_key(&key_of_all, method, target, Some(body));
        let body = json!({"name": of_page, "kind": "publishable", "scopes": ["voice:join"], "origins": [PAGE]});
        let publishable_key = text(&make("/v1/keys", "POST", body)?, "key")?;
        let project = json!({"api_key": "APIisolation", "api_secret": secret, "url": server});
        make("/v1/voice/projects", "PUT", project)?;
        let room = text(&make("/v1/rooms", "POST", json!({}))?, "room_id")?;
        let role = json!({"name": of_role, "permissions": ["rooms:read"]});
        let role = text(&make("/v1/roles", "POST", role)?, "role_id")?;
        let invitation = json!({"email": format!("{invited}@example.com"), "role": "member"});
        let invitation = text(&make("/v1/invitations", "POST", invitation)?, "invitation_id")?;
        let widget = json!({"name": of_widget, "origins": [PAGE]});
        let made = make("/v1/widgets", "POST", widget)?;
        let widget = text(&made, "widget_id")?;
        let random = u128::from_str_radix(&of_page, 16).unwrap_or_default();
        let call = format!("call_{}", ulid_text(1_790_000_000_000, random));
        let run =
            text(&make("/v1/optimizer/run", "POST", json!({"call_id": call, "leg": "a", "station": 4}))?, "run_id")?;
        let (chat, attachment) = maker.visit(&text(&made, "key")?)?;
        let things: BTreeMap<&str, Vec<String>> = [
            ("tenant", vec![tenant]),
            ("key_id", vec![key_id, narrow_id]),
            ("user", vec![owner.user_id.clone(), agent.user_id.clone()]),
            ("device", vec![owner.device_id.clone(), agent.device_id.clone()]),
            ("role", vec![role]),
            ("invitation", vec![invitation]),
            ("room", vec![room, chat]),
            ("attachment", vec![attachment]),
            ("widget", vec![widget]),
            ("id", vec![run]),
        ]
        .into();
        let mut marks: Vec<String> = things.values().flatten().cloned().collect();
        marks.push(call);
        Ok(Self {
            key: key_of_all,
            narrow_key,
            dead_key,
            publishable_key,
            owner,
            agent,
            nonce: RefCell::new(maker.nonce),
            things,
            marks,
            canaries: maker.canaries,
            written: RefCell::default(),
        })
    }

    /// What may stand in the place of a parameter of a path.
    pub fn things(&self, parameter: &str) -> &[String] {
        self.things.get(parameter).unwrap_or(&self.marks)
    }
}
