//! Rounds of deltas, calendar views, instances.

use super::*;

const DELTA: &str = "/me/calendarView/delta";
const RANGE: &str = "startDateTime=2026-10-01T00:00:00Z&endDateTime=2026-11-30T00:00:00Z";

/// All pages of a round: items and the delta link.
fn round(stage: &Stage, first: &str, size: usize) -> (Vec<Value>, String, usize) {
    let (mut all, mut target, mut pages) = (Vec::new(), first.to_owned(), 0);
    loop {
        let page = stage.get_with(&target, &[("prefer", &format!("odata.maxpagesize={size}"))]);
        let items = page["value"].as_array().unwrap().clone();
        assert!(items.len() <= size);
        all.extend(items);
        pages += 1;
        match (page["@odata.nextLink"].as_str(), page["@odata.deltaLink"].as_str()) {
            (Some(next), None) => next.clone_into(&mut target),
            (None, Some(link)) => return (all, link.to_owned(), pages),
            both => panic!("one of the links: {both:?}"),
        }
    }
}

fn ids(items: &[Value]) -> Vec<String> {
    items.iter().map(id).collect()
}

#[test]
fn the_first_call_needs_a_window_and_takes_no_odata_parameters() {
    let stage = stage();
    assert_eq!(stage.refused("GET", DELTA, None), is(400, "ErrorInvalidParameter"));
    assert_eq!(stage.refused("GET", &format!("{DELTA}?startDateTime=2026-10-01T00:00:00Z"), None).0, 400);
    for name in ["$select=subject", "$filter=x", "$orderby=x", "$expand=x", "$search=x"] {
        assert_eq!(stage.refused("GET", &format!("{DELTA}?{RANGE}&{name}"), None).0, 400, "{name}");
    }
    // the documentation's own example writes them in lower case, and SDKs name the function in full
    let lower = RANGE.to_lowercase().replace("t00", "T00").replace('z', "Z");
    assert_eq!(stage.send("GET", &format!("{DELTA}?{lower}"), None).status, 200);
    assert_eq!(stage.send("GET", &format!("/me/calendarView/microsoft.graph.delta()?{RANGE}"), None).status, 200);
}

#[test]
fn rounds_have_pages_and_tell_changes_and_removals() {
    let stage = stage();
    let made: Vec<Value> = (1..=5).map(|day| stage.create(meeting(day))).collect();
    let (all, link, pages) = round(&stage, &format!("{DELTA}?{RANGE}"), 2);
    assert_eq!((all.len(), pages), (5, 3));
    assert!(link.starts_with(stage.server.url()) && link.contains("$deltatoken="));
    assert_eq!(all[0]["@odata.type"], "#microsoft.graph.event");
    let (none, link, _) = round(&stage, &link, 2);
    assert_eq!(none, [Value::Null; 0]);
    stage.send("DELETE", &event_path(&made[0]), None);
    stage.send("PATCH", &event_path(&made[1]), Some(json!({"subject": "changed"})));
    let new = stage.create(meeting(7));
    let (changes, next, _) = round(&stage, &link, 10);
    assert_eq!(ids(&changes), [id(&made[1]), id(&new), id(&made[0])]);
    assert_eq!(changes[2]["@removed"]["reason"], "deleted");
    assert_eq!(changes[0]["subject"], "changed");
    assert_eq!(round(&stage, &link, 10).0.len(), 3, "an old link may be used again");
    assert_eq!(round(&stage, &next, 10).0.len(), 0);
}

#[test]
fn what_leaves_the_window_or_changes_outside_is_removed() {
    let stage = stage();
    let event = stage.create(meeting(5));
    let (_, link, _) = round(&stage, &format!("{DELTA}?{RANGE}"), 10);
    let away = json!({
        "start": {"dateTime": "2027-03-01T10:00:00", "timeZone": "UTC"}, "end": {"dateTime": "2027-03-01T11:00:00", "timeZone": "UTC"},
    });
    stage.send("PATCH", &event_path(&event), Some(away.clone()));
    let outside = stage.create(away);
    let (changes, _, _) = round(&stage, &link, 10);
    assert_eq!(ids(&changes), [id(&event), id(&outside)]);
    assert!(changes.iter().all(|item| item["@removed"].is_object()));
}

