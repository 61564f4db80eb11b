//! One VEVENT ↔ one [`Event`].
//!
//! What is written back is what was read: `rest.properties` keeps the lines of properties that the model has no place for, and
//! those of known ones that [`put`] would write in another way (a LANGUAGE, a DURATION in the place of DTEND). A kept line of a known
//! property is written again as long as it still says what the event says.

use super::fault::Reason;
use super::fields::{FIELDS, Field, OWN, put, take};
use super::line::Property;
use super::text;
use super::tree::{Component, Tree, parse};
use super::zones::Zones;
use super::{people, time};
use crate::event::{Event, Recurrence};
use crate::when::When;
use jiff::civil::Date;
use serde_json::Value;
use std::borrow::Cow;
use std::fmt::Write;

/// Members of [`Event::rest`].
pub(crate) const PROPERTIES: &str = "properties";
const COMPONENTS: &str = "components";
/// The event has no DTEND, nor a DURATION.
const NO_END: &str = "no_end";

/// An event that says nothing.
pub(crate) fn blank(start: When) -> Event {
    Event {
        uid: String::new(),
        end: start.clone(),
        start,
        recurrence: Recurrence::default(),
        recurrence_id: None,
        this_and_future: false,
        status: Default::default(),
        busy: Default::default(),
        visibility: Default::default(),
        summary: None,
        description: None,
        location: None,
        organizer: None,
        attendees: Vec::new(),
        conference: None,
        sequence: 0,
        updated: None,
        extended: Default::default(),
        rest: Default::default(),
    }
}

/// The lines of a component by what they fill, in the order of the file.
fn sorted<'l, 'a>(lines: &'l [Property<'a>]) -> Vec<(Option<Field>, &'l Property<'a>)> {
    let mut all: Vec<_> = lines.iter().map(|line| (Field::of(line.name()), line)).collect();
    // stable: lines of one field stay in order
    all.sort_by_key(|(field, _)| *field);
    all
}

fn lines_of<'l, 'a>(all: &[(Option<Field>, &'l Property<'a>)], field: Field) -> Vec<&'l Property<'a>> {
    let from = all.partition_point(|(of, _)| *of < Some(field));
    let rest = all.get(from..).unwrap_or_default();
    rest.iter().take_while(|(of, _)| *of == Some(field)).map(|(_, line)| *line).collect()
}

/// Reads a VEVENT.
///
/// # Errors
/// A time of the event is missing or cannot be read.
pub(crate) fn read(component: &Component, zones: &mut Zones) -> Result<Event, Reason> {
    let all = sorted(&component.properties);
    let mut event = blank(When::Date(Date::ZERO));
    let mut kept: Vec<Value> = Vec::new();
    let mut keep = |line: &Property| kept.push(Value::String(line.text().to_owned()));
    let (mut ended, mut written) = (false, String::new());
    for field in FIELDS {
        let lines = lines_of(&all, field);
        if !lines.is_empty() || matches!(field, Field::Start | Field::End) {
            take(field, &lines, &mut event, zones)?;
            ended |= field == Field::End && !lines.is_empty();
            written.clear();
            put(field, &event, &mut written);
            if !lines.iter().map(|line| line.text()).eq(written.lines()) {
                lines.into_iter().for_each(&mut keep);
            }
        }
    }
    for (field, line) in all {
        match field {
            Some(Field::Attendee) if !line.value().trim().is_empty() => event.attendees.push(people::attendee(line)),
            Some(Field::Extended) => match own_name(line) {
                Some(name) if !event.extended.contains_key(&name) => {
                    event.extended.insert(name, text::unescape(line.value()).into_owned());
                }
                _ => keep(line),
            },
            None | Some(Field::Attendee) => keep(line),
            Some(_) => {}
        }
    }
    if !kept.is_empty() {
        event.rest.insert(PROPERTIES.to_owned(), Value::Array(kept));
    }
    if !component.components.is_empty() {
        let texts = component.components.iter().map(|component| {
            let mut text = String::new();
            component.verbatim(&mut text);
            Value::String(text)
        });
        event.rest.insert(COMPONENTS.to_owned(), Value::Array(texts.collect()));
    }
    if !ended && event.end != event.start {
        event.rest.insert(NO_END.to_owned(), Value::Bool(true));
    }
    Ok(event)
}

