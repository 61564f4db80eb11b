//! A small media server of LiveKit's manners, written from its documentation and apart from the code that speaks to it: it lets
//! participants in by their tokens, serves three calls of the server API, and sends signed webhooks.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD as B64};
use ring::{digest, hmac};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// By how much clocks may differ, seconds.
const LEEWAY_S: i64 = 60;

/// Who is connected.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Participant {
    /// The connection.
    pub sid: String,
    /// `sub` of the token.
    pub identity: String,
    /// The room.
    pub room: String,
    /// `attributes` of the token.
    pub attributes: Value,
    /// `kind` of the token.
    pub kind: String,
}

/// A call of the server API that was let through.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServerCall {
    /// The method's name, such as `RemoveParticipant`.
    pub method: String,
    /// Its body.
    pub body: Value,
}

#[derive(Default)]
struct State {
    participants: Vec<Participant>,
    calls: Vec<ServerCall>,
    refused: u32,
    /// Tokens of an identity in a room whose `nbf` is before are dead.
    revoked: BTreeMap<(String, String), i64>,
    webhooks: Option<(String, String)>,
}

struct Shared {
    api_key: String,
    secret: String,
    state: Mutex<State>,
    next: AtomicU64,
    down: AtomicBool,
    endless: AtomicBool,
    /// Bytes of the last endless answer that was cut off.
    cut_after: AtomicU64,
    stopped: AtomicBool,
}

/// A running media server; it ends when dropped.
pub struct LiveKit {
    port: u16,
    shared: Arc<Shared>,
}

impl std::fmt::Debug for LiveKit {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("LiveKit").field("port", &self.port).finish_non_exhaustive()
    }
}

impl Drop for LiveKit {
    fn drop(&mut self) {
        self.shared.stopped.store(true, Ordering::Relaxed);
        drop(TcpStream::connect(("127.0.0.1", self.port)));
    }
}

