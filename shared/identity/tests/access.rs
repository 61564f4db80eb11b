//! Access tokens of our own.
#![allow(clippy::unwrap_used, reason = "helpers of tests may panic, as tests may")]

#[path = "jose_support/mod.rs"]
mod support;

use attune_identity::access::*;
use attune_identity::jose::{JoseError, Thumbprint};
use proptest::prelude::*;
use serde_json::{Value, json};
use support::*;

const NOW: u64 = 1_800_000_000;
const SECRET: [u8; 32] = [0x11; 32];

fn keys() -> AccessKeys {
    AccessKeys::new([("a2", "22".repeat(32)), ("a1", "11".repeat(32))], "a1").unwrap()
}

fn claims() -> AccessClaims {
    AccessClaims {
        cell: "eu1".into(),
        user: "usr_01hzy3v5q8r2m4k6n7p9s1t3w5".into(),
        tenant: "tnt_eu1_01hzy3v5q8r2m4k6n7p9s1t3w6".into(),
        device: "dev_01hzy3v5q8r2m4k6n7p9s1t3w7".into(),
        epoch: 7,
        jti: "AAECAwQFBgcICQoLDA0ODw".into(),
        key: Thumbprint::parse("0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I").unwrap(),
        issued_at_s: NOW,
        expires_at_s: NOW + LIFETIME_S,
    }
}

fn payload() -> Value {
    json!({
        "iss": "https://eu1.attune", "aud": "attune", "sub": claims().user, "tid": claims().tenant, "did": claims().device,
        "epoch": 7, "iat": NOW, "exp": NOW + 300, "jti": claims().jti, "cnf": {"jkt": claims().key.to_string()},
    })
}

const HEADER: &str = r#"{"alg":"HS256","kid":"a1","typ":"at+jwt"}"#;

fn verify(header: &str, payload: &Value) -> Result<AccessClaims> {
    keys().verify(&hs256(&SECRET, header, &payload.to_string()), "eu1", NOW)
}

fn with(name: &str, value: Value) -> Result<AccessClaims> {
    let mut payload = payload();
    payload[name] = value;
    verify(HEADER, &payload)
}

/// Tokens of this form are in clients' hands for five minutes while versions change.
#[test]
fn golden() {
    let token = keys().mint(&claims(), NOW);
    let parts: Vec<_> = token.split('.').collect();
    let text = |part: &str| {
        use base64::Engine;
        String::from_utf8(base64::engine::general_purpose::URL_SAFE_NO_PAD.decode(part).unwrap()).unwrap()
    };
    assert_eq!(text(parts[0]), HEADER);
    assert_eq!(
        text(parts[1]),
        concat!(
            r#"{"iss":"https://eu1.attune","aud":"attune","sub":"usr_01hzy3v5q8r2m4k6n7p9s1t3w5","#,
            r#""tid":"tnt_eu1_01hzy3v5q8r2m4k6n7p9s1t3w6","did":"dev_01hzy3v5q8r2m4k6n7p9s1t3w7","epoch":7,"#,
            r#""iat":1800000000,"exp":1800000300,"jti":"AAECAwQFBgcICQoLDA0ODw","#,
            r#""cnf":{"jkt":"0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I"}}"#
        )
    );
    assert_eq!(token, hs256(&SECRET, HEADER, &text(parts[1])));
    assert_eq!(keys().verify(&token, "eu1", NOW), Ok(claims()));
    assert!(token.len() < 600, "{}", token.len());
}

#[test]
fn its_life() {
    let token = keys().mint(&claims(), NOW);
    let at = |now_s| keys().verify(&token, "eu1", now_s).map(|_| ());
    assert_eq!((at(NOW), at(NOW + 299), at(NOW - 5)), (Ok(()), Ok(()), Ok(())));
    assert_eq!((at(NOW + 300), at(NOW - 6)), (Err(AccessError::Expired), Err(AccessError::NotYetValid)));
    assert_eq!(at(u64::MAX), Err(AccessError::Expired));
    drop(keys().mint(&claims(), u64::MAX));
}

