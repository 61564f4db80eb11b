//! Events: what may be written, and how they are told (reference, "Events").

use super::error::Refused;
use super::state::{Calendar, Stored};
use crate::provider::{Set, instant, is_zone, local_of, rfc3339_s, text, words, zone};
use jiff::Timestamp;
use jiff::civil::{Date, DateTime, Time};
use jiff::tz::TimeZone;
use serde_json::{Value, json};

/// Members that clients may write.
const WRITABLE: &[&str] = &[
    "summary",
    "description",
    "location",
    "colorId",
    "start",
    "end",
    "recurrence",
    "transparency",
    "visibility",
    "attendees",
    "extendedProperties",
    "guestsCanInviteOthers",
    "guestsCanModify",
    "guestsCanSeeOtherGuests",
    "anyoneCanAddSelf",
    "reminders",
    "source",
    "attachments",
    "status",
    "sequence",
    "conferenceData",
    "eventType",
    "workingLocationProperties",
    "outOfOfficeProperties",
    "focusTimeProperties",
    "attendeesOmitted",
    "gadget",
];

/// A start or an end.
#[derive(Debug, Clone)]
pub(crate) enum Moment {
    Day(Date),
    Time { at: Timestamp, zone: String },
}

impl Moment {
    /// Reads a stored one.
    pub fn of(value: &Value, calendar_zone: &str) -> Option<Self> {
        if let Ok(day) = text(value, "date").parse() {
            return Some(Self::Day(day));
        }
        let zone = Some(text(value, "timeZone")).filter(|zone| !zone.is_empty()).unwrap_or(calendar_zone).to_owned();
        Some(Self::Time { at: text(value, "dateTime").parse().ok()?, zone })
    }

    /// The instant; a day begins at midnight of the calendar's zone.
    pub fn instant(&self, calendar_zone: &str) -> Timestamp {
        match self {
            Self::Day(day) => instant(day.to_datetime(Time::midnight()), &zone(calendar_zone)),
            Self::Time { at, .. } => *at,
        }
    }

    /// What the clock shows there.
    pub fn local(&self) -> DateTime {
        match self {
            Self::Day(day) => day.to_datetime(Time::midnight()),
            Self::Time { at, zone: name } => local_of(*at, &zone(name)),
        }
    }

    /// The same kind of moment at another local time.
    pub fn at(&self, local: DateTime) -> Self {
        match self {
            Self::Day(_) => Self::Day(local.date()),
            Self::Time { zone: name, .. } => Self::Time { at: instant(local, &zone(name)), zone: name.clone() },
        }
    }

    /// The zone in which it recurs.
    pub fn rules(&self, calendar_zone: &str) -> TimeZone {
        match self {
            Self::Day(_) => zone(calendar_zone),
            Self::Time { zone: name, .. } => zone(name),
        }
    }

    /// As it is stored and told.
    pub fn json(&self) -> Value {
        match self {
            Self::Day(day) => json!({"date": day.to_string()}),
            Self::Time { at, zone: name } => json!({"dateTime": rfc3339_s(*at, &zone(name)), "timeZone": name}),
        }
    }
}

/// JSON merge of the patch semantics: objects are merged, arrays replaced, null clears.
pub(crate) fn merge(base: &mut Value, patch: &Value) {
    match (base, patch) {
        (Value::Object(base), Value::Object(patch)) => {
            for (name, value) in patch {
                if value.is_null() {
                    base.remove(name);
                } else {
                    merge(base.entry(name.clone()).or_insert(Value::Null), value);
                }
            }
        }
        (base, patch) => *base = patch.clone(),
    }
}

/// What a client may write of a body; nulls stay, for patches.
pub(crate) fn writable(body: &Value) -> Value {
    let members = body.as_object().into_iter().flatten().filter(|(name, _)| WRITABLE.contains(&name.as_str()));
    Value::Object(members.map(|(name, value)| (name.clone(), value.clone())).collect())
}

/// Checks an event that is to be stored, and brings its times into one form.
pub(crate) fn check(json: &mut Value, calendar_zone: &str) -> Result<(), Refused> {
    let recurring = json.get("recurrence").and_then(Value::as_array).is_some_and(|lines| !lines.is_empty());
    let start = moment(json, "start", recurring)?;
    let end = moment(json, "end", recurring)?;
    if matches!(start, Moment::Day(_)) != matches!(end, Moment::Day(_)) {
        return Err(Refused::invalid("Start and end times must either both be date or both be dateTime."));
    }
    if end.instant(calendar_zone) < start.instant(calendar_zone) {
        return Err(Refused::range_empty());
    }
    let bare = |name: &str| text(&json[name], "timeZone").is_empty();
    let (bare_start, bare_end) = (bare("start"), bare("end"));
    for (name, moment, bare) in [("start", &start, bare_start), ("end", &end, bare_end)] {
        json[name] = moment.json();
        if let (Some(time), true) = (json[name].as_object_mut(), bare) {
            // told in the calendar's zone
            time.remove("timeZone");
        }
    }
    if recurring {
        check_recurrence(json, &start, calendar_zone)?;
    } else if let Some(event) = json.as_object_mut() {
        event.remove("recurrence");
    }
    one_of(json, "status", &["confirmed", "tentative", "cancelled"])?;
    one_of(json, "transparency", &["opaque", "transparent"])?;
    one_of(json, "visibility", &["default", "public", "private", "confidential"])?;
    check_attendees(json)?;
    check_reminders(json)?;
    check_extended(json);
    Ok(())
}

