//! Lists: pages, sync tokens, tombstones, windows, instances.

use super::*;

const EVENTS: &str = "/calendars/primary/events";

fn token(list: &Value) -> String {
    list["nextSyncToken"].as_str().unwrap_or_else(|| panic!("no sync token in {list}")).to_owned()
}

#[test]
fn the_sync_token_is_on_the_last_page_only() {
    let stage = stage();
    let made: Vec<String> = (1..=5).map(|day| stage.event(day)["id"].as_str().unwrap().to_owned()).collect();
    let (mut seen, mut page, mut pages) = (Vec::new(), String::new(), 0);
    loop {
        let list = stage.get(&format!("{EVENTS}?maxResults=2{page}"));
        seen.extend(ids(&list));
        pages += 1;
        match list["nextPageToken"].as_str() {
            Some(next) => {
                assert!(list["nextSyncToken"].is_null());
                page = format!("&pageToken={next}");
            }
            None => break assert!(!token(&list).is_empty()),
        }
    }
    seen.sort();
    let mut made = made;
    made.sort();
    assert_eq!((pages, seen), (3, made));
}

#[test]
fn pages_have_250_items_by_default_and_2500_at_most() {
    let stage = stage();
    for at in 0..2600 {
        let event = json!({"edit": "create", "event": meeting(at % 28 + 1)});
        stage.google.edit(ANN, &serde_json::from_value(event).unwrap()).unwrap();
    }
    assert_eq!(ids(&stage.get(EVENTS)).len(), 250);
    assert_eq!(ids(&stage.get(&format!("{EVENTS}?maxResults=9999"))).len(), 2500);
    assert_eq!(stage.refused("GET", &format!("{EVENTS}?maxResults=0"), None).0, 400);
    stage.google.settings(|settings| settings.page_most = Some(3));
    let short = stage.get(EVENTS);
    assert!(ids(&short).len() == 3 && short["nextPageToken"].is_string(), "a page may be shorter than asked for");
}

#[test]
fn what_changes_while_pages_are_read_comes_with_the_next_sync() {
    let stage = stage();
    let made: Vec<Value> = (1..=4).map(|day| stage.event(day)).collect();
    let first = stage.get(&format!("{EVENTS}?maxResults=2"));
    let id = made[3]["id"].as_str().unwrap();
    stage.send("PATCH", &format!("{EVENTS}/{id}"), Some(json!({"summary": "changed"})));
    let rest = stage.get(&format!("{EVENTS}?maxResults=2&pageToken={}", first["nextPageToken"].as_str().unwrap()));
    assert_eq!(ids(&rest).len(), 1);
    let later = stage.get(&format!("{EVENTS}?syncToken={}", token(&rest)));
    assert_eq!(ids(&later), [id]);
}

#[test]
fn incremental_lists_tell_deletions_and_full_lists_do_not() {
    let stage = stage();
    let (one, two) = (stage.event(1), stage.event(2));
    let sync = token(&stage.get(EVENTS));
    let id = one["id"].as_str().unwrap();
    assert_eq!(stage.send("DELETE", &format!("{EVENTS}/{id}"), None).status, 204);
    let changes = stage.get(&format!("{EVENTS}?syncToken={sync}"));
    assert_eq!((ids(&changes), changes["items"][0]["status"].as_str()), (vec![id.to_owned()], Some("cancelled")));
    assert!(changes["items"][0]["summary"].is_null(), "only the id is sure");
    assert_eq!(ids(&stage.get(&format!("{EVENTS}?syncToken={}", token(&changes)))), [""; 0]);
    assert_eq!(ids(&stage.get(EVENTS)), [two["id"].as_str().unwrap()]);
    assert_eq!(ids(&stage.get(&format!("{EVENTS}?showDeleted=true"))).len(), 2);
    assert_eq!(ids(&stage.get(&format!("{EVENTS}?syncToken={sync}"))), [id], "an old token may be used again");
}

