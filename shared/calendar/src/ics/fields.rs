//! The properties of a VEVENT that the event model has places for, each read and written.

use super::fault::Reason;
use super::line::Property;
use super::people;
use super::text;
use super::time;
use super::zones::Zones;
use crate::event::{Busy, Conference, Event, RDate, Status, Visibility};
use crate::when::When;
use std::fmt::Write;

/// A place of the event model, and the properties that fill it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Field {
    Uid,
    RecurrenceId,
    Start,
    End,
    RRule,
    ExRule,
    RDate,
    ExDate,
    Sequence,
    Status,
    Busy,
    Visibility,
    Summary,
    Description,
    Location,
    Organizer,
    Conference,
    Updated,
    /// Every one stands for itself: see [`people`].
    Attendee,
    /// `X-ATTUNE-…`.
    Extended,
    /// DTSTAMP: not kept, the writer says when it writes.
    Stamp,
}

/// The fields that [`take`] and [`put`] know, in the order of writing.
pub(crate) const FIELDS: [Field; 18] = [
    Field::Uid,
    Field::RecurrenceId,
    Field::Start,
    Field::End,
    Field::RRule,
    Field::ExRule,
    Field::RDate,
    Field::ExDate,
    Field::Sequence,
    Field::Status,
    Field::Busy,
    Field::Visibility,
    Field::Summary,
    Field::Description,
    Field::Location,
    Field::Organizer,
    Field::Conference,
    Field::Updated,
];

/// Names that are ours begin so.
pub(crate) const OWN: &str = "X-ATTUNE";

impl Field {
    /// The field that a property belongs to. DTEND comes before DURATION, and so on: see [`take`].
    pub fn of(name: &str) -> Option<Self> {
        const NAMES: [(&str, Field); 25] = [
            ("ATTENDEE", Field::Attendee),
            ("DTSTART", Field::Start),
            ("DTEND", Field::End),
            ("DURATION", Field::End),
            ("DTSTAMP", Field::Stamp),
            ("UID", Field::Uid),
            ("SUMMARY", Field::Summary),
            ("DESCRIPTION", Field::Description),
            ("LOCATION", Field::Location),
            ("STATUS", Field::Status),
            ("TRANSP", Field::Busy),
            ("X-MICROSOFT-CDO-BUSYSTATUS", Field::Busy),
            ("CLASS", Field::Visibility),
            ("SEQUENCE", Field::Sequence),
            ("LAST-MODIFIED", Field::Updated),
            ("ORGANIZER", Field::Organizer),
            ("RRULE", Field::RRule),
            ("EXRULE", Field::ExRule),
            ("RDATE", Field::RDate),
            ("EXDATE", Field::ExDate),
            ("RECURRENCE-ID", Field::RecurrenceId),
            ("CONFERENCE", Field::Conference),
            ("X-GOOGLE-CONFERENCE", Field::Conference),
            ("X-MICROSOFT-SKYPETEAMSMEETINGURL", Field::Conference),
            (OWN, Field::Extended),
        ];
        let found = NAMES.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, field)| *field);
        found.or_else(|| {
            let own = name.get(..OWN.len()).is_some_and(|start| start.eq_ignore_ascii_case(OWN));
            (own && name.as_bytes().get(OWN.len()) == Some(&b'-')).then_some(Self::Extended)
        })
    }
}

/// The first of several that says anything.
fn first<'l, 'a>(lines: &[&'l Property<'a>]) -> Option<&'l Property<'a>> {
    lines.iter().copied().find(|line| !line.value().trim().is_empty()).or_else(|| lines.first().copied())
}

fn word<'l>(lines: &[&'l Property]) -> &'l str {
    first(lines).map_or("", |line| line.value().trim())
}

fn named<'l, 'a>(lines: &[&'l Property<'a>], name: &str) -> Option<&'l Property<'a>> {
    lines.iter().copied().find(|line| line.is(name) && !line.value().trim().is_empty())
}

