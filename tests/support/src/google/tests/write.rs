//! Writes: ids, etags, checks, conferences, invitations, moves.

use super::*;

const EVENTS: &str = "/calendars/primary/events";

#[test]
fn client_ids_are_checked_and_never_free_again() {
    let stage = stage();
    for bad in ["abcd", "ABCDE", "wxyz0", "with_underscore", &"a".repeat(1025)] {
        let mut event = meeting(1);
        event["id"] = (*bad).into();
        assert_eq!(stage.refused("POST", EVENTS, Some(event)), is(400, "invalid"), "{bad}");
    }
    let mut event = meeting(1);
    event["id"] = "0abcv".into();
    assert_eq!(stage.post(EVENTS, event.clone())["iCalUID"], "0abcv@google.com");
    assert_eq!(stage.refused("POST", EVENTS, Some(event.clone())), is(409, "duplicate"));
    assert_eq!(stage.send("DELETE", &format!("{EVENTS}/0abcv"), None).status, 204);
    assert_eq!(stage.refused("DELETE", &format!("{EVENTS}/0abcv"), None), is(410, "deleted"));
    assert_eq!(stage.refused("POST", EVENTS, Some(event.clone())), is(409, "duplicate"), "also when it is deleted");
    assert_eq!(stage.get(&format!("{EVENTS}/0abcv"))["status"], "cancelled", "a deleted event is still told");
    assert_eq!(stage.refused("DELETE", &format!("{EVENTS}/0nothing"), None), is(404, "notFound"));
    event["iCalUID"] = "x".into();
    event["id"] = "0abcu".into();
    assert_eq!(stage.refused("POST", EVENTS, Some(event)).0, 400, "not both");
    let back = stage.send("PATCH", &format!("{EVENTS}/0abcv"), Some(json!({"status": "confirmed"}))).value();
    assert_eq!((back["status"].as_str(), back["summary"].as_str()), (Some("confirmed"), Some("meeting 1")));
}

#[test]
fn events_are_checked() {
    let stage = stage();
    let (start, end) = (json!({"dateTime": "2026-10-05T10:00:00Z"}), json!({"dateTime": "2026-10-05T11:00:00Z"}));
    let cases = [
        (json!({"start": start}), "required"),
        (json!({"start": end, "end": start}), "timeRangeEmpty"),
        (json!({"start": {"date": "2026-10-05"}, "end": end}), "invalid"),
        (json!({"start": {"date": "2026-10-05", "dateTime": "2026-10-05T10:00:00Z"}, "end": end}), "invalid"),
        (json!({"start": {"dateTime": "2026-10-05T10:00:00"}, "end": end}), "required"),
        (json!({"start": {"dateTime": "2026-10-05T10:00:00", "timeZone": "Mars/Base"}, "end": end}), "invalid"),
        (json!({"start": start, "end": end, "recurrence": ["RRULE:FREQ=DAILY"]}), "required"),
        (json!({"start": start, "end": end, "attendees": [{"displayName": "x"}]}), "required"),
        (json!({"start": start, "end": end, "attendees": [{"email": "a@b", "responseStatus": "maybe"}]}), "invalid"),
        (json!({"start": start, "end": end, "status": "done"}), "invalid"),
        (
            json!({"start": start, "end": end, "reminders": {"useDefault": true, "overrides": [{"method": "popup", "minutes": 1}]}}),
            "cannotUseDefaultRemindersAndSpecifyOverride",
        ),
    ];
    for (event, why) in cases {
        assert_eq!(stage.refused("POST", EVENTS, Some(event.clone())), is(400, why), "{event}");
    }
    for rule in ["DTSTART:20261005T100000Z", "RRULE:FREQ=NEVER", "RRULE:FREQ=DAILY;COUNT=0"] {
        let mut event = series();
        event["recurrence"] = json!([rule]);
        assert_eq!(stage.refused("POST", EVENTS, Some(event)).0, 400, "{rule}");
    }
    assert_eq!(stage.refused("POST", &format!("{EVENTS}?sendUpdates=some"), Some(meeting(1))).0, 400);
    assert_eq!(stage.google.events(ANN).len(), 0);
}

#[test]
fn if_match_guards_writes() {
    let stage = stage();
    let event = stage.event(1);
    let (path, etag) = (format!("{EVENTS}/{}", event["id"].as_str().unwrap()), event["etag"].as_str().unwrap());
    let patch = |etag: &str, text: &str| {
        stage.try_send("PATCH", &path, &[("if-match", etag)], Some(json!({"summary": text}))).unwrap()
    };
    let changed = patch(etag, "a");
    assert_eq!(changed.status, 200);
    assert_ne!(changed.value()["etag"], etag);
    assert_eq!(reason(&patch(etag, "b")), is(412, "conditionNotMet"));
    assert_eq!(patch("*", "c").status, 200);
    let gone = stage.try_send("DELETE", &path, &[("if-match", etag)], None).unwrap();
    assert_eq!(reason(&gone), is(412, "conditionNotMet"));
    let now = stage.get(&path)["etag"].as_str().unwrap().to_owned();
    assert_eq!(stage.try_send("GET", &path, &[("if-none-match", &now)], None).unwrap().status, 304);
    assert_eq!(stage.get(&path)["summary"], "c");
}

