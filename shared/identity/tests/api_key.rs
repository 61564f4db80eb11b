//! Keys from making to judging.
#![allow(clippy::unwrap_used, reason = "helpers of tests may panic, as tests may")]

use attune_identity::Error;
use attune_identity::api_key::*;
use proptest::prelude::*;

const TENANT: &str = "01hzy3v5q8r2m4k6n7p9s1t3w5";
const NOW: u64 = 1_800_000_000_000;

fn peppers() -> Peppers {
    Peppers::new([("p1", "11".repeat(32)), ("p2", "22".repeat(32))], "p2").unwrap()
}

fn key(entropy: &[u8]) -> ApiKey {
    ApiKey::generate(Environment::Test, "eu1", TENANT, entropy).unwrap()
}

fn record(key: &ApiKey) -> ApiKeyRecord {
    let scopes = [Scope::SnapshotsWrite, Scope::ConfigRead].into_iter().collect();
    ApiKeyRecord::new(key, &peppers(), "station 4", scopes, NOW, Some(NOW + 1000)).unwrap()
}

/// The format is in clients' hands: this text must parse for ever.
#[test]
fn golden_key() {
    let key = key(&(0..64).collect::<Vec<u8>>());
    let golden = include_str!("golden/api-key.txt").trim_end();
    assert_eq!(key.expose(), golden);
    let parsed = ApiKey::parse(golden).unwrap();
    assert_eq!(parsed, key);
    assert_eq!((parsed.environment(), parsed.cell(), parsed.tenant_ulid()), (Environment::Test, "eu1", TENANT));
    assert_eq!(parsed.tenant_id(), format!("tnt_eu1_{TENANT}"));
    assert_eq!(parsed.key_id().len(), 32);
}

