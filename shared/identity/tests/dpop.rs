//! Proofs of possession: those of RFC 9449, good ones, and each bad one by its name.
#![allow(clippy::unwrap_used, reason = "helpers of tests may panic, as tests may")]

#[path = "jose_support/mod.rs"]
mod support;

use attune_identity::dpop::*;
use attune_identity::jose::{JoseError, Thumbprint};
use proptest::prelude::*;
use serde_json::{Value, json};
use support::*;

const NOW: u64 = 1_800_000_000;
const URL: &str = "https://eu1.attune.example/v1/voice/token";

fn nonces() -> NonceKey {
    NonceKey::new(&[3; 32]).unwrap()
}

fn header() -> Value {
    json!({"typ": "dpop+jwt", "alg": "ES256", "jwk": ec_jwk(&ec_key())})
}

fn claims() -> Value {
    json!({"jti": "-BwC3ESc6acc2lTc", "htm": "POST", "htu": URL, "iat": NOW})
}

fn sign(header: &Value, claims: &Value) -> String {
    es256(&ec_key(), &header.to_string(), &claims.to_string())
}

fn expected<'a>() -> Expectation<'a> {
    Expectation { method: "POST", url: URL, now_s: NOW, access_token: None, key: None, nonces: None }
}

fn judge(text: &str, expected: &Expectation<'_>) -> Result<Accepted> {
    let proof = Proof::parse(text)?;
    let ok = execute(proof.check());
    proof.accept(ok, expected)
}

fn with(name: &str, value: impl Into<Value>) -> Result<Accepted> {
    let mut claims = claims();
    claims[name] = value.into();
    judge(&sign(&header(), &claims), &expected())
}

/// Figures 2 and 12 (sections 4.1 and 7.1).
#[test]
fn rfc_9449() {
    let key = Thumbprint::parse("0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I").unwrap();
    let first = "eyJ0eXAiOiJkcG9wK2p3dCIsImFsZyI6IkVTMjU2IiwiandrIjp7Imt0eSI6IkVDIiwieCI6Imw4dEZyaHgtMzR0VjNoUklDUkRZOXpDa0RscEJoRjQyVVFVZldWQVdCRnMiLCJ5IjoiOVZFNGpmX09rX282NHpiVFRsY3VOSmFqSG10NnY5VERWclUwQ2R2R1JEQSIsImNydiI6IlAtMjU2In19.eyJqdGkiOiItQndDM0VTYzZhY2MybFRjIiwiaHRtIjoiUE9TVCIsImh0dSI6Imh0dHBzOi8vc2VydmVyLmV4YW1wbGUuY29tL3Rva2VuIiwiaWF0IjoxNTYyMjYyNjE2fQ.2-GxA6T8lP4vfrg8v-FdWP0A0zdrj8igiMLvqRMUvwnQg4PtFLbdLXiOSsX0x7NVY-FNyJK70nfbV37xRZT3Lg";
    let at_server =
        Expectation { url: "https://server.example.com/token", now_s: 1_562_262_620, key: Some(key), ..expected() };
    let accepted = judge(first, &at_server).unwrap();
    assert_eq!((accepted.key, accepted.jti.as_str()), (key, "-BwC3ESc6acc2lTc"));
    assert_eq!(
        (accepted.issued_at_s, accepted.forget_after_s, accepted.wants_nonce),
        (1_562_262_616, 1_562_262_676, false)
    );

    let second = "eyJ0eXAiOiJkcG9wK2p3dCIsImFsZyI6IkVTMjU2IiwiandrIjp7Imt0eSI6IkVDIiwieCI6Imw4dEZyaHgtMzR0VjNoUklDUkRZOXpDa0RscEJoRjQyVVFVZldWQVdCRnMiLCJ5IjoiOVZFNGpmX09rX282NHpiVFRsY3VOSmFqSG10NnY5VERWclUwQ2R2R1JEQSIsImNydiI6IlAtMjU2In19.eyJqdGkiOiJlMWozVl9iS2ljOC1MQUVCIiwiaHRtIjoiR0VUIiwiaHR1IjoiaHR0cHM6Ly9yZXNvdXJjZS5leGFtcGxlLm9yZy9wcm90ZWN0ZWRyZXNvdXJjZSIsImlhdCI6MTU2MjI2MjYxOCwiYXRoIjoiZlVIeU8ycjJaM0RaNTNFc05yV0JiMHhXWG9hTnk1OUlpS0NBcWtzbVFFbyJ9.2oW9RP35yRqzhrtNP86L-Ey71EOptxRimPPToA1plemAgR6pxHF8y6-yqyVnmcw6Fy1dqd-jfxSYoMxhAJpLjA";
    let token = "Kz~8mXK1EalYznwH-LC-1fBAo.4Ljp~zsPE_NeO.gxU";
    assert_eq!(access_token_hash(token), "fUHyO2r2Z3DZ53EsNrWBb0xWXoaNy59IiKCAqksmQEo");
    let at_resource = Expectation {
        method: "GET",
        url: "https://resource.example.org/protectedresource",
        now_s: 1_562_262_618,
        access_token: Some(token),
        key: Some(key),
        nonces: None,
    };
    assert!(judge(second, &at_resource).is_ok());
    assert_eq!(judge(second, &Expectation { access_token: Some("other"), ..at_resource }), Err(DpopError::TokenHash));
    assert_eq!(judge(second, &Expectation { access_token: None, ..at_resource }), Err(DpopError::TokenHash));
    assert_eq!(judge(first, &Expectation { access_token: Some(token), ..at_server }), Err(DpopError::TokenHashMissing));
}

