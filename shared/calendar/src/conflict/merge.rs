//! A three-way merge of one event: what both had in common, our change, the provider's newer one.
//!
//! What one side alone changed is merged. What both changed to different things is a conflict that names both values; until somebody
//! chooses, the provider's stands, and ours is kept in the conflict.

use crate::event::{Attendee, Event};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeSet;

/// A part of an event that is changed as a whole.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(tag = "name", content = "of", rename_all = "snake_case")]
pub enum Field {
    /// The whole event: one side deleted it, the other changed it.
    Event,
    /// Start, end and recurrence, which make sense together only.
    Schedule,
    /// STATUS.
    Status,
    /// TRANSP.
    Busy,
    /// CLASS.
    Visibility,
    /// SUMMARY.
    Summary,
    /// DESCRIPTION.
    Description,
    /// LOCATION.
    Location,
    /// ORGANIZER.
    Organizer,
    /// Where it takes place online.
    Conference,
    /// One attendee, by address in lower case.
    Attendee(String),
    /// One extended property.
    Extended(String),
    /// One member of what has no place in the model.
    Rest(String),
}

/// Whose value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Side {
    /// What was to be written.
    Ours,
    /// What the provider has by now.
    Theirs,
}

/// Both changed the same thing, differently.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FieldConflict {
    /// What.
    pub field: Field,
    /// Our value; null where we took it away.
    pub ours: Value,
    /// The provider's; null where it is gone there.
    pub theirs: Value,
    /// In English, with both values.
    pub text: String,
}

/// What came out.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Merged {
    /// The event with the changes of both sides; where they are in conflict, the provider's. `None` where it is deleted.
    pub event: Option<Event>,
    /// Something of ours is to be written: the event is not what the provider has.
    pub write: bool,
    /// What somebody has to choose, in order of the fields.
    pub conflicts: Vec<FieldConflict>,
}

/// Merges our change (`None`: we delete it) and the provider's (`None`: it is gone there) of an event that was `base`.
pub fn merge(base: &Event, ours: Option<&Event>, theirs: Option<&Event>) -> Merged {
    let (ours, theirs) = match (ours, theirs) {
        (Some(ours), Some(theirs)) => (ours, theirs),
        (None, None) => return Merged { event: None, write: false, conflicts: Vec::new() },
        (ours, theirs) => return deleted(base, ours, theirs),
    };
    let mut event = theirs.clone();
    let mut conflicts = Vec::new();
    let mut write = false;
    for field in fields(&[base, ours, theirs]) {
        if same(&field, base, ours) || same(&field, ours, theirs) {
            continue;
        }
        if same(&field, base, theirs) {
            take(&field, ours, &mut event);
            write = true;
        } else {
            conflicts.push(told(field, Some(ours), Some(theirs)));
        }
    }
    write |= attendees([base, ours, theirs], &mut event, &mut conflicts);
    conflicts.sort_by(|a, b| a.field.cmp(&b.field));
    event.sequence = ours.sequence.max(theirs.sequence);
    Merged { event: Some(event), write, conflicts }
}

/// One side deleted it. What the other did not touch is deleted; what it changed is for somebody to choose.
fn deleted(base: &Event, ours: Option<&Event>, theirs: Option<&Event>) -> Merged {
    let kept = ours.or(theirs);
    let differs = |kept: &Event| fields(&[base, kept]).iter().any(|field| !same(field, base, kept));
    let touched = kept.is_some_and(|kept| base.attendees != kept.attendees || differs(kept));
    if !touched {
        return Merged { event: None, write: ours.is_none(), conflicts: Vec::new() };
    }
    Merged { event: theirs.cloned(), write: false, conflicts: vec![told(Field::Event, ours, theirs)] }
}

/// The merged event with somebody's choice of one conflict; the others stay.
#[must_use]
pub fn resolve(merged: &Merged, field: &Field, side: Side, ours: Option<&Event>) -> Merged {
    let mut next = merged.clone();
    let before = next.conflicts.len();
    next.conflicts.retain(|conflict| conflict.field != *field);
    if next.conflicts.len() == before || side == Side::Theirs {
        return next;
    }
    next.write = true;
    match (field, ours, &mut next.event) {
        (Field::Event, ours, event) => *event = ours.cloned(),
        (_, Some(ours), Some(event)) => take(field, ours, event),
        _ => {}
    }
    next
}