/// Fills a field from all its lines. Where a property stands twice, the first that says anything counts.
///
/// # Errors
/// A time that cannot be read. Words that are not the standard's mean what their absence means.
pub(crate) fn take(field: Field, lines: &[&Property], event: &mut Event, zones: &mut Zones) -> Result<(), Reason> {
    let text = || first(lines).map(|line| text::unescape(line.value()).into_owned());
    match field {
        Field::Uid => event.uid = word(lines).to_owned(),
        Field::RecurrenceId => {
            if let Some(line) = named(lines, "RECURRENCE-ID") {
                event.recurrence_id = Some(time::when("RECURRENCE-ID", line, line.value(), zones)?);
                event.this_and_future =
                    line.param("RANGE").is_some_and(|range| range.eq_ignore_ascii_case("THISANDFUTURE"));
            }
        }
        Field::Start => {
            let line = named(lines, "DTSTART").ok_or(Reason::NoStart)?;
            event.start = time::when("DTSTART", line, line.value(), zones)?;
        }
        Field::End => event.end = end(lines, &event.start, zones)?,
        Field::RRule => event.recurrence.rrule = values(lines),
        Field::ExRule => event.recurrence.exrule = values(lines),
        Field::RDate => {
            for (line, value) in listed(lines) {
                event.recurrence.rdate.push(rdate(line, value, zones)?);
            }
        }
        Field::ExDate => {
            for (line, value) in listed(lines) {
                event.recurrence.exdate.push(time::when("EXDATE", line, value, zones)?);
            }
        }
        Field::Sequence => event.sequence = word(lines).parse().unwrap_or(0),
        Field::Status => {
            event.status = match word(lines).to_ascii_uppercase().as_str() {
                "TENTATIVE" => Status::Tentative,
                "CANCELLED" | "CANCELED" => Status::Cancelled,
                _ => Status::Confirmed,
            }
        }
        Field::Busy => event.busy = busy(lines),
        Field::Visibility => {
            event.visibility = match word(lines).to_ascii_uppercase().as_str() {
                "" => Visibility::Default,
                "PUBLIC" => Visibility::Public,
                "CONFIDENTIAL" => Visibility::Confidential,
                // and every word that is not known (section 3.8.1.3)
                _ => Visibility::Private,
            }
        }
        Field::Summary => event.summary = text(),
        Field::Description => event.description = text(),
        Field::Location => event.location = text(),
        Field::Organizer => event.organizer = first(lines).map(people::person),
        Field::Conference => event.conference = conference(lines),
        Field::Updated => {
            event.updated = match time::value(word(lines)) {
                Some(time::Value::Utc(at)) => Some(at.to_string()),
                _ => None,
            }
        }
        Field::Attendee | Field::Extended | Field::Stamp => {}
    }
    Ok(())
}

fn values(lines: &[&Property]) -> Vec<String> {
    lines.iter().map(|line| line.value().trim()).filter(|rule| !rule.is_empty()).map(str::to_owned).collect()
}

/// The values of properties that are lists.
fn listed<'l, 'a>(lines: &[&'l Property<'a>]) -> impl Iterator<Item = (&'l Property<'a>, &'l str)> {
    let values = lines.iter().copied().flat_map(|line| line.value().split(',').map(move |value| (line, value.trim())));
    values.filter(|(_, value)| !value.is_empty())
}

fn rdate(line: &Property, value: &str, zones: &mut Zones) -> Result<RDate, Reason> {
    let Some((start, end)) = value.split_once('/') else {
        return Ok(RDate { start: time::when("RDATE", line, value, zones)?, end: None });
    };
    let start = time::when("RDATE", line, start, zones)?;
    let end = match time::duration(end) {
        Some(long) => long.after(&start, zones).ok_or(Reason::Unreadable("RDATE"))?,
        None => time::when("RDATE", line, end, zones)?,
    };
    Ok(RDate { start, end: Some(end) })
}

/// DTEND, or DTSTART and DURATION, or what the absence of both means. So is an end before the start.
fn end(lines: &[&Property], start: &When, zones: &mut Zones) -> Result<When, Reason> {
    let end = if let Some(line) = named(lines, "DTEND") {
        alike(time::when("DTEND", line, line.value(), zones)?, start)
    } else if let Some(line) = named(lines, "DURATION") {
        let long = time::duration(line.value()).ok_or(Reason::Unreadable("DURATION"))?;
        if long.is_negative() {
            return Ok(start.implied_end());
        }
        long.after(start, zones).ok_or(Reason::Unreadable("DURATION"))?
    } else {
        return Ok(start.implied_end());
    };
    let (from, until) = (time::instant(start, zones), time::instant(&end, zones));
    let empty = start.is_date() && from == until;
    Ok(if until < from || empty { start.implied_end() } else { end })
}

/// A date and a time cannot be the ends of one span (section 3.8.2.2); where they are, the start decides.
fn alike(end: When, start: &When) -> When {
    match (start.is_date(), end.is_date()) {
        (true, false) => {
            let local = end.local();
            let day = When::Date(local.date());
            if local.time() == jiff::civil::Time::midnight() { day } else { day.implied_end() }
        }
        (false, true) => start.at(end.local()),
        _ => end,
    }
}

/// Microsoft's word knows more than TRANSP.
fn busy(lines: &[&Property]) -> Busy {
    let word = |name| named(lines, name).map(|line| line.value().trim().to_ascii_uppercase());
    match word("X-MICROSOFT-CDO-BUSYSTATUS").as_deref() {
        Some("FREE") => Busy::Free,
        Some("TENTATIVE") => Busy::Tentative,
        Some("OOF") => Busy::OutOfOffice,
        Some("WORKINGELSEWHERE") => Busy::WorkingElsewhere,
        Some("BUSY") => Busy::Busy,
        _ if word("TRANSP").as_deref() == Some("TRANSPARENT") => Busy::Free,
        _ => Busy::Busy,
    }
}

