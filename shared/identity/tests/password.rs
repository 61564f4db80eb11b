//! Passwords: their form, Argon2id against the reference, and strict reading of stored hashes.
#![allow(clippy::unwrap_used, reason = "helpers of tests may panic, as tests may")]

use attune_identity::password::{Error, Password, SALT, hash, verify, verify_absent};
use proptest::prelude::*;

fn password(text: &str) -> Password {
    Password::parse(text).unwrap()
}

/// Vectors of the reference implementation (phc-winner-argon2, test.c, version 0x13).
#[test]
fn the_references_hashes_verify() {
    for stored in [
        "$argon2id$v=19$m=256,t=2,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4",
        "$argon2id$v=19$m=256,t=2,p=2$c29tZXNhbHQ$bQk8UB/VmZZF4Oo79iDXuL5/0ttZwg2f/5U52iv1cDc",
        "$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc",
    ] {
        let verdict = verify(&password("password"), stored).unwrap();
        assert!(verdict.matches && verdict.rehash, "{stored}");
        let verdict = verify(&password("Password"), stored).unwrap();
        assert!(!verdict.matches && !verdict.rehash, "a wrong password is no reason to hash anew");
    }
}

#[test]
fn a_new_hash_has_owasps_parameters() {
    let stored = hash(&password("correct horse"), [7; SALT]).unwrap();
    assert!(stored.starts_with("$argon2id$v=19$m=19456,t=2,p=1$BwcHBwcHBwcHBwcHBwcHBw$"), "{stored}");
    let verdict = verify(&password("correct horse"), &stored).unwrap();
    assert!(verdict.matches && !verdict.rehash);
    assert!(!verify(&password("correct horsf"), &stored).unwrap().matches);
    // nothing is trimmed, folded or cut
    for other in ["correct horse ", " correct horse", "Correct horse"] {
        assert!(!verify(&password(other), &stored).unwrap().matches, "{other:?}");
    }
    assert_ne!(stored, hash(&password("correct horse"), [8; SALT]).unwrap());
    assert_eq!(verify_absent(&password("correct horse")), Ok(()));
}

#[test]
fn the_last_of_128_characters_counts() {
    let (one, other) = ("ü".repeat(127) + "a", "ü".repeat(127) + "b");
    let stored = hash(&password(&one), [1; SALT]).unwrap();
    assert!(verify(&password(&one), &stored).unwrap().matches);
    assert!(!verify(&password(&other), &stored).unwrap().matches);
}

#[test]
fn the_form_of_passwords() {
    for good in [
        "12345678",
        "        ",
        "🐎🐎🐎🐎🐎🐎🐎🐎",
        "pass\u{301}word",
        &"🐎".repeat(128),
        "a'; DROP TABLE--",
        "%00%00%00",
    ] {
        assert!(Password::parse(good).is_ok(), "{good}");
    }
    for (bad, error) in [
        ("", Error::TooShort),
        ("1234567", Error::TooShort),
        ("🐎🐎🐎🐎🐎🐎🐎", Error::TooShort),
        (&"a".repeat(129), Error::TooLong),
        (&"🐎".repeat(129), Error::TooLong),
        (&"a".repeat(10_000_000), Error::TooLong),
        ("12345678\n", Error::ControlCharacter),
        ("1234\u{0}5678", Error::ControlCharacter),
        ("1234\u{85}5678", Error::ControlCharacter),
    ] {
        assert_eq!(Password::parse(bad).map(drop), Err(error), "{bad:.20?}");
    }
    assert_eq!(format!("{:?}", password("12345678")), "Password([secret])");
}

#[test]
fn stored_hashes_are_read_strictly() {
    let good = "$argon2id$v=19$m=256,t=2,p=1$c29tZXNhbHQ$nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4";
    assert!(verify(&password("password"), good).is_ok());
    for bad in [
        String::new(),
        "password".to_owned(),
        good.replace("argon2id", "argon2i"),
        good.replace("argon2id", "argon2d"),
        good.replace("v=19", "v=16"),
        good.replace("$v=19", ""),
        good.replace("m=256", "m=4"),
        good.replace("m=256", "m=65537"),
        good.replace("m=256", "m=4294967295"),
        good.replace("m=256", "m=99999999999"),
        good.replace("m=256", "m=0256"),
        good.replace("m=256", "m=+256"),
        good.replace("m=256,t=2", "t=2,m=256"),
        good.replace("m=256", "m=8").replace("p=1", "p=2"),
        good.replace("t=2", "t=0"),
        good.replace("t=2", "t=11"),
        good.replace("p=1", "p=0"),
        good.replace("p=1", "p=5"),
        good.replace("p=1", "p=1,data=x"),
        good.replace("p=1", "p=1,"),
        good.replace("c29tZXNhbHQ", "c29tZXNh"),
        good.replace("c29tZXNhbHQ", "c29tZXNhbHQ="),
        good.replace("c29tZXNhbHQ", "c29tZXNhbHR"),
        good.replace("c29tZXNhbHQ", ""),
        good.replace('/', "_"),
        good.replace("nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4", "nf65EOgLrQMR"),
        format!("{good}$"),
        format!("{good}$x"),
        format!("{good}\n"),
        format!(" {good}"),
        format!("{good}{}", "A".repeat(300)),
    ] {
        assert_eq!(verify(&password("password"), &bad), Err(Error::StoredHash), "{bad:.120}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, cases: 64, ..ProptestConfig::default() })]

    #[test]
    fn reading_never_panics(text in "\\PC{0,40}", stored in "\\$argon2id\\$v=19\\$m=[0-9]{1,2},t=[0-9],p=[0-9]\\$[a-zA-Z0-9+/]{0,20}\\$[a-zA-Z0-9+/]{0,50}") {
        let _ = Password::parse(&text);
        let _ = (verify(&password("password"), &text), verify(&password("password"), &stored));
    }
}
