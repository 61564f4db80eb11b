//! Recovery codes: ten, each good once, for one person.
#![allow(clippy::unwrap_used, reason = "helpers of tests may panic, as tests may")]

use attune_identity::api_key::Peppers;
use attune_identity::recovery::{CODES, Codes, ENTROPY, Error};
use proptest::prelude::*;
use std::collections::BTreeSet;

const USER: &str = "usr_01hzy3v5q8r2m4k6n7p9s1t3w5";

fn peppers() -> Peppers {
    Peppers::new([("p1", "11".repeat(32)), ("p2", "22".repeat(32))], "p2").unwrap()
}

fn made() -> (Vec<String>, Codes) {
    let entropy = core::array::from_fn(|at| ((at * at * 3 + at) % 251) as u8);
    let (codes, record) = Codes::generate(USER, &peppers(), &entropy).unwrap();
    (codes.iter().map(|code| code.expose().to_owned()).collect(), record)
}

#[test]
fn ten_codes_each_once() {
    let (codes, mut record) = made();
    assert_eq!((codes.len(), codes.iter().collect::<BTreeSet<_>>().len()), (CODES, CODES));
    assert_eq!(codes[0], "04ey-mgjt-81vv-1j4w");
    for (at, code) in codes.iter().enumerate().rev() {
        assert_eq!(record.redeem(USER, code, &peppers()), Ok(at));
        assert_eq!(record.redeem(USER, code, &peppers()), Err(Error::Unknown));
        record = serde_json::from_str(&serde_json::to_string(&record).unwrap()).unwrap();
    }
    assert!(record.hashes.is_empty());
}

#[test]
fn nobody_elses() {
    let (codes, mut record) = made();
    assert_eq!(record.redeem("usr_other", &codes[0], &peppers()), Err(Error::Unknown));
    let (_, mut other) = Codes::generate(USER, &peppers(), &[3; ENTROPY]).unwrap();
    assert_eq!(other.redeem(USER, &codes[0], &peppers()), Err(Error::Unknown));
    let old = Peppers::new([("p2", "33".repeat(32))], "p2").unwrap();
    assert_eq!(record.redeem(USER, &codes[0], &old), Err(Error::Unknown));
    let gone = Peppers::new([("p1", "11".repeat(32))], "p1").unwrap();
    assert_eq!(record.redeem(USER, &codes[0], &gone), Err(Error::PepperMissing));
    assert_eq!(record.redeem(USER, &codes[0], &peppers()), Ok(9), "no failure used it up");
}

#[test]
fn as_people_type_them() {
    let (codes, record) = made();
    let code = &codes[0];
    for typed in [
        code.to_uppercase(),
        code.replace('-', ""),
        code.replace('-', " "),
        format!("  {code} "),
        code.replace('1', "l"),
        code.replace('1', "I"),
        code.replace('0', "O"),
    ] {
        assert_eq!(record.clone().redeem(USER, &typed, &peppers()), Ok(9), "{typed}");
    }
    for bad in [
        String::new(),
        code[1..].to_owned(),
        format!("{code}0"),
        code.replacen('8', "u", 1),
        code.replacen('8', "é", 1),
        format!("{code}{}", " ".repeat(100)),
        "0".repeat(1_000_000),
    ] {
        assert_eq!(record.clone().redeem(USER, &bad, &peppers()), Err(Error::Form), "{bad:.40}");
    }
}

#[test]
fn nothing_stored_or_shown_is_a_code() {
    let (codes, record) = made();
    let (secret, _) = Codes::generate(USER, &peppers(), &[0; ENTROPY]).unwrap();
    let text = format!("{record:?}{}{secret:?}", serde_json::to_string(&record).unwrap());
    for code in codes {
        assert!(!text.contains(&code) && !text.contains(&code.replace('-', "")));
    }
    assert!(!text.contains("0000-0000"));
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_randomness_makes_codes_that_work(entropy in prop::collection::vec(any::<u8>(), ENTROPY), at in 0..CODES) {
        let (codes, mut record) = Codes::generate(USER, &peppers(), entropy.as_slice().try_into().unwrap()).unwrap();
        prop_assert!(record.redeem(USER, codes[at].expose(), &peppers()).is_ok());
    }

    #[test]
    fn guessing_never_panics_nor_works(text in "\\PC{0,30}", guess in "[0-9a-hjkmnp-tv-z]{16}") {
        let (codes, mut record) = made();
        prop_assume!(!codes.iter().any(|code| code.replace('-', "") == guess));
        prop_assert!(record.redeem(USER, &text, &peppers()).is_err());
        prop_assert_eq!(record.redeem(USER, &guess, &peppers()), Err(Error::Unknown));
    }
}
