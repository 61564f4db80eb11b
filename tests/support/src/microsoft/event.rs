//! Events: what may be written, and how they are told (Graph, "event resource type").

use super::error::Refused;
use super::series;
use super::state::{Calendar, Stored};
use crate::provider::{Request, iana, instant, local_of, micros, rfc3339_ms, text, zone};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;
use jiff::civil::{DateTime, Time};
use serde_json::{Value, json};

/// Members that clients may write.
const WRITABLE: &[&str] = &[
    "subject",
    "body",
    "start",
    "end",
    "location",
    "locations",
    "attendees",
    "recurrence",
    "isAllDay",
    "isOnlineMeeting",
    "onlineMeetingProvider",
    "importance",
    "sensitivity",
    "showAs",
    "categories",
    "isReminderOn",
    "reminderMinutesBeforeStart",
    "responseRequested",
    "allowNewTimeProposals",
    "hideAttendees",
    "transactionId",
    "singleValueExtendedProperties",
    "multiValueExtendedProperties",
    "extensions",
    "isDraft",
];

/// Members that are told, and ignored when they are sent.
const READ_ONLY: &[&str] = &[
    "id",
    "iCalUId",
    "createdDateTime",
    "lastModifiedDateTime",
    "changeKey",
    "bodyPreview",
    "hasAttachments",
    "isCancelled",
    "isOrganizer",
    "onlineMeeting",
    "onlineMeetingUrl",
    "organizer",
    "originalEndTimeZone",
    "originalStart",
    "originalStartTimeZone",
    "responseStatus",
    "seriesMasterId",
    "type",
    "webLink",
    "occurrenceId",
    "uid",
];

/// What a client may write of a body; a member that is not one of an event is refused.
pub(crate) fn writable(body: &Value) -> Result<Value, Refused> {
    let Some(members) = body.as_object() else {
        return Err(Refused::new(400, "RequestBodyRead", "The request body is not an object."));
    };
    let mut kept = json!({});
    for (name, value) in members {
        if WRITABLE.contains(&name.as_str()) {
            kept[name] = value.clone();
        } else if !READ_ONLY.contains(&name.as_str()) && !name.contains('@') {
            let message = format!("The property '{name}' does not exist on type 'microsoft.graph.event'.");
            return Err(Refused::new(400, "RequestBodyRead", &message));
        }
    }
    Ok(kept)
}

/// Local time and zone of a `dateTimeTimeZone`.
pub(crate) fn moment(value: &Value) -> Result<(DateTime, &str), Refused> {
    let name = Some(text(value, "timeZone")).filter(|name| !name.is_empty()).unwrap_or("UTC");
    if iana(name).is_none() {
        let message = format!(
            "A valid TimeZone value must be specified. The following TimeZone value is not supported: '{name}'."
        );
        return Err(Refused::new(400, "TimeZoneNotSupportedException", &message));
    }
    let written = text(value, "dateTime");
    let local = match written.parse::<Timestamp>() {
        // an offset wins over the zone's name
        Ok(at) => Ok(local_of(at, &zone(name))),
        Err(_) => written.parse(),
    };
    local.map(|local| (local, name)).map_err(|_| Refused::property("The dateTime value is not valid."))
}

/// Start and end of a stored event.
pub(crate) fn times(json: &Value) -> (Timestamp, Timestamp) {
    let at =
        |name: &str| moment(&json[name]).map_or(Timestamp::UNIX_EPOCH, |(local, name)| instant(local, &zone(name)));
    (at("start"), at("end"))
}