#[test]
fn each_fault_has_its_name() {
    assert_eq!(verify(HEADER, &payload()), Ok(claims()));
    for (name, value, error) in [
        ("iss", json!("https://us1.attune"), AccessError::Issuer),
        ("iss", json!("https://eu1.attune/"), AccessError::Issuer),
        ("aud", json!("other"), AccessError::Audience),
        ("aud", json!(["attune"]), AccessError::Form(JoseError::Member("aud"))),
        ("exp", json!(NOW), AccessError::Expired),
        ("exp", json!("1800000300"), AccessError::Form(JoseError::Member("exp"))),
        ("exp", json!(1_800_000_300.5), AccessError::Form(JoseError::Member("exp"))),
        ("iat", json!(NOW + 6), AccessError::NotYetValid),
        ("epoch", json!(-1), AccessError::Form(JoseError::Member("epoch"))),
        ("sub", json!(""), AccessError::Form(JoseError::Member("sub"))),
        ("sub", json!({}), AccessError::Form(JoseError::Member("sub"))),
        ("cnf", json!("x"), AccessError::Form(JoseError::Member("cnf"))),
        ("cnf", json!({}), AccessError::Form(JoseError::Missing("jkt"))),
        ("cnf", json!({"jkt": "AAAA"}), AccessError::Form(JoseError::Base64)),
    ] {
        assert_eq!(with(name, value.clone()), Err(error), "{name} {value}");
    }
    for name in ["iss", "aud", "sub", "tid", "did", "epoch", "iat", "exp", "jti", "cnf"] {
        let mut payload = payload();
        payload.as_object_mut().unwrap().remove(name);
        assert_eq!(verify(HEADER, &payload), Err(AccessError::Form(JoseError::Missing(name))));
    }
    for (header, error) in [
        (r#"{"alg":"HS256","kid":"a3","typ":"at+jwt"}"#, AccessError::KeyUnknown),
        (r#"{"alg":"HS256","kid":"a2","typ":"at+jwt"}"#, AccessError::Signature),
        (r#"{"alg":"HS256","typ":"at+jwt"}"#, AccessError::Form(JoseError::Missing("kid"))),
        (r#"{"alg":"HS256","kid":"a1","typ":"JWT"}"#, AccessError::Form(JoseError::Typ)),
        (r#"{"alg":"HS256","kid":"a1"}"#, AccessError::Form(JoseError::Typ)),
        (r#"{"alg":"none","kid":"a1","typ":"at+jwt"}"#, AccessError::Form(JoseError::AlgNone)),
        (r#"{"alg":"RS256","kid":"a1","typ":"at+jwt"}"#, AccessError::Form(JoseError::AlgNotAllowed)),
        (r#"{"alg":"HS256","kid":"a1","typ":"at+jwt","crit":["x"]}"#, AccessError::Form(JoseError::Crit)),
        (r#"{"alg":"HS256","kid":"a1","typ":"at+jwt","jwk":{}}"#, AccessError::Form(JoseError::HeaderJwk)),
    ] {
        assert_eq!(verify(header, &payload()), Err(error), "{header}");
    }
    let twice = format!("{},\"sub\":\"usr_x\"}}", payload().to_string().trim_end_matches('}'));
    let twice = keys().verify(&hs256(&SECRET, HEADER, &format!("{twice}}}")), "eu1", NOW);
    assert!(twice.is_err());
    let twice = payload().to_string().replacen('{', r#"{"sub":"usr_x","#, 1);
    assert_eq!(
        keys().verify(&hs256(&SECRET, HEADER, &twice), "eu1", NOW),
        Err(AccessError::Form(JoseError::Duplicate))
    );
    assert_eq!(with("pad", "x".repeat(2048).into()), Err(AccessError::Form(JoseError::TooLong)));
}

#[test]
fn keys_rotate() {
    let old = AccessKeys::new([("a2", "22".repeat(32))], "a2").unwrap();
    let token = old.mint(&claims(), NOW);
    assert_eq!(keys().verify(&token, "eu1", NOW), Ok(claims()));
    assert_eq!(keys().current_id(), "a1");
    let new = AccessKeys::new([("a1", "11".repeat(32))], "a1").unwrap();
    assert_eq!(new.verify(&token, "eu1", NOW), Err(AccessError::KeyUnknown));
    assert_eq!(old.verify(&keys().mint(&claims(), NOW), "eu1", NOW), Err(AccessError::KeyUnknown));
}

#[test]
fn bad_configuration_stops_the_start() {
    let good = "00".repeat(32);
    let new = |keys: &[(&str, &str)], current: &str| AccessKeys::new(keys.to_vec(), current).map(|_| ());
    assert_eq!(new(&[("a", &good)], "a"), Ok(()));
    for (keys, current) in [
        (vec![], "a"),
        (vec![("a", good.as_str())], "b"),
        (vec![("a", &good[2..])], "a"),
        (vec![("a", "zz")], "a"),
        (vec![("", good.as_str())], ""),
        (vec![("a b", good.as_str())], "a b"),
        (vec![("a\"", good.as_str())], "a\""),
        (vec![("a", good.as_str()), ("a", good.as_str())], "a"),
    ] {
        assert_eq!(new(&keys, current), Err(AccessError::KeyInvalid), "{keys:?}");
    }
    assert_eq!(format!("{:?}", keys()), r#"AccessKeys { ids: ["a1", "a2"], current: "a1" }"#);
}

proptest! {
    #[test]
    fn a_changed_token_is_refused(at in 0usize..2048, other: u8) {
        let token = keys().mint(&claims(), NOW);
        if let Some(changed) = with_other_character(&token, at, other) {
            prop_assert!(keys().verify(&changed, "eu1", NOW).is_err());
        }
    }

    #[test]
    fn what_is_minted_is_read(user in "[ -~]{1,64}", jti in "\\PC{1,20}", epoch: u64, now in 0u64..1 << 40) {
        prop_assume!(user.len() <= 64 && jti.len() <= 64);
        let claims = AccessClaims { user, jti, epoch, issued_at_s: now, expires_at_s: now + LIFETIME_S, ..claims() };
        prop_assert_eq!(keys().verify(&keys().mint(&claims, now), "eu1", now), Ok(claims));
    }
}
