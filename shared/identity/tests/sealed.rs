//! Secrets at rest: they open where they were sealed for, and nowhere else.
#![allow(clippy::unwrap_used, reason = "helpers of tests may panic, as tests may")]

use attune_identity::sealed::{Error, LARGEST, MasterKeys, NONCE};
use proptest::prelude::*;

const TENANT: &str = "tnt_eu1_01hzy3v5q8r2m4k6n7p9s1t3w5";

fn keys() -> MasterKeys {
    MasterKeys::new([("k1", "11".repeat(32)), ("k2", "22".repeat(32))], "k2").unwrap()
}

fn open(keys: &MasterKeys, tenant: &str, field: &str, text: &str) -> Result<Vec<u8>, Error> {
    keys.open(tenant, field, text).map(|secret| secret.expose().clone())
}

/// What lies in objects must open for ever.
#[test]
fn golden_sealed_secret() {
    let text = keys().seal(TENANT, "totp", b"12345678901234567890", core::array::from_fn(|at| at as u8)).unwrap();
    assert_eq!(text, include_str!("golden/sealed.txt").trim_end());
    assert_eq!(open(&keys(), TENANT, "totp", &text).unwrap(), b"12345678901234567890");
}

#[test]
fn other_tenants_fields_and_keys_do_not_open_it() {
    let text = keys().seal(TENANT, "totp", b"secret", [9; NONCE]).unwrap();
    for (tenant, field) in [
        ("tnt_eu1_other", "totp"),
        (TENANT, "livekit"),
        ("", "totp"),
        (TENANT, ""),
        (TENANT, "totp "),
        ("totp", TENANT),
    ] {
        assert_eq!(open(&keys(), tenant, field, &text), Err(Error::Refused), "{tenant} {field}");
    }
    // the id of another key, or another key of that id
    assert_eq!(open(&keys(), TENANT, "totp", &text.replace("k2", "k1")), Err(Error::Refused));
    let other = MasterKeys::new([("k2", "33".repeat(32))], "k2").unwrap();
    assert_eq!(open(&other, TENANT, "totp", &text), Err(Error::Refused));
    let without = MasterKeys::new([("k1", "11".repeat(32))], "k1").unwrap();
    assert_eq!(open(&without, TENANT, "totp", &text), Err(Error::KeyMissing));
}

#[test]
fn rotation() {
    let before = MasterKeys::new([("k1", "11".repeat(32))], "k1").unwrap();
    let text = before.seal(TENANT, "f", b"secret", [1; NONCE]).unwrap();
    assert_eq!((before.is_former(&text), keys().is_former(&text)), (Ok(false), Ok(true)));
    let secret = open(&keys(), TENANT, "f", &text).unwrap();
    let anew = keys().seal(TENANT, "f", &secret, [2; NONCE]).unwrap();
    assert_eq!(keys().is_former(&anew), Ok(false));
    assert!(anew.starts_with("s1.k2."));
    assert_eq!(keys().is_former("x"), Err(Error::Form));
}

#[test]
fn sizes() {
    for size in [0, 1, LARGEST] {
        let text = keys().seal(TENANT, "f", &vec![7; size], [1; NONCE]).unwrap();
        assert_eq!(open(&keys(), TENANT, "f", &text).unwrap().len(), size);
    }
    assert_eq!(keys().seal(TENANT, "f", &vec![7; LARGEST + 1], [1; NONCE]), Err(Error::TooLarge));
}

#[test]
fn other_texts_are_refused() {
    let good = keys().seal(TENANT, "f", b"secret", [1; NONCE]).unwrap();
    for bad in [
        String::new(),
        "s1".to_owned(),
        "s1.".to_owned(),
        "s1.k2".to_owned(),
        "s1.k2.".to_owned(),
        "s1..AAAA".to_owned(),
        good.replace("s1", "s2"),
        good.replace("s1", "S1"),
        good.replace("k2", "K2"),
        good.replace("k2", "k_2"),
        good.replace("k2", "k2k2k2k2k2k2k2k2k"),
        format!("{good}="),
        format!("{good} "),
        format!("{good}.x"),
        format!(" {good}"),
        good.replacen('_', "/", 1) + "+",
        good[..40].to_owned(),
        "s1.k2.".to_owned() + &"A".repeat(52),
        "s1.k2.".to_owned() + &"A".repeat(200_000),
    ] {
        assert_eq!(open(&keys(), TENANT, "f", &bad), Err(Error::Form), "{bad:.80}");
    }
    // the shortest that could be one
    assert_eq!(open(&keys(), TENANT, "f", &("s1.k2.".to_owned() + &"A".repeat(54))), Err(Error::Refused));
}

#[test]
fn weak_or_missing_keys_stop_the_start() {
    let good = "00".repeat(32);
    for (id, text, current) in [
        ("k", "00".repeat(31), "k"),
        ("k", "zz".repeat(32), "k"),
        ("k", good.clone(), "l"),
        ("", good.clone(), ""),
        ("K", good.clone(), "K"),
        ("a.b", good.clone(), "a.b"),
        ("12345678901234567", good, "12345678901234567"),
    ] {
        assert_eq!(MasterKeys::new([(id, text)], current).map(drop), Err(Error::KeyInvalid));
    }
    assert_eq!(format!("{:?}", keys()), r#"MasterKeys { ids: ["k1", "k2"], current: "k2" }"#);
    let opened = keys().open(TENANT, "f", &keys().seal(TENANT, "f", b"hunter2", [1; NONCE]).unwrap()).unwrap();
    assert_eq!(format!("{opened:?}"), "[secret]");
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn round_trip(secret in prop::collection::vec(any::<u8>(), 0..200), tenant in "\\PC{0,20}", field in "\\PC{0,20}", nonce: [u8; NONCE]) {
        let text = keys().seal(&tenant, &field, &secret, nonce).unwrap();
        prop_assert_eq!(open(&keys(), &tenant, &field, &text), Ok(secret));
    }

    /// No other text opens: a changed letter is either no form or refused (the last one may hold unused bits, which are no form).
    #[test]
    fn no_letter_can_be_changed(at: prop::sample::Index, to in "[A-Za-z0-9._-]") {
        let good = keys().seal(TENANT, "f", b"secret", [1; NONCE]).unwrap();
        let at = at.index(good.len());
        prop_assume!(good[at..=at] != to);
        let bad = format!("{}{to}{}", &good[..at], &good[at + 1..]);
        prop_assert!(open(&keys(), TENANT, "f", &bad).is_err());
    }

    #[test]
    fn reading_never_panics(text in "(s1\\.)?(k2\\.)?\\PC{0,100}") {
        prop_assert!(open(&keys(), TENANT, "f", &text).is_err());
        let _ = keys().is_former(&text);
    }
}
