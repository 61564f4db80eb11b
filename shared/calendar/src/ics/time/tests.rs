use super::*;

fn utc(text: &str) -> Option<Value> {
    Some(Value::Utc(text.parse().unwrap()))
}

fn local(text: &str) -> Option<Value> {
    Some(Value::Local(text.parse().unwrap()))
}

#[test]
fn dates_and_times() {
    assert_eq!(value("19970714"), Some(Value::Date("1997-07-14".parse().unwrap())));
    assert_eq!(value("19980118T230000"), local("1998-01-18T23:00"));
    assert_eq!(value("19980119T070000Z"), utc("1998-01-19T07:00:00Z"));
    assert_eq!(value("19970630T235960Z"), utc("1997-06-30T23:59:59Z"));
    assert_eq!(value(" 20260105t0930z "), utc("2026-01-05T09:30:00Z"));
    assert_eq!(value("2026-01-05 09:30"), local("2026-01-05T09:30"));
    assert_eq!(value("20260105T240000"), local("2026-01-06T00:00"));
    assert_eq!(value("20260105T093000-0500"), utc("2026-01-05T14:30:00Z"));
    assert_eq!(value("2026-01-05T09:30:00+05:30"), utc("2026-01-05T04:00:00Z"));
    for wrong in [
        "",
        "T",
        "2026",
        "20261301",
        "20260230",
        "202601055",
        "20260105T",
        "20260105T25",
        "20260105T0961",
        "2026010é",
        "-0260105",
    ] {
        assert_eq!(value(wrong), None, "{wrong}");
    }
}

#[test]
fn durations() {
    let of = |days, seconds| Some(Duration { days, seconds });
    assert_eq!(duration("P15DT5H0M20S"), of(15, 18_020));
    assert_eq!(duration("P7W"), of(49, 0));
    assert_eq!(duration("-PT15M"), of(0, -900));
    assert_eq!(duration("+P1DT1H"), of(1, 3600));
    for wrong in ["", "P", "PT", "1H", "P1", "PTH", "P99999999999D", "P1X", "P-1D"] {
        assert_eq!(duration(wrong), None, "{wrong}");
    }
}

#[test]
fn offsets() {
    assert_eq!(utc_offset("-0500"), Some(-18_000));
    assert_eq!(utc_offset("+0100"), Some(3600));
    assert_eq!(utc_offset("-003608"), Some(-2168));
    assert_eq!(utc_offset("+05:30"), Some(19_800));
    for wrong in ["", "+", "+9", "+9900", "+0100x"] {
        assert_eq!(utc_offset(wrong), None, "{wrong}");
    }
}
