//! Signing itself.

use super::canonical::{self, Url, encoded_pair, header_value, query_pairs};
use super::time::AmzTime;
use super::{Credentials, SigningKey};
use crate::{Error, HttpRequest, Result, hex};
use sha2::{Digest, Sha256};
use std::borrow::Cow;
use std::collections::BTreeMap;

const ALGORITHM: &str = "AWS4-HMAC-SHA256";
/// Longest life of a presigned address: seven days.
const LONGEST_S: u32 = 604_800;
/// Not signed because proxies and clients change them, or because signing makes them.
const UNSIGNED: [&str; 4] = ["authorization", "user-agent", "x-amzn-trace-id", "transfer-encoding"];
/// Not signed in presigned addresses, whose user sends what it likes here.
const UNSIGNED_IN_QUERY: [&str; 2] = ["x-amz-user-agent", "x-amz-checksum-mode"];

/// What is signed of the body.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Payload<'a> {
    /// The bytes; they are hashed here.
    Bytes(&'a [u8]),
    /// Lowercase hexadecimal SHA-256 of the body, computed elsewhere (for example by WebCrypto).
    Sha256Hex(&'a str),
    /// `UNSIGNED-PAYLOAD`: S3 only.
    Unsigned,
}

/// How a service wants its requests signed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Options {
    /// Encode the path, which is percent-encoded already, once more.
    pub double_encode: bool,
    /// Remove dot segments from the path.
    pub normalize: bool,
    /// Add `x-amz-content-sha256`.
    pub content_sha256_header: bool,
}

impl Options {
    /// What every service but S3 wants.
    pub const STANDARD: Self = Self { double_encode: true, normalize: true, content_sha256_header: false };
    /// What S3 wants: its keys may hold anything, so the path is signed as it stands.
    pub const S3: Self = Self { double_encode: false, normalize: false, content_sha256_header: true };

    /// By the service's name in the credential scope.
    pub fn for_service(service: &str) -> Self {
        if service == "s3" { Self::S3 } else { Self::STANDARD }
    }
}

/// A request to be signed.
#[derive(Debug, Clone, Copy)]
pub struct Signable<'a, N, V> {
    /// In capitals.
    pub method: &'a str,
    /// Absolute and percent-encoded as it will be sent.
    pub url: &'a str,
    /// Headers to sign; a `host` among them replaces the one from `url`.
    pub headers: &'a [(N, V)],
    /// The body.
    pub payload: Payload<'a>,
}

/// Headers to add to the request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignedHeaders {
    /// `x-amz-date`, then where they apply `x-amz-security-token` and `x-amz-content-sha256`, then `authorization`.
    pub headers: Vec<(&'static str, String)>,
    /// Lowercase hexadecimal.
    pub signature: String,
}

/// An address that carries its signature.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Presigned {
    /// The address; a secret until it expires.
    pub url: String,
    /// Lowercase hexadecimal.
    pub signature: String,
}

/// The canonical request, and the names of the headers that it covers.
struct Canonical {
    text: String,
    signed_headers: String,
}

type Headers<'a> = BTreeMap<String, Cow<'a, str>>;

/// Canonical headers, by name in lowercase, values of one name joined by commas.
fn canonical_headers<'a, N: AsRef<str>, V: AsRef<str>>(
    request: &Signable<'a, N, V>,
    url: &Url<'a>,
    left_out: &[&str],
) -> Headers<'a> {
    let mut headers = Headers::new();
    for (name, value) in request.headers {
        let (name, value) = (name.as_ref().to_ascii_lowercase(), header_value(value.as_ref()));
        if UNSIGNED.contains(&name.as_str()) || left_out.contains(&name.as_str()) {
            continue;
        }
        match headers.get_mut(&name) {
            Some(values) => values.to_mut().extend([",", &value]),
            None => {
                headers.insert(name, value);
            }
        }
    }
    headers.entry("host".to_owned()).or_insert(Cow::Borrowed(url.host));
    headers
}

fn signed_names(headers: &Headers<'_>) -> String {
    headers.keys().map(String::as_str).collect::<Vec<_>>().join(";")
}

fn canonical_request(method: &str, path: &str, query: &str, headers: &Headers<'_>, payload_hash: &str) -> Canonical {
    let signed_headers = signed_names(headers);
    let mut text = String::with_capacity(512 + query.len());
    text.extend([method, "\n", path, "\n", query, "\n"]);
    for (name, value) in headers {
        text.extend([name, ":", value, "\n"]);
    }
    text.extend(["\n", &signed_headers, "\n", payload_hash]);
    Canonical { text, signed_headers }
}

fn string_to_sign(canonical: &str, key: &SigningKey, time: &AmzTime) -> String {
    let hash = hex::encode(&Sha256::digest(canonical.as_bytes()));
    format!("{ALGORITHM}\n{}\n{}\n{hash}", time.as_str(), key.scope())
}

