//! Golden files of live chat, as in `golden.rs`: `UPDATE_GOLDEN=1 cargo test -p attune-contracts` writes them anew, for a new variant
//! only.

#![allow(clippy::unwrap_used, reason = "a helper of a test fails like the test itself")]

use attune_contracts::chat::*;
use attune_domain::Millis;
use serde::{Serialize, de::DeserializeOwned};

const AT: Millis = Millis(1_790_000_000_123);
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
    let listed = ListedChatV1 {
        room_id: text(ROOM),
        widget: text("01hzzzzzzzzzzzzzzzzzzzzzzzabcdef"),
        created_at: AT,
        ended_at: Some(AT),
        waits: true,
    };
    let page = ChatRoomsPageV1 { schema_version: 1, rooms: vec![listed], next_cursor: Some(text(ROOM)) };
    pinned("chat-rooms-page.v1", &page);
    let entry = FaqEntryV1 {
        question: text("When are you open?"),
        answer: text("From 9 to 17 on weekdays."),
        keywords: vec![text("opening hours")],
        locale: Some(text("en")),
    };
    let faq = FaqV1 { schema_version: 1, entries: vec![entry], unknown: Some(text("No idea.")), person: None };
    pinned("faq.v1", &faq);
    for strict in [r#"{"schema_version":1,"tenant":"x"}"#, r#"{"schema_version":2}"#] {
        assert!(serde_json::from_str::<OpenChatV1>(strict).is_err());
    }
}