#[test]
fn series_are_told_as_master_occurrences_and_exceptions() {
    let stage = stage();
    let master = stage.create(series());
    let (all, link, _) = round(&stage, &format!("{DELTA}?{RANGE}"), 10);
    let kinds: Vec<&str> = all.iter().map(|item| item["type"].as_str().unwrap()).collect();
    assert_eq!(kinds, ["occurrence", "seriesMaster", "occurrence", "occurrence"]);
    // the clocks go back between the first and the second
    assert_eq!(all[0]["start"], json!({"dateTime": "2026-10-19T08:00:00.0000000", "timeZone": "UTC"}));
    assert_eq!(all[2]["start"]["dateTime"], "2026-10-26T09:00:00.0000000");
    assert!(all[2]["subject"].is_null() && all[2]["seriesMasterId"] == master["id"], "occurrences are told short");
    let changed = stage.send("PATCH", &event_path(&all[2]), Some(json!({"subject": "once"}))).value();
    assert_eq!((changed["type"].as_str(), &changed["id"]), (Some("exception"), &all[2]["id"]));
    assert_eq!(stage.send("DELETE", &event_path(&all[3]), None).status, 204);
    let (changes, link, _) = round(&stage, &link, 10);
    let seen = |wanted: &Value| changes.iter().find(|item| item["id"] == *wanted).cloned().unwrap_or_default();
    assert_eq!(seen(&all[2]["id"])["subject"], "once");
    assert!(seen(&all[3]["id"])["@removed"].is_object());
    assert_eq!(stage.refused("GET", &event_path(&all[3]), None), is(404, "ErrorItemNotFound"));
    let own = stage.get(&format!("{}?$select=cancelledOccurrences", event_path(&master)));
    assert!(own["cancelledOccurrences"][0].as_str().unwrap().ends_with("2026-11-02"));
    let instances = stage.get(&format!("{}/instances?{RANGE}", event_path(&master)));
    assert_eq!(instances["value"].as_array().unwrap().len(), 2);
    assert_eq!(stage.refused("GET", &format!("{}/instances", event_path(&master)), None).0, 400);
    let view = stage.get(&format!("/me/calendarView?{RANGE}"));
    let kinds: Vec<&str> =
        view["value"].as_array().unwrap().iter().map(|item| item["type"].as_str().unwrap()).collect();
    assert_eq!(kinds, ["occurrence", "exception"], "a view has no masters");
    assert_eq!(view["value"][0]["subject"], "meeting 19");
    stage.send("DELETE", &event_path(&master), None);
    let (gone, _, _) = round(&stage, &link, 10);
    assert_eq!(gone.len(), 3);
    assert!(gone.iter().all(|item| item["@removed"].is_object()));
}

#[test]
fn expired_links_are_410_with_a_location_that_begins_anew() {
    let stage = stage();
    (1..=3).for_each(|day| drop(stage.create(meeting(day))));
    let (_, link, _) = round(&stage, &format!("{DELTA}?{RANGE}"), 10);
    let first = stage.get_with(&format!("{DELTA}?{RANGE}"), &[("prefer", "odata.maxpagesize=1")]);
    stage.server.expire_cursors();
    for expired in [link.as_str(), first["@odata.nextLink"].as_str().unwrap(), &format!("{DELTA}?$deltatoken=nonsense")]
    {
        let answer = stage.send("GET", expired, None);
        assert_eq!(code(&answer), is(410, "syncStateNotFound"), "{expired}");
        assert!(answer.header("location").unwrap().ends_with("$deltatoken="));
    }
    let again = stage.send("GET", &link, None).header("location").unwrap().to_owned();
    assert_eq!(round(&stage, &again, 10).0.len(), 3);
}

