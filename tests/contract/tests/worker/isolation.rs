//! Every public route × every kind of credential × two tenants, generated: nobody reaches what is another tenant's, and nothing
//! breaks. 10,000 requests; with `ATTUNE_FULL=1` 100,000.

use crate::user::{self, User};
use crate::world::{Tenant, World, good, id};
use attune_contract_tests::http::{Request, Response};
use attune_dev::keys::{random, random_hex};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::Mutex;
use std::thread;

pub const TESTS: &[crate::Test] = &[("no_credential_reaches_another_tenant", generated)];

/// Threads that send.
const SENDERS: u64 = 6;

/// All that belongs to one tenant.
struct Side {
    tenant: Tenant,
    narrow_key: String,
    dead_key: String,
    owner: User,
    agent: User,
    run: String,
    key_id: String,
}

impl Side {
    fn new(world: &World, name: &str) -> Self {
        let tenant = world.tenant(name);
        let narrow_key = world.stack.create_key(&tenant.id, "narrow", &["config:read"]).unwrap();
        let keys = format!("/v1/admin/tenants/{}/keys", tenant.id);
        let body = json!({"schema_version": 1, "name": "dead", "scopes": ["config:read"]});
        let dead = good(&world.post(world.operator(), &keys, &body), 201);
        let dead_id = dead["key_id"].as_str().unwrap();
        let gone = world.send(&Request::new("DELETE", &format!("{keys}/{dead_id}")).bearer(world.operator()));
        good(&gone, 200);
        let all = good(&world.get(world.operator(), &keys), 200);
        let key_id = all["keys"][0]["key_id"].as_str().unwrap().to_owned();
        let (owner, agent) = (user::sign_up(world, &tenant, "owner"), user::sign_up(world, &tenant, "agent"));
        let mut run = crate::world::body("run-request.v1");
        run.as_object_mut().unwrap().remove("call_id");
        let made = world.post(&tenant.key, "/v1/optimizer/run", &run).json();
        let run = made["run_id"].as_str().map_or_else(|| id("run"), str::to_owned);
        Self { narrow_key, dead_key: dead["key"].as_str().unwrap().to_owned(), owner, agent, run, key_id, tenant }
    }

    /// Ids that no answer to somebody else may hold.
    fn marks(&self) -> Vec<&str> {
        let (owner, agent) = (&self.owner, &self.agent);
        vec![
            &self.tenant.id,
            &self.key_id,
            &self.run,
            &owner.user_id,
            &owner.device_id,
            &agent.user_id,
            &agent.device_id,
        ]
    }

    /// What stands in the place of a parameter of a path.
    fn param(&self, name: &str, dice: &mut Dice) -> String {
        let own: Vec<&str> = match name {
            "tenant" => vec![&self.tenant.id],
            "key_id" => vec![&self.key_id],
            "station" => return (1 + dice.below(8)).to_string(),
            "code" => return "forbidden".to_owned(),
            "id" => vec![&self.run, &self.owner.user_id],
            name if name.contains("device") => vec![&self.owner.device_id, &self.agent.device_id],
            name if name.contains("user") || name.contains("person") => {
                vec![&self.owner.user_id, &self.agent.user_id]
            }
            _ => self.marks(),
        };
        own[dice.below(own.len())].to_owned()
    }
}

/// Numbers that follow from a seed (SplitMix64), so that a failure can be repeated.
struct Dice(u64);

impl Dice {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn below(&mut self, most: usize) -> usize {
        usize::try_from(self.next() % most as u64).unwrap()
    }
}

/// Kinds of credentials; all belong to the side that asks, and the ids in the request to the other.
const KINDS: [&str; 13] = [
    "none",
    "garbage",
    "key",
    "narrow key",
    "revoked key",
    "key as dpop",
    "operator-like",
    "owner",
    "agent",
    "owner without proof",
    "owner as bearer",
    "owner with the proof of another device",
    "owner with the proof of the other side",
];