impl LiveKit {
    /// Starts one for a project.
    ///
    /// # Errors
    /// When no port is free.
    pub fn start(api_key: &str, secret: &str) -> std::io::Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0")?;
        let port = listener.local_addr()?.port();
        let shared = Arc::new(Shared {
            api_key: api_key.to_owned(),
            secret: secret.to_owned(),
            state: Mutex::default(),
            next: AtomicU64::new(1),
            down: AtomicBool::new(false),
            endless: AtomicBool::new(false),
            cut_after: AtomicU64::new(0),
            stopped: AtomicBool::new(false),
        });
        let own = Arc::clone(&shared);
        std::thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                if own.stopped.load(Ordering::Relaxed) {
                    return;
                }
                let own = Arc::clone(&own);
                std::thread::spawn(move || serve(&own, stream));
            }
        });
        Ok(Self { port, shared })
    }

    /// Its address, as clients use it.
    pub fn url(&self) -> String {
        format!("ws://127.0.0.1:{}", self.port)
    }

    /// Sends webhooks to `path` at `authority` from now on.
    pub fn send_webhooks_to(&self, authority: &str, path: &str) {
        lock(&self.shared).webhooks = Some((authority.to_owned(), path.to_owned()));
    }

    /// While it is down every call of the server API fails.
    pub fn set_down(&self, down: bool) {
        self.shared.down.store(down, Ordering::Relaxed);
    }

    /// While it is set every call of the server API is answered with 200 and a body that has no end.
    pub fn set_endless(&self, endless: bool) {
        self.shared.endless.store(endless, Ordering::Relaxed);
    }

    /// After how many bytes of an endless answer the caller hung up; 0: none has yet.
    pub fn cut_after(&self) -> u64 {
        self.shared.cut_after.load(Ordering::Relaxed)
    }

    /// A participant connects with a token. Says to the webhook that it came, and waits for its answer.
    ///
    /// # Errors
    /// Why the token is not accepted.
    pub fn join(&self, token: &str) -> Result<Participant, String> {
        let claims = verify(&self.shared, token)?;
        let video = &claims["video"];
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let (room, identity) = (text(&video["room"]), text(&claims["sub"]));
        if video["roomJoin"] != true || room.is_empty() || identity.is_empty() {
            return Err("the token does not allow to join".to_owned());
        }
        let participant = Participant {
            sid: format!("PA_{}", self.shared.next.fetch_add(1, Ordering::Relaxed)),
            identity: identity.clone(),
            room: room.clone(),
            attributes: claims["attributes"].clone(),
            kind: claims["kind"].as_str().unwrap_or("standard").to_uppercase(),
        };
        let replaced = {
            let mut state = lock(&self.shared);
            let before = state.revoked.get(&(room.clone(), identity.clone())).copied().unwrap_or(0);
            if claims["nbf"].as_i64().unwrap_or(0) < before {
                return Err("the token was revoked".to_owned());
            }
            let same = |p: &Participant| p.room == room && p.identity == identity;
            let replaced: Vec<_> = state.participants.iter().filter(|p| same(p)).cloned().collect();
            state.participants.retain(|p| !same(p));
            state.participants.push(participant.clone());
            replaced
        };
        for old in replaced {
            tell(&self.shared, "participant_left", &old);
        }
        tell(&self.shared, "participant_joined", &participant);
        Ok(participant)
    }

    /// A participant goes.
    pub fn leave(&self, participant: &Participant) {
        lock(&self.shared).participants.retain(|p| p.sid != participant.sid);
        tell(&self.shared, "participant_left", participant);
    }

    /// Who is in a room.
    pub fn participants(&self, room: &str) -> Vec<Participant> {
        lock(&self.shared).participants.iter().filter(|p| p.room == room).cloned().collect()
    }

    /// The calls of the server API about a room, in their order.
    pub fn calls(&self, room: &str) -> Vec<ServerCall> {
        lock(&self.shared).calls.iter().filter(|call| call.body["room"] == room).cloned().collect()
    }

    /// How many calls of the server API had no good token.
    pub fn refused(&self) -> u32 {
        lock(&self.shared).refused
    }

    /// The claims of a token that this server accepts.
    ///
    /// # Errors
    /// Why it does not.
    pub fn claims(&self, token: &str) -> Result<Value, String> {
        verify(&self.shared, token)
    }

    /// The body and the `Authorization` of a webhook, signed with this secret.
    pub fn webhook(&self, event: &Value, secret: &str) -> (String, Vec<u8>) {
        sign_webhook(&self.shared.api_key, secret, event)
    }

    /// The event that a participant has come or gone.
    pub fn event(&self, name: &str, participant: &Participant) -> Value {
        event(&self.shared, name, participant)
    }
}

fn lock(shared: &Shared) -> MutexGuard<'_, State> {
    shared.state.lock().unwrap_or_else(PoisonError::into_inner)
}

fn now_s() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_secs()).unwrap_or_default()
}

/// A token of HS256 over the secret's text.
fn mint(api_key: &str, secret: &str, claims: &Value) -> String {
    let mut claims = claims.clone();
    claims["iss"] = api_key.into();
    claims["nbf"] = now_s().into();
    claims["exp"] = (now_s() + 300).into();
    let input = format!("{}.{}", B64.encode(r#"{"alg":"HS256"}"#), B64.encode(claims.to_string()));
    let tag = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes()), input.as_bytes());
    format!("{input}.{}", B64.encode(tag))
}