fn conference(lines: &[&Property]) -> Option<Conference> {
    const KINDS: [(&str, Option<&str>); 3] = [
        ("CONFERENCE", None),
        ("X-GOOGLE-CONFERENCE", Some("hangoutsMeet")),
        ("X-MICROSOFT-SKYPETEAMSMEETINGURL", Some("teamsForBusiness")),
    ];
    KINDS.iter().find_map(|(name, kind)| {
        let line = named(lines, name)?;
        let uri = Some(line.value().trim().to_owned());
        Some(Conference { uri, kind: kind.map(str::to_owned), ..Conference::default() })
    })
}

/// Writes a field as content lines with line feeds: nothing where the absence says it.
pub(crate) fn put(field: Field, event: &Event, out: &mut String) {
    let text = |name: &str, value: &Option<String>, out: &mut String| {
        if let Some(value) = value {
            out.push_str(name);
            out.push(':');
            text::escape(value, out);
            out.push('\n');
        }
    };
    let plain = |name: &str, value: &str, out: &mut String| {
        let _ = writeln!(out, "{name}:{}", value.replace(['\r', '\n'], " "));
    };
    match field {
        Field::Uid => plain("UID", &event.uid, out),
        Field::RecurrenceId => {
            if let Some(id) = &event.recurrence_id {
                time::line("RECURRENCE-ID", if event.this_and_future { ";RANGE=THISANDFUTURE" } else { "" }, id, out);
            }
        }
        Field::Start => time::line("DTSTART", "", &event.start, out),
        // an event that takes no time has no DTEND: it would have to be later (section 3.8.2.2)
        Field::End => {
            if event.end != event.start {
                time::line("DTEND", "", &event.end, out);
            }
        }
        Field::RRule => event.recurrence.rrule.iter().for_each(|rule| plain("RRULE", rule, out)),
        Field::ExRule => event.recurrence.exrule.iter().for_each(|rule| plain("EXRULE", rule, out)),
        Field::RDate => event.recurrence.rdate.iter().for_each(|date| put_rdate(date, out)),
        Field::ExDate => event.recurrence.exdate.iter().for_each(|date| time::line("EXDATE", "", date, out)),
        Field::Sequence => {
            if event.sequence > 0 {
                let _ = writeln!(out, "SEQUENCE:{}", event.sequence);
            }
        }
        Field::Status => match event.status {
            Status::Confirmed => {}
            Status::Tentative => out.push_str("STATUS:TENTATIVE\n"),
            Status::Cancelled => out.push_str("STATUS:CANCELLED\n"),
        },
        Field::Busy => out.push_str(match event.busy {
            Busy::Busy => "",
            Busy::Free => "TRANSP:TRANSPARENT\n",
            Busy::Tentative => "X-MICROSOFT-CDO-BUSYSTATUS:TENTATIVE\n",
            Busy::OutOfOffice => "X-MICROSOFT-CDO-BUSYSTATUS:OOF\n",
            Busy::WorkingElsewhere => "TRANSP:TRANSPARENT\nX-MICROSOFT-CDO-BUSYSTATUS:WORKINGELSEWHERE\n",
        }),
        Field::Visibility => out.push_str(match event.visibility {
            Visibility::Default => "",
            Visibility::Public => "CLASS:PUBLIC\n",
            Visibility::Private => "CLASS:PRIVATE\n",
            Visibility::Confidential => "CLASS:CONFIDENTIAL\n",
        }),
        Field::Summary => text("SUMMARY", &event.summary, out),
        Field::Description => text("DESCRIPTION", &event.description, out),
        Field::Location => text("LOCATION", &event.location, out),
        Field::Organizer => {
            if let Some(person) = &event.organizer {
                people::put("ORGANIZER", person, None, out);
            }
        }
        Field::Conference => {
            if let Some(uri) = event.conference.as_ref().and_then(|conference| conference.uri.as_deref()) {
                plain("CONFERENCE;VALUE=URI", uri, out);
            }
        }
        Field::Updated => {
            if let Some(at) = event.updated.as_deref().and_then(|at| at.parse().ok()) {
                plain("LAST-MODIFIED", &time::stamp(at), out);
            }
        }
        Field::Attendee | Field::Extended | Field::Stamp => {}
    }
}

fn put_rdate(date: &RDate, out: &mut String) {
    let Some(end) = &date.end else { return time::line("RDATE", "", &date.start, out) };
    out.push_str("RDATE;VALUE=PERIOD");
    if !date.start.is_date() {
        time::kind(&date.start, out);
    }
    out.push(':');
    time::write(&date.start, out);
    out.push('/');
    time::write(end, out);
    out.push('\n');
}