fn moment(json: &Value, name: &'static str, recurring: bool) -> Result<Moment, Refused> {
    let value = &json[name];
    let label = if name == "start" { "start" } else { "end" };
    match (value.get("date").and_then(Value::as_str), value.get("dateTime").and_then(Value::as_str)) {
        (None, None) => Err(Refused::required(&format!("Missing {label} time."))),
        (Some(_), Some(_)) => Err(Refused::invalid(&format!("Invalid {label} time."))),
        (Some(day), None) => {
            let day = day.parse().map_err(|_| Refused::invalid(&format!("Invalid {label} time.")))?;
            Ok(Moment::Day(day))
        }
        (None, Some(written)) => {
            let named = text(value, "timeZone");
            if !named.is_empty() && !is_zone(named) {
                return Err(Refused::invalid(&format!("Invalid time zone definition for {label} time.")));
            }
            if recurring && named.is_empty() {
                return Err(Refused::required(&format!("Missing time zone definition for {label} time.")));
            }
            let zone_name = if named.is_empty() { "UTC" } else { named };
            if let Ok(at) = written.parse::<Timestamp>() {
                return Ok(Moment::Time { at, zone: zone_name.to_owned() });
            }
            // RFC 3339 wants an offset unless a zone is named
            let local: DateTime = written.parse().map_err(|_| Refused::invalid(&format!("Invalid {label} time.")))?;
            if named.is_empty() {
                return Err(Refused::required(&format!("Missing time zone definition for {label} time.")));
            }
            Ok(Moment::Time { at: instant(local, &zone(named)), zone: named.to_owned() })
        }
    }
}

fn check_recurrence(json: &Value, start: &Moment, calendar_zone: &str) -> Result<(), Refused> {
    if json.get("recurringEventId").is_some() {
        return Err(Refused::invalid("Invalid recurrence rule: an instance cannot recur."));
    }
    let lines = words(json, "recurrence");
    // DTSTART and DTEND lines are not allowed (reference, `recurrence[]`)
    let set =
        Set::parse(&lines, &start.rules(calendar_zone)).filter(|set| !set.rules.is_empty() || !set.further.is_empty());
    set.map(|_| ()).ok_or_else(|| Refused::invalid("Invalid recurrence rule."))
}

fn one_of(json: &Value, name: &str, known: &[&str]) -> Result<(), Refused> {
    match json.get(name) {
        Some(value) if !value.as_str().is_some_and(|value| known.contains(&value)) => {
            Err(Refused::invalid(&format!("Invalid value for: {name}")))
        }
        _ => Ok(()),
    }
}

fn check_attendees(json: &mut Value) -> Result<(), Refused> {
    let Some(attendees) = json.get_mut("attendees").and_then(Value::as_array_mut) else { return Ok(()) };
    for attendee in attendees.iter_mut() {
        let email = text(attendee, "email");
        if email.is_empty() {
            return Err(Refused::required("Missing attendee email."));
        }
        if !email.contains('@') {
            return Err(Refused::invalid("Invalid attendee email."));
        }
        one_of(attendee, "responseStatus", &["needsAction", "declined", "tentative", "accepted"])?;
        if attendee.get("responseStatus").is_none() {
            attendee["responseStatus"] = "needsAction".into();
        }
        if let Some(attendee) = attendee.as_object_mut() {
            // read-only
            attendee.remove("self");
            attendee.remove("organizer");
        }
    }
    Ok(())
}

fn check_reminders(json: &Value) -> Result<(), Refused> {
    let overrides = json["reminders"]["overrides"].as_array().map_or(0, Vec::len);
    if overrides > 5 {
        return Err(Refused::invalid("The maximum number of override reminders is 5."));
    }
    if overrides > 0 && json["reminders"]["useDefault"] == true {
        let message = "Cannot specify both default reminders and overrides at the same time.";
        return Err(Refused::new(400, "calendar", "cannotUseDefaultRemindersAndSpecifyOverride", message));
    }
    Ok(())
}