/// All fields that one of the events has, without doubles; attendees are merged on their own.
fn fields(events: &[&Event]) -> Vec<Field> {
    use Field::*;
    let mut all: BTreeSet<Field> =
        [Schedule, Status, Busy, Visibility, Summary, Description, Location, Organizer, Conference].into();
    for event in events {
        all.extend(event.extended.keys().cloned().map(Extended));
        all.extend(event.rest.keys().cloned().map(Rest));
    }
    all.into_iter().collect()
}

/// Attendees one by one; those of ours that are new come last. In one pass over each list: an event may have thousands.
fn attendees([base, ours, theirs]: [&Event; 3], event: &mut Event, conflicts: &mut Vec<FieldConflict>) -> bool {
    let map = |event: &'_ Event| {
        // of two with one address the first, as everywhere
        let pairs = event.attendees.iter().rev().map(|attendee| (address(attendee), attendee.clone()));
        attune_domain::map_of(pairs)
    };
    let (base, our_map, their_map) = (map(base), map(ours), map(theirs));
    let mut changes: BTreeSet<&str> = BTreeSet::new();
    for email in base.keys().chain(our_map.keys()) {
        let (was, mine, there) = (base.get(email), our_map.get(email), their_map.get(email));
        if mine == was || mine == there || changes.contains(email.as_str()) {
            continue;
        }
        if there == was {
            changes.insert(email);
        } else if !conflicts.iter().any(|known| matches!(&known.field, Field::Attendee(name) if name == email)) {
            conflicts.push(told(Field::Attendee(email.clone()), Some(ours), Some(theirs)));
        }
    }
    let merged = theirs.attendees.iter().filter_map(|attendee| {
        let email = address(attendee);
        if changes.contains(email.as_str()) { our_map.get(&email).cloned() } else { Some(attendee.clone()) }
    });
    let new = ours.attendees.iter().filter(|attendee| {
        let email = address(attendee);
        changes.contains(email.as_str()) && !their_map.contains_key(&email)
    });
    event.attendees = merged.chain(new.cloned()).collect();
    !changes.is_empty()
}

fn address(attendee: &Attendee) -> String {
    attendee.person.email.to_ascii_lowercase()
}

fn attendee<'a>(event: &'a Event, email: &str) -> Option<&'a Attendee> {
    event.attendees.iter().find(|attendee| attendee.person.email.eq_ignore_ascii_case(email))
}

fn same(field: &Field, a: &Event, b: &Event) -> bool {
    match field {
        Field::Event => a == b,
        Field::Schedule => a.start == b.start && a.end == b.end && a.recurrence == b.recurrence,
        Field::Status => a.status == b.status,
        Field::Busy => a.busy == b.busy,
        Field::Visibility => a.visibility == b.visibility,
        Field::Summary => a.summary == b.summary,
        Field::Description => a.description == b.description,
        Field::Location => a.location == b.location,
        Field::Organizer => a.organizer == b.organizer,
        Field::Conference => a.conference == b.conference,
        Field::Attendee(email) => attendee(a, email) == attendee(b, email),
        Field::Extended(name) => a.extended.get(name) == b.extended.get(name),
        Field::Rest(name) => a.rest.get(name) == b.rest.get(name),
    }
}

