use super::berlin;
use super::events::item;
use crate::event::Response;
use crate::failure::Failure;
use crate::graph::{BASE, Graph, Window, body};
use crate::http::Request;
use attune_domain::{Millis, Secret};
use serde_json::{Map, Value, json};

fn sent(request: &Request) -> Value {
    serde_json::from_slice(&request.body).unwrap()
}

#[test]
fn lines_and_bodies_of_the_reference() {
    let token = Secret::new("hunter2".to_owned());
    let graph = Graph { base: BASE, token: &token };
    let (from, to) = (Millis(0), Millis(86_400_000));
    let etag = Some("W/\"1\"");
    let day = "startDateTime=1970-01-01T00%3A00%3A00Z&endDateTime=1970-01-02T00%3A00%3A00Z";
    for (request, expected) in [
        (graph.calendars(), "GET /me/calendars?$top=100".to_owned()),
        (
            graph.delta("A=", Window { start: from, end: to }),
            format!("GET /me/calendars/A%3D/calendarView/delta?{day}"),
        ),
        (graph.instances("e/1", from, to), format!("GET /me/events/e%2F1/instances?{day}")),
        (graph.create("A", "t", body(&item(), &berlin()).unwrap()), "POST /me/calendars/A/events".to_owned()),
        (
            graph.update("e", etag, Map::from_iter([("subject".to_owned(), "x".into())])),
            "PATCH /me/events/e".to_owned(),
        ),
        (graph.delete("e", etag), "DELETE /me/events/e".to_owned()),
        (graph.respond("e", Response::Accepted, None, true).unwrap(), "POST /me/events/e/accept".to_owned()),
        (graph.respond("e", Response::Declined, None, true).unwrap(), "POST /me/events/e/decline".to_owned()),
        (
            graph.respond("e", Response::Tentative, None, true).unwrap(),
            "POST /me/events/e/tentativelyAccept".to_owned(),
        ),
        (graph.cancel("e", Some("ill")), "POST /me/events/e/cancel".to_owned()),
        (graph.schedule(&["a"], from, to), "POST /me/calendar/getSchedule".to_owned()),
        (graph.subscribe("A=", "https://x/n", "https://x/l", &token, to), "POST /subscriptions".to_owned()),
        (graph.renew("s", to), "PATCH /subscriptions/s".to_owned()),
        (graph.unsubscribe("s"), "DELETE /subscriptions/s".to_owned()),
    ] {
        assert_eq!(format!("{} {}", request.method, request.url.strip_prefix(BASE).unwrap()), expected);
        assert_eq!(request.header("authorization"), Some("Bearer hunter2"));
        let prefer = request.header("prefer").unwrap();
        assert!(prefer.starts_with("IdType=\"ImmutableId\", outlook.timezone=\"UTC\""));
        assert_eq!(prefer.contains("odata.maxpagesize=200"), request.url.contains("startDateTime="), "{prefer}");
        assert_eq!(
            request.header("if-match").is_some(),
            ["DELETE /me/events/e", "PATCH /me/events/e"].contains(&expected.as_str())
        );
        assert!(!format!("{request:?} {graph:?}").contains("hunter2"));
    }
    assert_eq!(sent(&graph.create("A", "t-1", Map::new())), json!({"transactionId": "t-1"}));
    assert_eq!(
        sent(&graph.respond("e", Response::Accepted, Some("ok"), false).unwrap()),
        json!({"comment": "ok", "sendResponse": false})
    );
    assert!(graph.respond("e", Response::NeedsAction, None, true).is_none());
    assert_eq!(
        sent(&graph.schedule(&["a"], from, to)),
        json!({
            "schedules": ["a"], "startTime": {"dateTime": "1970-01-01T00:00:00", "timeZone": "UTC"},
            "endTime": {"dateTime": "1970-01-02T00:00:00", "timeZone": "UTC"}, "availabilityViewInterval": 30,
        })
    );
    let made = sent(&graph.subscribe("A=", "https://x/n", "https://x/l", &token, to));
    assert_eq!(
        (&made["resource"], &made["expirationDateTime"]),
        (&json!("me/calendars/A%3D/events"), &json!("1970-01-02T00:00:00Z"))
    );
    assert_eq!((&made["changeType"], &made["clientState"]), (&json!("created,updated,deleted"), &json!("hunter2")));
    assert!(graph.get("e").url.contains("$expand=singleValueExtendedProperties%28%24filter%3Dstartswith"));
    assert!(graph.find("A", "event", "evt_1").url.contains("Any%28ep%3A%20ep%2Fid%20eq%20%27String%20%7B6b1f7c1e"));
}

#[test]
fn a_link_is_followed_as_it_is_and_only_to_the_same_host() {
    let token = Secret::new("t".to_owned());
    let graph = Graph { base: "http://localhost:8080/v1.0", token: &token };
    let link = "http://localhost:8080/v1.0/me/calendarView/delta?$deltatoken=R0usmcMDNGg0J1E%2B";
    let request = graph.follow(link).unwrap();
    assert_eq!((request.method, request.url.as_str()), ("GET", link));
    for foreign in [
        "http://localhost:8081/v1.0/me",
        "https://localhost:8080/v1.0/me",
        "http://localhost:8080@evil.example/v1.0",
        "/v1.0/me",
        "",
        "http://localhost:8080.evil.example/",
        "http://localhost:8080/v1.0/me\r\nx: y",
        "http://localhost:8080\\@evil.example/",
    ] {
        assert_eq!(graph.follow(foreign), Err(Failure::FullResync), "{foreign}");
    }
}
