//! Tokens and keys by the published vectors, and everything that must not pass.
#![allow(clippy::unwrap_used, reason = "helpers of tests may panic, as tests may")]

#[path = "jose_support/mod.rs"]
mod support;

use attune_identity::jose::*;
use proptest::prelude::*;
use support::*;

/// RFC 7515, appendices A.1 to A.3.
const A1: &str = "eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ.dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
const A1_KEY: &str = "AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow";
const A2: &str = "eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ.cC4hiUPoj9Eetdgtv3hF80EGrhuB__dzERat0XF9g2VtQgr9PJbu3XOiZj5RZmh7AAuHIm4Bh-0Qc_lF5YKt_O8W2Fp5jujGbds9uJdbF9CUAr7t1dnZcAcQjbKBYNX4BAynRFdiuB--f_nZLgrnbyTyWzO75vRK5h6xBArLIARNPvkSjtQBMHlb1L07Qe7K0GarZRmB_eSN9383LcOLn6_dO--xi12jzDwusC-eOkHWEsqtFZESc6BfI7noOPqvhJ1phCnvWh6IeYI2w9QOYEUipUTI8np6LbgGY9Fs98rqVt5AXLIhWkWywlVmtVrBp0igcN_IoypGlUPQGe77Rw";
const A3: &str = "eyJhbGciOiJFUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ.DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q";

const RULES: Rules = Rules { max_len: 4096, typ: &["jwt"], typ_optional: true, jwk: false };
const BOTH: &[PublicAlg] = &[PublicAlg::Es256, PublicAlg::Rs256];

fn public(text: &str) -> Result<PublicJws> {
    PublicJws::parse(text, &RULES, BOTH)
}

fn key(jwk: &serde_json::Value) -> Result<PublicKey> {
    PublicKey::from_jwk(jwk.to_string().as_bytes())
}

#[test]
fn rfc_7515_appendix_a1() {
    use base64::Engine;
    let secret = base64::engine::general_purpose::URL_SAFE_NO_PAD.decode(A1_KEY).unwrap();
    let token = HmacJws::parse(A1, &RULES).unwrap();
    assert!(token.verify(&HmacKey::new(&secret).unwrap()).unwrap().starts_with(b"{\"iss\":\"joe\""));
    assert_eq!(token.verify(&HmacKey::new(&secret[1..]).unwrap()), Err(JoseError::Signature));
    assert_eq!(HmacKey::new(&secret[..31]).map(|_| ()), Err(JoseError::KeyTooShort));
}

#[test]
fn rfc_7515_appendices_a2_and_a3() {
    let (rsa, ec) = (key(&rsa_jwk(&rsa_key())).unwrap(), PublicKey::from_jwk(EC_JWK.as_bytes()).unwrap());
    let (a2, a3) = (public(A2).unwrap(), public(A3).unwrap());
    assert!(execute(a2.check(&rsa).unwrap()) && execute(a3.check(&ec).unwrap()));
    assert_eq!(a2.check(&ec), Err(JoseError::KeyMismatch));
    assert_eq!(a3.check(&rsa), Err(JoseError::KeyMismatch));
    let other = key(&ec_jwk(&other_ec_key())).unwrap();
    assert!(!execute(a3.check(&other).unwrap()));
    assert_eq!(PublicJws::parse(A2, &RULES, &[PublicAlg::Es256]).map(|_| ()), Err(JoseError::AlgNotAllowed));
}

/// RFC 7638, section 3.1, and RFC 9449, section 6.1.
#[test]
fn thumbprints() {
    let rsa = r#"{"kty":"RSA","n":"0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw","e":"AQAB","alg":"RS256","kid":"2011-04-29"}"#;
    let ec = r#"{"kty":"EC","x":"l8tFrhx-34tV3hRICRDY9zCkDlpBhF42UQUfWVAWBFs","y":"9VE4jf_Ok_o64zbTTlcuNJajHmt6v9TDVrU0CdvGRDA","crv":"P-256"}"#;
    for (jwk, thumbprint) in
        [(rsa, "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs"), (ec, "0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I")]
    {
        let found = PublicKey::from_jwk(jwk.as_bytes()).unwrap().thumbprint();
        assert_eq!(found.to_string(), thumbprint);
        assert_eq!(Thumbprint::parse(thumbprint), Ok(found));
    }
    assert_eq!(Thumbprint::parse("0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4J"), Err(JoseError::Base64));
}

