//! Writes: checks, etags, transactions, meetings, series.

use super::*;

#[test]
fn events_are_checked() {
    let stage = stage();
    let with = |name: &str, value: Value| {
        let mut event = meeting(5);
        event[name] = value;
        event
    };
    let time = |text: &str, zone: &str| json!({"dateTime": text, "timeZone": zone});
    let cases = [
        (json!({"subject": "x"}), "ErrorPropertyValidationFailure"),
        (with("end", time("2026-10-05T09:00:00", "Europe/Berlin")), "ErrorPropertyValidationFailure"),
        (with("end", time("2026-10-05T12:00:00", "Mars")), "TimeZoneNotSupportedException"),
        (with("isAllDay", json!(true)), "ErrorPropertyValidationFailure"),
        (with("showAs", json!("away")), "RequestBodyRead"),
        (with("colour", json!("red")), "RequestBodyRead"),
        (with("attendees", json!([{"emailAddress": {"address": "x"}}])), "ErrorInvalidRecipients"),
        (
            with("recurrence", json!({"pattern": {"type": "weekly", "interval": 1}, "range": {"type": "noEnd"}})),
            "ErrorInvalidRequest",
        ),
    ];
    for (event, why) in cases {
        assert_eq!(stage.refused("POST", "/me/events", Some(event.clone())), is(400, why), "{event}");
    }
    let mut other_day = series();
    other_day["recurrence"]["range"]["startDate"] = "2026-10-20".into();
    assert_eq!(stage.refused("POST", "/me/events", Some(other_day)).0, 400);
    let day = json!({
        "subject": "day", "isAllDay": true, "start": time("2026-10-05T00:00:00", "UTC"), "end": time("2026-10-06T00:00:00", "UTC"),
    });
    let told = stage.create(day);
    let zoned = stage.get_with(&event_path(&told), &[("prefer", "outlook.timezone=\"Pacific Standard Time\"")]);
    assert_eq!(zoned["start"]["dateTime"], "2026-10-05T00:00:00.0000000", "a day is the same day everywhere");
    assert_eq!(stage.refused("GET", "/me/events/what", None), is(400, "ErrorInvalidIdMalformed"));
}

#[test]
fn if_match_guards_writes() {
    let stage = stage();
    let event = stage.create(meeting(5));
    let (path, etag) = (event_path(&event), event["@odata.etag"].as_str().unwrap());
    let patch =
        |etag: &str| stage.try_send("PATCH", &path, &[("if-match", etag)], Some(json!({"subject": "x"}))).unwrap();
    let changed = patch(etag).value();
    assert_ne!(changed["changeKey"], event["changeKey"]);
    assert_eq!(code(&patch(etag)), is(412, "ErrorIrresolvableConflict"));
    let gone = stage.try_send("DELETE", &path, &[("if-match", etag)], None).unwrap();
    assert_eq!(gone.status, 412);
    assert_eq!(patch("*").status, 200);
    assert_eq!(stage.send("DELETE", &path, None).status, 204);
    assert_eq!(stage.refused("DELETE", &path, None), is(404, "ErrorItemNotFound"));
}

#[test]
fn a_transaction_makes_one_event() {
    let stage = stage();
    let mut event = meeting(5);
    event["transactionId"] = "t-1".into();
    let first = stage.create(event.clone());
    let second = stage.create(event.clone());
    assert_eq!((&first["id"], &first["@odata.etag"]), (&second["id"], &second["@odata.etag"]));
    let calendar = stage.server.default_calendar(ANN).unwrap();
    assert_eq!(stage.server.events(&calendar).len(), 1);
    stage.server.settings(|settings| settings.conflict_on_transaction = true);
    assert_eq!(stage.refused("POST", "/me/events", Some(event)).0, 409);
    assert_eq!(stage.server.events(&calendar).len(), 1);
    assert_eq!(stage.refused("PATCH", &event_path(&first), Some(json!({"transactionId": "t-2"}))).0, 400);
}