fn credentials(world: &World, kind: &str, own: &Side, other: &Side, request: Request, nonce: &str) -> Request {
    let url = user::url(world, &request.target);
    let access = own.owner.access.borrow().clone();
    let proof = |user: &User, access: Option<&str>| user.device.proof(&request.method, &url, access, Some(nonce));
    let dpop = |user: &User| format!("DPoP {}", user.access.borrow());
    match kind {
        "garbage" => request.clone().header("authorization", "Bearer \u{7f}{}"),
        "key" => request.clone().bearer(&own.tenant.key),
        "narrow key" => request.clone().bearer(&own.narrow_key),
        "revoked key" => request.clone().bearer(&own.dead_key),
        "key as dpop" => {
            let key = &own.tenant.key;
            request
                .clone()
                .header("authorization", &format!("DPoP {key}"))
                .header("dpop", &proof(&own.owner, Some(key)))
        }
        "operator-like" => request.clone().bearer(&format!("atn_operator_{}", "0".repeat(43))),
        "owner" => {
            request.clone().header("authorization", &dpop(&own.owner)).header("dpop", &proof(&own.owner, Some(&access)))
        }
        "agent" => {
            let access = own.agent.access.borrow().clone();
            request.clone().header("authorization", &dpop(&own.agent)).header("dpop", &proof(&own.agent, Some(&access)))
        }
        "owner without proof" => request.clone().header("authorization", &dpop(&own.owner)),
        "owner as bearer" => request.clone().bearer(&access),
        "owner with the proof of another device" => {
            request.clone().header("authorization", &dpop(&own.owner)).header("dpop", &proof(&own.agent, Some(&access)))
        }
        "owner with the proof of the other side" => request
            .clone()
            .header("authorization", &dpop(&own.owner))
            .header("dpop", &proof(&other.owner, Some(&access))),
        _ => request.clone(),
    }
}

/// Puts ids of the other side into a body: in place of a text, or as a member that the route may not take.
fn spoil(body: &mut Value, other: &Side, dice: &mut Dice) {
    let marks = other.marks();
    let mark = marks[dice.below(marks.len())];
    let Some(members) = body.as_object_mut() else { return };
    let names: Vec<String> = members.iter().filter(|(_, v)| v.is_string()).map(|(n, _)| n.clone()).collect();
    if dice.below(2) == 0 && !names.is_empty() {
        members.insert(names[dice.below(names.len())].clone(), json!(mark));
        return;
    }
    let extra = ["tenant", "tenant_id", "user_id", "role", "call_id", "scope", "plan", "owner"];
    members.insert(extra[dice.below(extra.len())].to_owned(), json!(mark));
}

fn one(
    world: &World,
    operation: &Operation,
    kind: &str,
    own: &Side,
    other: &Side,
    dice: &mut Dice,
    nonce: &str,
) -> Request {
    let mut target = operation.path.clone();
    while let (Some(open), Some(close)) = (target.find('{'), target.find('}')) {
        let param = other.param(&target[open + 1..close], dice);
        target.replace_range(open..=close, &param);
    }
    if operation.method == "GET" && dice.below(3) == 0 {
        let names = ["tenant", "tenant_id", "cursor", "limit", "call_id", "user_id", "actor", "target"];
        let mark = other.marks()[dice.below(7)].to_owned();
        target.push_str(&format!("?{}={mark}", names[dice.below(names.len())]));
    }
    let mut request = Request::new(&operation.method, &target);
    if operation.method == "POST" && dice.below(8) != 0 {
        request = request.header("idempotency-key", &format!("{:x}", dice.next()));
    }
    if let Some(body) = &operation.body {
        let mut body = body.clone();
        spoil(&mut body, other, dice);
        request = request.json(&body);
    }
    credentials(world, kind, own, other, request, nonce)
}

/// A route of the document with an example of its body.
struct Operation {
    method: String,
    path: String,
    body: Option<Value>,
}

fn operations(world: &World) -> Vec<Operation> {
    let document = world.contract.document();
    let all = world.contract.operations().into_iter().map(|(method, path)| {
        let described = &document["paths"][&path][method.to_lowercase()]["requestBody"]["content"]["application/json"];
        let example = described["examples"].as_object().and_then(|all| all.values().next());
        let body = example.map(|example| example["value"].clone());
        let body = body.or_else(|| described.is_object().then(|| json!({"schema_version": 1})));
        Operation { method, path, body }
    });
    // what the document does not speak of
    let hidden = [
        ("POST", "/internal/v1/control/config"),
        ("POST", "/internal/v1/control/propose"),
        ("GET", "/internal/v1/outbox/stats"),
        ("GET", "/internal/v1/outbox/rejected"),
        ("POST", "/internal/v1/outbox/retry"),
        ("GET", "/v1/devices"),
        ("PATCH", "/v1/devices/{device}"),
        ("DELETE", "/v1/devices/{device}"),
        ("POST", "/v1/stream-tickets"),
        ("POST", "/v1/auth/refresh"),
        ("POST", "/v1/invitations/accept"),
    ];
    let mut all: Vec<Operation> = all.collect();
    for (method, path) in hidden {
        if !all.iter().any(|known| known.method == method && known.path == path) {
            let body = matches!(method, "POST" | "PATCH").then(|| json!({"schema_version": 1, "name": "x"}));
            all.push(Operation { method: method.to_owned(), path: path.to_owned(), body });
        }
    }
    // it would end what the others are made of
    all.retain(|operation| !["logout", "sessions", "sign-out", "epoch"].iter().any(|end| operation.path.contains(end)));
    all
}

