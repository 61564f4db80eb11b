//! RFC 6238, base32 and the address in the QR code.
#![allow(clippy::unwrap_used, reason = "helpers of tests may panic, as tests may")]

use attune_identity::totp::{Error, SECRET, STEP_S, Secret};
use proptest::prelude::*;

fn secret() -> Secret {
    Secret::new(*b"12345678901234567890")
}

/// RFC 6238, appendix B, SHA-1: the last 6 of its 8 digits.
#[test]
fn the_rfcs_times() {
    for (time, code) in [
        (59, "287082"),
        (1_111_111_109, "081804"),
        (1_111_111_111, "050471"),
        (1_234_567_890, "005924"),
        (2_000_000_000, "279037"),
        (20_000_000_000, "353130"),
    ] {
        assert_eq!(secret().code(time / STEP_S), code);
        assert_eq!(secret().verify(code, time, None), Ok(time / STEP_S));
    }
}

/// RFC 4226, appendix D.
#[test]
fn the_rfcs_counters() {
    let codes = ["755224", "287082", "359152", "969429", "338314", "254676", "287922", "162583", "399871", "520489"];
    for (counter, code) in (0_u64..).zip(codes) {
        assert_eq!(secret().code(counter), code);
    }
}

#[test]
fn one_step_before_and_after_is_good() {
    let (secret, now) = (secret(), 1_800_000_015);
    let step = now / STEP_S;
    for (at, expected) in [
        (step - 2, Err(Error::Wrong)),
        (step - 1, Ok(step - 1)),
        (step, Ok(step)),
        (step + 1, Ok(step + 1)),
        (step + 2, Err(Error::Wrong)),
    ] {
        assert_eq!(secret.verify(&secret.code(at), now, None), expected);
    }
    // at the edges of time
    assert_eq!(secret.verify(&secret.code(0), 0, None), Ok(0));
    assert_eq!(secret.verify(&secret.code(1), 0, None), Ok(1));
    let _ = secret.verify("000000", u64::MAX, Some(u64::MAX));
}

#[test]
fn a_code_is_good_once() {
    let (secret, now) = (secret(), 1_800_000_015);
    let step = now / STEP_S;
    let code = secret.code(step);
    let used = secret.verify(&code, now, Some(step - 1)).unwrap();
    for later in [0, 10, 29] {
        assert_eq!(secret.verify(&code, now + later, Some(used)), Err(Error::Used));
    }
    // nor is an earlier one, once a later was used
    assert_eq!(secret.verify(&secret.code(step - 1), now, Some(used)), Err(Error::Used));
    assert_eq!(secret.verify(&secret.code(step + 1), now, Some(used)), Ok(step + 1));
    assert_eq!(secret.verify("000000", now, Some(used)), Err(Error::Wrong));
}

#[test]
fn the_form_of_codes() {
    for bad in [
        "",
        "12345",
        "1234567",
        "12345a",
        "12 345",
        "+12345",
        "-12345",
        "１２３４５６",
        "12345\n",
        &"1".repeat(1_000_000),
    ] {
        assert_eq!(secret().verify(bad, 0, None), Err(Error::Form), "{bad:.20}");
    }
}

#[test]
fn secrets_as_text() {
    assert_eq!(secret().base32(), "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ");
    assert_eq!(Secret::new([0xff; SECRET]).base32(), "7".repeat(32));
    for good in ["GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ", "gezdgnbvgy3tqojqgezdgnbvgy3tqojq"] {
        assert_eq!(Secret::from_base32(good).unwrap().expose(), b"12345678901234567890");
    }
    let good = secret().base32();
    for bad in [
        String::new(),
        good[1..].to_owned(),
        format!("{good}A"),
        good.replace('G', "1"),
        good.replace('G', "0"),
        good.replace('G', "8"),
        good.replacen('G', "=", 1),
        good.replacen("GE", "É", 1),
        "A".repeat(1_000_000),
    ] {
        assert_eq!(Secret::from_base32(&bad).map(drop), Err(Error::Secret), "{bad:.40}");
    }
    assert_eq!(format!("{:?}", secret()), "Secret([secret])");
    let uri = secret().uri("Attune Voice", "anna+1@example.org").unwrap();
    assert_eq!(
        uri,
        "otpauth://totp/Attune%20Voice:anna%2B1%40example.org?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=Attune%20Voice&algorithm=SHA1&digits=6&period=30"
    );
    assert!(secret().uri("Ö", "a&secret=x").unwrap().starts_with("otpauth://totp/%C3%96:a%26secret%3Dx?secret=GEZ"));
    for (issuer, account) in [("", "a"), ("a", ""), ("a:b", "c"), ("a", "b:c"), ("a\n", "b"), (&*"a".repeat(101), "b")]
    {
        assert_eq!(secret().uri(issuer, account), Err(Error::Label));
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn base32_round_trip(bytes: [u8; SECRET]) {
        let read = Secret::from_base32(&Secret::new(bytes).base32()).unwrap();
        prop_assert_eq!(read.expose(), &bytes);
    }

    #[test]
    fn reading_never_panics(text in "\\PC{0,40}", code in "[0-9]{6}", now: u64, last: Option<u64>) {
        let _ = (Secret::from_base32(&text), secret().verify(&text, now, last), secret().verify(&code, now, last), secret().uri(&text, &text));
    }
}
