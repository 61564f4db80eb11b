use super::berlin;
use super::events::meeting;
use crate::event::Response;
use crate::google::{BASE, Google, SendUpdates, body, read};
use crate::http::Request;
use attune_domain::{Millis, Secret};
use serde_json::{Value, json};

fn sent(request: &Request) -> Value {
    serde_json::from_slice(&request.body).unwrap()
}

fn line(request: &Request) -> String {
    format!("{} {}", request.method, request.url.strip_prefix(BASE).unwrap())
}

#[test]
fn lines_and_bodies_of_the_reference() {
    let token = Secret::new("ya29.hunter2".to_owned());
    let google = Google { base: BASE, token: &token };
    let (from, to) = (Millis(0), Millis(86_400_000));
    let item = read(meeting().as_object().unwrap().clone(), &berlin()).unwrap();
    let etag = item.etag.as_deref();
    let object = || body(&item, &berlin());
    let all = SendUpdates::All;
    for (request, expected) in [
        (google.calendars(None, None), "GET /users/me/calendarList?maxResults=250"),
        (google.calendars(Some("s"), Some("p")), "GET /users/me/calendarList?maxResults=250&syncToken=s&pageToken=p"),
        (google.events("a@x.com", None, None), "GET /calendars/a%40x.com/events?maxResults=2500"),
        (google.events("a", Some("CPDA=="), None), "GET /calendars/a/events?maxResults=2500&syncToken=CPDA%3D%3D"),
        (google.get("a", "e"), "GET /calendars/a/events/e"),
        (
            google.instances("a", "e", from, to, None),
            "GET /calendars/a/events/e/instances?maxResults=2500&showDeleted=true&timeMin=1970-01-01T00%3A00%3A00Z&timeMax=1970-01-02T00%3A00%3A00Z",
        ),
        (
            google.insert("a", "abcde", object(), all),
            "POST /calendars/a/events?conferenceDataVersion=1&sendUpdates=all",
        ),
        (
            google.update("a", "e", etag, object(), SendUpdates::None),
            "PUT /calendars/a/events/e?conferenceDataVersion=1&sendUpdates=none",
        ),
        (
            google.patch("a", "e", etag, object(), SendUpdates::ExternalOnly),
            "PATCH /calendars/a/events/e?conferenceDataVersion=1&sendUpdates=externalOnly",
        ),
        (google.delete("a", "e", etag, all), "DELETE /calendars/a/events/e?sendUpdates=all"),
        (google.move_to("a", "e", "b", all), "POST /calendars/a/events/e/move?destination=b&sendUpdates=all"),
        (google.free_busy(&["a"], from, to), "POST /freeBusy"),
        (google.watch("a", "c", &token, "https://x/hooks/google", 604_800), "POST /calendars/a/events/watch"),
        (google.stop("c", "r"), "POST /channels/stop"),
    ] {
        assert_eq!(line(&request), expected);
        assert_eq!(request.header("authorization"), Some("Bearer ya29.hunter2"));
        assert_eq!(request.header("if-match"), etag.filter(|_| matches!(request.method, "PUT" | "PATCH" | "DELETE")));
        assert_eq!(request.header("content-type").is_some(), !request.body.is_empty());
        assert!(!format!("{request:?} {google:?}").contains("hunter2"));
    }
    assert_eq!(sent(&google.insert("a", "abcde", object(), all))["id"], "abcde");
    assert_eq!(
        sent(&google.free_busy(&["a", "b"], from, to)),
        json!({"timeMin": "1970-01-01T00:00:00Z", "timeMax": "1970-01-02T00:00:00Z", "items": [{"id": "a"}, {"id": "b"}]})
    );
    assert_eq!(
        sent(&google.watch("a", "c", &token, "https://x/h", 60)),
        json!({"id": "c", "type": "web_hook", "address": "https://x/h", "token": "ya29.hunter2", "params": {"ttl": "60"}})
    );
    assert_eq!(sent(&google.stop("c", "r")), json!({"id": "c", "resourceId": "r"}));
}

#[test]
fn an_answer_to_an_invitation_changes_the_own_response_only() {
    let token = Secret::new("t".to_owned());
    let google = Google { base: "http://localhost:1/calendar/v3/", token: &token };
    let mut item = read(meeting().as_object().unwrap().clone(), &berlin()).unwrap();
    let request = google.respond("a", &item, Response::Declined, Some("ill"), SendUpdates::All).unwrap();
    let mut expected = meeting()["attendees"].clone();
    expected[0]["responseStatus"] = "declined".into();
    expected[0]["comment"] = "ill".into();
    assert_eq!(sent(&request), json!({"attendees": expected}));
    assert_eq!((request.method, request.header("if-match")), ("PATCH", item.etag.as_deref()));
    assert!(request.url.starts_with("http://localhost:1/calendar/v3/calendars/a/events/"));
    item.events[0].attendees.remove(0);
    assert!(google.respond("a", &item, Response::Declined, None, SendUpdates::All).is_none());
}