/// `X-ATTUNE-SOME-NAME` is `some_name`; any other name stands in a parameter.
fn own_name(line: &Property) -> Option<String> {
    let name = line.name();
    if name.len() == OWN.len() {
        return line.params().find(|param| param.is("KEY")).map(|param| param.whole().into_owned());
    }
    Some(name.get(OWN.len().saturating_add(1)..)?.to_ascii_lowercase().replace('-', "_")).filter(|name| is_plain(name))
}

fn is_plain(name: &str) -> bool {
    !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_')
}

/// Writes an event as a VEVENT: content lines with line feeds.
pub(crate) fn write(event: &Event, stamp: &str, out: &mut String) {
    out.push_str("BEGIN:VEVENT\n");
    let _ = writeln!(out, "DTSTAMP:{stamp}");
    properties(event, out);
    for component in strings(event, COMPONENTS) {
        // once more through the reader: a text from elsewhere could end the event
        let Tree { components, .. } = parse(component.as_bytes());
        components.iter().filter(|inner| inner.fits_in_event()).for_each(|inner| inner.verbatim(out));
    }
    out.push_str("END:VEVENT\n");
}

/// The strings of a member of `rest`.
fn strings<'e>(event: &'e Event, member: &str) -> impl Iterator<Item = &'e str> {
    event.rest.get(member).and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str)
}

fn properties(event: &Event, out: &mut String) {
    let kept: Vec<Property> = strings(event, PROPERTIES)
        .filter_map(|line| {
            let line = if line.contains(['\r', '\n']) {
                Cow::Owned(line.replace(['\r', '\n'], " "))
            } else {
                Cow::Borrowed(line)
            };
            Property::new(line, 0).filter(|line| !line.is("BEGIN") && !line.is("END"))
        })
        .collect();
    let all = sorted(&kept);
    let mut zones = Zones::of(event);
    // what the kept lines say, by themselves
    let mut said = blank(event.start.clone());
    let (mut now, mut then) = (String::new(), String::new());
    for field in FIELDS {
        now.clear();
        put(field, event, &mut now);
        let lines = lines_of(&all, field);
        if !lines.is_empty() && take(field, &lines, &mut said, &mut zones).is_ok() {
            then.clear();
            put(field, &said, &mut then);
            if now == then {
                lines.iter().for_each(|line| push_line(line.text(), out));
                continue;
            }
        }
        if field == Field::Start {
            said.start = event.start.clone();
        }
        let no_end = field == Field::End
            && event.rest.get(NO_END) == Some(&Value::Bool(true))
            && event.end == event.start.implied_end();
        if !no_end {
            out.push_str(&now);
        }
    }
    for attendee in &event.attendees {
        people::put("ATTENDEE", &attendee.person, Some(attendee), out);
    }
    for (name, value) in &event.extended {
        out.push_str(OWN);
        if is_plain(name) {
            let _ = write!(out, "-{}", name.to_ascii_uppercase().replace('_', "-"));
        } else {
            text::param("KEY", &[name], out);
        }
        out.push(':');
        text::escape(value, out);
        out.push('\n');
    }
    for (_, line) in all.iter().filter(|(field, _)| matches!(field, None | Some(Field::Attendee | Field::Extended))) {
        push_line(line.text(), out);
    }
}

fn push_line(line: &str, out: &mut String) {
    out.push_str(line);
    out.push('\n');
}

/// A UID for an event that has none: the same for the same event, so that reading a file twice makes it once.
pub(crate) fn made_uid(component: &Component) -> String {
    // FNV-1a, 64 bits
    let mut hash = 0xcbf2_9ce4_8422_2325_u64;
    let stamped = |line: &&Property| line.is("DTSTAMP") || line.is("LAST-MODIFIED") || line.is("CREATED");
    for line in component.properties.iter().filter(|line| !stamped(line)) {
        for byte in line.text().bytes().chain(*b"\n") {
            hash = (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
        }
    }
    format!("{hash:016x}@no-uid.invalid")
}

/// The years that an event's zoned times need, and whether it goes on after them.
pub(crate) fn years(event: &Event) -> (i16, i16) {
    let years = super::zones::times(event).filter(|when| time::tzid(when).is_some()).map(|when| when.local().year());
    years.fold((i16::MAX, i16::MIN), |(low, high), year| (low.min(year), high.max(year)))
}