/// The claims of a token: signature, issuer, times.
fn verify(shared: &Shared, token: &str) -> Result<Value, String> {
    let (input, tag) = token.rsplit_once('.').ok_or("not a token")?;
    let (header, payload) = input.split_once('.').ok_or("not a token")?;
    let read = |text: &str| -> Result<Value, String> {
        let bytes = B64.decode(text).map_err(|e| e.to_string())?;
        serde_json::from_slice(&bytes).map_err(|e| e.to_string())
    };
    if read(header)?["alg"] != "HS256" {
        return Err("another algorithm".to_owned());
    }
    let key = hmac::Key::new(hmac::HMAC_SHA256, shared.secret.as_bytes());
    let tag = B64.decode(tag).map_err(|e| e.to_string())?;
    hmac::verify(&key, input.as_bytes(), &tag).map_err(|_| "the signature does not match")?;
    let claims = read(payload)?;
    if claims["iss"] != shared.api_key.as_str() {
        return Err("another issuer".to_owned());
    }
    let exp = claims["exp"].as_i64().ok_or("no exp")?;
    if exp + LEEWAY_S < now_s() {
        return Err("expired".to_owned());
    }
    if claims["nbf"].as_i64().is_some_and(|nbf| nbf > now_s() + LEEWAY_S) {
        return Err("not yet valid".to_owned());
    }
    Ok(claims)
}

fn event(shared: &Shared, name: &str, participant: &Participant) -> Value {
    let millis = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_millis();
    json!({
        "event": name,
        "id": format!("EV_{}_{millis}", shared.next.fetch_add(1, Ordering::Relaxed)),
        // protobuf's JSON writes 64 bits as text
        "createdAt": now_s().to_string(),
        "room": {"sid": "RM_1", "name": participant.room},
        "participant": {
            "sid": participant.sid, "identity": participant.identity, "attributes": participant.attributes,
            "kind": participant.kind, "state": "ACTIVE", "joinedAt": now_s().to_string(), "joinedAtMs": millis.to_string(),
        },
    })
}

fn sign_webhook(api_key: &str, secret: &str, event: &Value) -> (String, Vec<u8>) {
    let body = event.to_string().into_bytes();
    let hash = STANDARD.encode(digest::digest(&digest::SHA256, &body));
    (mint(api_key, secret, &json!({"sha256": hash})), body)
}

fn tell(shared: &Shared, name: &str, participant: &Participant) {
    let Some((authority, path)) = lock(shared).webhooks.clone() else { return };
    let (token, body) = sign_webhook(&shared.api_key, &shared.secret, &event(shared, name, participant));
    // like the real one, it tries again a few times
    for _ in 0..3 {
        if matches!(post(&authority, &path, &token, &body), Ok(200..300)) {
            return;
        }
        std::thread::sleep(Duration::from_millis(200));
    }
}

fn post(authority: &str, path: &str, token: &str, body: &[u8]) -> std::io::Result<u16> {
    let mut stream = TcpStream::connect(authority)?;
    stream.set_read_timeout(Some(Duration::from_secs(20)))?;
    let head = format!(
        "POST {path} HTTP/1.1\r\nhost: {authority}\r\nconnection: close\r\ncontent-type: application/webhook+json\r\n\
         authorization: {token}\r\ncontent-length: {}\r\n\r\n",
        body.len()
    );
    stream.write_all(head.as_bytes())?;
    stream.write_all(body)?;
    let mut line = String::new();
    BufReader::new(stream).read_line(&mut line)?;
    let status = line.split(' ').nth(1).and_then(|status| status.parse().ok());
    status.ok_or_else(|| std::io::Error::other("no status"))
}