fn take(field: &Field, from: &Event, into: &mut Event) {
    match field {
        Field::Event => *into = from.clone(),
        Field::Schedule => {
            (into.start, into.end) = (from.start.clone(), from.end.clone());
            into.recurrence = from.recurrence.clone();
        }
        Field::Status => into.status = from.status,
        Field::Busy => into.busy = from.busy,
        Field::Visibility => into.visibility = from.visibility,
        Field::Summary => into.summary.clone_from(&from.summary),
        Field::Description => into.description.clone_from(&from.description),
        Field::Location => into.location.clone_from(&from.location),
        Field::Organizer => into.organizer.clone_from(&from.organizer),
        Field::Conference => into.conference.clone_from(&from.conference),
        Field::Attendee(email) => {
            let place = into.attendees.iter().position(|there| there.person.email.eq_ignore_ascii_case(email));
            match (attendee(from, email), place.and_then(|place| into.attendees.get_mut(place)), place) {
                (Some(ours), Some(there), _) => *there = ours.clone(),
                (Some(ours), None, _) => into.attendees.push(ours.clone()),
                (None, _, Some(place)) => drop(into.attendees.remove(place)),
                (None, ..) => {}
            }
        }
        Field::Extended(name) => match from.extended.get(name) {
            Some(value) => drop(into.extended.insert(name.clone(), value.clone())),
            None => drop(into.extended.remove(name)),
        },
        Field::Rest(name) => match from.rest.get(name) {
            Some(value) => drop(into.rest.insert(name.clone(), value.clone())),
            None => drop(into.rest.remove(name)),
        },
    }
}

fn told(field: Field, ours: Option<&Event>, theirs: Option<&Event>) -> FieldConflict {
    let of = |event: Option<&Event>| event.map_or(Value::Null, |event| value(&field, event));
    let (ours, theirs) = (of(ours), of(theirs));
    let words = |value: &Value| match (value, &field) {
        (Value::Null, Field::Event) => "deleted".to_owned(),
        (_, Field::Event) => "changed".to_owned(),
        (Value::Null, _) => "nothing".to_owned(),
        (Value::String(text), _) => format!("\"{}\"", short(text)),
        (other, _) => short(&other.to_string()),
    };
    let text = format!("{} is {} here and {} there", name(&field), words(&ours), words(&theirs));
    FieldConflict { field, ours, theirs, text }
}

fn short(text: &str) -> String {
    const MOST: usize = 80;
    if text.chars().count() <= MOST { text.to_owned() } else { text.chars().take(MOST).chain(['…']).collect() }
}

fn value(field: &Field, event: &Event) -> Value {
    let json = |value: Result<Value, serde_json::Error>| value.unwrap_or_default();
    match field {
        Field::Event => json(serde_json::to_value(event)),
        Field::Schedule => {
            let recurrence = (!event.recurrence.is_empty()).then_some(&event.recurrence);
            serde_json::json!({ "start": event.start, "end": event.end, "recurrence": recurrence })
        }
        Field::Status => json(serde_json::to_value(event.status)),
        Field::Busy => json(serde_json::to_value(event.busy)),
        Field::Visibility => json(serde_json::to_value(event.visibility)),
        Field::Summary => json(serde_json::to_value(&event.summary)),
        Field::Description => json(serde_json::to_value(&event.description)),
        Field::Location => json(serde_json::to_value(&event.location)),
        Field::Organizer => json(serde_json::to_value(&event.organizer)),
        Field::Conference => json(serde_json::to_value(&event.conference)),
        Field::Attendee(email) => json(serde_json::to_value(attendee(event, email))),
        Field::Extended(name) => json(serde_json::to_value(event.extended.get(name))),
        Field::Rest(name) => event.rest.get(name).cloned().unwrap_or_default(),
    }
}

fn name(field: &Field) -> String {
    match field {
        Field::Event => "the event".to_owned(),
        Field::Schedule => "the time".to_owned(),
        Field::Status => "the status".to_owned(),
        Field::Busy => "free or busy".to_owned(),
        Field::Visibility => "the visibility".to_owned(),
        Field::Summary => "the title".to_owned(),
        Field::Description => "the description".to_owned(),
        Field::Location => "the place".to_owned(),
        Field::Organizer => "the organizer".to_owned(),
        Field::Conference => "the conference".to_owned(),
        Field::Attendee(email) => format!("the attendee {}", short(email)),
        Field::Extended(name) => format!("the extended property {}", short(name)),
        Field::Rest(name) => format!("the provider's {}", short(name)),
    }
}