/// Keys over 44 characters are dropped, values over 1,024 are cut, silently (guide on extended properties).
fn check_extended(json: &mut Value) {
    for kind in ["private", "shared"] {
        let Some(properties) = json["extendedProperties"][kind].as_object_mut() else { continue };
        properties.retain(|key, _| key.chars().count() <= 44);
        for value in properties.values_mut() {
            let whole = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
            *value = whole.chars().take(1024).collect::<String>().into();
        }
    }
    // reading through an index has put nulls there
    if let Some(event) = json.as_object_mut() {
        if let Some(extended) = event.get_mut("extendedProperties").and_then(Value::as_object_mut) {
            extended.retain(|_, properties| !properties.is_null());
        }
        event.retain(|_, value| !value.is_null() && value.as_object().is_none_or(|object| !object.is_empty()));
    }
}

/// An etag, quotes included.
pub(crate) fn etag(changed: u64) -> String {
    format!("\"{}\"", 3_400_000_000_000_000 + changed * 2)
}

/// An event as it is told. `zone_name`: of the answer, the calendar's by default.
pub(crate) fn render(calendar: &Calendar, stored: &Stored, zone_name: Option<&str>, most: Option<usize>) -> Value {
    let mut json = stored.json.clone();
    let answer_zone = zone_name.unwrap_or(&calendar.zone);
    for name in ["start", "end", "originalStartTime"] {
        let Some(Moment::Time { at, zone: own }) = Moment::of(&json[name], &calendar.zone) else { continue };
        json[name] = json!({"dateTime": rfc3339_s(at, &zone(answer_zone)), "timeZone": own});
    }
    if let Some(event) = json.as_object_mut() {
        event.retain(|_, value| !value.is_null());
    }
    let own = |email: &str| email.eq_ignore_ascii_case(calendar.address());
    for name in ["organizer", "creator"] {
        if own(text(&json[name], "email")) {
            json[name]["self"] = true.into();
        }
    }
    if let Some(event) = json.as_object_mut() {
        event.retain(|_, value| !value.is_null());
    }
    let organizer = text(&json["organizer"], "email").to_owned();
    if let Some(attendees) = json.get_mut("attendees").and_then(Value::as_array_mut) {
        for attendee in attendees.iter_mut() {
            if own(text(attendee, "email")) {
                attendee["self"] = true.into();
            }
            if text(attendee, "email").eq_ignore_ascii_case(&organizer) {
                attendee["organizer"] = true.into();
            }
        }
        if most.is_some_and(|most| attendees.len() > most) {
            // "only the participant is returned" (reference, `maxAttendees`)
            attendees.retain(|attendee| attendee["self"] == true);
            json["attendeesOmitted"] = true.into();
        }
    }
    json["kind"] = "calendar#event".into();
    json["etag"] = stored.etag().into();
    json["htmlLink"] = format!("https://www.google.com/calendar/event?eid={}", text(&json, "id")).into();
    json
}

/// What lists tell of a deleted event: only the id is sure, of a cancelled instance also where it was (reference, `status`).
pub(crate) fn render_deleted(stored: &Stored, calendar: &Calendar) -> Value {
    let mut told = json!({
        "kind": "calendar#event", "etag": stored.etag(), "id": stored.json["id"], "status": "cancelled",
    });
    if stored.master().is_some() {
        let whole = render(calendar, stored, None, None);
        told["recurringEventId"] = whole["recurringEventId"].clone();
        told["originalStartTime"] = whole["originalStartTime"].clone();
    }
    told
}

/// The conference that was asked for is there, or will never be.
pub(crate) fn finish_conference(json: &mut Value, fails: bool, seed: u64) {
    let Some(data) = json.get_mut("conferenceData").filter(|data| data.get("createRequest").is_some()) else { return };
    if fails {
        data["createRequest"]["status"] = json!({"statusCode": "failure"});
        return;
    }
    let letters = |from: u64, count: u32| -> String {
        (0..count).map(|at| char::from(b'a' + u8::try_from((from >> (at * 3)) % 26).unwrap_or_default())).collect()
    };
    let code = format!("{}-{}-{}", letters(seed, 3), letters(seed * 31, 4), letters(seed * 77, 3));
    let uri = format!("https://meet.google.com/{code}");
    data["createRequest"]["status"] = json!({"statusCode": "success"});
    data["entryPoints"] = json!([{"entryPointType": "video", "uri": uri, "label": format!("meet.google.com/{code}")}]);
    data["conferenceSolution"] = json!({"key": {"type": "hangoutsMeet"}, "name": "Google Meet", "iconUri": "https://fonts.gstatic.com/meet.png"});
    data["conferenceId"] = code.into();
    json["hangoutLink"] = uri.into();
}