#[test]
fn patch_merges_and_update_replaces() {
    let stage = stage();
    let mut event = meeting(1);
    event["location"] = "here".into();
    event["extendedProperties"] =
        json!({"private": {"a": "1", "b": "2", "k".repeat(45): "long", "v": "x".repeat(2000)}});
    let made = stage.post(EVENTS, event);
    assert_eq!(made["extendedProperties"]["private"]["v"].as_str().unwrap().len(), 1024);
    assert_eq!(made["extendedProperties"]["private"].as_object().unwrap().len(), 3, "long keys are dropped");
    let path = format!("{EVENTS}/{}", made["id"].as_str().unwrap());
    let patch = json!({"location": null, "extendedProperties": {"private": {"a": null, "c": "3"}}});
    let patched = stage.send("PATCH", &path, Some(patch)).value();
    assert!(patched["location"].is_null() && patched["summary"] == "meeting 1");
    assert_eq!(
        (&patched["extendedProperties"]["private"]["a"], &patched["extendedProperties"]["private"]["c"]),
        (&Value::Null, &json!("3"))
    );
    let replaced = stage.send("PUT", &path, Some(json!({"start": made["start"], "end": made["end"]}))).value();
    assert!(replaced["summary"].is_null() && replaced["extendedProperties"].is_null());
    assert_eq!((&replaced["iCalUID"], &replaced["created"]), (&made["iCalUID"], &made["created"]));
    assert_eq!(stage.refused("PUT", &path, Some(json!({"summary": "x"}))), is(400, "required"));
    let both = json!({"start": {"date": "2026-10-05"}, "end": {"date": "2026-10-06"}});
    assert_eq!(stage.refused("PATCH", &path, Some(both)).0, 400, "dateTime stays until it is nulled");
    let day =
        json!({"start": {"date": "2026-10-05", "dateTime": null}, "end": {"date": "2026-10-06", "dateTime": null}});
    assert_eq!(stage.send("PATCH", &path, Some(day)).value()["start"], json!({"date": "2026-10-05"}));
}

#[test]
fn sequence_grows_with_times_and_never_goes_back() {
    let stage = stage();
    let made = stage.event(1);
    let path = format!("{EVENTS}/{}", made["id"].as_str().unwrap());
    let patch = |body: Value| stage.send("PATCH", &path, Some(body)).value();
    assert_eq!(patch(json!({"summary": "x"}))["sequence"], 0);
    let later = json!({"end": {"dateTime": "2026-10-01T12:00:00+02:00"}});
    assert_eq!(patch(later)["sequence"], 1);
    assert_eq!(patch(json!({"sequence": 5}))["sequence"], 5);
    assert_eq!(stage.refused("PATCH", &path, Some(json!({"sequence": 4}))), is(400, "invalid"));
}

#[test]
fn conferences_are_pending_first_and_made_once_per_request_id() {
    let stage = stage();
    stage.google.settings(|settings| settings.conference_ms = 2000);
    let mut event = meeting(1);
    event["conferenceData"] =
        json!({"createRequest": {"requestId": "r1", "conferenceSolutionKey": {"type": "hangoutsMeet"}}});
    assert!(stage.post(EVENTS, event.clone())["conferenceData"].is_null(), "version 0 ignores it");
    let made = stage.post(&format!("{EVENTS}?conferenceDataVersion=1"), event.clone());
    let path = format!("{EVENTS}/{}", made["id"].as_str().unwrap());
    let status =
        |event: &Value| event["conferenceData"]["createRequest"]["status"]["statusCode"].as_str().map(str::to_owned);
    assert_eq!(status(&made).as_deref(), Some("pending"));
    assert_eq!(status(&stage.get(&path)).as_deref(), Some("pending"));
    let sync = stage.get(EVENTS)["nextSyncToken"].as_str().unwrap().to_owned();
    stage.google.clock().advance(2000);
    let ready = stage.get(&path);
    assert_eq!(status(&ready).as_deref(), Some("success"));
    assert!(ready["hangoutLink"].as_str().unwrap().starts_with("https://meet.google.com/"));
    assert_eq!(
        ids(&stage.get(&format!("{EVENTS}?syncToken={sync}"))),
        [made["id"].as_str().unwrap()],
        "it is a change"
    );
    let again = json!({"conferenceData": event["conferenceData"]});
    let same = stage.send("PATCH", &format!("{path}?conferenceDataVersion=1"), Some(again)).value();
    assert_eq!(same["hangoutLink"], ready["hangoutLink"]);
    let kept = stage.send("PATCH", &path, Some(json!({"conferenceData": null}))).value();
    assert_eq!(kept["hangoutLink"], ready["hangoutLink"], "version 0 leaves it alone");
    let none =
        stage.send("PATCH", &format!("{path}?conferenceDataVersion=1"), Some(json!({"conferenceData": null}))).value();
    assert!(none["conferenceData"].is_null());
    assert_eq!(stage.refused("POST", &format!("{EVENTS}?conferenceDataVersion=2"), Some(event)).0, 400);
}