fn payload_hash<'a>(payload: &Payload<'a>) -> Cow<'a, str> {
    match *payload {
        Payload::Bytes(bytes) => Cow::Owned(hex::encode(&Sha256::digest(bytes))),
        Payload::Sha256Hex(hash) => Cow::Borrowed(hash),
        Payload::Unsigned => Cow::Borrowed("UNSIGNED-PAYLOAD"),
    }
}

fn time_of(key: &SigningKey, now_ms: u64) -> Result<AmzTime> {
    let time = AmzTime::from_ms(now_ms)?;
    if key.is_of(&time) { Ok(time) } else { Err(Error::KeyScope) }
}

/// Signs with headers. `key` must cover `now_ms` (milliseconds since 1970).
///
/// # Errors
/// [`Error::Url`], [`Error::Time`], [`Error::KeyScope`].
pub fn sign_headers<N: AsRef<str>, V: AsRef<str>>(
    request: &Signable<'_, N, V>,
    credentials: &Credentials,
    key: &SigningKey,
    now_ms: u64,
    options: Options,
) -> Result<SignedHeaders> {
    let time = time_of(key, now_ms)?;
    let url = Url::parse(request.url)?;
    let hash = payload_hash(&request.payload);
    let mut added = vec![("x-amz-date", time.as_str().to_owned())];
    added.extend(credentials.session_token.clone().map(|token| ("x-amz-security-token", token)));
    if options.content_sha256_header {
        added.push(("x-amz-content-sha256", hash.clone().into_owned()));
    }
    let mut headers = canonical_headers(request, &url, &[]);
    for (name, value) in &added {
        headers.insert((*name).to_owned(), Cow::Owned(value.clone()));
    }
    let path = canonical::path(url.path, options.normalize, options.double_encode);
    let query = canonical::query(query_pairs(url.query));
    let canonical = canonical_request(request.method, &path, &query, &headers, &hash);
    let signature = hex::encode(&key.sign(&string_to_sign(&canonical.text, key, &time)));
    let authorization = format!(
        "{ALGORITHM} Credential={}/{}, SignedHeaders={}, Signature={signature}",
        credentials.access_key_id,
        key.scope(),
        canonical.signed_headers
    );
    added.push(("authorization", authorization));
    Ok(SignedHeaders { headers: added, signature })
}

/// Signs a request in place by the rules of the key's service.
///
/// # Errors
/// As [`sign_headers`].
pub fn sign_request(request: &mut HttpRequest, credentials: &Credentials, key: &SigningKey, now_ms: u64) -> Result<()> {
    let options = Options::for_service(key.service());
    let signable = Signable {
        method: request.method,
        url: &request.url,
        headers: &request.headers,
        payload: Payload::Bytes(&request.body),
    };
    let signed = sign_headers(&signable, credentials, key, now_ms, options)?;
    request.headers.extend(signed.headers.into_iter().map(|(name, value)| (Cow::Borrowed(name), value)));
    Ok(())
}

/// Signs within the address. Its user must send exactly the headers given here, besides `host`. `expires_s`: 1 to 604,800.
///
/// # Errors
/// [`Error::Url`], [`Error::Time`], [`Error::KeyScope`], [`Error::Expiry`].
pub fn presign<N: AsRef<str>, V: AsRef<str>>(
    request: &Signable<'_, N, V>,
    credentials: &Credentials,
    key: &SigningKey,
    now_ms: u64,
    expires_s: u32,
    options: Options,
) -> Result<Presigned> {
    if !(1..=LONGEST_S).contains(&expires_s) {
        return Err(Error::Expiry);
    }
    let time = time_of(key, now_ms)?;
    let url = Url::parse(request.url)?;
    let headers = canonical_headers(request, &url, &UNSIGNED_IN_QUERY);
    let names = signed_names(&headers);
    let credential = format!("{}/{}", credentials.access_key_id, key.scope());
    let expires = expires_s.to_string();
    let mut pairs = query_pairs(url.query);
    let mut add = |name: &str, value: &str| pairs.push(encoded_pair(name.as_bytes(), value.as_bytes()));
    add("X-Amz-Algorithm", ALGORITHM);
    add("X-Amz-Credential", &credential);
    add("X-Amz-Date", time.as_str());
    add("X-Amz-Expires", &expires);
    add("X-Amz-SignedHeaders", &names);
    if let Some(token) = &credentials.session_token {
        add("X-Amz-Security-Token", token);
    }
    let query = canonical::query(pairs);
    let path = canonical::path(url.path, options.normalize, options.double_encode);
    let canonical = canonical_request(request.method, &path, &query, &headers, &payload_hash(&request.payload));
    let signature = hex::encode(&key.sign(&string_to_sign(&canonical.text, key, &time)));
    let url = format!("{}{}?{query}&X-Amz-Signature={signature}", url.origin, url.path);
    Ok(Presigned { url, signature })
}
