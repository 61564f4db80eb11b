//! Whole files.

use super::event::{made_uid, years};
use super::fault::{Fault, Reason, report};
use super::line::Property;
use super::tree::{Component, Tree, parse};
use super::zones::{Zones, times, times_mut};
use super::{event, text, time, vtimezone};
use crate::event::{Event, Item};
use crate::zone::Zone;
use jiff::Timestamp;
use jiff::civil::DateTime;
use std::borrow::Cow;
use std::collections::BTreeMap;

/// What a file of events holds.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Calendar {
    /// METHOD (RFC 5546): the file is a message about its events. In capitals.
    pub method: Option<String>,
    /// NAME (RFC 7986) or X-WR-CALNAME.
    pub name: Option<String>,
    /// Other properties of the calendar, content lines verbatim: all but VERSION, PRODID, CALSCALE, METHOD and the name.
    pub properties: Vec<String>,
    /// Masters with their overrides, by UID, in the order of the file. The item's `id` is the UID.
    pub items: Vec<Item>,
    /// What was passed over.
    pub faults: Vec<Fault>,
}

/// Reads a file. What cannot be read is reported, and the rest is there all the same.
pub fn read(file: &[u8]) -> Calendar {
    let Tree { components, faults, properties } = parse(file);
    let mut zones = Zones::default();
    zones.define(&components);
    components.iter().for_each(|component| zones.define(&component.components));
    let mut reading = Reading { calendar: Calendar { faults, ..Calendar::default() }, ..Reading::default() };
    for component in &components {
        if component.is("VCALENDAR") {
            component.properties.iter().for_each(|property| reading.head(property));
            component.components.iter().for_each(|inner| reading.component(inner, &mut zones));
        } else {
            reading.component(component, &mut zones);
        }
    }
    properties.iter().for_each(|property| reading.head(property));
    reading.calendar
}

#[derive(Default)]
struct Reading {
    calendar: Calendar,
    /// Where the item of a UID is.
    items: BTreeMap<String, usize>,
    /// Where the event is, by its item and RECURRENCE-ID.
    events: BTreeMap<(usize, Option<DateTime>), usize>,
}

impl Reading {
    fn head(&mut self, property: &Property) {
        let name = property.name().to_ascii_uppercase();
        let value = || text::unescape(property.value()).into_owned();
        match name.as_str() {
            "VERSION" | "PRODID" | "CALSCALE" => {}
            "METHOD" => self.calendar.method = Some(property.value().trim().to_ascii_uppercase()),
            "NAME" => self.calendar.name = Some(value()),
            "X-WR-CALNAME" => {
                self.calendar.name.get_or_insert_with(value);
            }
            _ => self.calendar.properties.push(property.text().to_owned()),
        }
    }

    fn component(&mut self, component: &Component, zones: &mut Zones) {
        if !component.is("VEVENT") {
            return;
        }
        match event::read(component, zones) {
            Ok(mut event) => {
                if event.uid.is_empty() {
                    event.uid = made_uid(component);
                }
                self.add(event, component.line());
            }
            Err(reason) => {
                let uid = component.property("UID").map(|uid| uid.value().trim());
                report(&mut self.calendar.faults, component.line(), uid, reason);
            }
        }
    }

    /// Puts an event to the others of its UID, the master first.
    fn add(&mut self, event: Event, line: u32) {
        let items = &mut self.calendar.items;
        let at = *self.items.entry(event.uid.clone()).or_insert(items.len());
        if at == items.len() {
            items.push(Item { id: event.uid.clone(), etag: None, series: None, events: Vec::new() });
        }
        let Some(item) = items.get_mut(at) else { return };
        let instance = event.recurrence_id.as_ref().map(|id| id.local());
        if let Some(known) = self.events.get(&(at, instance)).and_then(|known| item.events.get_mut(*known)) {
            report(&mut self.calendar.faults, line, Some(&event.uid), Reason::Duplicate);
            if known.sequence < event.sequence {
                *known = event;
            }
            return;
        }
        let place = item.events.len();
        item.events.push(event);
        if instance.is_none() && place > 0 {
            // a master behind its overrides changes places with the first of them
            item.events.swap(0, place);
            let moved = item.events.get(place).and_then(|moved| moved.recurrence_id.as_ref()).map(|id| id.local());
            self.events.insert((at, moved), place);
            self.events.insert((at, None), 0);
        } else {
            self.events.insert((at, instance), place);
        }
    }
}

/// The PRODID of what is written here.
pub const PRODID: &str = "-//Attune//Attune//EN";

