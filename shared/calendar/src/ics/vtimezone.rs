//! VTIMEZONE (RFC 5545, section 3.6.5), made from the rules of the IANA database for the years that a calendar needs.

use super::observance::start_of;
use super::time;
use crate::when::When;
use crate::zone::Zone;
use jiff::civil::{DateTime, Weekday};
use jiff::tz::{Dst, TimeZone};
use std::fmt::Write;

/// Monday first.
pub(crate) const DAYS: [&str; 7] = ["MO", "TU", "WE", "TH", "FR", "SA", "SU"];

/// Years in which a yearly rule is looked for: behind all that the database lists one by one, and a full turn of the calendar.
const RULE_YEARS: (i16, i16) = (2100, 2128);
/// Years after the last one, for a series without end in a zone without a yearly rule.
const AHEAD: i16 = 15;

/// One change of offset.
#[derive(Debug, Clone)]
struct Change {
    /// What the clock says at that moment, by the offset before it: how DTSTART of an observance is written.
    onset: DateTime,
    from: i32,
    to: i32,
    daylight: bool,
    name: String,
}

impl Change {
    fn kind(&self) -> (i32, i32, bool, &str) {
        (self.from, self.to, self.daylight, &self.name)
    }
}

/// Writes the VTIMEZONE of a TZID: content lines with line feeds, for events from the year `first` to the year `last`, and on.
pub(crate) fn generate(tzid: &str, zone: &Zone, first: i16, last: i16, out: &mut String) {
    let rules = zone.rules();
    let _ = writeln!(out, "BEGIN:VTIMEZONE\nTZID:{}", tzid.replace(char::is_control, " "));
    if tzid != zone.name() {
        // so that whoever reads it knows
        let _ = writeln!(out, "X-LIC-LOCATION:{}", zone.name());
    }
    // a year more: the last change before an event of January is the one of autumn
    let first = first.clamp(1901, 2099).saturating_sub(1);
    let yearly = yearly_rules(&rules);
    let listed_until = if yearly.is_empty() { last.clamp(first, 2100).saturating_add(AHEAD) } else { RULE_YEARS.0 };
    let mut changes = changes(&rules, first, listed_until);
    let since = if yearly.is_empty() { i16::MAX } else { ruled_since(&changes, &yearly, first) };
    let ruled: Vec<Change> = changes.extract_if(.., |change| change.onset.year() >= since).collect();
    if yearly.is_empty() || since > first {
        // what holds before the first change
        observance(&before(&rules, first), None, out);
    }
    changes.iter().for_each(|change| observance(change, None, out));
    for (change, rule) in &yearly {
        if let Some(first) = ruled.iter().find(|one| one.kind() == change.kind()) {
            observance(first, Some(rule), out);
        }
    }
    out.push_str("END:VTIMEZONE\n");
}

fn observance(change: &Change, rule: Option<&str>, out: &mut String) {
    let kind = if change.daylight { "DAYLIGHT" } else { "STANDARD" };
    let _ = writeln!(out, "BEGIN:{kind}");
    time::line("DTSTART", "", &When::Floating(change.onset), out);
    for (name, seconds) in [("TZOFFSETFROM", change.from), ("TZOFFSETTO", change.to)] {
        let (sign, all) = (if seconds < 0 { '-' } else { '+' }, seconds.unsigned_abs());
        let _ = write!(out, "{name}:{sign}{:02}{:02}", all / 3600, all / 60 % 60);
        // local mean times, before there were zones
        let _ = if all % 60 == 0 { writeln!(out) } else { writeln!(out, "{:02}", all % 60) };
    }
    if !change.name.is_empty() {
        let _ = writeln!(out, "TZNAME:{}", change.name);
    }
    if let Some(rule) = rule {
        let _ = writeln!(out, "RRULE:{rule}");
    }
    let _ = writeln!(out, "END:{kind}");
}

/// The offset at the beginning of a year, as an observance of its own.
fn before(rules: &TimeZone, year: i16) -> Change {
    let at = start_of(year);
    if let Some(change) = rules.preceding(at).next() {
        let earlier = change.timestamp().checked_sub(jiff::SignedDuration::from_secs(1)).unwrap_or(at);
        let from = rules.to_offset(earlier);
        return Change {
            onset: from.to_datetime(change.timestamp()),
            from: from.seconds(),
            to: change.offset().seconds(),
            daylight: change.dst() == Dst::Yes,
            name: change.abbreviation().to_owned(),
        };
    }
    let info = rules.to_offset_info(at);
    Change {
        onset: start_of(year.min(1970)).to_zoned(TimeZone::UTC).datetime(),
        from: info.offset().seconds(),
        to: info.offset().seconds(),
        daylight: false,
        name: info.abbreviation().to_owned(),
    }
}

