//! Header fields that carry credentials, on texts made from good ones: the three of a signed request (RFC 9421), the address of a
//! caller, and the operator's key.
#![allow(clippy::unwrap_used, reason = "helpers of tests may panic, as tests may")]

use attune_identity::api_key::{caller_address, verify_operator};
use attune_identity::signature::{MAX_AGE_S, PrivateKey, PublicKeys, SignatureHeaders, sign, verify};
use attune_test_support::fuzz::{self, Target};
use std::sync::OnceLock;

/// RFC 9421, appendix B.1.4.
const KEY: &str =
    r#"{"kid":"k1","private_key_pkcs8_base64":"MC4CAQAwBQYDK2VwBCIEIJ+DYvh6SEqVTm50DFtMDoQikTmiCqirVv9mWG9qfSnF"}"#;
const NOW: u64 = 1_800_000_000;

fn text(bytes: &[u8]) -> Option<&str> {
    core::str::from_utf8(bytes).ok()
}

/// Three fields, a line each.
fn signed(text: &str) -> bool {
    static KEYS: OnceLock<PublicKeys> = OnceLock::new();
    let keys = KEYS
        .get_or_init(|| PublicKeys::from_base64url([("k1", "JrQLj5P_89iXES9-vFgrIy29clF9CC_oPPsw3c5D0bs")]).unwrap());
    let mut lines = text.split('\n');
    let headers =
        SignatureHeaders { content_digest: lines.next(), signature_input: lines.next(), signature: lines.next() };
    verify(headers, "POST", "/internal/v1/control/propose", b"{}", NOW, MAX_AGE_S, keys).is_ok()
}

const TARGETS: &[Target] = &[
    ("signature", |bytes| text(bytes).is_some_and(signed)),
    ("address", |bytes| text(bytes).is_some_and(|text| caller_address(text).is_some())),
    ("operator", |bytes| text(bytes).is_some_and(|text| verify_operator(text, &"0".repeat(64)))),
];

fn seeds(name: &str) -> Vec<Vec<u8>> {
    let texts: Vec<String> = match name {
        "signature" => {
            let key = PrivateKey::from_secret_json(KEY).unwrap();
            let made = sign(&key, "POST", "/internal/v1/control/propose", b"{}", NOW).unwrap();
            vec![format!("{}\n{}\n{}", made.content_digest, made.signature_input, made.signature)]
        }
        "address" => ["192.0.2.7", "2001:db8::7", "::ffff:192.0.2.7"].map(str::to_owned).into(),
        _ => vec![format!("atn_operator_{}", "0".repeat(43))],
    };
    texts.into_iter().map(String::into_bytes).collect()
}

#[test]
fn good_ones_are_taken_and_no_other() {
    for (name, target) in TARGETS {
        // nobody knows a text whose hash is all zeros
        assert_eq!(seeds(name).iter().all(|seed| target(seed)), *name != "operator", "{name}");
        for bad in [&b""[..], b"\xff", b"\n\n", b"()", b"192.0.2.256"] {
            assert!(!target(bad), "{name} {bad:?}");
        }
    }
}

#[test]
fn what_is_made_from_them_does_not_panic() {
    fuzz::run(TARGETS, seeds);
}
