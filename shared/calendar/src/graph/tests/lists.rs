use super::events::meeting;
use super::{answer, berlin};
use crate::event::Busy;
use crate::failure::{Failure, Reason};
use crate::graph::{Lifecycle, calendars, event, events, notifications, schedule, subscription, validation_token};
use crate::page::{Access, Next};
use attune_domain::{Millis, Secret};
use serde_json::json;

#[test]
fn pages_of_a_delta() {
    let link = "https://graph.microsoft.com/v1.0/me/calendarView/delta?$skiptoken=R0usmcCM996atia_s";
    let body = json!({"@odata.context": "x", "@odata.nextLink": link, "value": [meeting()]});
    let page = events(&answer(200, &body), &berlin()).unwrap();
    assert_eq!((page.items.len(), page.next), (1, Next::More(link.to_owned())));
    let body = json!({"@odata.deltaLink": "https://x/delta?$deltatoken=1", "value": [
        {"@odata.type": "#microsoft.graph.event", "id": "AAMkADk0", "@removed": {"reason": "deleted"}},
        {"id": "odd", "start": {}}, 7, meeting(),
    ]});
    let page = events(&answer(200, &body), &berlin()).unwrap();
    assert_eq!((page.removed, page.unreadable), (vec!["AAMkADk0".to_owned()], vec!["odd".to_owned(), String::new()]));
    assert_eq!((page.items.len(), page.next), (1, Next::Done("https://x/delta?$deltatoken=1".to_owned())));
    assert_eq!(events(&answer(200, &json!({"value": []})), &berlin()).unwrap().next, Next::End);
}

#[test]
fn a_page_that_fails_is_no_end() {
    for body in [json!({}), json!([]), json!({"value": {}, "@odata.deltaLink": "x"})] {
        assert!(matches!(
            events(&answer(200, &body), &berlin()),
            Err(Failure::GiveUp { reason: Reason::Unreadable, .. })
        ));
    }
    let mut cut = answer(200, &json!({"value": [meeting()], "@odata.deltaLink": "x"}));
    cut.body.truncate(500);
    assert!(events(&cut, &berlin()).is_err());
    let gone = json!({"error": {"code": "SyncStateNotFound", "message": "x"}});
    assert_eq!(events(&answer(410, &gone), &berlin()), Err(Failure::FullResync));
    assert_eq!(event(&answer(412, &json!({})), &berlin()), Err(Failure::Conflict));
    assert!(event(&answer(201, &meeting()), &berlin()).is_ok());
}

#[test]
fn calendars_are_read() {
    let body = json!({"value": [
        {"id": "AAMk", "name": "Calendar", "color": "auto", "hexColor": "", "isDefaultCalendar": true, "canShare": true, "canEdit": true,
         "defaultOnlineMeetingProvider": "teamsForBusiness", "owner": {"name": "Samantha", "address": "samanthab@adatum.com"}},
        {"id": "B", "name": "Shared", "hexColor": "#1d9ed8", "canEdit": false, "canShare": false, "defaultOnlineMeetingProvider": "unknown"},
        {"id": "C", "name": "Edit", "canEdit": true, "canShare": false}, {"name": "no id"},
    ]});
    let page = calendars(&answer(200, &body)).unwrap();
    assert_eq!(
        page.items.iter().map(|one| one.access).collect::<Vec<_>>(),
        [Access::Owner, Access::Read, Access::Write]
    );
    assert_eq!((page.items[0].color.as_deref(), page.items[1].color.as_deref()), (None, Some("#1d9ed8")));
    assert_eq!(page.items[0].owner.as_deref(), Some("samanthab@adatum.com"));
    assert_eq!(
        (page.items[0].conference.as_deref(), page.items[1].conference.as_deref()),
        (Some("teamsForBusiness"), None)
    );
    assert_eq!((page.unreadable.len(), page.next), (1, Next::End));
}

