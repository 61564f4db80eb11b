//! Signed messages: the RFC's example, our own shape, and every way to be refused.
#![allow(clippy::unwrap_used, reason = "helpers of tests may panic, as tests may")]

use attune_identity::Error;
use attune_identity::signature::*;
use proptest::prelude::*;

/// RFC 9421, appendix B.1.4.
const PKCS8: &str = "MC4CAQAwBQYDK2VwBCIEIJ+DYvh6SEqVTm50DFtMDoQikTmiCqirVv9mWG9qfSnF";
/// The same key's public half: the last 32 bytes of the RFC's SubjectPublicKeyInfo, in base64url.
const PUBLIC: &str = "JrQLj5P_89iXES9-vFgrIy29clF9CC_oPPsw3c5D0bs";
const KID: &str = "test-key-ed25519";
const NOW: u64 = 1_800_000_000;

fn key() -> PrivateKey {
    PrivateKey::from_secret_json(&format!(r#"{{"kid":"{KID}","private_key_pkcs8_base64":"{PKCS8}"}}"#)).unwrap()
}

fn keys() -> PublicKeys {
    PublicKeys::from_base64url([(KID, PUBLIC)]).unwrap()
}

fn headers(signed: &SignedHeaders) -> SignatureHeaders<'_> {
    SignatureHeaders {
        content_digest: Some(&signed.content_digest),
        signature_input: Some(&signed.signature_input),
        signature: Some(&signed.signature),
    }
}

fn check(signed: &SignedHeaders, method: &str, target: &str, body: &[u8], now: u64) -> Result<Verified, Error> {
    verify(headers(signed), method, target, body, now, MAX_AGE_S, &keys())
}

/// RFC 9421, appendix B.2.6: Ed25519 is deterministic, so base and signature must come out to the byte.
#[test]
fn example_of_the_rfc() {
    let params = concat!(
        r#"("date" "@method" "@path" "@authority" "content-type" "content-length")"#,
        r#";created=1618884473;keyid="test-key-ed25519""#
    );
    let base = signature_base(
        &[
            ("date", "Tue, 20 Apr 2021 02:07:55 GMT"),
            ("@method", "POST"),
            ("@path", "/foo"),
            ("@authority", "example.com"),
            ("content-type", "application/json"),
            ("content-length", "18"),
        ],
        params,
    );
    assert_eq!(
        base,
        "\"date\": Tue, 20 Apr 2021 02:07:55 GMT\n\"@method\": POST\n\"@path\": /foo\n\"@authority\": example.com\n\
         \"content-type\": application/json\n\"content-length\": 18\n\"@signature-params\": (\"date\" \"@method\" \"@path\" \
         \"@authority\" \"content-type\" \"content-length\");created=1618884473;keyid=\"test-key-ed25519\""
    );
    let expected = "wqcAqbmYJ2ji2glfAMaRy4gruYYnx2nEFN2HN6jrnDnQCK1u02Gb04v9EDgwUPiu4A0w6vuQv5lIp5WPpBKRCw==";
    assert_eq!(key().sign_base64(&base), expected);
}

#[test]
fn the_keys_of_the_rfc() {
    assert_eq!(key().public_key_base64url(), PUBLIC);
    assert_eq!(key().kid(), KID);
    let again = PrivateKey::from_secret_json(&key().to_secret_json()).unwrap();
    assert_eq!(again.public_key_base64url(), PUBLIC);
    assert!(!format!("{:?}", key()).contains("n4Ni"));
}

/// What functions send to the edge; both sides are deployed apart, so the bytes are fixed.
#[test]
fn golden_headers() {
    let body = br#"{"hello": "world"}"#;
    let signed = sign(&key(), "POST", "/internal/v1/control/propose", body, NOW).unwrap();
    let text: String = signed.clone().into_pairs().iter().map(|(name, value)| format!("{name}: {value}\n")).collect();
    assert_eq!(text, include_str!("golden/signed-headers.txt"));
    let verified = check(&signed, "POST", "/internal/v1/control/propose", body, NOW + 1).unwrap();
    assert_eq!(verified, Verified { kid: KID.to_owned(), created_s: NOW });
}

#[test]
fn a_query_is_covered() {
    let signed = sign(&key(), "GET", "/internal/v1/control/config?station=4", b"", NOW).unwrap();
    assert!(signed.signature_input.contains(r#"("@method" "@path" "@query" "content-digest")"#));
    assert!(check(&signed, "GET", "/internal/v1/control/config?station=4", b"", NOW).is_ok());
    let other = check(&signed, "GET", "/internal/v1/control/config?station=5", b"", NOW);
    assert_eq!(other, Err(Error::SignatureMismatch));
    let without = check(&signed, "GET", "/internal/v1/control/config", b"", NOW);
    assert_eq!(without, Err(Error::HeaderMalformed("signature-input")));
}

#[test]
fn everything_covered_is_noticed() {
    let signed = sign(&key(), "POST", "/a", b"body", NOW).unwrap();
    assert_eq!(check(&signed, "PUT", "/a", b"body", NOW), Err(Error::SignatureMismatch));
    assert_eq!(check(&signed, "POST", "/b", b"body", NOW), Err(Error::SignatureMismatch));
    assert_eq!(check(&signed, "POST", "/a", b"Body", NOW), Err(Error::DigestMismatch));
    // A digest made to fit another body is not the signed one.
    let forged = SignedHeaders { content_digest: content_digest(b"Body"), ..signed.clone() };
    assert_eq!(check(&forged, "POST", "/a", b"Body", NOW), Err(Error::SignatureMismatch));
    let input = signed.signature_input.replace("created=1800000000", "created=1800000001");
    let moved = SignedHeaders { signature_input: input, ..signed.clone() };
    assert_eq!(check(&moved, "POST", "/a", b"body", NOW), Err(Error::SignatureMismatch));
    let input = signed.signature_input.replace(KID, "another");
    let unknown = SignedHeaders { signature_input: input, ..signed };
    assert_eq!(check(&unknown, "POST", "/a", b"body", NOW), Err(Error::SigningKeyUnknown));
}

#[test]
fn window_of_time() {
    let signed = sign(&key(), "POST", "/a", b"", NOW).unwrap();
    for (now, result) in [
        (NOW + 300, Ok(())),
        (NOW + 301, Err(Error::SignatureExpired)),
        (NOW - 30, Ok(())),
        (NOW - 31, Err(Error::SignatureInFuture)),
    ] {
        assert_eq!(check(&signed, "POST", "/a", b"", now).map(|_| ()), result, "{now}");
    }
}

#[test]
fn missing_fields_are_named() {
    let signed = sign(&key(), "POST", "/a", b"", NOW).unwrap();
    let all = headers(&signed);
    for (headers, name) in [
        (SignatureHeaders { content_digest: None, ..all }, "content-digest"),
        (SignatureHeaders { signature_input: None, ..all }, "signature-input"),
        (SignatureHeaders { signature: None, ..all }, "signature"),
    ] {
        assert_eq!(verify(headers, "POST", "/a", b"", NOW, MAX_AGE_S, &keys()), Err(Error::HeaderMissing(name)));
    }
}

#[test]
fn other_shapes_are_refused() {
    let signed = sign(&key(), "POST", "/a", b"", NOW).unwrap();
    let input = &signed.signature_input;
    for bad in [
        String::new(),
        input.replace("attune=", "sig1="),
        input.replace("attune=", "attune = "),
        input.replace(" \"content-digest\"", ""),
        input.replace("\"@method\" \"@path\"", "\"@path\" \"@method\""),
        input.replace("\"content-digest\"", "\"content-digest\";req"),
        input.replace(";alg=\"ed25519\"", ""),
        input.replace("ed25519\"", "hmac-sha256\""),
        input.replace("created=", "created=+"),
        input.replace("created=", "created=0"),
        input.replace("created=1800000000", "created="),
        input.replace("created=1800000000", "created=9999999999999999"),
        input.replace(KID, ""),
        input.replace(KID, "a\\\"b"),
        input.replace(KID, &"k".repeat(65)),
        format!("{input};expires=1800000300"),
        format!("{input}, sig2={}", &input[7..]),
        format!(" {input}"),
    ] {
        let changed = SignedHeaders { signature_input: bad.clone(), ..signed.clone() };
        assert_eq!(check(&changed, "POST", "/a", b"", NOW), Err(Error::HeaderMalformed("signature-input")), "{bad}");
    }
    for bad in [
        String::new(),
        signed.signature.replace("attune", "sig1"),
        signed.signature.replace("=:", "="),
        format!("{};p", signed.signature),
        format!("{0}, {0}", signed.signature),
        "attune=:AAAA:".to_owned(),
    ] {
        let changed = SignedHeaders { signature: bad.clone(), ..signed.clone() };
        assert_eq!(check(&changed, "POST", "/a", b"", NOW), Err(Error::HeaderMalformed("signature")), "{bad}");
    }
}

#[test]
fn targets_that_cannot_be_signed() {
    for (method, target) in [
        ("", "/"),
        ("GET\n", "/"),
        ("GET", ""),
        ("GET", "a"),
        ("GET", "/a b"),
        ("GET", "/a\n"),
        ("GET", "/a#b"),
        ("GET", "/é"),
    ] {
        assert_eq!(sign(&key(), method, target, b"", NOW), Err(Error::Target), "{method} {target}");
    }
}

#[test]
fn keys_that_are_none() {
    let private = |text: &str| PrivateKey::from_secret_json(text).map(|_| ());
    let seed = "A".repeat(43);
    for bad in [
        "".to_owned(),
        "{}".to_owned(),
        r#"{"kid":"k"}"#.to_owned(),
        r#"{"kid":"k","seed_base64url":"AAAA"}"#.to_owned(),
        format!(r#"{{"kid":"a b","seed_base64url":"{seed}"}}"#),
        format!(r#"{{"kid":"k","seed_base64url":"{seed}","private_key_pkcs8_base64":"{PKCS8}"}}"#),
        format!(r#"{{"kid":"k","private_key_pkcs8_base64":"{}"}}"#, PKCS8.replace("MC4C", "MC8C")),
    ] {
        assert_eq!(private(&bad), Err(Error::SigningKeyInvalid), "{bad}");
    }
    // All zero is a point of small order; one byte less is none at all.
    for bad in ["A".repeat(43), "A".repeat(42), "!".to_owned()] {
        assert_eq!(PublicKeys::from_base64url([("k", bad)]).map(|_| ()), Err(Error::SigningKeyInvalid));
    }
    assert!(PublicKeys::from_base64url([("", PUBLIC)]).is_err());
    assert_eq!((keys().len(), keys().is_empty()), (1, false));
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, cases: 64, ..ProptestConfig::default() })]

    #[test]
    fn round_trip(path in "/[!-\"$->@-~]{0,40}(\\?[!-\"$-~]{0,20})?", body in prop::collection::vec(any::<u8>(), 0..300), seed: [u8; 32], later in 0..300_u64) {
        let key = PrivateKey::from_seed("k-1", &seed).unwrap();
        let keys = PublicKeys::from_base64url([("k-1", key.public_key_base64url())]).unwrap();
        let signed = sign(&key, "POST", &path, &body, NOW).unwrap();
        prop_assert!(verify(headers(&signed), "POST", &path, &body, NOW + later, MAX_AGE_S, &keys).is_ok());
    }

    #[test]
    fn any_changed_character_is_refused(which in 0..3_usize, at: prop::sample::Index, to in "[ -~]") {
        let mut signed = sign(&key(), "POST", "/a?b=c", b"body", NOW).unwrap();
        let field = [&mut signed.content_digest, &mut signed.signature_input, &mut signed.signature].into_iter().nth(which).unwrap();
        let at = at.index(field.len());
        prop_assume!(field[at..=at] != to);
        field.replace_range(at..=at, &to);
        prop_assert!(check(&signed, "POST", "/a?b=c", b"body", NOW).is_err());
    }
}
