//! A stand-in for the Worker's internal routes over HTTP. It enforces the signing rules with the verifier that the Worker uses,
//! remembers proposals by run id and answers a repeat as ControlRoom does.

use attune_dev::stack::Stack;
use attune_identity::signature::{MAX_AGE_S, PublicKeys, SignatureHeaders, verify};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// What it has seen, and how it answers.
#[derive(Debug, Default)]
pub struct Seen {
    /// Proposals by run id, as they came first.
    pub proposals: BTreeMap<String, Value>,
    /// Proposals in all.
    pub posts: u32,
    /// Requests whose signature was not accepted.
    pub unsigned: u32,
    /// Answer to `config`.
    pub state: Value,
    /// Status of the answers while it is not 200.
    pub failing: Option<u16>,
    /// Fails only what proposes.
    pub failing_proposals: Option<u16>,
    /// Status word that a proposal with changes gets.
    pub verdict: String,
}

/// The stand-in.
pub struct Edge {
    /// Its origin.
    pub url: String,
    seen: Arc<Mutex<Seen>>,
}

impl Edge {
    /// Starts one that trusts the signing key of a stack.
    pub fn start(stack: &Stack) -> Self {
        let secret = stack.keys.signing_secret();
        let key =
            attune_identity::signature::PrivateKey::from_secret_json(&secret.to_string()).expect("the stack's key");
        let keys = PublicKeys::from_base64url([(key.kid().to_owned(), key.public_key_base64url())]).expect("a key");
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let url = format!("http://{}", listener.local_addr().expect("an address"));
        let state = json!({"version": 0, "global": {}, "tenant": {}, "call": {}, "last_changed": {}, "frozen": false, "pending": null, "now": crate::messages::now_ms()});
        let seen = Arc::new(Mutex::new(Seen { state, verdict: "applied".to_owned(), ..Seen::default() }));
        let shared = Arc::clone(&seen);
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (shared, keys) = (Arc::clone(&shared), keys.clone());
                std::thread::spawn(move || while serve(&stream, &keys, &shared).is_some() {});
            }
        });
        Self { url, seen }
    }

    /// What it has seen; also to change how it answers.
    pub fn seen(&self) -> MutexGuard<'_, Seen> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn serve(stream: &TcpStream, keys: &PublicKeys, seen: &Mutex<Seen>) -> Option<()> {
    let mut reader = BufReader::new(stream);
    let mut line = String::new();
    if reader.read_line(&mut line).ok()? == 0 {
        return None;
    }
    let mut headers = BTreeMap::new();
    loop {
        let mut header = String::new();
        reader.read_line(&mut header).ok()?;
        let Some((name, value)) = header.trim_end().split_once(':') else { break };
        headers.insert(name.to_ascii_lowercase(), value.trim().to_owned());
    }
    let mut body = vec![0; headers.get("content-length")?.parse().ok()?];
    reader.read_exact(&mut body).ok()?;
    let target = line.split(' ').nth(1)?;
    let signed = SignatureHeaders {
        content_digest: headers.get("content-digest").map(String::as_str),
        signature_input: headers.get("signature-input").map(String::as_str),
        signature: headers.get("signature").map(String::as_str),
    };
    let now_s = u64::try_from(crate::messages::now_ms() / 1000).ok()?;
    let (status, answer) = {
        let mut seen = seen.lock().unwrap_or_else(PoisonError::into_inner);
        if verify(signed, "POST", target, &body, now_s, MAX_AGE_S, keys).is_err() {
            seen.unsigned += 1;
            (401, json!({"code": "unauthenticated"}))
        } else if let Some(status) = seen.failing.or(seen.failing_proposals.filter(|_| target.ends_with("/propose"))) {
            (status, json!({"code": "unavailable"}))
        } else {
            (200, answer(&mut seen, target, &serde_json::from_slice(&body).ok()?))
        }
    };
    let text = answer.to_string();
    let mut writer = stream;
    write!(
        writer,
        "HTTP/1.1 {status} X\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n{text}",
        text.len()
    )
    .ok()?;
    writer.flush().ok()
}

fn answer(seen: &mut Seen, target: &str, body: &Value) -> Value {
    if target.ends_with("/config") {
        return seen.state.clone();
    }
    seen.posts += 1;
    let id = body["run_id"].as_str().unwrap_or_default().to_owned();
    let first = seen.proposals.entry(id).or_insert_with(|| body.clone()).clone();
    let changes = first["values"].as_object().is_some_and(|values| !values.is_empty());
    let status = if changes { seen.verdict.clone() } else { "no_change".to_owned() };
    let version = (status == "applied").then_some(first["base_version"].as_u64().unwrap_or(0) + 1);
    let detail = if status == "refused" { "changes are frozen" } else { "" };
    json!({"status": status, "version": version, "rolled_back": false, "detail": detail})
}