/// The changes of the years from `first` to before `until`.
fn changes(rules: &TimeZone, first: i16, until: i16) -> Vec<Change> {
    let (start, end) = (start_of(first), start_of(until));
    let mut from = rules.to_offset(start);
    let mut changes = Vec::new();
    for change in rules.following(start).take_while(|change| change.timestamp() < end) {
        changes.push(Change {
            onset: from.to_datetime(change.timestamp()),
            from: from.seconds(),
            to: change.offset().seconds(),
            daylight: change.dst() == Dst::Yes,
            name: change.abbreviation().to_owned(),
        });
        from = change.offset();
    }
    changes
}

/// The changes that come every year for ever, each with its RRULE; empty where there are none, or none that a rule can say.
fn yearly_rules(rules: &TimeZone) -> Vec<(Change, String)> {
    let all = changes(rules, RULE_YEARS.0, RULE_YEARS.1);
    let years = usize::try_from(RULE_YEARS.1 - RULE_YEARS.0).unwrap_or_default();
    let mut kinds: Vec<Vec<&Change>> = Vec::new();
    for change in &all {
        match kinds.iter_mut().find(|kind| kind.first().is_some_and(|first| first.kind() == change.kind())) {
            Some(kind) => kind.push(change),
            None => kinds.push(vec![change]),
        }
    }
    if kinds.iter().any(|kind| kind.len() != years) {
        return Vec::new();
    }
    let ruled: Option<Vec<_>> = kinds.iter().map(|kind| Some(((*kind.first()?).clone(), rule(kind)?))).collect();
    ruled.unwrap_or_default()
}

/// The RRULE of changes of successive years.
fn rule(kind: &[&Change]) -> Option<String> {
    let first = kind.first()?.onset;
    let day = |onset: DateTime| onset.day();
    if kind.iter().any(|one| one.onset.month() != first.month() || one.onset.time() != first.time()) {
        return None;
    }
    let (low, high) = (kind.iter().map(|one| day(one.onset)).min()?, kind.iter().map(|one| day(one.onset)).max()?);
    let month = first.month();
    if low == high {
        return Some(format!("FREQ=YEARLY;BYMONTH={month};BYMONTHDAY={low}"));
    }
    if kind.iter().any(|one| one.onset.weekday() != first.weekday()) {
        return None;
    }
    let name = name(first.weekday());
    if kind.iter().all(|one| day(one.onset).saturating_add(7) > one.onset.date().days_in_month()) {
        return Some(format!("FREQ=YEARLY;BYMONTH={month};BYDAY=-1{name}"));
    }
    if low % 7 == 1 && high == low + 6 {
        return Some(format!("FREQ=YEARLY;BYMONTH={month};BYDAY={}{name}", low / 7 + 1));
    }
    (high == low + 6).then(|| {
        let days: Vec<String> = (low..=high).map(|day| day.to_string()).collect();
        format!("FREQ=YEARLY;BYMONTH={month};BYMONTHDAY={};BYDAY={name}", days.join(","))
    })
}

fn name(day: Weekday) -> &'static str {
    usize::try_from(day.to_monday_zero_offset()).ok().and_then(|day| DAYS.get(day)).copied().unwrap_or("MO")
}

/// The first year from which on the changes of every year are those of the rules.
fn ruled_since(changes: &[Change], yearly: &[(Change, String)], first: i16) -> i16 {
    let mut since = RULE_YEARS.0;
    let mut rest = changes;
    while since > first {
        let year = since.saturating_sub(1);
        let begins =
            rest.iter().rposition(|change| change.onset.year() < year).map_or(0, |before| before.saturating_add(1));
        let (before, of_year) = rest.split_at_checked(begins).unwrap_or((rest, &[]));
        if of_year.len() != yearly.len() || !of_year.iter().all(|change| follows(change, yearly)) {
            break;
        }
        (rest, since) = (before, year);
    }
    since
}

/// Does a change keep to the yearly rules?
fn follows(change: &Change, yearly: &[(Change, String)]) -> bool {
    yearly.iter().any(|(like, rule)| {
        like.kind() == change.kind()
            && like.onset.time() == change.onset.time()
            && like.onset.month() == change.onset.month()
            && on_its_day(rule, change.onset)
    })
}

fn on_its_day(rule: &str, onset: DateTime) -> bool {
    let part = |name: &str| rule.split(';').find_map(|part| part.strip_prefix(name)?.strip_prefix('='));
    let weekday = name(onset.weekday());
    let by_day = part("BYDAY").is_none_or(|day| {
        let nth = (onset.day() - 1) / 7 + 1;
        let last = onset.day().saturating_add(7) > onset.date().days_in_month();
        day == weekday
            || day.strip_suffix(weekday) == Some(nth.to_string().as_str())
            || (last && day.strip_suffix(weekday) == Some("-1"))
    });
    by_day && part("BYMONTHDAY").is_none_or(|days| days.split(',').any(|day| day == onset.day().to_string()))
}