/// So is the record at rest.
#[test]
fn golden_record() {
    let record = record(&key(&(0..64).collect::<Vec<u8>>()));
    let golden = include_str!("golden/api-key-record.json");
    assert_eq!(serde_json::to_string_pretty(&record).unwrap(), golden.trim_end());
    let newer =
        golden.replacen('{', r#"{"added_later": 1,"#, 1).replace("\"config:read\"", "\"config:read\", \"later:scope\"");
    assert_eq!(serde_json::from_str::<ApiKeyRecord>(&newer).unwrap(), record);
}

#[test]
fn each_fault_has_its_name() {
    let key = key(&[9; 64]);
    let good = key.expose();
    let key_id = key.key_id();
    for (text, error) in [
        (String::new(), Error::KeyPrefix),
        ("sk_live_1".to_owned(), Error::KeyPrefix),
        (good.replace("atn_", "Atn_"), Error::KeyPrefix),
        (format!("{good}_"), Error::KeyPrefix),
        (good.replace("_eu1", ""), Error::KeyPrefix),
        (good.replace("test", "prod"), Error::KeyEnvironment),
        (good.replace("eu1", "EU1"), Error::KeyCell),
        (good.replace("eu1", "e"), Error::KeyCell),
        (good.replace("eu1", "eu123456789"), Error::KeyCell),
        (good[..good.len() - 1].to_owned(), Error::KeyLength),
        (format!("{good}0"), Error::KeyLength),
        (good.replace(key_id, &key_id[1..]), Error::KeyLength),
        (good.replace(key_id, &key_id.to_uppercase()), Error::KeyAlphabet),
        (good.replace(key_id, &key_id.replacen('0', "8", 1)), Error::KeyAlphabet),
        (format!("{}-", &good[..good.len() - 1]), Error::KeyAlphabet),
        (good.replace("test", "live"), Error::KeyChecksum),
        (good.replace("eu1", "us1"), Error::KeyChecksum),
    ] {
        assert_eq!(ApiKey::parse(&text), Err(error), "{text}");
    }
    assert_eq!(key.require(Environment::Live, "eu1"), Err(Error::KeyWrongEnvironment));
    assert_eq!(key.require(Environment::Test, "us1"), Err(Error::KeyWrongCell));
    assert_eq!(key.require(Environment::Test, "eu1"), Ok(()));
}

#[test]
fn making_refuses_what_it_cannot_use() {
    let make = |cell, tenant, bytes: &[u8]| ApiKey::generate(Environment::Live, cell, tenant, bytes).map(|_| ());
    assert_eq!(make("eu1", TENANT, &[0; 63]), Err(Error::Entropy));
    assert_eq!(make("eu1", TENANT, &[255; 64]), Err(Error::Entropy));
    assert_eq!(make("e_1", TENANT, &[0; 64]), Err(Error::KeyCell));
    assert_eq!(make("eu1", "81hzy3v5q8r2m4k6n7p9s1t3w5", &[0; 64]), Err(Error::TenantUlid));
    assert_eq!(make("eu1", &TENANT[1..], &[0; 64]), Err(Error::TenantUlid));
}

#[test]
fn judgement() {
    let (good, other) = (key(&[1; 64]), key(&[2; 64]));
    let (stored, peppers) = (record(&good), peppers());
    let judge = |key: &ApiKey, record: Option<&ApiKeyRecord>, now, scope| {
        authenticate(key, record, &peppers, now, scope).map(|principal| principal.tenant_id)
    };
    let tenant = format!("tnt_eu1_{TENANT}");
    assert_eq!(judge(&good, Some(&stored), NOW, Scope::ConfigRead), Ok(tenant));
    assert_eq!(judge(&good, Some(&stored), NOW, Scope::RunsRead), Err(Error::MissingScope(Scope::RunsRead)));
    assert!(judge(&good, Some(&stored), NOW + 999, Scope::ConfigRead).is_ok());
    assert_eq!(judge(&good, Some(&stored), NOW + 1000, Scope::ConfigRead), Err(Error::KeyExpired));
    let revoked = ApiKeyRecord { revoked_at: Some(NOW), ..stored.clone() };
    assert_eq!(judge(&good, Some(&revoked), NOW, Scope::ConfigRead), Err(Error::KeyRevoked));

    // Unknown, wrong secret, and wrong secret of a revoked key: one answer.
    let unknown = judge(&good, None, NOW, Scope::ConfigRead).unwrap_err();
    assert_eq!(judge(&other, Some(&stored), NOW, Scope::ConfigRead), Err(unknown.clone()));
    assert_eq!(judge(&other, Some(&revoked), NOW, Scope::ConfigRead), Err(unknown.clone()));
    // The right hash under another key id is no match either.
    let moved = ApiKeyRecord { key_id: other.key_id().to_owned() + "x", ..stored.clone() };
    assert_eq!(judge(&good, Some(&moved), NOW, Scope::ConfigRead), Err(unknown));
    // A pepper that went missing is our fault, not the key's.
    let orphan = ApiKeyRecord { pepper_id: "p0".to_owned(), ..stored };
    assert_eq!(judge(&good, Some(&orphan), NOW, Scope::ConfigRead), Err(Error::PepperMissing));
}

#[test]
fn an_old_pepper_still_serves_its_records() {
    let good = key(&[1; 64]);
    let old = Peppers::new([("p1", "11".repeat(32))], "p1").unwrap();
    let stored = ApiKeyRecord::new(&good, &old, "", Scopes::all(), NOW, None).unwrap();
    assert_eq!(stored.pepper_id, "p1");
    assert!(authenticate(&good, Some(&stored), &peppers(), NOW, Scope::RunsWrite).is_ok());
}

#[test]
fn debug_shows_no_secret() {
    let key = key(&[1; 64]);
    let shown = format!("{key:?} {:?}", record(&key));
    assert!(!shown.contains(&key.expose()[50..]), "{shown}");
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_is_made_can_be_read(entropy in prop::collection::vec(any::<u8>(), 128), live: bool, cell in "[a-z][a-z0-9]{1,9}") {
        let environment = if live { Environment::Live } else { Environment::Test };
        let key = ApiKey::generate(environment, &cell, TENANT, &entropy).unwrap();
        let parsed = ApiKey::parse(key.expose()).unwrap();
        prop_assert_eq!(parsed.cell(), cell);
        prop_assert_eq!(parsed.environment(), environment);
        prop_assert_eq!(&parsed.key_id()[..26], TENANT);
        prop_assert_eq!(parsed, key);
    }

    #[test]
    fn a_changed_character_is_noticed(entropy in prop::collection::vec(any::<u8>(), 128), at: prop::sample::Index, to in any::<char>()) {
        let key = key(&entropy);
        let stored = record(&key);
        let mut letters: Vec<char> = key.expose().chars().collect();
        let at = at.index(letters.len());
        prop_assume!(letters[at] != to);
        letters[at] = to;
        let changed: String = letters.into_iter().collect();
        // CRC-32 finds every burst of up to 32 bits, so one changed ASCII character never gets past it.
        match ApiKey::parse(&changed) {
            Err(_) => {}
            Ok(changed) => prop_assert!(!stored.verify(&changed, &peppers()).unwrap()),
        }
    }

    #[test]
    fn reading_never_panics(text in "(atn_)?(live_|test_)?(eu1_)?\\PC{0,90}") {
        let _ = ApiKey::parse(&text);
    }
}

/// Any other valid key, even one whose checksum is right, has another hash.
#[test]
fn exhaustive_flips_within_the_alphabet() {
    let key = key(&[5; 64]);
    for at in 0..key.expose().len() {
        for to in ('0'..='9').chain('a'..='z').chain('A'..='Z').chain(['_', '-']) {
            let mut text: Vec<char> = key.expose().chars().collect();
            if text[at] != to {
                text[at] = to;
                assert!(ApiKey::parse(&text.into_iter().collect::<String>()).is_err(), "position {at}, {to}");
            }
        }
    }
}
