//! Every parser of untrusted text on its seeds, and on texts made from them. A seed `good-…` must be taken, `bad-…` refused,
//! and no text may panic. `ATTUNE_FUZZ_S` gives each parser that many seconds instead of a moment.
#![allow(clippy::disallowed_methods, reason = "a fuzzing run has an end")]
#![allow(clippy::unwrap_used, reason = "helpers of tests may panic, as tests may")]

use attune_identity::api_key::{ApiKey, ApiKeyRecord, Network, Origin, Peppers};
use attune_identity::audit::{ExpectedHead, Head, verify};
use attune_identity::limits::Limits;
use attune_identity::permission::{Permissions, RoleRef};
use attune_identity::sealed::MasterKeys;
use attune_identity::{email_code, password, recovery, totp};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

type Parser = fn(&[u8]) -> bool;

/// Whether the parser takes the bytes; the name is the directory of its seeds.
const PARSERS: [(&str, Parser); 16] = [
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

fn seeds(parser: &str) -> Vec<PathBuf> {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("seeds").join(parser);
    let mut files: Vec<_> = std::fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    files
}

#[test]
fn seeds_are_judged_as_they_are_named() {
    for (name, parser) in PARSERS {
        let mut kinds = [0, 0];
        for file in seeds(name) {
            let label = file.file_name().unwrap().to_str().unwrap().to_owned();
            let good = label.starts_with("good-");
            assert!(good || label.starts_with("bad-"), "{name}/{label}");
            kinds[usize::from(good)] += 1;
            assert_eq!(parser(&std::fs::read(&file).unwrap()), good, "{name}/{label}");
        }
        assert!(kinds[0] > 0 && kinds[1] > 0, "{name} has seeds of both kinds");
    }
}

/// Bytes changed, doubled, taken out, spliced with another seed: most nasty texts are near to good ones.
#[test]
fn what_is_made_from_seeds_does_not_panic() {
    let seconds = std::env::var_os("ATTUNE_FUZZ_S").and_then(|text| text.to_str()?.parse().ok()).unwrap_or(0);
    for (name, parser) in PARSERS {
        let texts: Vec<Vec<u8>> = seeds(name).iter().map(|file| std::fs::read(file).unwrap()).collect();
        let mut state = 0x9e37_79b9_7f4a_7c15_u64;
        let mut random = move |below: usize| {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            (state >> 16) as usize % below.max(1)
        };
        let end = Instant::now() + Duration::from_secs(seconds);
        let mut round = 0;
        while round < 3_000 || Instant::now() < end {
            round += 1;
            let mut bytes = texts[random(texts.len())].clone();
            for _ in 0..=random(3) {
                let (at, to) = (random(bytes.len()), random(bytes.len() + 1));
                let (from, to) = (at.min(to), at.max(to));
                match random(6) {
                    0 if !bytes.is_empty() => bytes[at] ^= 1 << random(8),
                    1 if !bytes.is_empty() => bytes[at] = random(256) as u8,
                    2 => drop(bytes.drain(from..to.min(from + 8))),
                    3 => bytes.insert(from, *b"\"\\$:/.{}[],_-@\x00\xff019azAZ".get(random(24)).unwrap_or(&b'0')),
                    4 => bytes.extend_from_within(from..to.min(from + 64)),
                    _ => {
                        let other = &texts[random(texts.len())];
                        let cut = random(other.len() + 1);
                        bytes.truncate(from);
                        bytes.extend_from_slice(&other[cut..]);
                    }
                }
            }
            parser(&bytes);
        }
    }
}
