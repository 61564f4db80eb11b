//! Refresh tokens.
#![allow(clippy::unwrap_used, reason = "helpers of tests may panic, as tests may")]

#[path = "jose_support/mod.rs"]
mod support;

use attune_identity::refresh::*;
use proptest::prelude::*;

const TENANT: &str = "01hzy3v5q8r2m4k6n7p9s1t3w5";
const USER: &str = "01hzy3v5q8r2m4k6n7p9s1t3w6";
const FAMILY: &str = "01hzy3v5q8r2m4k6n7p9s1t3w7";

fn keys() -> RefreshKeys {
    RefreshKeys::new(&"11".repeat(32), ["22".repeat(32)]).unwrap()
}

fn token(counter: u32) -> RefreshToken {
    let [cell, tenant, user, family] = ["eu1", TENANT, USER, FAMILY].map(str::to_owned);
    RefreshToken { cell, tenant, user, family, counter }
}

fn judge(text: &str) -> Result<RefreshToken> {
    let (token, secret) = RefreshToken::parse(text)?;
    keys().verify(&token, &secret, "eu1")?;
    Ok(token)
}

/// The format is in clients' hands, and its secret can be made by anybody who has the key.
#[test]
fn golden() {
    let text = keys().make(&token(3));
    let key = ring::hmac::Key::new(ring::hmac::HMAC_SHA256, &[0x11; 32]);
    let secret = support::b64(ring::hmac::sign(&key, format!("eu1|{TENANT}|{USER}|{FAMILY}|3").as_bytes()));
    assert_eq!(text.expose(), format!("atr_eu1_{TENANT}_{USER}_{FAMILY}_3_{secret}"));
    assert_eq!(judge(text.expose()), Ok(token(3)));
    assert_eq!(text, keys().make(&token(3)), "a lost answer can be given again");
    assert_eq!(token(3).successor(), Some(token(4)));
    assert_eq!(token(u32::MAX).successor(), None);
    assert!(keys().make(&RefreshToken { cell: "abcdefghij".into(), ..token(u32::MAX) }).expose().len() == MAX_TOKEN);
    assert_eq!(format!("{text:?} {:?}", keys()), "RefreshTokenText([secret]) RefreshKeys([secret], 1 former)");
}

#[test]
fn keys_rotate() {
    let old = RefreshKeys::new::<&str>(&"22".repeat(32), []).unwrap();
    assert_eq!(judge(old.make(&token(1)).expose()), Ok(token(1)));
    let other = RefreshKeys::new::<&str>(&"33".repeat(32), []).unwrap();
    assert_eq!(judge(other.make(&token(1)).expose()), Err(RefreshError::Unknown));
    for bad in ["", "11", "zz"] {
        assert_eq!(RefreshKeys::new::<&str>(bad, []).map(|_| ()), Err(RefreshError::KeyInvalid));
        assert_eq!(RefreshKeys::new(&"11".repeat(32), [bad]).map(|_| ()), Err(RefreshError::KeyInvalid));
    }
}

#[test]
fn each_fault_has_its_name() {
    let text = keys().make(&token(7));
    let good = text.expose();
    let secret = &good[good.len() - 43..];
    let (start, _) = good.split_at(good.len() - 43);
    for (text, error) in [
        (String::new(), RefreshError::Parts),
        ("atr_".to_owned(), RefreshError::Parts),
        (good.replace("atr_", "ATR_"), RefreshError::Parts),
        (good.replace("atr_", "atn_"), RefreshError::Parts),
        (format!("atr_eu1_{TENANT}_{USER}_{FAMILY}_7"), RefreshError::Parts),
        (good.replace("eu1", "EU1"), RefreshError::Cell),
        (good.replace("eu1", ""), RefreshError::Cell),
        (good.replace("eu1", "1eu"), RefreshError::Cell),
        (good.replace("eu1", "eu|"), RefreshError::Cell),
        (good.replace(TENANT, &TENANT.to_uppercase()), RefreshError::Id),
        (good.replace(USER, "81hzy3v5q8r2m4k6n7p9s1t3w6"), RefreshError::Id),
        (good.replace(USER, &USER[1..]), RefreshError::Id),
        (good.replace(FAMILY, &FAMILY.replace('h', "i")), RefreshError::Id),
        (good.replace("_7_", "__"), RefreshError::Counter),
        (good.replace("_7_", "_07_"), RefreshError::Counter),
        (good.replace("_7_", "_+7_"), RefreshError::Counter),
        (good.replace("_7_", "_-7_"), RefreshError::Counter),
        (good.replace("_7_", "_4294967296_"), RefreshError::Counter),
        (start.to_owned(), RefreshError::Secret),
        (format!("{start}{}", &secret[1..]), RefreshError::Secret),
        (format!("{good}="), RefreshError::Secret),
        (format!("{good}\n"), RefreshError::Secret),
        (format!("{good}{}", "A".repeat(100)), RefreshError::Length),
        (good.replace("eu1", "us1"), RefreshError::WrongCell),
        (good.replace("_7_", "_8_"), RefreshError::Unknown),
        (good.replace(USER, FAMILY), RefreshError::Unknown),
        (format!("{start}{}", "A".repeat(43)), RefreshError::Unknown),
    ] {
        assert_eq!(judge(&text), Err(error), "{text}");
    }
}

proptest! {
    #[test]
    fn a_changed_token_is_refused(at in 0usize..200, other: u8, counter: u32) {
        let text = keys().make(&token(counter));
        prop_assert_eq!(judge(text.expose()), Ok(token(counter)));
        if let Some(changed) = support::with_other_character(text.expose(), at, other) {
            prop_assert!(judge(&changed).is_err());
        }
    }

    #[test]
    fn nothing_makes_it_panic(text in "\\PC{0,200}", tail in "[a-z0-9_]{0,160}") {
        drop((RefreshToken::parse(&text), RefreshToken::parse(&format!("atr_{tail}"))));
    }
}