#[test]
fn empty_pages_and_repeated_items_can_be_had() {
    let stage = stage();
    (1..=3).for_each(|day| drop(stage.create(meeting(day))));
    stage.server.settings(|settings| (settings.empty_first_page, settings.repeat_in_delta) = (true, true));
    let first = stage.get_with(&format!("{DELTA}?{RANGE}"), &[("prefer", "odata.maxpagesize=10")]);
    assert_eq!((first["value"].as_array().unwrap().len(), first["@odata.nextLink"].is_string()), (0, true));
    assert_eq!(round(&stage, &format!("{DELTA}?{RANGE}"), 10).0.len(), 5);
}

#[test]
fn preferences_rule_times_ids_and_bodies() {
    let stage = stage();
    let mut event = meeting(5);
    event["body"] = json!({"contentType": "text", "content": "hello"});
    let made = stage.create(event);
    assert_eq!(made["body"]["contentType"], "html", "text is told as HTML");
    let prefer =
        "outlook.timezone=\"Eastern Standard Time\", IdType=\"ImmutableId\", outlook.body-content-type=\"text\"";
    let answer = stage.try_send("GET", &event_path(&made), &[("prefer", prefer)], None).unwrap();
    assert!(answer.header("preference-applied").unwrap().contains("outlook.timezone"));
    let told = answer.value();
    assert_eq!(told["start"], json!({"dateTime": "2026-10-05T04:00:00.0000000", "timeZone": "Eastern Standard Time"}));
    assert_eq!(told["body"], json!({"contentType": "text", "content": "hello"}));
    assert_ne!(told["id"], made["id"]);
    assert_eq!(stage.get(&event_path(&told))["id"], made["id"], "either id names it");
    assert_eq!(made["originalStartTimeZone"], "W. Europe Standard Time");
    let wrong = stage.try_send("GET", &event_path(&made), &[("prefer", "outlook.timezone=\"Mars\"")], None).unwrap();
    assert_eq!(code(&wrong), is(400, "TimeZoneNotSupportedException"));
    let items = round(&stage, &format!("{DELTA}?{RANGE}"), 10).0;
    assert_eq!(items[0]["start"]["timeZone"], "UTC");
}

#[test]
fn free_and_busy_times() {
    let stage = stage();
    stage.create(meeting(5));
    let mut away = meeting(5);
    (away["showAs"], away["sensitivity"]) = (json!("oof"), json!("private"));
    away["start"]["dateTime"] = "2026-10-05T10:30:00".into();
    away["end"]["dateTime"] = "2026-10-05T11:30:00".into();
    stage.create(away);
    let time = |text: &str| json!({"dateTime": text, "timeZone": "W. Europe Standard Time"});
    let body = json!({
        "schedules": [ANN, "nobody@x.test"], "startTime": time("2026-10-05T09:00:00"), "endTime": time("2026-10-05T12:00:00"),
        "availabilityViewInterval": 30,
    });
    let told = stage.send("POST", "/me/calendar/getSchedule", Some(body.clone())).value();
    assert_eq!(told["value"][0]["availabilityView"], "002330");
    assert!(told["value"][0]["scheduleItems"][1]["subject"].is_null(), "private");
    assert_eq!(told["value"][1]["error"]["responseCode"], "ErrorMailRecipientNotFound");
    let mut long = body.clone();
    long["endTime"] = time("2026-12-25T00:00:00");
    assert_eq!(stage.refused("POST", "/me/calendar/getSchedule", Some(long)).0, 400, "62 days at most");
    let mut fine = body;
    fine["availabilityViewInterval"] = 4.into();
    assert_eq!(stage.refused("POST", "/me/calendar/getSchedule", Some(fine)).0, 400);
}