#[test]
fn each_bad_header_has_its_name() {
    let ec = ec_key();
    let jwk = EC_JWK;
    for (header, fault) in [
        (r#"{"alg":"none"}"#.to_owned(), JoseError::AlgNone),
        (r#"{"alg":"nOnE"}"#.to_owned(), JoseError::AlgNone),
        (r#"{"alg":"HS256"}"#.to_owned(), JoseError::AlgSymmetric),
        (r#"{"alg":"HS512"}"#.to_owned(), JoseError::AlgSymmetric),
        (r#"{"alg":"ES384"}"#.to_owned(), JoseError::AlgNotAllowed),
        (r#"{"alg":"es256"}"#.to_owned(), JoseError::AlgNotAllowed),
        (r#"{"alg":"PS256"}"#.to_owned(), JoseError::AlgNotAllowed),
        (r#"{"alg":"EdDSA"}"#.to_owned(), JoseError::AlgNotAllowed),
        (r#"{"alg":""}"#.to_owned(), JoseError::Member("alg")),
        (r#"{"alg":null}"#.to_owned(), JoseError::Member("alg")),
        (r#"{"alg":["ES256"]}"#.to_owned(), JoseError::Member("alg")),
        (r#"{"typ":"JWT"}"#.to_owned(), JoseError::Missing("alg")),
        (r#"{"alg":"ES256","alg":"ES256"}"#.to_owned(), JoseError::Duplicate),
        (r#"{"alg":"ES256","kid":"a","k\u0069d":"b"}"#.to_owned(), JoseError::Duplicate),
        (r#"{"alg":"ES256","crit":["exp"]}"#.to_owned(), JoseError::Crit),
        (r#"{"alg":"ES256","crit":null}"#.to_owned(), JoseError::Crit),
        (r#"{"alg":"ES256","crit":["b64"],"b64":false}"#.to_owned(), JoseError::Crit),
        (r#"{"alg":"ES256","b64":false}"#.to_owned(), JoseError::HeaderEncoding),
        (r#"{"alg":"ES256","zip":"DEF"}"#.to_owned(), JoseError::HeaderEncoding),
        (r#"{"alg":"RSA-OAEP","enc":"A256GCM"}"#.to_owned(), JoseError::HeaderEncoding),
        (format!(r#"{{"alg":"ES256","jwk":{jwk}}}"#), JoseError::HeaderJwk),
        (r#"{"alg":"ES256","jku":"https://evil.example/keys"}"#.to_owned(), JoseError::HeaderJku),
        (r#"{"alg":"ES256","x5u":"https://evil.example/cert"}"#.to_owned(), JoseError::HeaderX5u),
        (r#"{"alg":"ES256","x5c":["MIIB"]}"#.to_owned(), JoseError::HeaderX5c),
        (r#"{"alg":"ES256","typ":"dpop+jwt"}"#.to_owned(), JoseError::Typ),
        (r#"{"alg":"ES256","typ":""}"#.to_owned(), JoseError::Typ),
        (r#"{"alg":"ES256","typ":1}"#.to_owned(), JoseError::Member("typ")),
        (r#"{"alg":"ES256","kid":1}"#.to_owned(), JoseError::Member("kid")),
        (r#"{"alg":"ES256","kid":""}"#.to_owned(), JoseError::Member("kid")),
        (format!(r#"{{"alg":"ES256","kid":"{}"}}"#, "k".repeat(257)), JoseError::Member("kid")),
        ("[]".to_owned(), JoseError::NotObject),
        ("{".to_owned(), JoseError::Json),
        ("\u{feff}{\"alg\":\"ES256\"}".to_owned(), JoseError::Json),
        (format!("{{\"alg\":\"ES256\",\"a\":{}{}}}", "[".repeat(1000), "]".repeat(1000)), JoseError::TooDeep),
    ] {
        assert_eq!(public(&es256(&ec, &header, "{}")).map(|_| ()), Err(fault), "{header}");
    }
    for header in [
        r#"{"alg":"ES256"}"#,
        r#"{"alg":"ES256","typ":"jwt","kid":"a","x5t":"abc","cty":"x","unknown":{}}"#,
        r#"{"alg":"ES256","typ":"application/JWT"}"#,
    ] {
        let token = es256(&ec, header, "{}");
        assert!(execute(public(&token).unwrap().check(&key(&ec_jwk(&ec)).unwrap()).unwrap()), "{header}");
    }
    let strict = Rules { typ_optional: false, ..RULES };
    assert_eq!(PublicJws::parse(A3, &strict, BOTH).map(|_| ()), Err(JoseError::Typ));
}

#[test]
fn a_public_key_is_no_hmac_secret() {
    // The classical attack: HS256 with the public key's text as the secret.
    let jwk = rsa_jwk(&rsa_key());
    let token = hs256(jwk.to_string().as_bytes(), r#"{"alg":"HS256"}"#, "{}");
    assert_eq!(public(&token).map(|_| ()), Err(JoseError::AlgSymmetric));
    // And the reverse: nothing but HS256 where an HMAC is expected.
    for alg in ["RS256", "ES256", "HS384", "HS512", "hs256"] {
        let token = hs256(&[7; 32], &format!(r#"{{"alg":"{alg}"}}"#), "{}");
        assert_eq!(HmacJws::parse(&token, &RULES).map(|_| ()), Err(JoseError::AlgNotAllowed), "{alg}");
    }
    let token = hs256(&[7; 32], r#"{"alg":"none"}"#, "{}");
    assert_eq!(HmacJws::parse(&token, &RULES).map(|_| ()), Err(JoseError::AlgNone));
    let unsigned = format!("{}.", input(r#"{"alg":"none"}"#, "{}"));
    assert_eq!(public(&unsigned).map(|_| ()), Err(JoseError::AlgNone));
}

#[test]
fn the_outer_form() {
    let (header, payload) = (b64(r#"{"alg":"HS256"}"#), b64("{}"));
    let tag = hs256(&[7; 32], r#"{"alg":"HS256"}"#, "{}").rsplit('.').next().unwrap().to_owned();
    for (text, fault) in [
        (String::new(), JoseError::Parts),
        (".".to_owned(), JoseError::Parts),
        ("..".to_owned(), JoseError::Parts),
        (format!("{header}.{payload}"), JoseError::Parts),
        (format!(".{payload}.{tag}"), JoseError::Parts),
        (format!("{header}..{tag}"), JoseError::Parts),
        (format!("{header}.{payload}.{tag}."), JoseError::Parts),
        (format!("{header}.{payload}.{tag}.{tag}.{tag}"), JoseError::Parts),
        (format!("{header}=.{payload}.{tag}"), JoseError::Base64),
        (format!("{header}.{payload}=.{tag}"), JoseError::Base64),
        (format!("{header}.{payload}.{tag}="), JoseError::Base64),
        (format!("{header}.{payload}.{tag}\n"), JoseError::Base64),
        (format!(" {header}.{payload}.{tag}"), JoseError::Base64),
        (format!("{header}.{payload}.+{}", &tag[1..]), JoseError::Base64),
        (format!("{header}.{payload}."), JoseError::SignatureLength),
        (format!("{header}.{payload}.{}", &tag[..40]), JoseError::SignatureLength),
        (format!("{header}.{payload}.{tag}AAA"), JoseError::SignatureLength),
        (format!("{header}.{}.{tag}", "a".repeat(4096)), JoseError::TooLong),
        (format!("{}.{payload}.{tag}", b64(b"{\"alg\":\"\xff\"}")), JoseError::Utf8),
    ] {
        assert_eq!(HmacJws::parse(&text, &RULES).map(|_| ()), Err(fault), "{text}");
    }
    let signed = |header: &str, len: usize| format!("{}.{}", input(header, "{}"), b64(vec![1; len]));
    for (header, len) in [
        (r#"{"alg":"ES256"}"#, 63),
        (r#"{"alg":"ES256"}"#, 65),
        (r#"{"alg":"RS256"}"#, 255),
        (r#"{"alg":"RS256"}"#, 1025),
    ] {
        assert_eq!(public(&signed(header, len)).map(|_| ()), Err(JoseError::SignatureLength), "{header} {len}");
    }
    // One that fits the algorithm, but not the key.
    let longer = public(&signed(r#"{"alg":"RS256"}"#, 257)).unwrap();
    assert_eq!(longer.check(&key(&rsa_jwk(&rsa_key())).unwrap()), Err(JoseError::SignatureLength));
}

#[test]
fn keys_that_are_refused() {
    let good: serde_json::Value = serde_json::from_str(EC_JWK).unwrap();
    let rsa = rsa_jwk(&rsa_key());
    let with = |from: &serde_json::Value, name: &str, value: serde_json::Value| {
        let mut jwk = from.clone();
        jwk[name] = value;
        key(&jwk).map(|_| ())
    };
    for name in ["d", "p", "q", "dp", "dq", "qi", "oth", "k"] {
        assert_eq!(with(&good, name, "AQAB".into()), Err(JoseError::PrivateMember), "{name}");
        assert_eq!(with(&rsa, name, serde_json::Value::Null), Err(JoseError::PrivateMember), "{name}");
    }
    for (from, name, value, fault) in [
        (&good, "kty", "OKP", JoseError::KeyType),
        (&good, "kty", "oct", JoseError::KeyType),
        (&good, "kty", "ec", JoseError::KeyType),
        (&good, "crv", "P-384", JoseError::KeyType),
        (&good, "crv", "secp256k1", JoseError::KeyType),
        (&good, "x", "", JoseError::Member("x")),
        (&good, "x", "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVE", JoseError::Member("x")),
        (&good, "y", "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a1", JoseError::Member("y")),
        (&good, "y", "x/FEzRu9m36HLN/tue659LNpXW6pCyStikYjKIWI5a0", JoseError::Member("y")),
        (&rsa, "e", "AQ", JoseError::RsaSize),
        (&rsa, "e", "Ag", JoseError::RsaSize),
        (&rsa, "e", "AAEAAQ", JoseError::Member("e")),
        (&rsa, "e", "AQAAAAAAAB", JoseError::Member("e")),
        (&rsa, "n", "AQAB", JoseError::RsaSize),
    ] {
        assert_eq!(with(from, name, value.into()), Err(fault), "{name} {value}");
    }
    // 2047 bits, 1024 bits, an even number, 8200 bits.
    let modulus = |first: u8, len: usize, last: u8| {
        let mut bytes = vec![0xff; len];
        (bytes[0], bytes[len - 1]) = (first, last);
        with(&rsa, "n", b64(bytes).into())
    };
    assert_eq!(modulus(0x7f, 256, 1), Err(JoseError::RsaSize));
    assert_eq!(modulus(0xff, 128, 1), Err(JoseError::RsaSize));
    assert_eq!(modulus(0xff, 256, 2), Err(JoseError::RsaSize));
    assert_eq!(modulus(0x00, 257, 1), Err(JoseError::Member("n")));
    assert!(modulus(0xff, 1025, 1).is_err());
    assert_eq!((modulus(0x80, 256, 1), modulus(0xff, 1024, 1)), (Ok(()), Ok(())));
    assert_eq!(with(&good, "kid", "any".into()), Ok(()));
    assert_eq!(PublicKey::from_jwk(&vec![b' '; 9000]), Err(JoseError::TooLong));
}

#[test]
fn key_sets() {
    let (ec, rsa) = (ec_jwk(&ec_key()), rsa_jwk(&rsa_key()));
    let with = |from: &serde_json::Value, more: serde_json::Value| {
        let mut jwk = from.clone();
        jwk.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        jwk
    };
    let set = |keys: Vec<serde_json::Value>| KeySet::parse(serde_json::json!({ "keys": keys }).to_string().as_bytes());
    let full = set(vec![
        with(&rsa, serde_json::json!({"kid": "r", "use": "sig", "alg": "RS256", "x5c": ["MIIC"]})),
        with(&ec, serde_json::json!({"kid": "e", "key_ops": ["verify"]})),
        with(&rsa, serde_json::json!({"kid": "enc", "use": "enc"})),
        with(&rsa, serde_json::json!({"kid": "wrap", "key_ops": ["wrapKey"]})),
        with(&rsa, serde_json::json!({"kid": "r512", "alg": "RS512"})),
        serde_json::json!({"kty": "OKP", "crv": "Ed25519", "x": "AAAA", "kid": "o"}),
        serde_json::json!({"kid": "nothing"}),
    ])
    .unwrap();
    assert_eq!((full.len(), full.is_empty()), (2, false));
    assert_eq!(full.find(Some("r"), PublicAlg::Rs256).unwrap().alg(), PublicAlg::Rs256);
    assert_eq!(full.find(None, PublicAlg::Es256).unwrap().alg(), PublicAlg::Es256);
    assert_eq!(full.find(Some("r"), PublicAlg::Es256), Err(JoseError::KeyMismatch));
    for kid in ["enc", "wrap", "r512", "o", "R", ""] {
        assert_eq!(full.find(Some(kid), PublicAlg::Rs256), Err(JoseError::KeyUnknown), "{kid}");
    }
    let twice = set(vec![rsa.clone(), with(&rsa, serde_json::json!({"kid": "a"}))]).unwrap();
    assert_eq!(twice.find(None, PublicAlg::Rs256), Err(JoseError::KeyAmbiguous));
    assert!(twice.find(Some("a"), PublicAlg::Rs256).is_ok());
    assert_eq!(set(vec![with(&ec, serde_json::json!({"d": "AQAB"}))]), Err(JoseError::PrivateMember));
    assert_eq!(set(vec![serde_json::json!({"kty": "oct", "k": "AQAB"})]), Err(JoseError::PrivateMember));
    assert_eq!(set(vec![ec.clone(); 65]), Err(JoseError::TooManyKeys));
    assert_eq!(set(vec![1.into()]), Err(JoseError::Member("keys")));
    for (text, fault) in [
        ("{}", JoseError::Missing("keys")),
        (r#"{"keys":{}}"#, JoseError::Member("keys")),
        (r#"{"keys":[],"keys":[]}"#, JoseError::Duplicate),
        ("[]", JoseError::NotObject),
    ] {
        assert_eq!(KeySet::parse(text.as_bytes()), Err(fault));
    }
    assert_eq!(KeySet::parse(&vec![b' '; MAX_KEY_SET + 1]), Err(JoseError::TooLong));
}

#[test]
fn secrets_are_not_printed() {
    let key = HmacKey::new(b"0123456789abcdef0123456789abcdef").unwrap();
    assert_eq!(format!("{key:?}"), "HmacKey([secret])");
    assert!(!format!("{:?}", public(A3).unwrap()).contains("joe"));
}

proptest! {
    /// Any other character anywhere, and it is no token of this key any more.
    #[test]
    fn a_changed_hmac_token_is_refused(at in 0usize..4096, other: u8, payload in "\\PC{0,40}") {
        let payload = serde_json::json!({ "a": payload }).to_string();
        let token = hs256(&[7; 32], r#"{"alg":"HS256"}"#, &payload);
        let key = HmacKey::new(&[7; 32]).unwrap();
        let jws = HmacJws::parse(&token, &RULES).unwrap();
        prop_assert_eq!(jws.verify(&key), Ok(payload.as_bytes()));
        if let Some(changed) = with_other_character(&token, at, other) {
            prop_assert!(HmacJws::parse(&changed, &RULES).and_then(|jws| jws.verify(&key).map(|_| ())).is_err());
        }
    }

    #[test]
    fn a_changed_es256_token_is_refused(at in 0usize..4096, other: u8) {
        let key = PublicKey::from_jwk(EC_JWK.as_bytes()).unwrap();
        if let Some(changed) = with_other_character(A3, at, other) {
            prop_assert!(!public(&changed).is_ok_and(|jws| jws.check(&key).is_ok_and(execute)));
        }
    }

    #[test]
    fn nothing_makes_it_panic(bytes in proptest::collection::vec(any::<u8>(), 0..300), text in "[A-Za-z0-9_.=-]{0,300}") {
        drop((PublicKey::from_jwk(&bytes), KeySet::parse(&bytes)));
        drop((public(&text), HmacJws::parse(&text, &RULES), public(&String::from_utf8_lossy(&bytes))));
    }
}
