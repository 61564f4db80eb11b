//! What tests of another process say, under `/_test/`:
//!
//! | Request | Body | Answer |
//! |---|---|---|
//! | `POST /_test/faults` | `{"clear": true, "rules": [{"fault": "drop_after", "method": "POST", "path": "/events", "skip": 0, "times": 1}], "pushes": ["lose"], "quota_per_minute": 10, "expire_cursors": true, "expire_access": true, "advance_s": 60}` | 204 |
//! | `POST /_test/events` | `{"calendar": "a@x.test", "edit": "create", "event": {…}}`, `"change"` with `id`, `"delete"` with `id` | `{"id": …}` or 400 |
//! | `GET /_test/events?calendar=…` | | `{"events": […]}` |
//! | `GET /_test/requests` | | `{"events.list": 3, …}` |
//! | `POST /_test/accounts` | `{"email": …, "zone": …}` | 204 |
//! | `POST /_test/clients` | `{"id": …, "secret": …}` | 204 |

use super::Shared;
use super::error::Refused;
use super::state::State;
use super::write::{self, Place};
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
                let done = shared.change(|state, now| edit(state, text(&body, "calendar"), &made, now));
                done.map_or_else(bad, |id| Answer::json(200, &json!({"id": id})))
            }
            Err(error) => bad(error.to_string()),
        },
        ("GET", "events") => {
            let calendar = request.param("calendar").unwrap_or_default();
            Answer::json(200, &json!({"events": shared.lock().visible(calendar)}))
        }
        ("GET", "requests") => Answer::json(200, &json!(shared.lock().tally)),
        ("POST", "accounts") => {
            shared.lock().account(text(&body, "email"), text(&body, "zone"));
            Answer::empty(204)
        }
        ("POST", "clients") => {
            let secret = body["secret"].as_str().map(str::to_owned);
            shared.lock().tokens.clients.insert(text(&body, "id").to_owned(), secret);
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

/// A change in the provider's own pages.
pub(super) fn edit(state: &mut State, calendar: &str, edit: &Edit, now: i64) -> Result<String, String> {
    let owner = state.calendars.get(calendar).map(|calendar| calendar.owner.clone());
    let owner = owner.ok_or_else(|| format!("no calendar {calendar}"))?;
    let place = Place { account: &owner, calendar, now };
    let why = |refused: Refused| format!("{} {}", refused.reason, refused.message);
    match edit {
        Edit::Create { event } => {
            let made = write::create(state, event, place, true).map_err(why)?;
            let id = text(&made, "id").to_owned();
            // an invitation of somebody
            if let Some(organizer) = event.get("organizer") {
                let stored = state.stored(calendar, &id).map(|stored| stored.json.clone());
                let mut json = stored.unwrap_or_default();
                json["organizer"] = organizer.clone();
                json["creator"] = organizer.clone();
                state.put(calendar, &id, json, now);
            }
            Ok(id)
        }
        Edit::Change { id, event } => {
            let (stored, _) = write::find(state, calendar, id).map_err(why)?;
            let made = write::apply(state, event, place, &stored, false, true).map_err(why)?;
            Ok(text(&made, "id").to_owned())
        }
        Edit::Delete { id } => {
            let (stored, _) = write::find(state, calendar, id).map_err(why)?;
            if stored.cancelled() {
                return Err(why(Refused::deleted()));
            }
            write::erase(state, place, &stored);
            Ok(id.clone())
        }
    }
}
