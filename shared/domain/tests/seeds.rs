//! Ids, numbers and times on texts made from good ones: what is taken is written again as it was read.

use attune_domain::{CallId, Decimal, KnobName, MetricName, Millis, RoomId, TenantId, UserId};
use attune_test_support::fuzz::{self, Target};

fn text(bytes: &[u8]) -> Option<&str> {
    core::str::from_utf8(bytes).ok()
}

/// Taken, and written back as the same text.
fn back<T, E>(bytes: &[u8], parse: impl Fn(&str) -> Result<T, E>, write: impl Fn(&T) -> String) -> bool {
    let Some(text) = text(bytes) else { return false };
    let Ok(value) = parse(text) else { return false };
    assert_eq!(write(&value), text);
    true
}

const TARGETS: &[Target] = &[
    ("tenant", |bytes| back(bytes, TenantId::parse, TenantId::to_string)),
    ("user", |bytes| back(bytes, UserId::parse, |id| id.as_str().to_owned())),
    ("call", |bytes| back(bytes, CallId::parse, |id| id.as_str().to_owned())),
    ("room", |bytes| back(bytes, RoomId::parse, |id| id.as_str().to_owned())),
    ("knob", |bytes| back(bytes, KnobName::parse, |name| name.as_str().to_owned())),
    ("metric", |bytes| back(bytes, MetricName::parse, |name| name.as_str().to_owned())),
    // other ways to write the same number and time are taken too
    ("decimal", |bytes| {
        text(bytes).is_some_and(|text| {
            Decimal::parse(text, 2).is_ok_and(|value| Decimal::parse(&value.to_string(), 2) == Ok(value))
        })
    }),
    ("time", |bytes| {
        text(bytes).is_some_and(|text| Millis::parse(text).is_ok_and(|at| Millis::parse(&at.to_string()) == Ok(at)))
    }),
];

fn seeds(name: &str) -> Vec<Vec<u8>> {
    let texts: &[&str] = match name {
        "tenant" => &["tnt_eu1_01k5nq3e5v0000000000000001", "tnt_us1_7zzzzzzzzzzzzzzzzzzzzzzzzz"],
        "user" => &["usr_01k5nq3e5v0000000000000004"],
        "call" => &["call_01k5nq3e5v0000000000000002"],
        "room" => &["rm_01k5nq3e5v0000000000000006"],
        "knob" => &["pcm.input_gain_db", "limiter.threshold_dbfs"],
        "metric" => &["audioQuality.speechLevel", "audioQuality.polqa"],
        "decimal" => &["6.0", "-12.25", "0", "92233720368547758.07"],
        _ => &["2026-09-21T14:13:20.123Z", "2026-02-28T23:59:60Z", "2026-09-21T14:13:20+02:00"],
    };
    texts.iter().map(|text| text.as_bytes().to_vec()).collect()
}

#[test]
fn each_takes_a_good_text_and_no_other() {
    for (name, target) in TARGETS {
        assert!(seeds(name).iter().any(|seed| target(seed)), "{name}");
        for bad in [&b""[..], b"\xff", b"null", b"tnt_", b"1e3", b"9999-99-99"] {
            assert!(!target(bad), "{name} {bad:?}");
        }
    }
}

#[test]
fn what_is_made_from_good_texts_does_not_panic() {
    fuzz::run(TARGETS, seeds);
}
