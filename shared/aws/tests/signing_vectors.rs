//! AWS's published signing test suite, every case of it, with headers and with addresses.
#![allow(clippy::unwrap_used, reason = "helpers of tests may panic, as tests may")]

use attune_aws::sigv4::{Credentials, Options, Payload, Signable, SigningKey, presign, sign_headers};
use serde::Deserialize;
use std::collections::BTreeSet;

#[derive(Deserialize)]
struct Suite {
    cases: Vec<Case>,
}

#[derive(Deserialize)]
struct Case {
    name: String,
    context: Option<Context>,
    request: String,
    header_signature: Option<String>,
    header_signed_request: String,
    query_signature: Option<String>,
    query_signed_request: Option<String>,
}

#[derive(Deserialize)]
struct Context {
    credentials: Keys,
    expiration_in_seconds: u32,
    normalize: bool,
    region: String,
    service: String,
    sign_body: bool,
    timestamp: String,
    #[serde(default)]
    omit_session_token: bool,
}

#[derive(Deserialize)]
struct Keys {
    access_key_id: String,
    secret_access_key: String,
    token: Option<String>,
}

struct Parsed {
    method: String,
    url: String,
    headers: Vec<(String, String)>,
    body: String,
}

fn parse(text: &str) -> Parsed {
    let (head, body) = text.split_once("\n\n").unwrap_or((text, ""));
    let mut lines = head.lines();
    let (method, target) = lines.next().unwrap().split_once(' ').unwrap();
    let target = target.strip_suffix(" HTTP/1.1").unwrap_or(target);
    let mut headers: Vec<(String, String)> = Vec::new();
    for line in lines {
        if let Some(continued) = line.strip_prefix(' ') {
            let value = &mut headers.last_mut().unwrap().1;
            value.extend([" ", continued]);
        } else {
            let (name, value) = line.split_once(':').unwrap();
            headers.push((name.to_owned(), value.to_owned()));
        }
    }
    let host = &headers.iter().find(|(name, _)| name.eq_ignore_ascii_case("host")).unwrap().1;
    Parsed { method: method.to_owned(), url: format!("https://{host}{target}"), headers, body: body.to_owned() }
}

fn suite() -> Vec<Case> {
    let text = include_str!("vectors/aws-signing-test-suite.json");
    serde_json::from_str::<Suite>(text).unwrap().cases
}

/// The cases of the suite share one moment.
const AT_MS: u64 = 1_440_938_160_000;

fn credentials(context: &Context) -> Credentials {
    let keys = &context.credentials;
    let credentials = Credentials::new(&keys.access_key_id, &keys.secret_access_key);
    match &keys.token {
        // The token then travels unsigned.
        Some(token) if !context.omit_session_token => credentials.with_session_token(token),
        _ => credentials,
    }
}

fn options(case: &Case, context: &Context) -> Options {
    Options {
        // The suite leaves this out of its context. Only this case writes its path already encoded and wants it once.
        double_encode: case.name != "get-space-normalized",
        normalize: context.normalize,
        content_sha256_header: context.sign_body,
    }
}

#[test]
fn signed_headers_of_the_suite() {
    let mut seen = 0;
    for case in suite() {
        let (Some(context), Some(expected)) = (&case.context, &case.header_signature) else { continue };
        assert_eq!(context.timestamp, "2015-08-30T12:36:00Z");
        let request = parse(&case.request);
        let credentials = credentials(context);
        let key = SigningKey::derive(&credentials, AT_MS, &context.region, &context.service).unwrap();
        let signable = Signable {
            method: &request.method,
            url: &request.url,
            headers: &request.headers,
            payload: Payload::Bytes(request.body.as_bytes()),
        };
        let signed = sign_headers(&signable, &credentials, &key, AT_MS, options(&case, context)).unwrap();
        assert_eq!(&signed.signature, expected, "{}", case.name);
        let authorization = &signed.headers.last().unwrap().1;
        assert!(case.header_signed_request.contains(&format!("Authorization:{authorization}\n")), "{}", case.name);
        seen += 1;
    }
    assert_eq!(seen, 38);
}

#[test]
fn presigned_addresses_of_the_suite() {
    let mut seen = 0;
    for case in suite() {
        let (Some(context), Some(expected)) = (&case.context, &case.query_signature) else { continue };
        let request = parse(&case.request);
        let credentials = credentials(context);
        let key = SigningKey::derive(&credentials, AT_MS, &context.region, &context.service).unwrap();
        let signable = Signable {
            method: &request.method,
            url: &request.url,
            headers: &request.headers,
            payload: Payload::Bytes(request.body.as_bytes()),
        };
        let signed =
            presign(&signable, &credentials, &key, AT_MS, context.expiration_in_seconds, options(&case, context))
                .unwrap();
        assert_eq!(&signed.signature, expected, "{}", case.name);
        let url = parse(case.query_signed_request.as_ref().unwrap()).url;
        if context.omit_session_token || !url.is_ascii() {
            continue;
        }
        assert_eq!(parameters(&signed.url), parameters(&url), "{}", case.name);
        seen += 1;
    }
    assert!(seen >= 34, "{seen}");
}

fn parameters(url: &str) -> BTreeSet<String> {
    let query = url.split_once('?').unwrap().1;
    query.split('&').map(|pair| if pair.contains('=') { pair.to_owned() } else { format!("{pair}=") }).collect()
}

/// The two cases without a context file bring canonical forms only; their signatures are compared with `aws-sigv4` elsewhere.
#[test]
fn double_encoding_of_the_suite() {
    let case = suite().into_iter().find(|case| case.name == "double-url-encode").unwrap();
    let request = parse(&case.request);
    let credentials = Credentials::new("AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY");
    let at_ms = 1_620_747_645_000;
    let key = SigningKey::derive(&credentials, at_ms, "us-east-2", "lambda").unwrap();
    let signable = Signable {
        method: &request.method,
        url: &request.url,
        headers: &request.headers,
        payload: Payload::Bytes(b""),
    };
    let signed = sign_headers(&signable, &credentials, &key, at_ms, Options::STANDARD).unwrap();
    assert!(case.header_signed_request.contains(&signed.signature), "{}", signed.signature);
}
