//! What tests of another process say, under `/_test/`, as with Google:
//!
//! | Request | Body | Answer |
//! |---|---|---|
//! | `POST /_test/faults` | `{"clear": true, "rules": […], "pushes": ["lose"], "quota_per_minute": 10, "expire_cursors": true, "expire_access": true, "advance_s": 60}` | 204 |
//! | `POST /_test/events` | `{"calendar": id, "edit": "create", "event": {…}}`, `"change"` with `id`, `"delete"` with `id`; instead of `calendar` an `account` | `{"id": …}` or 400 |
//! | `GET /_test/events?calendar=…` or `?account=…` | | `{"events": […]}` |
//! | `GET /_test/requests` | | `{"calendarView.delta": 3, …}` |
//! | `POST /_test/accounts` | `{"email": …, "zone": …}` | `{"calendar": …}` |
//! | `POST /_test/clients` | `{"id": …, "secret": …}` | 204 |
//! | `POST /_test/lifecycle` | `{"event": "missed"}` | 204 |

use super::Shared;
use super::error::Refused;
use super::event::{Prefer, core_of, render};
use super::state::State;
use super::{views, write};
use crate::provider::{Answer, Control, Edit, Request, text};
use serde_json::{Value, json};

/// Answers a request of a test.
pub(super) fn answer(shared: &Shared, request: &Request, segments: &[String]) -> Answer {
    let body: Value = serde_json::from_slice(&request.body).unwrap_or_default();
    let what = segments.get(1).map(String::as_str).unwrap_or_default();
    let bad = |why: String| Answer::json(400, &json!({"error": why}));
    match (request.method.as_str(), what) {
        ("POST", "faults") => match serde_json::from_value::<Control>(body) {
            Ok(control) => {
                apply(shared, control);
                Answer::empty(204)
            }
            Err(error) => bad(error.to_string()),
        },
        ("POST", "events") => match serde_json::from_value::<Edit>(body.clone()) {
            Ok(made) => {
                let own = shared.lock().default_calendar(text(&body, "account"));
                let calendar = own.unwrap_or_else(|| text(&body, "calendar").to_owned());
                let done = shared.change(|state, now| edit(state, &calendar, &made, now));
                done.map_or_else(bad, |id| Answer::json(200, &json!({"id": id})))
            }
            Err(error) => bad(error.to_string()),
        },
        ("GET", "events") => {
            let state = shared.lock();
            let own = request.param("account").and_then(|account| state.default_calendar(account));
            let calendar = own.unwrap_or_else(|| request.param("calendar").unwrap_or_default().to_owned());
            Answer::json(200, &json!({"events": visible(&state, &calendar)}))
        }
        ("GET", "requests") => Answer::json(200, &json!(shared.lock().tally)),
        ("POST", "accounts") => {
            let calendar = shared.lock().account(text(&body, "email"), text(&body, "zone"));
            Answer::json(200, &json!({"calendar": calendar}))
        }
        ("POST", "clients") => {
            let secret = body["secret"].as_str().map(str::to_owned);
            shared.lock().tokens.clients.insert(text(&body, "id").to_owned(), secret);
            Answer::empty(204)
        }
        ("POST", "lifecycle") => {
            shared.change(|state, _| state.lifecycle(text(&body, "event")));
            Answer::empty(204)
        }
        _ => Answer::empty(404),
    }
}

fn apply(shared: &Shared, control: Control) {
    shared.clock.advance(control.advance_s * 1000);
    if control.clear {
        shared.pushes.clear_faults();
    }
    shared.pushes.add_faults(control.pushes);
    let mut state = shared.lock();
    if control.clear {
        state.faults.rules.clear();
    }
    state.faults.rules.extend(control.rules);
    if let Some(quota) = control.quota_per_minute {
        state.settings.quota_per_minute = quota;
    }
    if control.expire_cursors {
        state.generation += 1;
    }
    if control.expire_access {
        state.tokens.access.clear();
    }
}

/// The stored events of a calendar, times in UTC.
pub(super) fn visible(state: &State, calendar: &str) -> Vec<Value> {
    let Some(calendar) = state.calendars.get(calendar) else { return Vec::new() };
    let prefer = Prefer { text: true, ..Prefer::default() };
    let all = calendar.events.iter();
    all.map(|(core, stored)| {
        let mut told = render(calendar, core, stored, views::kind(stored), &prefer);
        if !stored.json["singleValueExtendedProperties"].is_null() {
            told["singleValueExtendedProperties"] = stored.json["singleValueExtendedProperties"].clone();
        }
        if !stored.cancelled.is_empty() {
            told["cancelledOccurrences"] = stored.cancelled.iter().map(ToString::to_string).collect::<Vec<_>>().into();
        }
        told
    })
    .collect()
}

/// A change in the provider's own pages.
pub(super) fn edit(state: &mut State, calendar: &str, edit: &Edit, now: i64) -> Result<String, String> {
    let owner = state.calendars.get(calendar).map(|calendar| calendar.owner.clone());
    let owner = owner.ok_or_else(|| format!("no calendar {calendar}"))?;
    let why = |refused: Refused| format!("{} {}", refused.code, refused.message);
    let prefer = Prefer::default();
    match edit {
        Edit::Create { event } => {
            let core = write::make(state, event, calendar, now).map_err(why)?;
            // an invitation of somebody
            if let (Some(organizer), Some(stored)) = (
                event.get("organizer"),
                state.calendars.get(calendar).and_then(|calendar| calendar.events.get(&core)).cloned(),
            ) {
                let mut stored = stored;
                stored.json["organizer"] = organizer.clone();
                stored.json["responseStatus"] = json!({"response": "notResponded", "time": "0001-01-01T00:00:00Z"});
                state.put(calendar, &core, stored, now);
            }
            Ok(prefer.id(&core))
        }
        Edit::Change { id, event } => {
            let (place, core, stored, kind) = views::find(state, &owner, id).map_err(why)?;
            write::apply(state, event, (&place, &core), stored, kind, now).map_err(why)?;
            Ok(id.clone())
        }
        Edit::Delete { id } => {
            let (place, core, stored, _) = views::find(state, &owner, id).map_err(why)?;
            write::erase(state, &place, &core, &stored, now);
            core_of(id).map(|core| prefer.id(core)).ok_or_else(|| "malformed id".to_owned())
        }
    }
}
