//! The provider's endpoints.

use super::{Grant, Provider, now_s};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD as B64};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;

struct Asked {
    method: String,
    path: String,
    query: BTreeMap<String, String>,
    authorization: Option<String>,
    form: BTreeMap<String, String>,
}

struct Answer {
    status: u16,
    location: Option<String>,
    body: Value,
}

impl Answer {
    fn json(status: u16, body: Value) -> Self {
        Self { status, location: None, body }
    }

    /// RFC 6749, section 5.2.
    fn error(status: u16, error: &str) -> Self {
        Self::json(status, json!({"error": error}))
    }
}

/// Serves one request of a connection.
pub fn serve(provider: &Provider, mut stream: TcpStream) {
    let Some(asked) = read(&stream) else { return };
    let Answer { status, location, body } = answer(provider, &asked);
    let location = location.map_or(String::new(), |to| format!("location: {to}\r\n"));
    let body = body.to_string();
    let head = format!(
        "HTTP/1.1 {status} X\r\ncontent-type: application/json\r\ncontent-length: {}\r\nconnection: close\r\n{location}\r\n",
        body.len()
    );
    let _ = stream.write_all(head.as_bytes()).and_then(|()| stream.write_all(body.as_bytes()));
}

fn answer(provider: &Provider, asked: &Asked) -> Answer {
    let mut state = provider.state();
    *state.seen.entry(asked.path.clone()).or_default() += 1;
    if state.away {
        return Answer::error(503, "temporarily_unavailable");
    }
    drop(state);
    match (asked.method.as_str(), asked.path.as_str()) {
        ("GET", "/.well-known/openid-configuration") => Answer::json(200, discovery(provider.url())),
        ("GET", "/jwks") => {
            let keys: Vec<Value> = provider.state().published.iter().map(|key| key.jwk()).collect();
            Answer::json(200, json!({"keys": keys}))
        }
        ("GET", "/authorize") => authorize(provider, asked).unwrap_or_else(|| Answer::error(400, "invalid_request")),
        ("POST", "/token") => token(provider, asked),
        _ => Answer::error(404, "not_found"),
    }
}

fn discovery(url: &str) -> Value {
    json!({
        "issuer": url,
        "authorization_endpoint": format!("{url}/authorize"),
        "token_endpoint": format!("{url}/token"),
        "jwks_uri": format!("{url}/jwks"),
        "response_types_supported": ["code"],
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": ["RS256", "ES256"],
        "code_challenge_methods_supported": ["S256"],
        "token_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post"],
        "authorization_response_iss_parameter_supported": true,
    })
}

/// OpenID Connect Core 1.0, section 3.1.2; RFC 7636, section 4.3. The person agrees at once.
fn authorize(provider: &Provider, asked: &Asked) -> Option<Answer> {
    let query = |name: &str| asked.query.get(name).cloned();
    let client = query("client_id").filter(|id| provider.state().clients.contains_key(id))?;
    let (redirect, given) = (query("redirect_uri")?, query("state")?);
    let good = query("response_type")? == "code"
        && query("scope")?.split(' ').any(|word| word == "openid")
        && query("code_challenge_method")? == "S256";
    if !good {
        return None;
    }
    let code = format!("code-{}-{}", now_s(), provider.seen("/authorize"));
    let grant =
        Grant { client, redirect: redirect.clone(), nonce: query("nonce")?, challenge: query("code_challenge")? };
    provider.state().codes.insert(code.clone(), grant);
    let to = format!("{redirect}?code={code}&state={}&iss={}", encode(&given), encode(provider.url()));
    Some(Answer { status: 302, location: Some(to), body: Value::Null })
}

/// RFC 6749, sections 2.3.1 and 4.1.3; RFC 7636, section 4.6. A code is good once.
fn token(provider: &Provider, asked: &Asked) -> Answer {
    let form = |name: &str| asked.form.get(name).cloned().unwrap_or_default();
    let (client, secret) = match basic(asked.authorization.as_deref()) {
        Some((client, secret)) => (client, Some(secret)),
        None => (form("client_id"), asked.form.get("client_secret").cloned()),
    };
    let mut state = provider.state();
    if state.clients.get(&client) != Some(&secret) {
        return Answer::error(401, "invalid_client");
    }
    let Some(grant) = state.codes.remove(&form("code")) else { return Answer::error(400, "invalid_grant") };
    let challenge = ring::digest::digest(&ring::digest::SHA256, form("code_verifier").as_bytes());
    let good = form("grant_type") == "authorization_code"
        && grant.client == client
        && grant.redirect == form("redirect_uri")
        && grant.challenge == B64.encode(challenge);
    if !good {
        return Answer::error(400, "invalid_grant");
    }
    let (person, spoiled) = (state.person.clone(), state.spoiled.clone());
    drop(state);
    let mut claims = provider.claims(&client, "");
    claims["nonce"] = json!(grant.nonce);
    for more in [person, spoiled] {
        for (name, value) in more.as_object().cloned().unwrap_or_default() {
            claims[name] = value;
        }
    }
    let id_token = provider.key(0).token(&claims);
    let body = json!({"access_token": "of no use", "token_type": "Bearer", "expires_in": 300, "id_token": id_token});
    Answer::json(200, body)
}

fn basic(header: Option<&str>) -> Option<(String, String)> {
    let pair = STANDARD.decode(header?.strip_prefix("Basic ")?).ok()?;
    let (id, secret) = std::str::from_utf8(&pair).ok()?.split_once(':')?;
    Some((decode(id), decode(secret)))
}

fn read(stream: &TcpStream) -> Option<Asked> {
    let mut reader = BufReader::new(stream);
    let mut line = String::new();
    reader.read_line(&mut line).ok()?;
    let mut words = line.split(' ');
    let (method, target) = (words.next()?.to_owned(), words.next()?.to_owned());
    let (mut length, mut authorization) = (0, None);
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).ok()?;
        let Some((name, value)) = line.trim_end().split_once(':') else { break };
        match name.to_ascii_lowercase().as_str() {
            "content-length" => length = value.trim().parse().ok()?,
            "authorization" => authorization = Some(value.trim().to_owned()),
            _ => {}
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    let (path, query) = target.split_once('?').unwrap_or((&target, ""));
    let form = pairs(&String::from_utf8(body).ok()?);
    Some(Asked { method, path: path.to_owned(), query: pairs(query), authorization, form })
}

fn pairs(text: &str) -> BTreeMap<String, String> {
    let split = text.split('&').filter_map(|pair| pair.split_once('='));
    split.map(|(name, value)| (decode(name), decode(value))).collect()
}

/// Percent-encodes a value.
pub fn encode(text: &str) -> String {
    text.bytes().fold(String::new(), |mut out, byte| {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => out.push(char::from(byte)),
            _ => out.push_str(&format!("%{byte:02X}")),
        }
        out
    })
}

/// Undoes it.
pub fn decode(text: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        bytes.push(match byte {
            b'+' => b' ',
            b'%' => {
                let digits: Vec<u8> = rest.by_ref().take(2).collect();
                std::str::from_utf8(&digits).ok().and_then(|d| u8::from_str_radix(d, 16).ok()).unwrap_or(b'?')
            }
            other => other,
        });
    }
    String::from_utf8_lossy(&bytes).into_owned()
}