#[test]
fn responses_reach_the_organizer() {
    let stage = stage();
    let ben = stage.of(BEN);
    let mut event = meeting(5);
    event["attendees"] = json!([{"emailAddress": {"address": BEN, "name": "Ben"}, "type": "required"}]);
    let made = stage.create(event.clone());
    assert_eq!(made["responseStatus"]["response"], "organizer");
    let copy = ben.get("/me/events")["value"][0].clone();
    assert_eq!((&copy["iCalUId"], &copy["isOrganizer"]), (&made["iCalUId"], &json!(false)));
    assert_ne!(copy["id"], made["id"]);
    assert_eq!(copy["showAs"], "tentative");
    let act = |stage: &Stage, event: &Value, word: &str, body: Value| {
        stage.send("POST", &format!("{}/{word}", event_path(event)), Some(body))
    };
    assert_eq!(act(&stage, &made, "accept", json!({})).status, 400, "an organizer does not respond");
    assert_eq!(act(&ben, &copy, "cancel", json!({})).status, 400, "an attendee does not cancel");
    assert_eq!(act(&ben, &copy, "accept", json!({"sendResponse": true, "comment": "ok"})).status, 202);
    let status = |stage: &Stage| stage.get(&event_path(&made))["attendees"][0]["status"]["response"].clone();
    assert_eq!(status(&stage), "accepted");
    assert_eq!(ben.get(&event_path(&copy))["showAs"], "busy");
    assert_eq!(act(&ben, &copy, "tentativelyAccept", json!({"sendResponse": false})).status, 202);
    assert_eq!(status(&stage), "accepted", "nothing was sent");
    assert_eq!(act(&ben, &copy, "accept", json!({"proposedNewTime": {}})).status, 400);
    assert_eq!(act(&ben, &copy, "decline", json!({})).status, 202);
    assert_eq!(status(&stage), "declined");
    assert_eq!(ben.refused("GET", &event_path(&copy), None).0, 404, "declined, and gone");
    event["responseRequested"] = false.into();
    let quiet = stage.create(event);
    let copy = ben.get("/me/events")["value"][0].clone();
    assert_eq!(act(&ben, &copy, "accept", json!({})).status, 400, "no response is asked for");
    assert_eq!(act(&stage, &quiet, "cancel", json!({"comment": "sorry"})).status, 202);
    assert_eq!(ben.get(&event_path(&copy))["isCancelled"], true);
}

#[test]
fn online_meetings_are_made_once() {
    let stage = stage();
    let mut event = meeting(5);
    event["isOnlineMeeting"] = true.into();
    let made = stage.create(event);
    let url = made["onlineMeeting"]["joinUrl"].clone();
    assert_eq!(made["onlineMeetingProvider"], "teamsForBusiness");
    let off = stage.send("PATCH", &event_path(&made), Some(json!({"isOnlineMeeting": false, "subject": "x"}))).value();
    assert_eq!(
        (&off["isOnlineMeeting"], &off["onlineMeeting"]["joinUrl"]),
        (&json!(true), &url),
        "further changes are ignored"
    );
}

#[test]
fn extended_properties_are_told_when_they_are_asked_for() {
    let stage = stage();
    let name = "String {66f5a359-4659-4830-9070-00047ec6ac6e} Name attune";
    let mut event = meeting(5);
    event["singleValueExtendedProperties"] = json!([{"id": name, "value": "1"}]);
    let made = stage.create(event);
    assert!(made["singleValueExtendedProperties"].is_null());
    let expand = crate::oidc::encode(&format!("singleValueExtendedProperties($filter=id eq '{name}')"));
    let told = stage.get(&format!("{}?$expand={expand}&$select=subject", event_path(&made)));
    assert_eq!(told["singleValueExtendedProperties"][0]["value"], "1");
    assert!(told["subject"].is_string() && told["start"].is_null());
}

#[test]
fn lists_are_paged_and_filtered() {
    let stage = stage();
    let other = stage.server.calendar(ANN, "other");
    let made: Vec<Value> = (1..=12).map(|day| stage.create(meeting(day))).collect();
    let first = stage.get("/me/events");
    assert_eq!(first["value"].as_array().unwrap().len(), 10);
    let rest = stage.get(first["@odata.nextLink"].as_str().unwrap());
    assert_eq!((rest["value"].as_array().unwrap().len(), rest["@odata.nextLink"].is_null()), (2, true));
    let uid = made[3]["iCalUId"].as_str().unwrap();
    let found = stage.get(&format!("/me/events?$filter=iCalUId%20eq%20'{uid}'"));
    assert_eq!(found["value"][0]["id"], made[3]["id"]);
    assert_eq!(stage.refused("GET", "/me/events?$filter=colour", None).0, 400);
    assert_eq!(stage.get("/me/calendars")["value"].as_array().unwrap().len(), 2);
    let path = format!("/me/calendars/{}", other.replace('=', "%3D"));
    assert_eq!(stage.get(&path)["name"], "other");
    assert_eq!(stage.get(&format!("{path}/events"))["value"], json!([]));
    assert_eq!(stage.send("POST", &format!("{path}/events"), Some(meeting(3))).status, 201);
    assert_eq!(stage.server.events(&other).len(), 1);
    let range = "startDateTime=2026-10-01T00:00:00&endDateTime=2026-10-31T00:00:00";
    assert_eq!(stage.get(&format!("{path}/calendarView/delta?{range}"))["value"].as_array().unwrap().len(), 1);
    assert_eq!(stage.of(BEN).refused("GET", &path, None).0, 404);
}