#[test]
fn each_bad_claim_has_its_name() {
    assert!(with("unknown", 1).is_ok());
    for (name, value, error) in [
        ("htm", json!("GET"), DpopError::Method),
        ("htm", json!("post"), DpopError::Method),
        ("htu", json!("https://eu1.attune.example/v1/voice/token/renew"), DpopError::Target),
        ("htu", json!(format!("{URL}?a=1")), DpopError::Target),
        ("htu", json!("https://us1.attune.example/v1/voice/token"), DpopError::Target),
        ("iat", json!(NOW - 61), DpopError::Expired),
        ("iat", json!(0), DpopError::Expired),
        ("iat", json!(NOW + 6), DpopError::InFuture),
        ("iat", json!(253_402_300_799_u64), DpopError::InFuture),
        ("iat", json!(NOW.to_string()), DpopError::Form(JoseError::Member("iat"))),
        ("iat", json!(-1), DpopError::Form(JoseError::Member("iat"))),
        ("jti", json!(""), DpopError::Jti),
        ("jti", json!("a".repeat(65)), DpopError::Jti),
        ("jti", json!("a b"), DpopError::Jti),
        ("jti", json!("ä"), DpopError::Jti),
        ("jti", json!("a\u{0}"), DpopError::Jti),
        ("jti", json!(7), DpopError::Jti),
        ("ath", json!(access_token_hash("x")), DpopError::TokenHash),
        ("ath", json!(["x"]), DpopError::Form(JoseError::Member("ath"))),
        ("nonce", json!(1), DpopError::Form(JoseError::Member("nonce"))),
    ] {
        assert_eq!(with(name, value.clone()), Err(error), "{name} {value}");
    }
    for name in ["jti", "htm", "htu", "iat"] {
        let mut claims = claims();
        claims.as_object_mut().unwrap().remove(name);
        assert_eq!(judge(&sign(&header(), &claims), &expected()), Err(DpopError::Form(JoseError::Missing(name))));
    }
    // The edges of the window.
    assert!(with("iat", NOW - 60).is_ok() && with("iat", NOW + 5).is_ok() && with("jti", "a".repeat(64)).is_ok());
    let twice = format!(r#"{{"jti":"a","htm":"POST","htm":"POST","htu":"{URL}","iat":{NOW}}}"#);
    let twice = es256(&ec_key(), &header().to_string(), &twice);
    assert_eq!(judge(&twice, &expected()), Err(DpopError::Form(JoseError::Duplicate)));
}

#[test]
fn each_bad_header_has_its_name() {
    let jwk = |name: &str, value: Value| {
        let mut header = header();
        header["jwk"][name] = value;
        header
    };
    let of = |name: &str, value: Value| {
        let mut header = header();
        header[name] = value;
        header
    };
    for (header, fault) in [
        (of("typ", json!("jwt")), JoseError::Typ),
        (of("typ", json!("at+jwt")), JoseError::Typ),
        (of("alg", json!("none")), JoseError::AlgNone),
        (of("alg", json!("HS256")), JoseError::AlgSymmetric),
        (of("alg", json!("RS256")), JoseError::AlgNotAllowed),
        (of("alg", json!("ES384")), JoseError::AlgNotAllowed),
        (of("crit", json!(["jwk"])), JoseError::Crit),
        (of("jku", json!("https://evil.example")), JoseError::HeaderJku),
        (of("x5c", json!([])), JoseError::HeaderX5c),
        (of("jwk", json!("x")), JoseError::Member("jwk")),
        (of("jwk", rsa_jwk(&rsa_key())), JoseError::KeyMismatch),
        (jwk("d", json!("jpsQnnGQmL-YBIffH1136cspYG6-0iY7X1fCE9-E9LI")), JoseError::PrivateMember),
        (jwk("kty", json!("oct")), JoseError::KeyType),
        (jwk("crv", json!("P-384")), JoseError::KeyType),
        (jwk("x", json!("AAAA")), JoseError::Member("x")),
    ] {
        assert_eq!(judge(&sign(&header, &claims()), &expected()), Err(DpopError::Form(fault)), "{header}");
    }
    let mut bare = header();
    bare.as_object_mut().unwrap().remove("jwk");
    assert_eq!(judge(&sign(&bare, &claims()), &expected()), Err(DpopError::Form(JoseError::Missing("jwk"))));
    bare.as_object_mut().unwrap().remove("typ");
    assert_eq!(judge(&sign(&bare, &claims()), &expected()), Err(DpopError::Form(JoseError::Typ)));
    // What browsers export with the key is of no account.
    let mut browser = header();
    browser["jwk"]["ext"] = true.into();
    browser["jwk"]["key_ops"] = json!(["verify"]);
    assert!(judge(&sign(&browser, &claims()), &expected()).is_ok());
}

#[test]
fn sizes_and_several_fields() {
    let good = sign(&header(), &claims());
    assert!(judge(&format!("{good}, {good}"), &expected()).is_err());
    let mut claims = claims();
    claims["pad"] = "x".repeat(4096).into();
    assert_eq!(judge(&sign(&header(), &claims), &expected()), Err(DpopError::Form(JoseError::TooLong)));
}

#[test]
fn signatures_and_keys() {
    let other = other_ec_key();
    // Signed by another key than the one it shows.
    let forged = es256(&other, &header().to_string(), &claims().to_string());
    assert_eq!(judge(&forged, &expected()), Err(DpopError::Signature));
    // A point that is not on the curve can be no signature's key.
    let mut header = header();
    header["jwk"]["y"] = b64([1; 32]).into();
    assert_eq!(judge(&sign(&header, &claims()), &expected()), Err(DpopError::Signature));
    // A good proof of another device.
    let theirs = json!({"typ": "dpop+jwt", "alg": "ES256", "jwk": ec_jwk(&other)});
    let theirs = es256(&other, &theirs.to_string(), &claims().to_string());
    let ours = Proof::parse(&sign(&self::header(), &claims())).unwrap().claimed_key();
    let bound = Expectation { key: Some(ours), ..expected() };
    assert_eq!(judge(&theirs, &bound), Err(DpopError::Binding));
    assert_eq!(judge(&theirs, &expected()).unwrap().key, Proof::parse(&theirs).unwrap().claimed_key());
    assert!(judge(&sign(&self::header(), &claims()), &bound).is_ok());
}

#[test]
fn nonces_of_this_period_and_the_one_before() {
    let key = nonces();
    let start = NOW / NONCE_PERIOD_S * NONCE_PERIOD_S;
    let nonce = key.current(start);
    assert_eq!((nonce.len(), &nonce), (22, &key.current(start + NONCE_PERIOD_S - 1)));
    assert_ne!(nonce, key.current(start + NONCE_PERIOD_S));
    let known = |current: bool| Some(Known { current, incarnation: None });
    assert_eq!(key.accepts(&nonce, start), known(true));
    assert_eq!(key.accepts(&nonce, start + NONCE_PERIOD_S), known(false));
    assert_eq!(key.accepts(&nonce, start + 2 * NONCE_PERIOD_S), None);
    assert_eq!(key.accepts(&nonce, start - 1), None);
    assert_eq!(NonceKey::new(&[4; 32]).unwrap().accepts(&nonce, start), None);
    for bad in ["", "a", &nonce[1..], &format!("{nonce}A"), &format!("{}=", &nonce[..21])] {
        assert_eq!(key.accepts(bad, start), None, "{bad}");
    }
    assert_eq!((key.accepts(&key.current(0), 0), key.accepts(&key.current(200), 0)), (known(true), None));
    assert!(NonceKey::new(&[4; 31]).is_err());

    let expected = Expectation { nonces: Some(&key), ..expected() };
    let mut claims = claims();
    let mut judged = |nonce: Option<String>| {
        claims["nonce"] = nonce.clone().into();
        if nonce.is_none() {
            claims.as_object_mut().unwrap().remove("nonce");
        }
        judge(&sign(&header(), &claims), &expected)
    };
    assert_eq!(judged(None), Err(DpopError::NonceMissing));
    assert_eq!(judged(Some("AAAAAAAAAAAAAAAAAAAAAA".into())), Err(DpopError::Nonce));
    assert_eq!(judged(Some(key.current(NOW - 2 * NONCE_PERIOD_S))), Err(DpopError::Nonce));
    assert!(!judged(Some(key.current(NOW))).unwrap().wants_nonce);
    assert!(judged(Some(key.current(NOW - NONCE_PERIOD_S))).unwrap().wants_nonce);
    // A nonce is the last thing that is asked for.
    let stale = Expectation { now_s: NOW + 100, ..expected };
    assert_eq!(judge(&sign(&header(), &self::claims()), &stale), Err(DpopError::Expired));
}

#[test]
fn a_nonce_carries_the_incarnation_that_asked_for_it() {
    let key = nonces();
    let nonce = key.make(NOW, Some(7));
    assert_eq!((nonce.len(), key.make(NOW, None)), (32, key.current(NOW)));
    assert_eq!(key.accepts(&nonce, NOW), Some(Known { current: true, incarnation: Some(7) }));
    assert_eq!(key.accepts(&nonce, NOW + NONCE_PERIOD_S).unwrap().incarnation, Some(7));
    assert_eq!(key.accepts(&nonce, NOW + 2 * NONCE_PERIOD_S), None);
    assert_ne!(nonce, key.make(NOW, Some(8)));
    // neither kind can be made of the other by cutting or adding
    for bad in [&nonce[..22], &nonce[10..], &format!("{}{}", key.current(NOW), &nonce[22..])] {
        assert_eq!(key.accepts(bad, NOW), None, "{bad}");
    }
    let mut claims = claims();
    claims["nonce"] = nonce.into();
    let expected = Expectation { nonces: Some(&key), ..expected() };
    assert_eq!(judge(&sign(&header(), &claims), &expected).unwrap().incarnation, Some(7));
}

#[test]
fn the_codes_of_rfc_9449() {
    assert_eq!(DpopError::NonceMissing.code(), "use_dpop_nonce");
    assert_eq!(DpopError::Nonce.code(), "use_dpop_nonce");
    assert_eq!(DpopError::Binding.code(), "invalid_token");
    for error in [DpopError::Replayed, DpopError::Method, DpopError::Signature, DpopError::Form(JoseError::Parts)] {
        assert_eq!(error.code(), "invalid_dpop_proof");
    }
}

proptest! {
    #[test]
    fn a_changed_proof_is_refused(at in 0usize..4096, other: u8) {
        let good = sign(&header(), &claims());
        prop_assert!(judge(&good, &expected()).is_ok());
        if let Some(changed) = with_other_character(&good, at, other) {
            prop_assert!(judge(&changed, &expected()).is_err());
        }
    }

    #[test]
    fn a_changed_nonce_is_refused(at in 0usize..32, other: u8, incarnation: Option<u64>) {
        let key = nonces();
        if let Some(changed) = with_other_character(&key.make(NOW, incarnation), at, other) {
            prop_assert_eq!(key.accepts(&changed, NOW), None);
        }
    }

    #[test]
    fn only_the_window_is_accepted(offset in -200i64..200) {
        let iat = NOW.checked_add_signed(offset).unwrap();
        prop_assert_eq!(with("iat", iat).is_ok(), (-60..=5).contains(&offset));
    }

    #[test]
    fn nothing_makes_it_panic(text in "\\PC{0,200}", payload in "\\PC{0,200}", url in "\\PC{0,60}") {
        drop(Proof::parse(&text));
        let signed = es256(&ec_key(), &header().to_string(), &payload);
        drop(judge(&signed, &Expectation { url: &url, ..expected() }));
    }
}
