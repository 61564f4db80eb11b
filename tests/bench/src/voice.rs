//! Minting a voice token end to end (token and proof checked, session asked, limited, a seat taken in the room), beside a Worker in
//! JavaScript that does the same with `jose` and `livekit-server-sdk`. Both have the same people, tokens, nonces and rooms.

mod peer;

use crate::error::{Error, Result};
use crate::identity::{Person, nonce, sign_up};
use crate::load::{self, Numbers, Target};
use crate::measure::cpu_of;
use crate::report::{Bound, Report};
use crate::rig::{CELL, Rig};
use crate::standin::Standin;
use crate::worker::{Series, ratio};
use crate::workerd::{Entry, Tenant, Worker};
use attune_dev::http;
use attune_dev::keys::random_hex;
use attune_identity::access::{AccessClaims, AccessKeys};
use attune_identity::jose::HmacKey;
use attune_identity::livekit::{ProjectKey, Token, Verified};
use peer::Peer;
use serde_json::{Value, json};
use std::time::{SystemTime, UNIX_EPOCH};

const PART: &str = "voice";
/// Requests of one round of one side.
const REQUESTS: u64 = 1_500;
/// Rounds before those that count: until the code of both sides is compiled to the end.
const WARM_UP: usize = 3;
/// Signed-in people, each with a room.
const PEOPLE: usize = 24;
const PATH: &str = "/v1/voice/token";
/// The load's `Host` has no port, and a proof names the address as it is received.
const URL: &str = "http://127.0.0.1/v1/voice/token";
const SERVER: &str = "wss://media.example.com";

/// A person, what the access token says, and the room.
struct Caller {
    person: Person,
    claims: AccessClaims,
    room: String,
}

/// What both sides have.
struct Stage {
    callers: Vec<Caller>,
    access: AccessKeys,
    project: ProjectKey,
}

/// Measures and reports.
///
/// # Errors
/// A side does not start, a request fails, or the sides do not answer alike.
pub fn run(rig: &Rig, rounds: usize, report: &mut Report) -> Result<()> {
    let standin = Standin::start("{}")?;
    let mut worker = Worker::start(rig, "workerd-voice", Entry::Plain, &standin, &standin.url)?;
    let tenant = worker.tenant("bench")?;
    let root = rig.keys.worker_secrets();
    let root = root["token_keys"]["t1"].as_str().and_then(HmacKey::from_hex);
    let root = root.ok_or_else(|| Error::wrong("the keys of tokens cannot be read"))?;
    let access_key = root.derive("attune access token");
    let nonce_key = root.derive("attune dpop nonce");
    let issuer = format!("https://{CELL}.attune");
    let vars = [("ACCESS_KEY", access_key.as_str()), ("NONCE_KEY", &nonce_key), ("ISSUER", &issuer)];
    let mut peer = Peer::start(rig, &vars)?;
    let access = AccessKeys::new([("t1", &access_key)], "t1").map_err(|e| Error::wrong(e.to_string()))?;
    let mut stage = set_stage(&worker, &tenant, access, &peer)?;
    alike(&worker, &peer, &mut stage)?;
    let mut sides: [Series; 2] = Default::default();
    let numbers = Numbers::default();
    for round in 0..rounds + WARM_UP {
        attune_dev::process::signals::check()?;
        for step in 0..2 {
            let side = (step + round) % 2;
            let (port, pid) = [(worker.port, worker.pid), (peer.port, peer.pid)][side];
            let target = stage.target(&worker, port)?;
            let before = cpu_of(pid);
            let outcome = load::run(&target, REQUESTS, &numbers)?;
            let cpu = cpu_of(pid).saturating_sub(before);
            if round >= WARM_UP {
                sides[side].add(&outcome, cpu);
            }
        }
    }
    worker.check()?;
    peer.check()?;
    let [ours, theirs] = &sides;
    let how = "aim 0.85; all threads of workerd; the peer: jose + livekit-server-sdk, the same checks, hops, limits and answer";
    let cpu = ratio(&ours.cpu_us, &theirs.cpu_us);
    report.require_how(PART, "mint: CPU by the JavaScript Worker's", (cpu, "times"), Bound::AtMost(1.0), how);
    let how = "aim 1.2; closed loop, 32 connections";
    let throughput = ratio(&ours.throughput, &theirs.throughput);
    let figure = "mint: throughput by the JavaScript Worker's";
    report.require_how(PART, figure, (throughput, "times"), Bound::AtLeast(1.0), how);
    ours.tell(PART, "mint", report);
    theirs.tell(PART, "JavaScript Worker", report);
    Ok(())
}

