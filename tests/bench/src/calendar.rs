//! Calendars: rules of recurrence beside `rrule` and python-dateutil, files beside `icalendar`, free/busy and ranked slots of 20 people.

use crate::error::{Error, Result};
use crate::measure::{median, ms, quantile};
use crate::report::{Bound, Report};
use attune_calendar::event::Event;
use attune_calendar::freebusy::{Block, Person, Profile, Span};
use attune_calendar::recurrence::{Instances, Rule};
use attune_calendar::series::occurrences_in;
use attune_calendar::slots::{Request, find};
use attune_calendar::zone::{Zone, Zones};
use attune_calendar::{When, ics};
use attune_dev::paths::Paths;
use attune_dev::tools::RADICALE;
use attune_domain::Millis;
use serde_json::json;
use std::hint::black_box;
use std::io::Write;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

const PART: &str = "calendar";
/// Examples of RFC 5545, 3.8.5.3 without their ends, and others: `DTSTART|RRULE`, in New York.
const RULES: &str = include_str!("calendar/rules.txt");
/// Instances taken of each rule.
const MOST: usize = 1_000;
/// How long each rule is expanded over and over, per round.
const A_WHILE: Duration = Duration::from_millis(20);
/// Rounds in which python-dateutil takes part: one takes half a minute.
const PYTHON_S: &str = "0.15";
const PEOPLE: usize = 20;
const SERIES: usize = 3_000;
const DAY_MS: i64 = 86_400_000;

/// Measures all of it.
///
/// # Errors
/// A peer does not run.
pub fn run(paths: &Paths, rounds: usize, report: &mut Report) -> Result<()> {
    expansion(paths, rounds, report)?;
    files(rounds, report)?;
    slots(report)
}

fn wrong(what: impl std::fmt::Display) -> Error {
    Error::wrong(what.to_string())
}

/// Instances per second.
fn rate(mut make: impl FnMut() -> usize) -> f64 {
    let begin = Instant::now();
    let mut made = 0;
    while begin.elapsed() < A_WHILE {
        made += make();
    }
    #[expect(clippy::cast_precision_loss, reason = "a count of instances")]
    let made = made as f64;
    made / begin.elapsed().as_secs_f64()
}

/// The time for one instance of every rule, by which the whole set is compared: no fast rule hides a slow one.
fn all(rates: &[f64]) -> f64 {
    rates.iter().map(|rate| 1.0 / rate).sum()
}

fn expansion(paths: &Paths, rounds: usize, report: &mut Report) -> Result<()> {
    let python = all(&dateutil(paths)?);
    let zone = Zone::iana("America/New_York").map_err(wrong)?;
    let home = Zone::iana("UTC").map_err(wrong)?.rules();
    let (mut ours, mut theirs) = (Vec::new(), Vec::new());
    for _ in 0..rounds.max(1) {
        let (mut own, mut peer) = (Vec::new(), Vec::new());
        for line in RULES.lines() {
            let (start, text) = line.split_once('|').ok_or_else(|| wrong(line))?;
            let rule: Rule = text.parse().map_err(wrong)?;
            let start = When::Zoned { local: start.parse().map_err(wrong)?, zone: zone.clone(), tzid: None };
            own.push(rate(|| {
                let zones = Zones::new(&home);
                Instances::new(&rule, &start, &zones).take(MOST).map(black_box).count()
            }));
            let (begin, text) = line.split_once('|').ok_or_else(|| wrong(line))?;
            let set = format!("DTSTART;TZID=America/New_York:{begin}\nRRULE:{text}");
            let set: rrule::RRuleSet = set.parse().map_err(wrong)?;
            peer.push(rate(|| set.into_iter().take(MOST).map(black_box).count()));
        }
        ours.push(all(&own));
        theirs.push(all(&peer));
    }
    let ratios: Vec<f64> = ours.iter().zip(&theirs).map(|(own, peer)| peer / own).collect();
    let how = "time for one instance of each of 74 rules, the peer's by ours";
    let name = "rules: instances/s by those of rrule";
    report.require_how(PART, name, (median(&ratios), "times"), Bound::AtLeast(3.0), how);
    let name = "rules: instances/s by those of python-dateutil";
    report.require_how(PART, name, (python / median(&ours), "times"), Bound::AtLeast(50.0), how);
    Ok(())
}

fn dateutil(paths: &Paths) -> Result<Vec<f64>> {
    let mut child = Command::new(RADICALE.install(paths)?.join("bin/python"))
        .args(["-c", include_str!("calendar/dateutil.py"), PYTHON_S])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .map_err(wrong)?;
    if let Some(mut input) = child.stdin.take() {
        input.write_all(RULES.as_bytes()).map_err(wrong)?;
    }
    let out = child.wait_with_output().map_err(wrong)?;
    serde_json::from_slice(&out.stdout).map_err(wrong)
}

