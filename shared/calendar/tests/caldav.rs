//! Answers of real servers, as they were recorded (Radicale 3.9.0, Xandikos 0.4.10), and answers that RFCs show.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

use attune_calendar::caldav::*;
use attune_calendar::failure::{Failure, Reason};
use attune_calendar::http::Response;
use attune_calendar::ics;
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

/// A status, headers, an empty line, a body.
fn recorded(server: &str, name: &str) -> Response {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/caldav").join(server).join(format!("{name}.http"));
    let bytes = fs::read(&path).unwrap_or_else(|_| panic!("{}", path.display()));
    let split = bytes.windows(2).position(|two| two == b"\n\n").unwrap();
    let head = std::str::from_utf8(&bytes[..split]).unwrap();
    let (status, headers) = head.split_once('\n').unwrap_or((head, ""));
    let headers =
        headers.lines().filter_map(|line| line.split_once(": ")).map(|(name, value)| (name.into(), value.into()));
    Response { status: status.parse().unwrap(), headers: headers.collect(), body: bytes[split + 2..].to_vec() }
}

fn answer(status: u16, body: &str) -> Response {
    Response { status, headers: Vec::new(), body: body.as_bytes().to_vec() }
}

/// (name, origin, home, calendar)
const SERVERS: [(&str, &str, &str); 2] =
    [("radicale", "http://127.0.0.1:5391", "/ada/"), ("xandikos", "http://127.0.0.1:5392", "/user/calendars/")];

#[test]
fn discovery() {
    for (server, origin, home) in SERVERS {
        let start = well_known(origin);
        let Ok(Found::Elsewhere(root)) = principal(&start, &recorded(server, "principal-0")) else {
            panic!("{server}")
        };
        assert_eq!(root, format!("{origin}/"));
        let Ok(Found::Here(who)) = principal(&root, &recorded(server, "principal-1")) else { panic!("{server}") };
        let Ok(Found::Here(found)) = homes(&who, &recorded(server, "homes")) else { panic!("{server}") };
        assert_eq!(found.homes, [format!("{origin}{home}")]);
        assert_eq!(found.outbox.is_some(), server == "xandikos");
        let all = calendars(&found.homes[0], &recorded(server, "calendars")).unwrap();
        let work = all.iter().find(|one| one.url == format!("{origin}{home}work/")).unwrap();
        assert_eq!(work.name.as_deref(), Some("Work & life"));
        assert_eq!(work.color.as_deref(), Some("#ff2968"));
        assert_eq!((work.access, work.events, work.sync), (Access::Write, true, true));
        assert!(work.ctag.is_some() && work.sync_token.is_some());
        assert_eq!(calendars(&found.homes[0], &recorded(server, "calendar-gone")), Err(Failure::NotFound));
    }
}

#[test]
fn synchronization() {
    for (server, origin, home) in SERVERS {
        let work = format!("{origin}{home}work/");
        let empty = changes(&work, &recorded(server, "changes-empty")).unwrap();
        assert!(empty.changed.is_empty() && empty.removed.is_empty() && empty.token.is_some() && !empty.more);
        let initial = changes(&work, &recorded(server, "changes-initial")).unwrap();
        let mut paths: Vec<&str> = initial.changed.iter().map(|version| version.path.as_str()).collect();
        paths.sort_unstable();
        // the one writes @, the other %40
        let expected = [format!("{home}work/abc%40google.com.ics"), format!("{home}work/day%40google.com.ics")];
        assert_eq!(paths, expected);
        assert_eq!(resource_path(&work, "abc@google.com"), expected[0]);
        assert_ne!(initial.token, empty.token);
        // 403 here, 412 there
        assert_eq!(changes(&work, &recorded(server, "changes-bad-token")), Err(Failure::FullResync));
        let listed = versions(&work, &recorded(server, "versions")).unwrap();
        let by_path = |versions: &[Version]| -> BTreeMap<String, String> {
            versions.iter().map(|one| (one.path.clone(), one.etag.clone().unwrap())).collect()
        };
        assert_eq!(by_path(&listed), by_path(&initial.changed));
        let mut known = by_path(&listed);
        known.insert(format!("{home}work/old.ics"), "\"1\"".into());
        known.insert(expected[0].clone(), "\"1\"".into());
        let found = difference(&known, listed);
        assert_eq!(found.removed, [format!("{home}work/old.ics")]);
        assert_eq!(found.changed.iter().map(|one| &one.path).collect::<Vec<_>>(), [&expected[0]]);
    }
    let after = changes("http://127.0.0.1:5391/ada/work/", &recorded("radicale", "changes-after-delete")).unwrap();
    assert_eq!(after.removed, ["/ada/work/abc%40google.com.ics", "/ada/work/day%40google.com.ics"]);
}