/// Checks an event that is to be stored.
pub(crate) fn check(json: &Value) -> Result<(), Refused> {
    for name in ["start", "end"] {
        if !json[name].is_object() {
            return Err(Refused::property(&format!("The property '{name}' is required when creating the entity.")));
        }
    }
    let ((start, start_zone), (end, end_zone)) = (moment(&json["start"])?, moment(&json["end"])?);
    let (from, to) = times(json);
    if to < from {
        return Err(Refused::property("The end time must not be earlier than the start time."));
    }
    if json["isAllDay"] == true {
        let midnight = |local: DateTime| local.time() == Time::midnight();
        if !midnight(start) || !midnight(end) || start_zone != end_zone {
            let message = "The Event.Start and Event.End properties of an all-day event need to be set to midnight in one time zone.";
            return Err(Refused::property(message));
        }
        if start == end {
            return Err(Refused::property("The duration of an all-day event must be at least 24 hours."));
        }
    }
    one_of(json, "showAs", &["free", "tentative", "busy", "oof", "workingElsewhere", "unknown"])?;
    one_of(json, "sensitivity", &["normal", "personal", "private", "confidential"])?;
    one_of(json, "importance", &["low", "normal", "high"])?;
    one_of(&json["body"], "contentType", &["text", "html", "Text", "HTML"])?;
    let attendees = json["attendees"].as_array().map(Vec::as_slice).unwrap_or_default();
    if attendees.len() > 500 {
        return Err(Refused::property("An event has at most 500 attendees."));
    }
    for attendee in attendees {
        if !text(&attendee["emailAddress"], "address").contains('@') {
            return Err(Refused::new(400, "ErrorInvalidRecipients", "At least one recipient is not valid."));
        }
        one_of(attendee, "type", &["required", "optional", "resource"])?;
    }
    if text(json, "transactionId").len() > 256 {
        return Err(Refused::property("The transactionId is too long."));
    }
    if !json["recurrence"].is_null() {
        series::check(json)?;
    }
    Ok(())
}

fn one_of(json: &Value, name: &str, known: &[&str]) -> Result<(), Refused> {
    match &json[name] {
        Value::Null => Ok(()),
        value if value.as_str().is_some_and(|value| known.contains(&value)) => Ok(()),
        value => Err(Refused::new(400, "RequestBodyRead", &format!("Cannot convert the literal '{value}' of {name}."))),
    }
}

/// What `Prefer` asks for.
#[derive(Debug, Clone, Default)]
pub(crate) struct Prefer {
    pub zone: Option<String>,
    pub immutable: bool,
    pub text: bool,
    pub page: Option<usize>,
}

impl Prefer {
    pub fn of(request: &Request) -> Result<Self, Refused> {
        let mut prefer = Self::default();
        for part in request.header("prefer").unwrap_or_default().split(',') {
            let (name, value) = part.split_once('=').unwrap_or((part, ""));
            let value = value.trim().trim_matches('"');
            match name.trim().to_ascii_lowercase().as_str() {
                "outlook.timezone" => {
                    moment(&json!({"dateTime": "2026-01-01T00:00:00", "timeZone": value}))?;
                    prefer.zone = Some(value.to_owned());
                }
                "idtype" => prefer.immutable = value.eq_ignore_ascii_case("ImmutableId"),
                "outlook.body-content-type" => prefer.text = value == "text",
                "odata.maxpagesize" => prefer.page = value.parse().ok().filter(|size| *size > 0),
                _ => {}
            }
        }
        Ok(prefer)
    }

    /// `Preference-Applied`.
    pub fn applied(&self) -> Option<String> {
        let mut applied = Vec::new();
        if let Some(zone) = &self.zone {
            applied.push(format!("outlook.timezone=\"{zone}\""));
        }
        if self.text {
            applied.push("outlook.body-content-type=\"text\"".to_owned());
        }
        if self.immutable {
            applied.push("IdType=\"ImmutableId\"".to_owned());
        }
        (!applied.is_empty()).then(|| applied.join(", "))
    }

    pub fn id(&self, core: &str) -> String {
        let prefix = if self.immutable { "AAkALg" } else { "AAMkAG" };
        format!("{prefix}{core}AAA=")
    }

    fn time(&self, json: &Value, name: &str) -> Value {
        let Ok((local, own)) = moment(&json[name]) else { return Value::Null };
        let told = self.zone.as_deref().unwrap_or("UTC");
        // a whole day is the same day everywhere
        let local = if json["isAllDay"] == true { local } else { local_of(instant(local, &zone(own)), &zone(told)) };
        json!({"dateTime": micros(local), "timeZone": told})
    }
}

/// The core of an id of either type.
pub(crate) fn core_of(id: &str) -> Option<&str> {
    id.strip_prefix("AAMkAG").or_else(|| id.strip_prefix("AAkALg"))?.strip_suffix("AAA=")
}