#[test]
fn a_sync_token_goes_with_no_filter_and_the_same_parameters_only() {
    let stage = stage();
    stage.event(1);
    let sync = token(&stage.get(EVENTS));
    for filter in [
        "iCalUID=x",
        "orderBy=updated",
        "privateExtendedProperty=a%3Db",
        "q=x",
        "sharedExtendedProperty=a%3Db",
        "timeMin=2026-01-01T00:00:00Z",
        "timeMax=2027-01-01T00:00:00Z",
        "updatedMin=2026-09-20T00:00:00Z",
        "showDeleted=false",
        "singleEvents=true",
        "timeZone=UTC",
    ] {
        assert_eq!(stage.refused("GET", &format!("{EVENTS}?syncToken={sync}&{filter}"), None).0, 400, "{filter}");
    }
    assert_eq!(stage.send("GET", &format!("{EVENTS}?syncToken={sync}&maxResults=7"), None).status, 200);
    assert_eq!(stage.refused("GET", &format!("{EVENTS}?syncToken=nonsense"), None), is(400, "invalid"));
    assert_eq!(stage.refused("GET", &format!("{EVENTS}?pageToken=nonsense"), None), is(400, "invalid"));
    assert!(stage.get(&format!("{EVENTS}?q=meeting"))["nextSyncToken"].is_null(), "a filtered list has none");
}

#[test]
fn expired_cursors_are_410() {
    let stage = stage();
    (1..=3).for_each(|day| drop(stage.event(day)));
    let sync = token(&stage.get(EVENTS));
    let page = stage.get(&format!("{EVENTS}?maxResults=1"))["nextPageToken"].as_str().unwrap().to_owned();
    stage.google.expire_cursors();
    assert_eq!(stage.refused("GET", &format!("{EVENTS}?syncToken={sync}"), None), is(410, "fullSyncRequired"));
    assert_eq!(
        stage.refused("GET", &format!("{EVENTS}?maxResults=1&pageToken={page}"), None),
        is(410, "fullSyncRequired")
    );
    let old = "/calendars/primary/events?updatedMin=2020-01-01T00:00:00Z";
    assert_eq!(stage.refused("GET", old, None), is(410, "updatedMinTooLongAgo"));
    assert_eq!(ids(&stage.get(EVENTS)).len(), 3);
}

#[test]
fn windows_are_checked_and_applied() {
    let stage = stage();
    (1..=4).for_each(|day| drop(stage.event(day)));
    stage.post(EVENTS, series());
    let list = |from: &str, to: &str| ids(&stage.get(&format!("{EVENTS}?timeMin={from}&timeMax={to}"))).len();
    assert_eq!(list("2026-10-02T00:00:00Z", "2026-10-04T00:00:00Z"), 2);
    assert_eq!(list("2026-10-25T00:00:00Z", "2026-10-27T00:00:00Z"), 1, "a master with an instance there");
    assert_eq!(list("2026-11-20T00:00:00Z", "2026-11-27T00:00:00Z"), 0);
    let wrong = format!("{EVENTS}?timeMin=2026-10-04T00:00:00Z&timeMax=2026-10-02T00:00:00Z");
    assert_eq!(stage.refused("GET", &wrong, None), is(400, "timeRangeEmpty"));
    assert_eq!(stage.refused("GET", &format!("{EVENTS}?timeMin=2026-10-04T00:00:00"), None).0, 400, "no offset");
    assert_eq!(stage.refused("GET", &format!("{EVENTS}?orderBy=startTime"), None).0, 400, "only with single events");
}

#[test]
fn exceptions_and_cancelled_instances_are_items_of_their_own() {
    let stage = stage();
    let master = stage.post(EVENTS, series());
    let id = master["id"].as_str().unwrap();
    let sync = token(&stage.get(EVENTS));
    let instances = stage.get(&format!("{EVENTS}/{id}/instances"));
    // the clocks go back between the first and the second
    assert_eq!(
        ids(&instances),
        ["20261019T080000Z", "20261026T090000Z", "20261102T090000Z"].map(|at| format!("{id}_{at}"))
    );
    let (second, third) = (format!("{id}_20261026T090000Z"), format!("{id}_20261102T090000Z"));
    let moved =
        json!({"start": {"dateTime": "2026-10-27T15:00:00+01:00"}, "end": {"dateTime": "2026-10-27T16:00:00+01:00"}});
    let changed = stage.send("PATCH", &format!("{EVENTS}/{second}"), Some(moved)).value();
    assert_eq!(changed["recurringEventId"], id);
    assert_eq!(changed["originalStartTime"]["dateTime"], "2026-10-26T10:00:00+01:00");
    assert_eq!(stage.send("DELETE", &format!("{EVENTS}/{third}"), None).status, 204);
    let changes = stage.get(&format!("{EVENTS}?syncToken={sync}"));
    assert_eq!(ids(&changes), [second.clone(), third.clone()]);
    let stub = &changes["items"][1];
    assert_eq!((stub["status"].as_str(), stub["recurringEventId"].as_str()), (Some("cancelled"), Some(id)));
    assert!(stub["originalStartTime"].is_object());
    assert_eq!(ids(&stage.get(EVENTS)).len(), 3, "a full list has the cancelled instance too");
    assert_eq!(ids(&stage.get(&format!("{EVENTS}?singleEvents=true"))), [format!("{id}_20261019T080000Z"), second]);
    stage.send("DELETE", &format!("{EVENTS}/{id}"), None);
    let gone = stage.get(&format!("{EVENTS}?syncToken={}", token(&changes)));
    assert_eq!(ids(&gone), [id], "exceptions go with the master");
    assert_eq!(ids(&stage.get(EVENTS)), [""; 0]);
}

