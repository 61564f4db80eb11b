//! Every parser of untrusted text on its seeds, and on texts made from them. A seed `good-…` must be taken, `bad-…` refused,
//! and no text may panic. `ATTUNE_FUZZ_S` gives each parser that many seconds instead of a moment.
#![allow(clippy::unwrap_used, reason = "helpers of tests may panic, as tests may")]

use attune_identity::api_key::{ApiKey, ApiKeyRecord, Network, Origin, Peppers};
use attune_identity::audit::{ExpectedHead, Head, verify};
use attune_identity::limits::Limits;
use attune_identity::permission::{Permissions, RoleRef};
use attune_identity::sealed::MasterKeys;
use attune_identity::{email_code, password, recovery, totp};
use attune_test_support::fuzz::{self, Target};
use std::path::Path;

/// Whether the parser takes the bytes; the name is the directory of its seeds.
const PARSERS: [Target; 16] = [
    ("api_key", |bytes| text(bytes).is_some_and(|text| ApiKey::parse(text).is_ok())),
    ("api_key_record", |bytes| serde_json::from_slice::<ApiKeyRecord>(bytes).is_ok()),
    ("audit", |bytes| verify(bytes, Head::default(), None).is_ok()),
    ("audit_head", |bytes| text(bytes).is_some_and(|text| text.parse::<ExpectedHead>().is_ok())),
    ("email_code", |bytes| text(bytes).is_some_and(email_code)),
    ("limits", |bytes| text(bytes).is_some_and(|text| Limits::parse(text).is_ok())),
    ("network", |bytes| text(bytes).is_some_and(|text| Network::parse(text).is_ok())),
    ("origin", |bytes| text(bytes).is_some_and(|text| Origin::parse(text).is_ok())),
    ("password", |bytes| text(bytes).is_some_and(|text| password::Password::parse(text).is_ok())),
    ("password_hash", |bytes| text(bytes).is_some_and(password_hash)),
    ("permissions", |bytes| serde_json::from_slice::<Permissions>(bytes).is_ok()),
    ("recovery_code", |bytes| text(bytes).is_some_and(recovery_code)),
    ("role", |bytes| text(bytes).is_some_and(|text| text.parse::<RoleRef>().is_ok())),
    ("sealed", |bytes| text(bytes).is_some_and(sealed)),
    ("totp_code", |bytes| text(bytes).is_some_and(totp_code)),
    ("totp_secret", |bytes| text(bytes).is_some_and(|text| totp::Secret::from_base32(text).is_ok())),
];

fn text(bytes: &[u8]) -> Option<&str> {
    core::str::from_utf8(bytes).ok()
}

fn peppers() -> Peppers {
    Peppers::new([("p1", "11".repeat(32))], "p1").unwrap()
}

fn email_code(text: &str) -> bool {
    let (_, mut sent) = email_code::Sent::generate("s", &peppers(), [0; email_code::ENTROPY], 0).unwrap();
    sent.check("s", text, &peppers(), 0).is_ok()
}

fn recovery_code(text: &str) -> bool {
    let (_, mut codes) = recovery::Codes::generate("u", &peppers(), &[0; recovery::ENTROPY]).unwrap();
    codes.redeem("u", text, &peppers()).is_ok()
}

fn totp_code(text: &str) -> bool {
    totp::Secret::new(*b"12345678901234567890").verify(text, 59, None).is_ok()
}

fn sealed(text: &str) -> bool {
    let keys = MasterKeys::new([("k1", "11".repeat(32)), ("k2", "22".repeat(32))], "k2").unwrap();
    keys.open("tnt_eu1_01hzy3v5q8r2m4k6n7p9s1t3w5", "totp", text).is_ok()
}

/// Whether the stored hash is read; hashes that would take long are left to their own tests.
fn password_hash(text: &str) -> bool {
    let long = text.split(['=', ',', '$']).any(|part| part.len() > 2 && part.parse::<u32>().is_ok_and(|n| n > 64));
    let known = text.contains("m=4294967295") || text.contains("t=4294967295") || text.contains("p=16777215");
    if long && !known {
        return false;
    }
    password::verify(&password::Password::parse("password").unwrap(), text).is_ok()
}

fn seeds(parser: &str) -> Vec<(String, Vec<u8>)> {
    fuzz::files(&Path::new(env!("CARGO_MANIFEST_DIR")).join("seeds").join(parser))
}

#[test]
fn seeds_are_judged_as_they_are_named() {
    for (name, parser) in PARSERS {
        let mut kinds = [0, 0];
        for (label, bytes) in seeds(name) {
            let good = label.starts_with("good-");
            assert!(good || label.starts_with("bad-"), "{name}/{label}");
            kinds[usize::from(good)] += 1;
            assert_eq!(parser(&bytes), good, "{name}/{label}");
        }
        assert!(kinds[0] > 0 && kinds[1] > 0, "{name} has seeds of both kinds");
    }
}

#[test]
fn what_is_made_from_seeds_does_not_panic() {
    fuzz::run(&PARSERS, |name| seeds(name).into_iter().map(|(_, bytes)| bytes).collect());
}