/// What stands at the head of a file.
#[derive(Debug, Clone, Copy, Default)]
pub struct Head<'a> {
    /// METHOD, where the file is a message (RFC 5546).
    pub method: Option<&'a str>,
    /// The calendar's name, written as NAME and X-WR-CALNAME.
    pub name: Option<&'a str>,
    /// [`PRODID`] unless it is somebody else's.
    pub prodid: &'a str,
    /// Further content lines: [`Calendar::properties`].
    pub properties: &'a [&'a str],
}

/// Writes a file of events: an export or a feed. DTSTAMP of all events is `stamp`. A VTIMEZONE is there for every TZID.
///
/// The same arguments make the same text. Lines end with CRLF and are folded at 75 octets.
pub fn write(items: &[Item], name: Option<&str>, prodid: &str, stamp: Timestamp) -> String {
    write_with(Head { name, prodid, ..Head::default() }, items.iter().flat_map(|item| &item.events), stamp)
}

/// The same with all that can stand at the head, of single events.
pub fn write_with<'e>(head: Head, events: impl IntoIterator<Item = &'e Event>, stamp: Timestamp) -> String {
    let events: Vec<&Event> = events.into_iter().collect();
    let mut lines = String::with_capacity(events.len().saturating_mul(600).saturating_add(1000));
    begin(&head, &mut lines);
    let used = Used::of(&events);
    for (tzid, (zone, first, last)) in &used.zones {
        vtimezone::generate(tzid, zone, *first, *last, &mut lines);
    }
    let stamp = time::stamp(stamp);
    for event in events {
        event::write(&used.distinct(event), &stamp, &mut lines);
    }
    lines.push_str("END:VCALENDAR\n");
    folded(&lines)
}

/// BEGIN and the properties of the calendar.
pub(crate) fn begin(head: &Head, lines: &mut String) {
    lines.push_str("BEGIN:VCALENDAR\nVERSION:2.0\nPRODID:");
    text::escape(if head.prodid.is_empty() { PRODID } else { head.prodid }, lines);
    lines.push_str("\nCALSCALE:GREGORIAN\n");
    if let Some(method) = head.method {
        lines.push_str("METHOD:");
        text::escape(method, lines);
        lines.push('\n');
    }
    for property in ["NAME:", "X-WR-CALNAME:"] {
        if let Some(name) = head.name {
            lines.push_str(property);
            text::escape(name, lines);
            lines.push('\n');
        }
    }
    for property in head.properties.iter().filter_map(|line| Property::new(Cow::Borrowed(line), 0)) {
        if !property.is("BEGIN") && !property.is("END") {
            lines.push_str(&property.text().replace(['\r', '\n'], " "));
            lines.push('\n');
        }
    }
}

/// Lines with line feeds as a file.
pub(crate) fn folded(lines: &str) -> String {
    let mut file = String::with_capacity(lines.len().saturating_add(lines.len() / 16));
    lines.split_terminator('\n').for_each(|line| text::line(line, &mut file));
    file
}

/// The TZIDs that events use: what each means, and the years of its times.
struct Used {
    zones: BTreeMap<String, (Zone, i16, i16)>,
}

impl Used {
    fn of(events: &[&Event]) -> Self {
        let mut zones = BTreeMap::new();
        // IANA names first: nothing else may have them
        for named in [true, false] {
            for event in events {
                let (first, last) = years(event);
                for when in times(event) {
                    let crate::When::Zoned { zone, tzid, .. } = when else { continue };
                    if tzid.is_none() == named {
                        let tzid = tzid.as_deref().unwrap_or_else(|| zone.name());
                        match zones.get_mut(tzid) {
                            None => drop(zones.insert(tzid.to_owned(), (zone.clone(), first, last))),
                            Some((known, low, high)) if known == zone => {
                                (*low, *high) = (first.min(*low), last.max(*high));
                            }
                            // another file's meaning of the same text: see `distinct`
                            Some(_) => {
                                let (_, low, high) =
                                    zones.entry(zone.name().to_owned()).or_insert_with(|| (zone.clone(), first, last));
                                (*low, *high) = (first.min(*low), last.max(*high));
                            }
                        }
                    }
                }
            }
        }
        Self { zones }
    }

    /// The event with IANA names where its TZIDs mean something else in this file.
    fn distinct<'e>(&self, event: &'e Event) -> Cow<'e, Event> {
        let wrong = |when: &crate::When| match when {
            crate::When::Zoned { zone, tzid: Some(tzid), .. } => {
                self.zones.get(tzid.as_ref()).is_some_and(|(known, ..)| known != zone)
            }
            _ => false,
        };
        if !times(event).any(wrong) {
            return Cow::Borrowed(event);
        }
        let mut event = event.clone();
        for when in times_mut(&mut event) {
            if wrong(when)
                && let crate::When::Zoned { tzid, .. } = when
            {
                *tzid = None;
            }
        }
        Cow::Owned(event)
    }
}
