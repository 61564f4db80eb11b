use super::{answer, berlin};
use crate::event::Busy;
use crate::failure::{Failure, Reason};
use crate::google::{Push, PushFault, State, calendars, channel, event, events, free_busy, instances};
use crate::page::{Access, Next, Span};
use crate::when::When;
use attune_domain::{Millis, Secret};
use serde_json::json;

#[test]
fn a_page_in_the_middle_and_the_last() {
    let single = json!({"id": "a", "start": {"dateTime": "2026-11-22T10:00:00-05:00"}, "end": {"dateTime": "2026-11-22T11:00:00-05:00"}});
    let body =
        json!({"kind": "calendar#events", "timeZone": "America/New_York", "items": [single], "nextPageToken": "p2"});
    let page = events(&answer(200, &body), &berlin()).unwrap();
    assert_eq!(page.next, Next::More("p2".to_owned()));
    // without a zone of its own a time hangs in the calendar's, which the page names
    assert!(matches!(&page.items[0].events[0].start, When::Zoned { zone, .. } if zone.name() == "America/New_York"));
    let body = json!({"kind": "calendar#events", "nextSyncToken": "s1"});
    let page = events(&answer(200, &body), &berlin()).unwrap();
    assert_eq!((page.items.len(), page.next), (0, Next::Done("s1".to_owned())));
}

#[test]
fn gone_events_cancelled_instances_and_unreadable_ones() {
    let body = json!({"nextSyncToken": "s", "items": [
        {"id": "gone", "status": "cancelled"},
        {"id": "gone_with_details", "status": "cancelled", "start": {"date": "2026-01-01"}, "end": {"date": "2026-01-02"}},
        {"id": "i_1", "status": "cancelled", "recurringEventId": "i", "originalStartTime": {"date": "2026-01-01"}},
        {"id": "i_2", "status": "cancelled", "recurringEventId": "i"},
        {"id": "odd", "status": "confirmed", "start": {"date": "never"}},
        7,
        {"id": "good", "start": {"date": "2026-01-01"}, "end": {"date": "2026-01-02"}},
    ]});
    let page = events(&answer(200, &body), &berlin()).unwrap();
    assert_eq!(page.removed, ["gone", "gone_with_details", "i_2"]);
    assert_eq!(page.unreadable, ["odd", ""]);
    assert_eq!(page.items.iter().map(|item| item.id.as_str()).collect::<Vec<_>>(), ["i_1", "good"]);
}

#[test]
fn a_page_that_fails_is_no_end() {
    let unreadable =
        |result: Result<_, Failure>| matches!(result, Err(Failure::GiveUp { reason: Reason::Unreadable, .. }));
    assert!(unreadable(events(&answer(200, &json!({"items": []})), &berlin())), "neither token");
    assert!(unreadable(events(&answer(200, &json!({"items": {}, "nextSyncToken": "s"})), &berlin())));
    assert!(unreadable(events(&answer(200, &json!([])), &berlin())));
    let mut cut = answer(200, &json!({"items": [], "nextSyncToken": "s"}));
    cut.body.truncate(10);
    assert!(unreadable(events(&cut, &berlin())));
    let gone = json!({"error": {"errors": [{"domain": "calendar", "reason": "fullSyncRequired"}], "code": 410}});
    assert_eq!(events(&answer(410, &gone), &berlin()), Err(Failure::FullResync));
    assert_eq!(events(&answer(401, &json!({})), &berlin()), Err(Failure::Reauthorize));
    assert_eq!(instances(&answer(200, &json!({"items": []})), &berlin()).unwrap().next, Next::End);
}

#[test]
fn one_event_is_read() {
    let body = json!({"id": "good", "start": {"date": "2026-01-01"}, "end": {"date": "2026-01-02"}});
    assert_eq!(event(&answer(200, &body), &berlin()).unwrap().id, "good");
    assert!(event(&answer(200, &json!({"id": "x"})), &berlin()).is_err());
    assert_eq!(event(&answer(412, &json!({})), &berlin()), Err(Failure::Conflict));
}