pub(crate) fn change_key(version: u64) -> String {
    STANDARD.encode(format!("DwAAABYAAAC{version:010}"))
}

/// An event as it is told.
pub(crate) fn render(calendar: &Calendar, core: &str, stored: &Stored, kind: &str, prefer: &Prefer) -> Value {
    let json = &stored.json;
    let mut told = json.clone();
    for name in ["singleValueExtendedProperties", "multiValueExtendedProperties", "extensions", "uid", "isDraft"] {
        if let Some(event) = told.as_object_mut() {
            event.remove(name);
        }
    }
    told["@odata.etag"] = stored.etag().into();
    told["id"] = prefer.id(core).into();
    told["changeKey"] = change_key(stored.version).into();
    told["type"] = kind.into();
    for name in ["start", "end"] {
        told[name] = prefer.time(json, name);
    }
    told["originalStartTimeZone"] = json["start"]["timeZone"].clone();
    told["originalEndTimeZone"] = json["end"]["timeZone"].clone();
    told["createdDateTime"] = rfc3339_ms(stored.created_ms).into();
    told["lastModifiedDateTime"] = rfc3339_ms(stored.modified_ms).into();
    // "this ID is different for each occurrence in a recurring series"
    let day = core.split_once('O').map(|(_, day)| day.to_owned());
    told["iCalUId"] = format!("{}{}", text(json, "uid"), day.unwrap_or_default()).into();
    if let Some((master, date)) = &stored.of {
        told["seriesMasterId"] = prefer.id(master).into();
        told["occurrenceId"] = format!("OID.{}.{date}", prefer.id(master)).into();
    } else {
        told["seriesMasterId"] = Value::Null;
    }
    let organizer = text(&json["organizer"]["emailAddress"], "address");
    told["isOrganizer"] = organizer.eq_ignore_ascii_case(&calendar.owner).into();
    let defaults = json!({
        "subject": "", "isAllDay": false, "isCancelled": false, "showAs": "busy", "sensitivity": "normal", "importance": "normal",
        "categories": [], "attendees": [], "isReminderOn": true, "reminderMinutesBeforeStart": 15, "responseRequested": true,
        "allowNewTimeProposals": true, "hideAttendees": false, "hasAttachments": false, "isOnlineMeeting": false,
        "onlineMeetingProvider": "unknown", "onlineMeeting": null, "onlineMeetingUrl": null, "recurrence": null,
        "transactionId": null, "location": {"displayName": "", "locationType": "default"}, "locations": [],
        "responseStatus": {"response": "none", "time": "0001-01-01T00:00:00Z"},
    });
    for (name, value) in defaults.as_object().into_iter().flatten() {
        if told[name].is_null() {
            told[name] = value.clone();
        }
    }
    if told["locations"].as_array().is_some_and(Vec::is_empty) && !text(&told["location"], "displayName").is_empty() {
        told["locations"] = json!([told["location"]]);
    }
    let content = text(&json["body"], "content");
    let is_text = text(&json["body"], "contentType").eq_ignore_ascii_case("text");
    let plain = if is_text { content.to_owned() } else { without_tags(content) };
    told["bodyPreview"] = plain.chars().take(255).collect::<String>().into();
    told["body"] = match (prefer.text, is_text) {
        (true, _) => json!({"contentType": "text", "content": plain}),
        (false, false) => json!({"contentType": "html", "content": content}),
        // what was written as text is told as HTML
        (false, true) => {
            json!({"contentType": "html", "content": format!("<html>\r\n<body>\r\n{plain}\r\n</body>\r\n</html>")})
        }
    };
    told["webLink"] =
        format!("https://outlook.office365.com/owa/?itemid={}&path=/calendar/item", prefer.id(core)).into();
    told
}

fn without_tags(html: &str) -> String {
    let mut inside = false;
    let kept = html.chars().filter(|letter| match letter {
        '<' => {
            inside = true;
            false
        }
        '>' => !std::mem::replace(&mut inside, false),
        _ => !inside,
    });
    kept.collect::<String>().trim().to_owned()
}

/// `@odata.type` of deltas.
pub(crate) const TYPE: &str = "#microsoft.graph.event";
