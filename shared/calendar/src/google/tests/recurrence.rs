use super::berlin;
use crate::event::Recurrence;
use crate::google::recurrence::write;
use crate::google::{recurrence, time};
use crate::when::When;
use crate::wire::Zones;
use serde_json::{Value, json};

fn read(lines: &[Value]) -> (Recurrence, Vec<Value>) {
    recurrence::read(lines, &Zones::new(&berlin(), time::zone))
}

fn lines(value: Value) -> Vec<Value> {
    value.as_array().unwrap().clone()
}

#[test]
fn lines_of_the_guides_are_read_and_written_back() {
    // developers.google.com/calendar/api/concepts/events-calendars and guides/recurringevents
    for line in [
        "RRULE:FREQ=WEEKLY;UNTIL=20110701T170000Z",
        "EXDATE;VALUE=DATE:20150610",
        "RDATE;VALUE=DATE:20150609,20150611",
        "RRULE:FREQ=DAILY;UNTIL=20150628;INTERVAL=3",
        "EXDATE;TZID=America/New_York:20110610T000000,20110611T000000",
        "EXDATE:20110610T000000Z",
        "RDATE:20110610T000000",
        "EXRULE:FREQ=MONTHLY",
        "RDATE;VALUE=PERIOD:19960403T020000Z/19960403T040000Z",
    ] {
        let (recurrence, left) = read(&[line.into()]);
        assert!(left.is_empty() && !recurrence.is_empty(), "{line}");
        assert_eq!(write(&recurrence, &left), [line], "{line}");
    }
}

#[test]
fn odd_spellings_mean_the_same() {
    let (recurrence, left) =
        read(&lines(json!(["exdate;tzid=\"Europe/Berlin\";value=date-time:20261122T100000", "rrule:FREQ=DAILY"])));
    assert!(left.is_empty());
    assert_eq!(write(&recurrence, &[]), ["RRULE:FREQ=DAILY", "EXDATE;TZID=Europe/Berlin:20261122T100000"]);
    let (recurrence, _) = read(&lines(json!(["RDATE;VALUE=PERIOD;TZID=Europe/Berlin:20261122T100000/PT1H30M"])));
    assert_eq!(recurrence.rdate[0].end.as_ref().map(When::local), Some("2026-11-22T11:30".parse().unwrap()));
}

#[test]
fn what_is_not_understood_stays() {
    let odd = lines(json!([
        "",
        ":",
        "RRULE",
        "RRULE;X=1:FREQ=DAILY",
        "EXDATE;TZID=No/Where:20261122T100000",
        "EXDATE:2026112",
        "EXDATE:20261122T1000",
        "EXDATE:20261122X100000",
        "EXDATE:20261322",
        "EXDATE:20261122T250000",
        "EXDATE;VALUE=PERIOD:20261122T100000Z/PT1H",
        "RDATE;VALUE=TEXT:x",
        "RDATE:20261122T100000Z/P",
        "EXDATE:20261122,",
        "EXDATE:2026112\u{e9}",
        7,
        null,
        "DTSTART:20261122",
        "EXDATE:+0261122",
        "EXDATE:20261122T100000ZZ",
    ]));
    let (recurrence, left) = read(&odd);
    assert!(recurrence.is_empty(), "{recurrence:?}");
    assert_eq!(left, odd);
    assert_eq!(write(&recurrence, &left), odd);
}