/// What is wrong with an answer.
fn fault(operation: &Operation, kind: &str, other: &Side, request: &Request, answer: &Response) -> Option<String> {
    let health = operation.path == "/readyz";
    if answer.status >= 500 && !health {
        return Some("it broke".to_owned());
    }
    let good = answer.status < 300;
    let open = ["/healthz", "/readyz", "/openapi.json", "/problems/{code}"].contains(&operation.path.as_str());
    let strangers = ["none", "garbage", "revoked key", "key as dpop", "operator-like", "owner without proof"];
    if good && !open && (strangers.contains(&kind) || kind.starts_with("owner as") || kind.contains("proof of")) {
        return Some("a stranger was let in".to_owned());
    }
    let foreign = ["{tenant}", "{key_id}", "{device}", "{user}", "{id}"].iter().any(|p| operation.path.contains(p));
    if good && foreign {
        return Some("another's was reached".to_owned());
    }
    let text = String::from_utf8_lossy(&answer.body);
    // Who sends an id as a name gets it back as a name.
    let body = String::from_utf8_lossy(request.body.as_deref().unwrap_or_default());
    let sent = |mark: &str| request.target.contains(mark) || body.contains(mark);
    let leaked = other.marks().into_iter().find(|mark| good && text.contains(mark) && !sent(mark));
    leaked.map(|mark| format!("{mark} leaked"))
}

fn generated(world: &World) {
    let count: u64 = if std::env::var("ATTUNE_FULL").as_deref() == Ok("1") { 100_000 } else { 10_000 };
    let seed = u64::from_le_bytes(random::<8>().unwrap());
    let operations = operations(world);
    let sends = |n: u64| {
        // each sender has tenants of its own: users are not shared between threads
        let sides = [Side::new(world, &random_hex(4).unwrap()), Side::new(world, &random_hex(4).unwrap())];
        let mut dice = Dice(seed ^ n);
        let mut nonce = String::new();
        let mut seen: BTreeMap<(String, u16), u64> = BTreeMap::new();
        let mut wrong = Vec::new();
        for index in (n..count).step_by(usize::try_from(SENDERS).unwrap()) {
            let operation = &operations[usize::try_from(index).unwrap() % operations.len()];
            let kind = KINDS[dice.below(KINDS.len())];
            let (own, other) = if dice.below(2) == 0 { (&sides[0], &sides[1]) } else { (&sides[1], &sides[0]) };
            let request = one(world, operation, kind, own, other, &mut dice, &nonce);
            let answer = world.send_unchecked(&request);
            if let Some(fresh) = answer.header("dpop-nonce") {
                fresh.clone_into(&mut nonce);
            }
            *seen.entry((kind.to_owned(), answer.status)).or_default() += 1;
            if let Some(what) = fault(operation, kind, other, &request, &answer) {
                let text = String::from_utf8_lossy(&answer.body).chars().take(300).collect::<String>();
                wrong.push(format!("{what}: {kind}: {} {}: {} {text}", request.method, request.target, answer.status));
            }
        }
        (seen, wrong)
    };
    let total: Mutex<BTreeMap<(String, u16), u64>> = Mutex::default();
    let wrong: Mutex<Vec<String>> = Mutex::default();
    thread::scope(|scope| {
        for n in 0..SENDERS {
            let (total, wrong, sends) = (&total, &wrong, &sends);
            scope.spawn(move || {
                let (seen, faults) = sends(n);
                let mut total = total.lock().unwrap();
                seen.into_iter().for_each(|(what, count)| *total.entry(what).or_default() += count);
                wrong.lock().unwrap().extend(faults);
            });
        }
    });
    let (total, wrong) = (total.into_inner().unwrap(), wrong.into_inner().unwrap());
    let shown: Vec<&String> = wrong.iter().take(10).collect();
    assert!(wrong.is_empty(), "seed {seed}: {} of {count}\n{shown:#?}", wrong.len());
    assert_eq!(total.values().sum::<u64>(), count, "every request was answered");
    // The run would prove nothing if the good credentials were not good.
    for kind in ["key", "owner", "narrow key"] {
        assert!(total.iter().any(|((k, status), _)| k == kind && *status < 300), "{kind} never worked: {total:?}");
    }
    let limited: u64 = total.iter().filter(|((_, status), _)| *status == 429).map(|(_, n)| n).sum();
    assert!(limited * 20 < count, "{limited} requests were refused by limits and tell nothing");
}
