//! Our signatures against those of the crate `aws-sigv4`, on generated requests.
#![allow(clippy::unwrap_used, reason = "helpers of tests may panic, as tests may")]

use attune_aws::sigv4::{Credentials, Options, Payload, Signable, SigningKey, presign, sign_headers};
use aws_credential_types::Credentials as TheirCredentials;
use aws_sigv4::http_request::{
    PayloadChecksumKind, PercentEncodingMode, SignableBody, SignableRequest, SignatureLocation, SigningSettings,
    UriPathNormalizationMode, sign,
};
use aws_sigv4::sign::v4;
use proptest::prelude::*;
use std::time::{Duration, SystemTime};

#[derive(Debug, Clone)]
struct Request {
    method: &'static str,
    url: String,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
    token: Option<String>,
    at_ms: u64,
    service: &'static str,
    expires_s: u32,
}

fn encoded(character: char) -> String {
    character.to_string().bytes().map(|byte| format!("%{byte:02X}")).collect()
}

/// A piece of a path or query as a client may write it: plain characters, encoded ones, and encoded ones that need not be.
fn piece(plain: &'static str) -> impl Strategy<Value = String> {
    prop_oneof![4 => plain.prop_map(String::from), 1 => any::<char>().prop_map(encoded), 1 => "[a-z~./ -]".prop_map(|text| encoded(text.chars().next().unwrap_or(' ')))]
}

fn url() -> impl Strategy<Value = String> {
    let origin = prop::sample::select(vec![
        "https://sqs.eu-west-1.amazonaws.com",
        "http://127.0.0.1:4566",
        "http://example.com:80",
        "https://example.com:443",
        "https://example.com:80",
    ]);
    let segment = prop_oneof![
        1 => Just(".".to_owned()),
        1 => Just("..".to_owned()),
        1 => Just(String::new()),
        8 => prop::collection::vec(piece("[A-Za-z0-9._~!$&'()*+,;=:@-]{1,4}"), 0..4).prop_map(|pieces| pieces.concat()),
    ];
    let path = prop::collection::vec(segment, 0..5)
        .prop_map(|segments| segments.iter().map(|segment| format!("/{segment}")).collect::<String>());
    let parameter = prop_oneof![
        1 => Just(String::new()),
        1 => Just("=".to_owned()),
        8 => prop::collection::vec(piece("[A-Za-z0-9._~!$'()*+,;=:@/?-]{1,4}"), 0..4).prop_map(|pieces| pieces.concat()),
    ];
    let query = prop::option::of(prop::collection::vec(parameter, 0..4).prop_map(|parameters| parameters.join("&")));
    (origin, path, query).prop_map(|(origin, path, query)| {
        let path = if path.is_empty() { "/".to_owned() } else { path };
        match query {
            Some(query) => format!("{origin}{path}?{query}"),
            None => format!("{origin}{path}"),
        }
    })
}

fn request() -> impl Strategy<Value = Request> {
    let name = prop_oneof![
        3 => "x-[a-z]{1,4}",
        1 => prop::sample::select(vec!["Content-Type", "content-length", "If-None-Match", "X-Amz-Checksum-Sha256", "user-agent", "x-amzn-trace-id", "transfer-encoding"]).prop_map(String::from),
    ];
    let headers = prop::collection::vec((name, "[ -~\t]{0,12}"), 0..5);
    (
        prop::sample::select(vec!["GET", "PUT", "POST"]),
        url(),
        headers,
        prop::collection::vec(any::<u8>(), 0..64),
        prop::option::of("[A-Za-z0-9/+=]{8,40}"),
        0..4_102_444_800_000_u64,
        prop::sample::select(vec!["sqs", "dynamodb", "s3"]),
        1..=604_800_u32,
    )
        .prop_map(|(method, url, headers, body, token, at_ms, service, expires_s)| Request {
            method,
            url,
            headers,
            body,
            token,
            at_ms,
            service,
            expires_s,
        })
}

