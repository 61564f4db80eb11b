use super::*;

fn canonical(text: &str) -> String {
    text.parse::<Rule>().unwrap().to_string()
}

#[test]
fn canonical_texts() {
    let text = "FREQ=YEARLY;COUNT=10;INTERVAL=2;BYMONTH=1,2;BYWEEKNO=20,-1;BYYEARDAY=-306,1;BYMONTHDAY=-3;BYDAY=MO;BYHOUR=8,9;BYMINUTE=30;BYSECOND=60;BYSETPOS=-2,1;WKST=SU";
    assert_eq!(canonical(text), text);
    assert_eq!(
        canonical(" byday = +1mo , -1Su ; interval=01;WKST=mo; Freq=Monthly ;; "),
        "FREQ=MONTHLY;BYDAY=1MO,-1SU"
    );
    assert_eq!(canonical("FREQ=DAILY;UNTIL=19971224t000000z"), "FREQ=DAILY;UNTIL=19971224T000000Z");
    assert_eq!(canonical("FREQ=DAILY;UNTIL=19971224"), "FREQ=DAILY;UNTIL=19971224");
    assert_eq!(canonical("FREQ=DAILY;UNTIL=19971224T235960"), "FREQ=DAILY;UNTIL=19971224T235959");
    assert_eq!(
        canonical("FREQ=DAILY;X-Own=a=b;RSCALE=gregorian;x-b=;SKIP=OMIT"),
        "FREQ=DAILY;X-Own=a=b;RSCALE=GREGORIAN;x-b=;SKIP=OMIT"
    );
    assert_eq!(canonical("FREQ=WEEKLY;BYDAY=MO,TU,"), "FREQ=WEEKLY;BYDAY=MO,TU");
}

#[test]
fn what_makes_no_sense_is_named() {
    let refused = |text: &str| text.parse::<Rule>().unwrap_err().to_string();
    for (text, why) in [
        ("", "FREQ is missing"),
        ("COUNT=3", "FREQ is missing"),
        ("FREQ", "\"FREQ\" is not of the form NAME=value"),
        ("FREQ=FORTNIGHTLY", "FREQ cannot be \"FORTNIGHTLY\""),
        ("FREQ=DAILY;FREQ=DAILY", "FREQ is given twice"),
        ("FREQ=DAILY;BYEASTER=1", "there is no rule part \"BYEASTER\""),
        ("FREQ=DAILY;COUNT=0", "COUNT cannot be \"0\""),
        ("FREQ=DAILY;COUNT=4294967296", "COUNT cannot be \"4294967296\""),
        ("FREQ=DAILY;INTERVAL=-1", "INTERVAL cannot be \"-1\""),
        ("FREQ=DAILY;INTERVAL=", "INTERVAL cannot be \"\""),
        ("FREQ=DAILY;COUNT=1;UNTIL=20260101", "COUNT and UNTIL exclude each other"),
        ("FREQ=DAILY;UNTIL=20260230", "UNTIL cannot be \"20260230\""),
        ("FREQ=DAILY;UNTIL=20260101T0000", "UNTIL cannot be \"20260101T0000\""),
        ("FREQ=DAILY;UNTIL=20260101T000000+01", "UNTIL cannot be \"20260101T000000+01\""),
        ("FREQ=DAILY;UNTIL=２０２６0101", "UNTIL cannot be \"２０２６0101\""),
        ("FREQ=DAILY;BYHOUR=24", "BYHOUR cannot be \"24\""),
        ("FREQ=DAILY;BYMONTH=0", "BYMONTH cannot be \"0\""),
        ("FREQ=MONTHLY;BYMONTHDAY=32", "BYMONTHDAY cannot be \"32\""),
        ("FREQ=MONTHLY;BYMONTHDAY=+-1", "BYMONTHDAY cannot be \"+-1\""),
        ("FREQ=MONTHLY;BYDAY=54MO", "BYDAY cannot be \"54MO\""),
        ("FREQ=MONTHLY;BYDAY=0MO", "BYDAY cannot be \"0MO\""),
        ("FREQ=MONTHLY;BYDAY=M", "BYDAY cannot be \"M\""),
        ("FREQ=MONTHLY;BYDAY=ä", "BYDAY cannot be \"ä\""),
        ("FREQ=YEARLY;BYSETPOS=367;BYMONTH=1", "BYSETPOS cannot be \"367\""),
        ("FREQ=WEEKLY;BYDAY=1MO", "a number in BYDAY does not go with FREQ=WEEKLY"),
        ("FREQ=WEEKLY;BYMONTHDAY=1", "BYMONTHDAY does not go with FREQ=WEEKLY"),
        ("FREQ=MONTHLY;BYYEARDAY=1", "BYYEARDAY does not go with FREQ=MONTHLY"),
        ("FREQ=MONTHLY;BYWEEKNO=1", "BYWEEKNO does not go with FREQ=MONTHLY"),
        ("FREQ=YEARLY;BYWEEKNO=1;BYDAY=1MO", "BYDAY has no numbers where BYWEEKNO is given"),
        ("FREQ=DAILY;BYSETPOS=1", "BYSETPOS needs another BY part"),
        ("FREQ=DAILY;RSCALE=CHINESE", "RSCALE cannot be \"CHINESE\""),
        ("FREQ=YEARLY;SKIP=FORWARD", "SKIP cannot be \"FORWARD\""),
    ] {
        assert_eq!(refused(text), why, "{text}");
    }
    assert_eq!(format!("FREQ=DAILY;X-A={}", "a".repeat(Rule::MAX_BYTES)).parse::<Rule>(), Err(RuleError::TooLong));
}