#[test]
fn reading() {
    let written = ics::read(&fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/ics/google.ics")).unwrap());
    for (server, origin, home) in SERVERS {
        let all = resources(&recorded(server, "multiget")).unwrap();
        assert_eq!(all.gone, [format!("{home}work/gone.ics")]);
        assert_eq!(all.found.len(), 2);
        for resource in &all.found {
            let item = resource.item.as_ref().unwrap();
            assert_eq!((&item.id, &item.etag, resource.faults.len()), (&resource.path, &resource.etag, 0));
            // what was put is what is there, though both servers write it anew
            let put = written.items.iter().find(|one| one.id == item.events[0].uid).unwrap();
            assert_eq!(item.events, put.events, "{server}");
        }
        assert_eq!(resources(&recorded(server, "query")).unwrap().found.len(), 1);
        let url = format!("{origin}{home}work/abc%40google.com.ics");
        let one = got(&url, &recorded(server, "get")).unwrap();
        assert_eq!(one.path, format!("{home}work/abc%40google.com.ics"));
        assert!(one.etag.is_some() && one.schedule_tag.is_some() == (server == "xandikos"));
        assert_eq!(free_busy(&recorded(server, "free-busy")).unwrap().periods.len(), 5);
    }
    let people = outbox(&recorded("xandikos", "outbox")).unwrap();
    assert_eq!((people[0].email.as_str(), people[0].status.as_str()), ("ada@example.com", "3.8;No authority"));
}

#[test]
fn writing() {
    for (server, ..) in SERVERS {
        assert!(written(&recorded(server, "put-new")).unwrap().etag.is_some());
        assert_eq!(written(&recorded(server, "put-exists")), Err(Failure::Conflict));
        // 409 here, 412 there
        assert_eq!(written(&recorded(server, "put-same-uid")), Err(Failure::Conflict));
        assert!(matches!(written(&recorded(server, "put-bad")), Err(Failure::GiveUp { reason: Reason::Invalid, .. })));
        assert!(written(&recorded(server, "move")).is_ok() && written(&recorded(server, "delete")).is_ok());
        assert_eq!(written(&recorded(server, "delete-again")), Err(Failure::NotFound));
    }
    let request = put_request("https://x.example/a.ics", "text".into(), Condition::Absent);
    assert_eq!((request.method, request.header("If-None-Match")), ("PUT", Some("*")));
    let request = delete_request("https://x.example/a.ics", Condition::Version("\"1\""));
    assert_eq!((request.method, request.header("if-match")), ("DELETE", Some("\"1\"")));
    let request = move_request("https://x.example/a/1.ics", "/b/1.ics", "\"1\"");
    assert_eq!(request.unwrap().header("destination"), Some("https://x.example/b/1.ics"));
    assert!(move_request("https://x.example/a/1.ics", "https://y.example/b/1.ics", "\"1\"").is_err());
    let request = move_request("https://x.example/a/1.ics", "https://x.example/b/1.ics", "\"1\"").unwrap();
    assert_eq!(
        (request.header("destination"), request.header("overwrite")),
        (Some("https://x.example/b/1.ics"), Some("F"))
    );
}

/// RFC 6578, section 3.10: an answer that is cut.
#[test]
fn a_truncated_answer() {
    let body = |error: &str| {
        format!(
            "<?xml version=\"1.0\"?><D:multistatus xmlns:D=\"DAV:\"><D:response><D:href>http://c.example/folder/new.ics</D:href>\
             <D:propstat><D:prop><D:getetag>\"1-0\"</D:getetag></D:prop><D:status>HTTP/1.1 200 OK</D:status></D:propstat>\
             </D:response><D:response><D:href>http://c.example/folder/</D:href><D:status>HTTP/1.1 507 Insufficient Storage</D:status>\
             <D:error><D:{error}/></D:error></D:response><D:sync-token>http://c.example/sync/1233</D:sync-token></D:multistatus>"
        )
    };
    let page = changes("http://c.example/folder", &answer(207, &body("number-of-matches-within-limits"))).unwrap();
    assert!(page.more);
    assert_eq!(page.token.as_deref(), Some("http://c.example/sync/1233"));
    assert_eq!(page.changed[0].path, "/folder/new.ics");
    let next = changes_request("http://c.example/folder", page.token.as_deref());
    assert!(String::from_utf8(next.body).unwrap().contains("<d:sync-token>http://c.example/sync/1233</d:sync-token>"));
    assert_eq!(next.headers[1], ("depth", "0".to_owned()));
}

#[test]
fn failures() {
    let error = |name: &str| format!("<error xmlns='DAV:' xmlns:C='urn:ietf:params:xml:ns:caldav'><C:{name}/></error>");
    for status in [400, 403, 409, 412, 500] {
        assert_eq!(failure(&answer(status, &error("valid-sync-token"))), Failure::FullResync);
        assert_eq!(failure(&answer(status, &error("no-uid-conflict"))), Failure::Conflict);
        let limits = failure(&answer(status, &error("number-of-matches-within-limits")));
        assert!(matches!(limits, Failure::GiveUp { reason: Reason::TooLarge, .. }));
    }
    assert_eq!(failure(&answer(401, "")), Failure::Reauthorize);
    assert_eq!(failure(&answer(404, "<html>")), Failure::NotFound);
    assert_eq!(failure(&answer(412, &error("something-new"))), Failure::Conflict);
    assert!(matches!(failure(&answer(405, "")), Failure::GiveUp { reason: Reason::Unsupported, .. }));
    let busy = Response { status: 503, headers: vec![("Retry-After".into(), " 120".into())], body: Vec::new() };
    assert_eq!(failure(&busy), Failure::Retry { after_s: Some(120) });
    assert_eq!(failure(&answer(429, "")), Failure::Retry { after_s: None });
    // an answer that is no answer
    for body in ["", "<", "<html/>", "not xml", "<D:multistatus xmlns:D='DAV:'>"] {
        assert!(
            matches!(resources(&answer(207, body)), Err(Failure::GiveUp { reason: Reason::Unreadable, .. })),
            "{body}"
        );
    }
}

#[test]
fn xml_that_is_hostile() {
    let bomb = "<!DOCTYPE m [<!ENTITY a \"aaaa\"><!ENTITY b \"&a;&a;\">]><m xmlns='DAV:'>&b;</m>";
    let entity = "<multistatus xmlns='DAV:'><sync-token>&b;</sync-token></multistatus>";
    let deep = format!("<multistatus xmlns='DAV:'>{}", "<a>".repeat(1_000_000));
    let prefixes: String = (0..100_000).map(|n| format!(" xmlns:p{n}='x'")).collect();
    let prefixes = format!("<multistatus xmlns='DAV:'{prefixes}></multistatus>");
    for body in [bomb, entity, &deep, &prefixes] {
        assert!(matches!(resources(&answer(207, body)), Err(Failure::GiveUp { reason: Reason::Unreadable, .. })));
    }
    let fine = "<x:multistatus xmlns:x='DAV:'><x:sync-token><![CDATA[a<]]>&amp;&#98;</x:sync-token></x:multistatus>";
    assert_eq!(changes("http://c.example/", &answer(207, fine)).unwrap().token.as_deref(), Some("a<&b"));
}

#[test]
fn addresses() {
    assert_eq!(path("https://c.example:8443/a%20b/%c3%a9@x.ics?q#f"), "/a%20b/%C3%A9%40x.ics");
    assert_eq!(path("/a%2Fb/%7Eada/%zz%"), "/a%2Fb/~ada/%25zz%25");
    assert_eq!(join("https://c.example/dav/", "/b/").as_deref(), Some("https://c.example/b/"));
    assert_eq!(join("https://c.example/dav/", "https://p34.example/b").as_deref(), Some("https://p34.example/b"));
    assert_eq!(join("https://c.example/dav/", "//evil.example/b"), None);
    assert_eq!(resource_path("https://c.example/cal", "a/../b@c"), "/cal/a%2F..%2Fb%40c.ics");
    assert!(
        same_origin("https://C.example/a", "https://c.example/b")
            && !same_origin("https://c.example", "http://c.example")
    );
}

#[test]
fn an_item_keeps_its_calendars_own_lines() {
    let text_of = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:x\r\nX-SERVER:kept\r\nBEGIN:VEVENT\r\nUID:u\r\nDTSTART:20260105T093000Z\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n";
    let resource = got("https://c.example/u.ics", &answer(200, text_of)).unwrap();
    let written = text(&resource.item.unwrap(), "2026-01-01T00:00:00Z".parse().unwrap());
    assert!(written.contains("\r\nX-SERVER:kept\r\n"));
    assert_eq!(basic("ada", &attune_domain::Secret::new("x y".to_owned())).expose(), "Basic YWRhOnggeQ==");
}
