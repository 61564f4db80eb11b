//! Golden files of live chat, as in `golden.rs`: `UPDATE_GOLDEN=1 cargo test -p attune-contracts` writes them anew, for a new variant
//! only.

#![allow(clippy::unwrap_used, reason = "a helper of a test fails like the test itself")]

use attune_contracts::chat::*;
use attune_contracts::widget::*;
use attune_domain::Millis;
use serde::{Serialize, de::DeserializeOwned};

const AT: Millis = Millis(1_790_000_000_123);
const WIDGET: &str = "wid_01k5nq3e5v0000000000000009";
const ROOM: &str = "chr_01k5nq3e5v0000000000000007";

fn pinned<T: Serialize + DeserializeOwned + PartialEq>(name: &str, value: &T) {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("golden").join(format!("{name}.json"));
    let text = serde_json::to_string_pretty(value).unwrap() + "\n";
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        std::fs::write(&path, &text).unwrap();
    }
    let golden = std::fs::read_to_string(&path).unwrap_or_default();
    assert_eq!(golden, text, "{name}: a changed shape is a new variant with a reader for the old one");
    assert!(serde_json::from_str::<T>(&golden).unwrap() == *value, "{name} reads back");
}

fn look() -> WidgetLookV1 {
    let text = |text: &str| Some(text.to_owned());
    WidgetLookV1 { accent: text("#1a73e8"), position: text("right"), theme: text("auto") }
}

fn texts() -> WidgetTextsV1 {
    let text = |text: &str| Some(text.to_owned());
    WidgetTextsV1 {
        title: text("Ask us"),
        greeting: text("How can we help?"),
        offline: text("We answer tomorrow."),
        consent: None,
    }
}

fn faq() -> FaqV1 {
    let entry = FaqEntryV1 {
        question: "When are you open?".to_owned(),
        answer: "From 9 to 17 on weekdays.".to_owned(),
        keywords: vec!["opening hours".to_owned()],
        locale: Some("en".to_owned()),
    };
    FaqV1 { entries: vec![entry], unknown: Some("No idea.".to_owned()), person: None }
}

fn hours() -> WidgetHoursV1 {
    WidgetHoursV1 {
        zone: "Europe/Zurich".to_owned(),
        days: [("mon".to_owned(), vec!["09:00-12:00".to_owned(), "13:00-17:00".to_owned()])].into(),
        exceptions: [("2026-12-25".to_owned(), Vec::new())].into(),
    }
}

#[test]
fn bodies_of_widgets() {
    let text = str::to_owned;
    let change = WidgetChangeV1 {
        schema_version: 1,
        name: Some(text("Shop")),
        origins: Some(vec![text("https://shop.example")]),
        look: Some(look()),
        texts: Some([(text("en"), texts())].into()),
        hours: Some(Some(hours())),
        faq: Some(faq()),
    };
    pinned("widget-change.v1", &change);
    let always = r#"{"schema_version":1,"hours":null}"#;
    let read: WidgetChangeV1 = serde_json::from_str(always).unwrap();
    assert_eq!((read.hours.clone(), serde_json::to_string(&read).unwrap().as_str()), (Some(None), always));
    let widget = WidgetV1 {
        schema_version: 1,
        widget_id: text(WIDGET),
        key: text("pk_test_eu1_01hzzzzzzzzzzzzzzzzzzzzzzzabcdef…"),
        key_id: text("01hzzzzzzzzzzzzzzzzzzzzzzzabcdef"),
        version: 2,
        created_at: AT,
        updated_at: AT,
        name: text("Shop"),
        origins: vec![text("https://shop.example")],
        look: look(),
        texts: [(text("en"), texts())].into(),
        hours: Some(hours()),
        faq: faq(),
    };
    pinned("widget.v1", &widget);
    let listed = ListedWidgetV1 {
        widget_id: widget.widget_id,
        name: widget.name,
        key: widget.key,
        created_at: AT,
        updated_at: AT,
    };
    pinned("widgets.v1", &WidgetsV1 { schema_version: 1, widgets: vec![listed] });
    let (version, code, detail) = (text("1.0.0"), text("socket.refused"), text("closed with 1006"));
    let report = WidgetReportV1 { schema_version: 1, version, code, detail, at: AT };
    pinned("widget-report.v1", &report);
    let WidgetReportV1 { version, code, detail, .. } = report;
    let kept = KeptReportV1 { version, code, detail, at: AT, received_at: AT };
    pinned("widget-reports.v1", &WidgetReportsV1 { schema_version: 1, reports: vec![kept] });
}

#[test]
fn bodies_of_chat() {
    let text = str::to_owned;
    pinned("open-chat.v1", &OpenChatV1 { schema_version: 1, locale: Some(text("de-CH")) });
    let ticket = ChatTicketV1 {
        schema_version: 1,
        room_id: text(ROOM),
        member_id: text("vis_0123456789abcdef0123456789abcdef"),
        ticket: text("tkt.…"),
        expires_at: AT,
        socket: format!("/v1/chat/rooms/{ROOM}/socket"),
        widget: Some(WidgetViewV1 {
            widget_id: text(WIDGET),
            name: text("Shop"),
            look: look(),
            texts: texts(),
            open: false,
            opens_at: Some(AT),
        }),
    };
    pinned("chat-ticket.v1", &ticket);
    assert!(!format!("{ticket:?}").contains("tkt."), "credentials are not printed");
    let room = ChatRoomV1 {
        schema_version: 1,
        room_id: text(ROOM),
        widget: text("01hzzzzzzzzzzzzzzzzzzzzzzzabcdef"),
        visitor: text("vis_0123456789abcdef0123456789abcdef"),
        locale: Some(text("de-CH")),
        created_at: AT,
        ended_at: None,
        taken_by: Some(text("usr_01k5nq3e5v0000000000000004")),
        waits: false,
        head: 7,
    };
    pinned("chat-room.v1", &room);
    let picture = ChatAttachmentV1 {
        schema_version: 1,
        attachment_id: text("att_01hzzzzzzzzzzzzzzzzzzzzzzz"),
        media_type: text("image/png"),
        size: 68,
    };
    pinned("chat-attachment.v1", &picture);
    let listed = ListedChatV1 {
        room_id: text(ROOM),
        widget: text("01hzzzzzzzzzzzzzzzzzzzzzzzabcdef"),
        created_at: AT,
        ended_at: Some(AT),
        waits: true,
    };
    let page = ChatRoomsPageV1 { schema_version: 1, rooms: vec![listed], next_cursor: Some(text(ROOM)) };
    pinned("chat-rooms-page.v1", &page);
    for strict in [r#"{"schema_version":1,"tenant":"x"}"#, r#"{"schema_version":2}"#] {
        assert!(serde_json::from_str::<OpenChatV1>(strict).is_err());
    }
}