#[test]
fn schedules_are_read() {
    let time = |text: &str, zone: &str| json!({"dateTime": text, "timeZone": zone});
    let body = json!({"value": [
        {"scheduleId": "a@x.com", "availabilityView": "0002", "scheduleItems": [
            {"status": "oof", "start": time("2026-11-22T12:00:00.0000000", "UTC"), "end": time("2026-11-22T14:00:00.0000000", "UTC")},
            {"status": "tentative", "start": time("2026-11-22T12:00:00.0000000", "Europe/Berlin"), "end": time("2026-11-22T14:00:00", "Europe/Berlin")},
            {"status": "busy", "start": {}},
        ]},
        {"scheduleId": "b@x.com", "error": {"message": "x", "responseCode": "ErrorMailRecipientNotFound"}},
    ]});
    let all = schedule(&answer(200, &body), &berlin()).unwrap();
    let at = |text: &str| Millis::parse(text).unwrap();
    let [first, second] = all[0].busy.as_slice() else { panic!("two") };
    assert_eq!(
        (first.start, first.end, first.busy),
        (at("2026-11-22T12:00:00Z"), at("2026-11-22T14:00:00Z"), Busy::OutOfOffice)
    );
    assert_eq!((second.start, second.busy), (at("2026-11-22T11:00:00Z"), Busy::Tentative));
    assert_eq!(all[1].error.as_deref(), Some("ErrorMailRecipientNotFound"));
}

#[test]
fn subscriptions_and_notifications() {
    let body = json!({"id": "7f105c7d", "resource": "me/events", "expirationDateTime": "2016-11-20T18:23:45.9356913Z"});
    let granted = subscription(&answer(201, &body)).unwrap();
    assert_eq!(
        (granted.id.as_str(), granted.expires),
        ("7f105c7d", Millis::parse("2016-11-20T18:23:45.935Z").unwrap())
    );
    assert!(subscription(&answer(201, &json!({"id": "x"}))).is_err());
    let token = validation_token("validationToken=Validation%3a+Testing+client+application%2b&x=1");
    assert_eq!(token.as_deref(), Some("Validation: Testing client application+"));
    assert_eq!(
        (validation_token("x=1"), validation_token(&format!("validationToken={}", "a".repeat(5000)))),
        (None, None)
    );
    let body = json!({"value": [
        {"subscriptionId": "s1", "subscriptionExpirationDateTime": "2016-03-20T11:00:00.0000000Z", "clientState": "hunter2",
         "changeType": "updated", "resource": "Users/x/Events/AAMk", "tenantId": "t",
         "resourceData": {"@odata.type": "#Microsoft.Graph.Event", "@odata.id": "Users/x/Events/AAMk", "@odata.etag": "W/\"1\"", "id": "AAMk"}},
        {"subscriptionId": "s2", "clientState": "other", "lifecycleEvent": "missed"},
        {"subscriptionId": "s2", "lifecycleEvent": "subscriptionRemoved"},
        {"subscriptionId": "s2", "lifecycleEvent": "reauthorizationRequired"},
        {"subscriptionId": "s2", "lifecycleEvent": "new"},
    ]});
    let all = notifications(body.to_string().as_bytes()).unwrap();
    assert_eq!((all[0].event.as_deref(), all[0].lifecycle), (Some("AAMk"), None));
    let state = Secret::new("hunter2".to_owned());
    assert!(
        all[0].is_of("s1", &state)
            && !all[0].is_of("s2", &state)
            && !all[1].is_of("s2", &state)
            && !all[2].is_of("s2", &state)
    );
    let lifecycles: Vec<_> = all.iter().filter_map(|one| one.lifecycle).collect();
    assert_eq!(
        lifecycles,
        [Lifecycle::Missed, Lifecycle::SubscriptionRemoved, Lifecycle::ReauthorizationRequired, Lifecycle::Other]
    );
    assert!(!format!("{all:?}").contains("hunter2"));
    for bad in ["", "{}", "[]", "{\"value\": [1]}", "{\"value\": [{}]}", "{\"value\": [[\"s\", \"c\"]]}"] {
        assert!(notifications(bad.as_bytes()).is_none(), "{bad}");
    }
}