const ID: &str = "AKIAIOSFODNN7EXAMPLE";
const SECRET: &str = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";

/// The reference's signature and, for addresses, the whole list of parameters that it adds.
fn theirs(request: &Request, location: SignatureLocation) -> (String, Vec<(String, String)>) {
    let identity = TheirCredentials::new(ID, SECRET, request.token.clone(), None, "test").into();
    let mut settings = SigningSettings::default();
    settings.signature_location = location;
    settings.expires_in = Some(Duration::from_secs(request.expires_s.into()));
    if request.service == "s3" {
        settings.percent_encoding_mode = PercentEncodingMode::Single;
        settings.uri_path_normalization_mode = UriPathNormalizationMode::Disabled;
        settings.payload_checksum_kind = PayloadChecksumKind::XAmzSha256;
    }
    let params = v4::SigningParams::builder()
        .identity(&identity)
        .region("eu-west-1")
        .name(request.service)
        .time(SystemTime::UNIX_EPOCH + Duration::from_millis(request.at_ms))
        .settings(settings)
        .build()
        .unwrap()
        .into();
    let headers = request.headers.iter().map(|(name, value)| (name.as_str(), value.as_str()));
    let body = match (location, request.service) {
        (SignatureLocation::QueryParams, "s3") => SignableBody::UnsignedPayload,
        _ => SignableBody::Bytes(&request.body),
    };
    let signable = SignableRequest::new(request.method, request.url.as_str(), headers, body).unwrap();
    let (instructions, signature) = sign(signable, &params).unwrap().into_parts();
    let (headers, parameters) = instructions.into_parts();
    let headers = headers.iter().map(|header| (header.name().to_owned(), header.value().to_owned()));
    let parameters = parameters.into_iter().map(|(name, value)| (name.to_owned(), value.into_owned()));
    (signature, headers.chain(parameters).collect())
}

fn ours(request: &Request) -> (Credentials, SigningKey, Options) {
    let mut credentials = Credentials::new(ID, SECRET);
    if let Some(token) = &request.token {
        credentials = credentials.with_session_token(token);
    }
    let key = SigningKey::derive(&credentials, request.at_ms, "eu-west-1", request.service).unwrap();
    (credentials, key, Options::for_service(request.service))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn headers_are_equal(request in request()) {
        let (credentials, key, options) = ours(&request);
        let signable = Signable {
            method: request.method,
            url: &request.url,
            headers: &request.headers,
            payload: Payload::Bytes(&request.body),
        };
        let signed = sign_headers(&signable, &credentials, &key, request.at_ms, options).unwrap();
        let (signature, mut headers) = theirs(&request, SignatureLocation::Headers);
        prop_assert_eq!(&signed.signature, &signature);
        let mut own: Vec<_> = signed.headers.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect();
        own.sort();
        headers.sort();
        prop_assert_eq!(own, headers);
    }

    #[test]
    fn addresses_are_equal(request in request()) {
        let (credentials, key, options) = ours(&request);
        let payload = if request.service == "s3" { Payload::Unsigned } else { Payload::Bytes(&request.body) };
        let signable = Signable { method: request.method, url: &request.url, headers: &request.headers, payload };
        let signed = presign(&signable, &credentials, &key, request.at_ms, request.expires_s, options).unwrap();
        let (signature, parameters) = theirs(&request, SignatureLocation::QueryParams);
        prop_assert_eq!(&signed.signature, &signature);
        // What they add, percent-encoded, is in our address.
        for (name, value) in parameters {
            let value: String = value.chars().map(|letter| match letter {
                'A'..='Z' | 'a'..='z' | '0'..='9' | '-' | '.' | '_' | '~' => letter.to_string(),
                other => encoded(other),
            }).collect();
            let pair = format!("{name}={value}");
            let present = signed.url.split(['?', '&']).any(|part| part == pair);
            prop_assert!(present, "{} not in {}", pair, signed.url);
        }
    }
}