/// A file as calendar services give it: folded lines, zones, attendees, text in several languages.
fn file() -> String {
    let mut text = "BEGIN:VCALENDAR\r\nPRODID:-//Example//Bench//EN\r\nVERSION:2.0\r\n".to_owned();
    for n in 0..10_000 {
        let (month, day, hour) = (n % 12 + 1, n % 28 + 1, n % 9 + 8);
        text.push_str(&format!(
            "BEGIN:VEVENT\r\nUID:{n:08}-abcdef@example.com\r\nDTSTAMP:20260101T000000Z\r\n\
             DTSTART;TZID=Europe/Berlin:2026{month:02}{day:02}T{hour:02}0000\r\n\
             DTEND;TZID=Europe/Berlin:2026{month:02}{day:02}T{hour:02}3000\r\n\
             SUMMARY:Planning \\, review and the größte Runde {n}\r\nLOCATION:Room {n}\r\n\
             DESCRIPTION:the Größe quick meeting plan fox quick lazy jumps meeting qui\r\n \
             ck meeting https://meet.example.com/abc agenda\\, meeting quick meeting the\r\n  \
             fox meeting brown lazy meeting review quick meeting fox quick über the end\r\n\
             ORGANIZER;CN=Ada Lovelace:mailto:ada@example.com\r\n\
             ATTENDEE;CN=\"Bo, the Second\";ROLE=REQ-PARTICIPANT;PARTSTAT=ACCEPTED;RSVP=TRUE:ma\r\n \
             ilto:bo@example.com\r\nSEQUENCE:{n}\r\nSTATUS:CONFIRMED\r\nTRANSP:OPAQUE\r\n{}END:VEVENT\r\n",
            if n % 5 == 0 { "RRULE:FREQ=WEEKLY;BYDAY=MO,WE;COUNT=30\r\n" } else { "" }
        ));
    }
    text.push_str("END:VCALENDAR\r\n");
    text
}

fn files(rounds: usize, report: &mut Report) -> Result<()> {
    let text = file();
    #[expect(clippy::cast_precision_loss, reason = "a size")]
    let size = text.len() as f64 / 1e6;
    let timed = |read: &dyn Fn() -> usize| {
        let begin = Instant::now();
        let found = black_box(read());
        if found < 10_000 {
            return Err(wrong(format!("{found} components of 10,000 were read")));
        }
        Ok(size / begin.elapsed().as_secs_f64())
    };
    let (mut tree, mut items, mut peer) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..rounds.max(1) {
        tree.push(timed(&|| ics::parse(text.as_bytes()).components.iter().map(|c| c.components.len()).sum())?);
        items.push(timed(&|| ics::read(text.as_bytes()).items.len())?);
        peer.push(timed(&|| {
            let unfolded = icalendar::parser::unfold(&text);
            icalendar::parser::read_calendar(&unfolded).map_or(0, |calendar| calendar.components.len())
        })?);
    }
    let (tree, items, peer) = (median(&tree), median(&items), median(&peer));
    report.require(PART, "iCalendar files: parsed", tree, "MB/s", Bound::AtLeast((2.0 * peer).min(100.0)));
    report.tell(PART, "iCalendar files: parsed by the crate icalendar", peer, "MB/s");
    report.tell(PART, "iCalendar files: read into events", items, "MB/s");
    Ok(())
}

/// 20 people with 150 series each, in five zones: free/busy and ranked slots of 4 weeks, expansion included.
fn slots(report: &mut Report) -> Result<()> {
    let names = ["Europe/Berlin", "America/New_York", "Asia/Tokyo", "Europe/London", "America/Los_Angeles"];
    let zones: Vec<Zone> = names.iter().map(|name| Zone::iana(name).map_err(wrong)).collect::<Result<_>>()?;
    let zone = |n: usize| zones.get(n % zones.len()).cloned().ok_or_else(|| wrong("zone"));
    let days = ["MO", "TU", "WE", "TH", "FR"];
    let mut calendars: Vec<Vec<Event>> = Vec::new();
    for person in 0..PEOPLE {
        let mut own = Vec::new();
        for n in 0..SERIES / PEOPLE {
            let (day, hour, minute) = (n % 5, 8 + n / 5 % 10, n % 4 * 15);
            let every = 1 + n % 4;
            let start = format!("2026-06-{:02}T{hour:02}:{minute:02}:00", 1 + day);
            let end = format!("2026-06-{:02}T{hour:02}:{:02}:00", 1 + day, minute + 14);
            let rule = format!("FREQ=WEEKLY;INTERVAL={};BYDAY={}", every * 4, days.get(day).unwrap_or(&"MO"));
            let name = zone(person)?.name().to_owned();
            let event = json!({
                "uid": format!("{person}-{n}"), "recurrence": {"rrule": [rule]},
                "start": {"date_time": start, "time_zone": name}, "end": {"date_time": end, "time_zone": name},
            });
            own.push(serde_json::from_value(event).map_err(wrong)?);
        }
        calendars.push(own);
    }
    let from = Millis::parse("2026-11-23T00:00:00Z").map_err(wrong)?;
    let until = Millis(from.0 + 28 * DAY_MS);
    let mut request = Request::new(30, Span::new(from.0, until.0), zone(0)?);
    request.required = (0..PEOPLE).map(|n| format!("p{n}")).collect();
    request.stretch = 3;
    let (mut times, mut occurrences) = (Vec::new(), 0_usize);
    for _ in 0..100 {
        let begin = Instant::now();
        let mut people = Vec::new();
        occurrences = 0;
        for (n, events) in calendars.iter().enumerate() {
            let zone = zone(n)?;
            let zones = Zones::new(&zone.rules());
            let profile = Profile::new(format!("p{n}"), format!("Person {n}"), zone);
            let mut blocks = Vec::new();
            for (at, event) in events.iter().enumerate() {
                for found in occurrences_in(std::slice::from_ref(event), from..until, &zones, 1_000).list {
                    blocks
                        .push(Block::new(format!("{n}/{at}/{}", found.start.0), Span::new(found.start.0, found.end.0)));
                }
            }
            occurrences += blocks.len();
            people.push(Person { profile, blocks });
        }
        black_box(find(&request, &people, from, 1).map_err(wrong)?);
        times.push(ms(begin.elapsed()));
    }
    let how = format!("3,000 series expanded into {occurrences} occurrences, ranked; 100 times");
    let name = "slots of 20 people, 4 weeks, 3,000 recurring events: p99";
    report.require_how(PART, name, (quantile(&times, 0.99), "ms"), Bound::AtMost(20.0), how);
    report.tell(PART, "slots of 20 people: p50", median(&times), "ms");
    Ok(())
}