#[test]
fn calendars_are_read() {
    let body = json!({"kind": "calendar#calendarList", "nextSyncToken": "s", "items": [
        {"id": "ana@example.com", "summary": "ana@example.com", "timeZone": "Europe/Berlin", "backgroundColor": "#9fe1e7",
         "accessRole": "owner", "primary": true, "conferenceProperties": {"allowedConferenceSolutionTypes": ["hangoutsMeet"]}},
        {"id": "team", "summary": "Team", "summaryOverride": "My team", "accessRole": "freeBusyReader"},
        {"id": "old", "deleted": true},
        {},
    ]});
    let page = calendars(&answer(200, &body)).unwrap();
    assert_eq!(
        (page.removed, page.unreadable.len(), page.next),
        (vec!["old".to_owned()], 1, Next::Done("s".to_owned()))
    );
    let [main, team] = page.items.as_slice() else { panic!("two") };
    assert_eq!((main.access, main.primary, main.owner.as_deref()), (Access::Owner, true, Some("ana@example.com")));
    assert_eq!((main.zone.as_ref(), main.conference.as_deref()), (Some(&berlin()), Some("hangoutsMeet")));
    assert_eq!((team.name.as_str(), team.access), ("My team", Access::FreeBusy));
}

#[test]
fn free_busy_is_read() {
    let body = json!({"kind": "calendar#freeBusy", "calendars": {
        "a@example.com": {"busy": [{"start": "2026-11-22T09:00:00Z", "end": "2026-11-22T10:00:00+00:00"}, {"start": "x"}]},
        "b@example.com": {"errors": [{"domain": "global", "reason": "notFound"}], "busy": []},
    }});
    let all = free_busy(&answer(200, &body)).unwrap();
    let (start, end) = (Millis::parse("2026-11-22T09:00:00Z").unwrap(), Millis::parse("2026-11-22T10:00:00Z").unwrap());
    assert_eq!(all[0].busy, [Span { start, end, busy: Busy::Busy }]);
    assert_eq!((all[1].id.as_str(), all[1].error.as_deref()), ("b@example.com", Some("notFound")));
    assert!(free_busy(&answer(200, &json!({}))).is_err());
}

#[test]
fn channels_and_pushes() {
    let body = json!({"kind": "api#channel", "id": "01234567-89ab", "resourceId": "o3hgv1538sdjfh", "expiration": "1426325213000"});
    let opened = channel(&answer(200, &body)).unwrap();
    assert_eq!(opened.expires, Some(Millis(1_426_325_213_000)));
    assert!(channel(&answer(200, &json!({"id": "x"}))).is_err());
    let headers = [
        ("X-Goog-Channel-ID", "01234567-89ab"),
        ("X-Goog-Channel-Token", "398348u3tu83ut8uu38"),
        ("X-Goog-Channel-Expiration", "Fri, 01 Mar 2013 01:13:52 GMT"),
        ("X-Goog-Resource-ID", "o3hgv1538sdjfh"),
        ("X-Goog-Resource-URI", "https://www.googleapis.com/calendar/v3/calendars/my_calendar@gmail.com/events"),
        ("X-Goog-Resource-State", "exists"),
        ("X-Goog-Message-Number", "10"),
    ];
    let without = |left_out: &str| {
        Push::read(|name| headers.iter().find(|(n, _)| n.eq_ignore_ascii_case(name) && *n != left_out).map(|(_, v)| *v))
    };
    let push = without("").unwrap();
    assert_eq!((push.state, push.number, push.expires), (State::Exists, 10, Some(Millis(1_362_100_432_000))));
    let token = Secret::new("398348u3tu83ut8uu38".to_owned());
    assert!(push.is_of("01234567-89ab", Some("o3hgv1538sdjfh"), &token) && push.is_of("01234567-89ab", None, &token));
    assert!(!push.is_of("01234567-89ac", None, &token) && !push.is_of("01234567-89ab", Some("o"), &token));
    assert!(!push.is_of("01234567-89ab", None, &Secret::new("398348u3tu83ut8uu39".to_owned())));
    assert!(!without("X-Goog-Channel-Token").unwrap().is_of("01234567-89ab", None, &token));
    for name in ["X-Goog-Channel-ID", "X-Goog-Resource-ID", "X-Goog-Resource-State", "X-Goog-Message-Number"] {
        assert!(matches!(without(name), Err(PushFault::Missing(_))), "{name}");
    }
    assert!(!format!("{push:?}").contains("398348u3tu83ut8uu38"));
}