#[test]
fn a_changed_series_drops_exceptions_that_it_has_no_place_for() {
    let stage = stage();
    let id = stage.post(EVENTS, series())["id"].as_str().unwrap().to_owned();
    let third = format!("{id}_20261102T090000Z");
    stage.send("PATCH", &format!("{EVENTS}/{third}"), Some(json!({"summary": "other"})));
    let sync = token(&stage.get(EVENTS));
    stage.send("PATCH", &format!("{EVENTS}/{id}"), Some(json!({"recurrence": ["RRULE:FREQ=WEEKLY;COUNT=2"]})));
    let changes = stage.get(&format!("{EVENTS}?syncToken={sync}"));
    let item = changes["items"].as_array().unwrap().iter().find(|item| item["id"] == third.as_str()).unwrap();
    assert_eq!(item["status"], "cancelled");
    assert_eq!(stage.refused("GET", &format!("{EVENTS}/{id}_20261109T090000Z"), None), is(404, "notFound"));
}

#[test]
fn single_events_can_be_synchronized_too() {
    let stage = stage();
    let id = stage.post(EVENTS, series())["id"].as_str().unwrap().to_owned();
    let all = stage.get(&format!("{EVENTS}?singleEvents=true"));
    assert_eq!(ids(&all).len(), 3);
    stage.send("PATCH", &format!("{EVENTS}/{id}"), Some(json!({"recurrence": ["RRULE:FREQ=WEEKLY;COUNT=2"]})));
    let path = format!("{EVENTS}?singleEvents=true&maxResults=2&syncToken={}", token(&all));
    let first = stage.get(&path);
    let second = stage.get(&format!("{path}&pageToken={}", first["nextPageToken"].as_str().unwrap()));
    assert_eq!((ids(&first).len(), second["items"][0]["status"].as_str()), (2, Some("cancelled")));
    let next = format!("{EVENTS}?singleEvents=true&syncToken={}", token(&second));
    assert_eq!(ids(&stage.get(&next)), [""; 0]);
}

#[test]
fn free_and_busy_times_are_joined_and_cut() {
    let stage = stage();
    stage.event(5);
    stage.post(
        EVENTS,
        json!({"start": {"dateTime": "2026-10-05T08:30:00Z"}, "end": {"dateTime": "2026-10-05T10:00:00Z"}}),
    );
    let free = json!({"start": {"date": "2026-10-05"}, "end": {"date": "2026-10-06"}, "transparency": "transparent"});
    stage.post(EVENTS, free);
    let query = json!({
        "timeMin": "2026-10-05T08:15:00Z", "timeMax": "2026-10-05T20:00:00Z",
        "items": [{"id": "primary"}, {"id": BEN}, {"id": "nobody@x.test"}],
    });
    let told = stage.post("/freeBusy", query.clone());
    let busy = &told["calendars"]["primary"]["busy"];
    assert_eq!(*busy, json!([{"start": "2026-10-05T08:15:00Z", "end": "2026-10-05T10:00:00Z"}]));
    assert_eq!(told["calendars"][BEN]["busy"], json!([]));
    assert_eq!(told["calendars"]["nobody@x.test"]["errors"][0]["reason"], "notFound");
    stage.google.settings(|settings| settings.free_busy_of_all = false);
    assert_eq!(stage.post("/freeBusy", query)["calendars"][BEN]["errors"][0]["reason"], "notFound");
    assert_eq!(stage.refused("POST", "/freeBusy", Some(json!({"timeMin": "2026-10-05T08:15:00Z"}))).0, 400);
}
