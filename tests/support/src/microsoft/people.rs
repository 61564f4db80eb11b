//! The person, calendars, free and busy times (Graph, "Get a user", "List calendars", "getSchedule").

use super::error::Refused;
use super::event::{change_key, moment, times};
use super::series::{self, Window};
use super::state::{Calendar, Mailbox, State};
use super::views::told_in;
use crate::provider::{Request, instant, number, text, words, zone};
use jiff::Timestamp;
use serde_json::{Value, json};

/// `GET /me`.
pub(crate) fn person(mailbox: &Mailbox) -> Value {
    json!({"id": mailbox.id, "mail": mailbox.email, "userPrincipalName": mailbox.email, "displayName": mailbox.email})
}

/// `GET /me/mailboxSettings`.
pub(crate) fn settings(mailbox: &Mailbox) -> Value {
    json!({"timeZone": mailbox.zone, "workingHours": working_hours(mailbox), "dateFormat": "yyyy-MM-dd", "timeFormat": "HH:mm"})
}

fn working_hours(mailbox: &Mailbox) -> Value {
    json!({
        "daysOfWeek": ["monday", "tuesday", "wednesday", "thursday", "friday"],
        "startTime": "08:00:00.0000000", "endTime": "17:00:00.0000000", "timeZone": {"name": mailbox.zone},
    })
}

/// A calendar as it is told.
pub(crate) fn calendar(calendar: &Calendar) -> Value {
    json!({
        "id": calendar.id, "name": calendar.name, "color": "auto", "hexColor": "", "isDefaultCalendar": calendar.default,
        "changeKey": change_key(0), "canShare": true, "canViewPrivateItems": true, "canEdit": true, "isRemovable": !calendar.default,
        "isTallyingResponses": calendar.default, "allowedOnlineMeetingProviders": ["teamsForBusiness"],
        "defaultOnlineMeetingProvider": "teamsForBusiness", "owner": {"name": calendar.owner, "address": calendar.owner},
    })
}

/// `GET /me/calendars`.
pub(crate) fn calendars(state: &State, url: &str, request: &Request, email: &str) -> Result<Value, Refused> {
    let all: Vec<Value> = state.calendars.values().filter(|own| own.owner == email).map(calendar).collect();
    let number = |name: &str, default: usize| match request.param(name) {
        None => Ok(default),
        Some(text) => text.parse().map_err(|_| Refused::new(400, "BadRequest", &format!("Invalid value for {name}."))),
    };
    let (top, skip) = (number("$top", 10)?, number("$skip", 0)?);
    let value: Vec<&Value> = all.iter().skip(skip).take(top).collect();
    let mut told =
        json!({"@odata.context": format!("{url}/v1.0/$metadata#users('{email}')/calendars"), "value": value});
    if skip + top < all.len() {
        told["@odata.nextLink"] = format!("{url}{}?$top={top}&$skip={}", request.path, skip + top).into();
    }
    Ok(told)
}

/// `POST /me/calendar/getSchedule`.
pub(crate) fn schedule(state: &State, request: &Request) -> Result<Value, Refused> {
    let body: Value = serde_json::from_slice(&request.body).unwrap_or_default();
    let names = words(&body, "schedules");
    if names.is_empty() || names.len() > 20 {
        return Err(Refused::parameter("Between 1 and 20 schedules can be asked for."));
    }
    let at = |name: &str| moment(&body[name]).map(|(local, own)| instant(local, &zone(own)));
    let window = Window { from: at("startTime")?, to: at("endTime")? };
    let seconds = window.to.as_second() - window.from.as_second();
    if seconds <= 0 || seconds > 62 * 86_400 {
        return Err(Refused::parameter("The time range must be positive and at most 62 days."));
    }
    let minutes = number(&body, "availabilityViewInterval").unwrap_or(30);
    if !(5..=1440).contains(&minutes) || minutes * 60 > seconds {
        return Err(Refused::parameter(
            "The availabilityViewInterval is between 5 and 1440 and within the time range.",
        ));
    }
    let told = Some(text(&body["startTime"], "timeZone")).filter(|name| !name.is_empty()).unwrap_or("UTC");
    let value: Vec<Value> = names.iter().map(|name| one(state, name, window, minutes, told)).collect();
    Ok(json!({"value": value}))
}

fn one(state: &State, name: &str, window: Window, minutes: i64, told: &str) -> Value {
    let calendar =
        state.calendars.values().find(|calendar| calendar.default && calendar.owner.eq_ignore_ascii_case(name));
    let Some((calendar, mailbox)) = calendar.and_then(|found| Some((found, state.mailboxes.get(&found.owner)?))) else {
        let error = json!({"message": "Unable to resolve mailbox.", "responseCode": "ErrorMailRecipientNotFound"});
        return json!({"scheduleId": name, "availabilityView": "", "error": error});
    };
    let seen = series::view(calendar, window, false);
    let slots = (window.to.as_second() - window.from.as_second()) / (minutes * 60);
    let mut view = vec![0_u8; usize::try_from(slots).unwrap_or_default()];
    let mut items = Vec::new();
    for seen in &seen {
        let (start, end) = times(&seen.stored.json);
        let status = Some(text(&seen.stored.json, "showAs")).filter(|word| !word.is_empty()).unwrap_or("busy");
        let rank = ["free", "tentative", "busy", "oof", "workingElsewhere"].iter().position(|word| *word == status);
        let digit = u8::try_from(rank.unwrap_or(0)).unwrap_or_default();
        for (slot, shown) in view.iter_mut().enumerate() {
            let from = window.from.as_second() + i64::try_from(slot).unwrap_or_default() * minutes * 60;
            if start.as_second() < from + minutes * 60 && end.as_second() > from {
                // working elsewhere counts for less than all but free
                let weight = |digit: u8| if digit == 4 { 1 } else { digit * 2 };
                if weight(digit) > weight(*shown) {
                    *shown = digit;
                }
            }
        }
        let private = ["private", "confidential"].contains(&text(&seen.stored.json, "sensitivity"));
        let tell = |at: Timestamp| told_in(at, told);
        let mut item = json!({"isPrivate": private, "status": status, "start": tell(start), "end": tell(end)});
        if !private {
            item["subject"] = seen.stored.json["subject"].clone();
        }
        items.push(item);
    }
    let view: String = view.into_iter().map(|digit| char::from(b'0' + digit)).collect();
    json!({
        "scheduleId": name, "availabilityView": view, "scheduleItems": items, "workingHours": working_hours(mailbox),
    })
}