#[test]
fn invitations_reach_attendees_and_responses_come_back() {
    let stage = stage();
    let mut event = meeting(1);
    event["attendees"] = json!([{"email": ANN, "responseStatus": "accepted"}, {"email": BEN}]);
    let made = stage.post(EVENTS, event);
    let id = made["id"].as_str().unwrap();
    assert_eq!((&made["attendees"][0]["self"], &made["attendees"][0]["organizer"]), (&json!(true), &json!(true)));
    let path = format!("/calendar/v3/calendars/primary/events/{id}");
    let ben = stage.google.access_token(BEN, &[SCOPE]);
    let send = |method: &str, body: Value| {
        call(&stage.google, &Request::new(method, &path).bearer(&ben).json(&body), &path).unwrap()
    };
    let copy = send("GET", json!({})).value();
    assert_eq!((&copy["iCalUID"], &copy["attendees"][1]["self"]), (&made["iCalUID"], &json!(true)));
    let accepted = json!({"attendees": [{"email": ANN, "responseStatus": "accepted"}, {"email": BEN, "responseStatus": "accepted"}]});
    assert_eq!(send("PATCH", accepted).status, 200);
    assert_eq!(stage.get(&format!("{EVENTS}/{id}"))["attendees"][1]["responseStatus"], "accepted");
    let later =
        json!({"start": {"dateTime": "2026-10-01T11:30:00+02:00"}, "end": {"dateTime": "2026-10-01T12:00:00+02:00"}});
    assert_eq!(reason(&send("PATCH", later)), is(403, "forbiddenForNonOrganizer"));
    assert_eq!(send("PATCH", json!({"colorId": "3"})).status, 200, "what is private may change");
    assert_eq!(send("DELETE", json!({})).status, 204);
    assert_eq!(stage.get(&format!("{EVENTS}/{id}"))["attendees"][1]["responseStatus"], "declined");
    stage.send("DELETE", &format!("{EVENTS}/{id}"), None);
    assert_eq!(stage.google.events(BEN).len(), 0);
}

#[test]
fn an_event_moves_with_its_id() {
    let stage = stage();
    let other = stage.google.calendar(ANN, "other", "Europe/Berlin");
    let id = stage.event(1)["id"].as_str().unwrap().to_owned();
    let sync = stage.get(EVENTS)["nextSyncToken"].as_str().unwrap().to_owned();
    let to = format!("{EVENTS}/{id}/move?destination={}", crate::oidc::encode(&other));
    assert_eq!(stage.send("POST", &to, None).value()["organizer"]["email"], other.as_str());
    let left = stage.get(&format!("{EVENTS}?syncToken={sync}"));
    assert_eq!(left["items"][0]["status"], "cancelled");
    assert_eq!(stage.google.events(&other)[0]["id"], id.as_str());
    assert_eq!(stage.refused("POST", &to, None), is(410, "deleted"));
    let series = stage.post(EVENTS, series())["id"].as_str().unwrap().to_owned();
    let instance = format!("{EVENTS}/{series}_20261026T090000Z/move?destination={}", crate::oidc::encode(&other));
    assert_eq!(stage.refused("POST", &instance, None), is(400, "cannotChangeOrganizerOfInstance"));
}

#[test]
fn an_import_needs_a_uid_and_keeps_the_organizer() {
    let stage = stage();
    let path = format!("{EVENTS}/import");
    let mut event = meeting(1);
    assert_eq!(stage.refused("POST", &path, Some(event.clone())), is(400, "required"));
    event["iCalUID"] = "abc@elsewhere".into();
    event["organizer"] = json!({"email": "boss@elsewhere"});
    assert_eq!(stage.post(&path, event.clone())["organizer"]["email"], "boss@elsewhere");
    assert_eq!(stage.refused("POST", &path, Some(event)), is(409, "duplicate"));
    assert_eq!(ids(&stage.get(&format!("{EVENTS}?iCalUID=abc%40elsewhere"))).len(), 1);
}
