//! Codes by e-mail: ten minutes, five tries, one use.
#![allow(clippy::unwrap_used, reason = "helpers of tests may panic, as tests may")]

use attune_identity::api_key::Peppers;
use attune_identity::email_code::{Error, LIFETIME_MS, Sent, TRIES};
use proptest::prelude::*;

const NOW: i64 = 1_800_000_000_000;
const SUBJECT: &str = "tnt_1|anna@example.org|attempt 1";

fn peppers() -> Peppers {
    Peppers::new([("p1", "11".repeat(32))], "p1").unwrap()
}

fn sent() -> (String, Sent) {
    let (code, sent) = Sent::generate(SUBJECT, &peppers(), 1_234_567_890_123_u64.to_le_bytes(), NOW).unwrap();
    assert!(!format!("{code:?}{sent:?}").contains(code.expose()));
    (code.expose().to_owned(), sent)
}

#[test]
fn good_once() {
    let (code, mut sent) = sent();
    assert_eq!(code, "67890123");
    assert_eq!(sent.check(SUBJECT, &format!(" {code}\n"), &peppers(), NOW), Ok(()));
    assert_eq!(sent.check(SUBJECT, &code, &peppers(), NOW), Err(Error::Spent));
}

#[test]
fn five_tries() {
    let (code, mut record) = sent();
    for left in (0..TRIES).rev() {
        assert_eq!(record.check(SUBJECT, "00000000", &peppers(), NOW), Err(Error::Wrong));
        record = serde_json::from_str(&serde_json::to_string(&record).unwrap()).unwrap();
        assert_eq!(record.tries, left);
    }
    assert_eq!(record.check(SUBJECT, &code, &peppers(), NOW), Err(Error::Spent));
    // the fifth may be the right one
    let (code, mut record) = sent();
    for _ in 1..TRIES {
        assert_eq!(record.check(SUBJECT, "00000000", &peppers(), NOW), Err(Error::Wrong));
    }
    assert_eq!(record.check(SUBJECT, &code, &peppers(), NOW), Ok(()));
}

#[test]
fn ten_minutes() {
    let (code, record) = sent();
    let at = |now| record.clone().check(SUBJECT, &code, &peppers(), now);
    assert_eq!(at(NOW + LIFETIME_MS - 1), Ok(()));
    assert_eq!(at(NOW + LIFETIME_MS), Err(Error::Expired));
    assert_eq!(at(i64::MAX), Err(Error::Expired));
}

#[test]
fn for_nobody_and_nothing_else() {
    let (code, record) = sent();
    for other in ["", "tnt_2|anna@example.org|attempt 1", "tnt_1|anna@example.org|attempt 2"] {
        assert_eq!(record.clone().check(other, &code, &peppers(), NOW), Err(Error::Wrong));
    }
    let gone = Peppers::new([("p2", "11".repeat(32))], "p2").unwrap();
    let mut kept = record.clone();
    assert_eq!(kept.check(SUBJECT, &code, &gone, NOW), Err(Error::PepperMissing));
    assert_eq!(kept, record, "a fault of ours costs no try");
}

#[test]
fn what_is_no_code_costs_no_try() {
    let (_, mut record) = sent();
    for bad in
        ["", "1234567", "123456789", "1234567a", "1234 567", "+1234567", "１２３４５６７８", &"1".repeat(1_000_000)]
    {
        assert_eq!(record.check(SUBJECT, bad, &peppers(), NOW), Err(Error::Form), "{bad:.20}");
    }
    assert_eq!(record.tries, TRIES);
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn eight_digits_whatever_the_randomness(entropy: [u8; 8], text in "\\PC{0,12}") {
        let (code, mut record) = Sent::generate(SUBJECT, &peppers(), entropy, NOW).unwrap();
        prop_assert!(code.expose().len() == 8 && code.expose().bytes().all(|b| b.is_ascii_digit()));
        prop_assume!(text.trim() != code.expose());
        prop_assert!(record.check(SUBJECT, &text, &peppers(), NOW).is_err());
        prop_assert_eq!(record.check(SUBJECT, code.expose(), &peppers(), NOW), Ok(()));
    }
}