/// People, project and rooms, on both sides.
fn set_stage(worker: &Worker, tenant: &Tenant, access: AccessKeys, peer: &Peer) -> Result<Stage> {
    let scopes = ["rooms:write", "projects:write"];
    let body = json!({"schema_version": 1, "name": "voice", "scopes": scopes});
    let made = worker.admin(&format!("/v1/admin/tenants/{}/keys", tenant.id), &body)?;
    let key = text(&made, "key")?;
    let (api_key, api_secret) = (format!("API{}", random_hex(6)?), random_hex(24)?);
    let project = json!({"api_key": api_key, "api_secret": api_secret, "url": SERVER});
    let mut body = project.clone();
    body["schema_version"] = 1.into();
    call(worker, &key, "PUT", "/v1/voice/projects", &body)?;
    let mut callers = Vec::new();
    for _ in 0..PEOPLE {
        let person = sign_up(worker, &tenant.id)?;
        let claims = access.verify(&person.access, CELL, now_s()).map_err(|e| Error::wrong(e.to_string()))?;
        let room = text(&call(worker, &key, "POST", "/v1/rooms", &json!({"schema_version": 1}))?, "room_id")?;
        callers.push(Caller { person, claims, room });
    }
    let people: Vec<Value> = callers
        .iter()
        .map(|c| json!({"user": c.claims.user, "device": c.claims.device, "jkt": c.claims.key.to_string()}))
        .collect();
    let rooms: Vec<&String> = callers.iter().map(|caller| &caller.room).collect();
    peer.set_up(&json!({"tenant": tenant.id, "project": project, "people": people, "rooms": rooms}))?;
    let project = ProjectKey::new(&api_key, &api_secret).map_err(|e| Error::wrong(e.to_string()))?;
    Ok(Stage { callers, access, project })
}

impl Stage {
    /// Requests of all people in turn, with new access tokens and proofs.
    fn target(&mut self, worker: &Worker, port: u16) -> Result<Target> {
        let mut target = Target { method: "POST", ..Target::get(port, PATH, "", 201) };
        let each = usize::try_from(REQUESTS).unwrap_or(usize::MAX).div_ceil(self.callers.len());
        let mut tails = Vec::new();
        let Some(first) = self.callers.first() else { return Ok(target) };
        // one for everybody: nonces without an incarnation are the edge's
        let nonce = nonce(worker, &first.person.device)?;
        for caller in &mut self.callers {
            caller.person.access = self.access.mint(&caller.claims, now_s());
            let body = json!({"schema_version": 1, "room_id": caller.room}).to_string();
            tails.push(caller.person.tails("POST", URL, &nonce, each, &body).into_iter());
        }
        for _ in 0..each {
            target.tails.extend(tails.iter_mut().filter_map(Iterator::next));
        }
        Ok(target)
    }
}

/// Do both sides answer alike? The same status and fields, the same members, tokens of the same grants, and a proof good once.
fn alike(worker: &Worker, peer: &Peer, stage: &mut Stage) -> Result<()> {
    let mut seen = Vec::new();
    for port in [worker.port, peer.port] {
        let target = stage.target(worker, port)?;
        let answered = load::one(&target)?;
        let body: Value = serde_json::from_slice(&answered.body)?;
        if answered.status != 201 {
            return Err(Error::wrong(format!("the mint answered {}: {body}", answered.status)));
        }
        let Verified { mut grants, not_before_s, expires_at_s, .. } = Token::parse(&text(&body, "token")?)
            .and_then(|token| token.verify(&stage.project, now_s()))
            .map_err(|e| Error::wrong(format!("a minted token is refused: {e}")))?;
        if grants.attributes.remove("attune.jti").is_none() || grants.identity != text(&body, "identity")? {
            return Err(Error::wrong("a minted token does not say whose it is"));
        }
        grants.identity.clear();
        let window = expires_at_s - not_before_s.unwrap_or(0);
        let members: Vec<String> = body.as_object().into_iter().flatten().map(|(name, _)| name.clone()).collect();
        seen.push((answered.fields, members, grants, window, text(&body, "url")?, text(&body, "room_id")?));
        let again = load::one(&target)?;
        let problem: Value = serde_json::from_slice(&again.body)?;
        if again.status != 401 || problem["code"] != "invalid_dpop_proof" {
            return Err(Error::wrong(format!("a proof was taken twice: {} {problem}", again.status)));
        }
    }
    match seen.as_slice() {
        [ours, theirs] if ours == theirs => Ok(()),
        _ => Err(Error::wrong(format!("the two sides do not answer alike: {seen:?}"))),
    }
}

fn call(worker: &Worker, key: &str, method: &str, path: &str, body: &Value) -> Result<Value> {
    let authorization = format!("Bearer {key}");
    let once = random_hex(16)?;
    let headers = [
        ("authorization", authorization.as_str()),
        ("content-type", "application/json"),
        ("idempotency-key", once.as_str()),
    ];
    let url = format!("{}{path}", worker.url);
    Ok(http::send(method, &url, &headers, body.to_string().as_bytes(), 20)?.success(path)?.json())
}

fn text(value: &Value, name: &str) -> Result<String> {
    value[name].as_str().map(str::to_owned).ok_or_else(|| Error::wrong(format!("there is no {name}: {value}")))
}

fn now_s() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs())
}