/// One request per connection.
fn serve(shared: &Arc<Shared>, stream: TcpStream) {
    let Ok(mut writer) = stream.try_clone() else { return };
    let mut reader = BufReader::new(stream);
    let mut head = Vec::new();
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line).unwrap_or(0) == 0 {
            return;
        }
        if line.trim().is_empty() {
            break;
        }
        head.push(line.trim().to_owned());
    }
    let header = |name: &str| {
        let found = head.iter().skip(1).filter_map(|line| line.split_once(':'));
        found.filter(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value.trim().to_owned()).next()
    };
    let mut body = Vec::new();
    let length = header("content-length").and_then(|text| text.parse::<u64>().ok()).unwrap_or(0);
    if reader.take(length).read_to_end(&mut body).is_err() {
        return;
    }
    let path = head.first().and_then(|line| line.split(' ').nth(1)).unwrap_or_default();
    let method = path.strip_prefix("/twirp/livekit.RoomService/").unwrap_or_default();
    let bearer = header("authorization").and_then(|value| value.strip_prefix("Bearer ").map(str::to_owned));
    if shared.endless.load(Ordering::Relaxed) {
        return pour(shared, &mut writer);
    }
    let (status, answer) = call(shared, method, &bearer.unwrap_or_default(), &body);
    let text = answer.to_string();
    let _sent = write!(
        writer,
        "HTTP/1.1 {status} x\r\ncontent-type: application/json\r\nconnection: close\r\ncontent-length: {}\r\n\r\n{text}",
        text.len()
    );
}

/// Some 60 MB a second, until the caller hangs up.
fn pour(shared: &Shared, writer: &mut TcpStream) {
    let (mut sent, piece) = (0, [b' '; 1 << 16]);
    let head = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\nconnection: close\r\n\r\n";
    let mut poured = writer.write_all(head);
    while poured.is_ok() && !shared.stopped.load(Ordering::Relaxed) {
        sent += piece.len() as u64;
        std::thread::sleep(Duration::from_millis(1));
        poured = writer.write_all(&piece);
    }
    shared.cut_after.store(sent, Ordering::Relaxed);
}

fn call(shared: &Arc<Shared>, method: &str, token: &str, body: &[u8]) -> (u16, Value) {
    let error = |status: u16, code: &str| (status, json!({"code": code, "msg": code}));
    if shared.down.load(Ordering::Relaxed) {
        return error(503, "unavailable");
    }
    let Ok(body) = serde_json::from_slice::<Value>(body) else { return error(400, "malformed") };
    let room = body["room"].as_str().unwrap_or_default().to_owned();
    let allowed = verify(shared, token).is_ok_and(|claims| {
        let video = &claims["video"];
        match method {
            "DeleteRoom" => video["roomCreate"] == true,
            _ => video["roomAdmin"] == true && video["room"] == room.as_str(),
        }
    });
    if !allowed {
        lock(shared).refused += 1;
        return error(401, "unauthenticated");
    }
    lock(shared).calls.push(ServerCall { method: method.to_owned(), body: body.clone() });
    match method {
        "RemoveParticipant" => {
            let identity = body["identity"].as_str().unwrap_or_default().to_owned();
            let before = body["revokeTokenTs"].as_str().and_then(|text| text.parse::<i64>().ok());
            let key = (room.clone(), identity.clone());
            lock(shared).revoked.insert(key, before.unwrap_or_else(|| now_s() + 60));
            if end(shared, |p| p.room == room && p.identity == identity) {
                (200, json!({}))
            } else {
                error(404, "not_found")
            }
        }
        "DeleteRoom" => {
            if end(shared, |p| p.room == room) {
                (200, json!({}))
            } else {
                error(404, "not_found")
            }
        }
        "ListParticipants" => {
            let state = lock(shared);
            let all = state.participants.iter().filter(|p| p.room == room);
            let all: Vec<_> = all.map(|p| json!({"sid": p.sid, "identity": p.identity, "state": "ACTIVE"})).collect();
            (200, json!({"participants": all}))
        }
        _ => error(404, "bad_route"),
    }
}

/// Disconnects participants; false when there are none. Their webhooks are sent meanwhile, not before the answer.
fn end(shared: &Arc<Shared>, which: impl Fn(&Participant) -> bool) -> bool {
    let gone: Vec<Participant> = {
        let mut state = lock(shared);
        let gone = state.participants.iter().filter(|p| which(p)).cloned().collect();
        state.participants.retain(|p| !which(p));
        gone
    };
    let found = !gone.is_empty();
    let own = Arc::clone(shared);
    std::thread::spawn(move || gone.iter().for_each(|p| tell(&own, "participant_left", p)));
    found
}
