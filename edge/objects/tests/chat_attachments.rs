//! Pictures in a chat room: whose they are, which message carries them, and when they go.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

use attune_chat::frame::{Attachment, Down, Event, Up};
use attune_domain::id::ulid_text;
use attune_objects::Store;
use attune_objects::chat::{ChatRoom, MAX_KEPT, MAX_UNSENT, NewChat, Out, Pass, RECORD_MS, Refusal, Ticket, UNSENT_MS};
use attune_objects::outbox::{Destination, Limits};
use attune_objects::store::sqlite::SqliteStore;
use std::rc::Rc;

const TENANT: &str = "tnt_eu1_01hzzzzzzzzzzzzzzzzzzzzzzz";
const LIST: &str = "eu1/chat_room/tnt_eu1_01hzzzzzzzzzzzzzzzzzzzzzzz/list";
const ROOM: &str = "chr_01hzzzzzzzzzzzzzzzzzzzzzzz";
const NOW: i64 = 1_800_000_000_000;
const DAY: i64 = 86_400_000;
const VISITOR: &str = "vis_1";
const STAFF: &str = "usr_1";

struct Bench {
    store: Rc<SqliteStore>,
    room: ChatRoom,
}

fn bench() -> Bench {
    let store = Rc::new(SqliteStore::memory().unwrap());
    let room = ChatRoom::open(store.clone(), TENANT, LIST).unwrap();
    let new = NewChat { room_id: ROOM.into(), widget: "w".into(), visitor: VISITOR.into(), locale: None };
    room.create(&new, NOW).unwrap();
    let pass = Pass { member: STAFF.into(), staff: true, device: "d".into(), until: None };
    room.make_ticket(&Ticket { ticket: "t".into(), proof: "p".into(), pass }, NOW).unwrap().unwrap();
    Bench { store, room }
}

fn picture(id: &str) -> Attachment {
    Attachment { id: id.into(), media_type: "image/png".into(), size: 68 }
}

fn send(n: u128, text: &str, ids: &[&str]) -> Up {
    let attachments = ids.iter().map(|&id| id.to_owned()).collect();
    Up::Send { id: ulid_text(NOW, n), text: text.into(), attachments }
}

impl Bench {
    fn attach(&self, member: &str, id: &str, now: i64) -> Result<(), Refusal> {
        self.room.attach(member, &picture(id), now).unwrap()
    }

    fn take(&self, member: &str, up: &Up) -> Out {
        self.room.take(member, up, NOW).unwrap()
    }

    /// Keys of what is to be taken away, in their order.
    fn errands(&self) -> Vec<String> {
        let rows = self.store.exec("SELECT body FROM outbox WHERE dest = 'erase:chat' ORDER BY seq", &[]).unwrap();
        rows.into_iter().map(|mut row| row.text(0).unwrap()).collect()
    }

    fn rows(&self) -> i64 {
        self.store.exec("SELECT count(*) FROM attachment", &[]).unwrap().first().unwrap().int(0).unwrap()
    }

    fn sees(&self, member: &str, id: &str) -> bool {
        self.room.attachment(member, id).unwrap().is_some()
    }
}

fn event(out: &Out) -> Event {
    match serde_json::from_str(&out.all[0]).unwrap() {
        Down::Event(event) => event,
        other => panic!("{other:?}"),
    }
}

fn refusal(out: &Out) -> String {
    assert!(out.all.is_empty(), "{out:?}");
    match serde_json::from_str(&out.own[0]).unwrap() {
        Down::Error { code, .. } => code,
        other => panic!("{other:?}"),
    }
}

fn key(id: &str) -> String {
    format!("{TENANT}/{ROOM}/{id}")
}

#[test]
fn a_picture_is_its_makers_until_a_message_carries_it() {
    let bench = bench();
    bench.attach(VISITOR, "att_a", NOW).unwrap();
    bench.attach(VISITOR, "att_b", NOW).unwrap();
    assert!(bench.sees(VISITOR, "att_a") && !bench.sees(STAFF, "att_a") && !bench.sees(VISITOR, "att_x"));
    // somebody else's, an unknown one, one twice, too many: nothing is written
    for (member, ids, code) in [
        (STAFF, ["att_a"].as_slice(), "not_found"),
        (VISITOR, &["att_x"], "not_found"),
        (VISITOR, &["att_a", "att_a"], "not_found"),
        (VISITOR, &["att_a", "att_x"], "not_found"),
        (VISITOR, &["att_a", "att_b", "att_c", "att_d", "att_e"], "invalid"),
        (VISITOR, &[], "invalid"),
    ] {
        assert_eq!(refusal(&bench.take(member, &send(1, "", ids))), code, "{ids:?}");
    }
    let sent = bench.take(VISITOR, &send(2, "", &["att_a", "att_b"]));
    assert_eq!(event(&sent).attachments, [picture("att_a"), picture("att_b")]);
    assert_eq!(event(&sent).text.as_deref(), Some(""));
    assert!(bench.sees(STAFF, "att_a") && bench.sees(VISITOR, "att_b"));
    // the same frame again is acknowledged, another one does not get them
    assert!(bench.take(VISITOR, &send(2, "", &["att_a"])).own[0].contains(r#""t":"ack""#));
    assert_eq!(refusal(&bench.take(VISITOR, &send(3, "x", &["att_a"]))), "not_found");
    // who comes later hears the same, and so does the table
    let hello = bench.take(STAFF, &Up::Hello { v: 1, after: 0 });
    assert!(hello.own.contains(&sent.all[0]), "{hello:?}");
    bench.room.record(NOW + RECORD_MS).unwrap();
    let said = bench.store.exec("SELECT body FROM outbox WHERE dest = 'record-chat'", &[]).unwrap().first();
    assert!(said.unwrap().text(0).unwrap().contains(r#""attachments":[{"id":"att_a","type":"image/png","size":68}"#));
}

#[test]
fn a_redaction_takes_its_pictures_away_and_no_others() {
    let bench = bench();
    for id in ["att_a", "att_b", "att_c"] {
        bench.attach(VISITOR, id, NOW).unwrap();
    }
    let seq = event(&bench.take(VISITOR, &send(1, "look", &["att_a", "att_b"]))).seq;
    bench.take(VISITOR, &send(2, "and", &["att_c"]));
    assert!(bench.errands().is_empty());
    assert_eq!(bench.take(STAFF, &Up::Redact { id: ulid_text(NOW, 3), seq }).all.len(), 1);
    assert_eq!(bench.errands(), [key("att_a"), key("att_b")]);
    assert!(!bench.sees(VISITOR, "att_a") && bench.sees(STAFF, "att_c"));
    let hello = bench.take(STAFF, &Up::Hello { v: 1, after: 0 }).own;
    assert!(!hello.iter().any(|frame| frame.contains("att_a")) && hello.iter().any(|frame| frame.contains("att_c")));
    // the errand is the drain's: it goes to the bucket, and again until it is done
    let batches = bench.room.outbox().plan(Limits::default(), NOW).unwrap();
    let erase = batches.iter().find(|batch| batch.to == Destination::Erase("chat".into())).unwrap();
    assert_eq!(erase.entries.iter().map(|entry| entry.body.clone()).collect::<Vec<_>>(), [key("att_a"), key("att_b")]);
}

#[test]
fn what_nobody_sends_goes_after_a_day_and_what_was_sent_with_its_message() {
    let bench = bench();
    bench.room.keep_for(30).unwrap();
    bench.attach(VISITOR, "att_a", NOW).unwrap();
    assert_eq!(bench.room.next_alarm(NOW).unwrap(), Some(NOW + UNSENT_MS + 1));
    bench.attach(VISITOR, "att_b", NOW - DAY / 2).unwrap();
    bench.take(VISITOR, &send(1, "look", &["att_b"]));
    bench.take(STAFF, &send(2, "I see", &[]));
    bench.room.record(NOW + RECORD_MS).unwrap();
    bench.room.forget(NOW + UNSENT_MS).unwrap();
    assert!(bench.errands().is_empty());
    bench.room.forget(NOW + UNSENT_MS + 1).unwrap();
    assert_eq!(bench.errands(), [key("att_a")]);
    bench.room.forget(NOW + 30 * DAY).unwrap();
    assert!(bench.sees(STAFF, "att_b"));
    bench.room.forget(NOW + 30 * DAY + 1).unwrap();
    assert_eq!(bench.errands(), [key("att_a"), key("att_b")]);
    assert_eq!(bench.rows(), 0);
}

#[test]
fn a_room_that_forgets_itself_lets_its_pictures_go() {
    let bench = bench();
    bench.attach(VISITOR, "att_a", NOW).unwrap();
    bench.attach(VISITOR, "att_b", NOW).unwrap();
    bench.take(VISITOR, &send(1, "look", &["att_b"]));
    bench.room.end(STAFF, NOW).unwrap().unwrap();
    bench.room.keep_for(1).unwrap();
    bench.room.forget(NOW + DAY + 1).unwrap();
    assert_eq!((bench.errands(), bench.rows()), (vec![key("att_a"), key("att_b")], 0));
}

#[test]
fn pictures_are_bounded_by_member_and_by_room() {
    let bench = bench();
    for n in 0..MAX_UNSENT {
        bench.attach(VISITOR, &format!("att_{n}"), NOW).unwrap();
    }
    assert_eq!(bench.attach(VISITOR, "att_x", NOW), Err(Refusal::TooManyAttachments));
    bench.attach(STAFF, "att_x", NOW).unwrap();
    bench.take(VISITOR, &send(1, "", &["att_0"]));
    bench.attach(VISITOR, "att_y", NOW).unwrap();
    let rest = MAX_KEPT - u64::try_from(bench.rows()).unwrap();
    let sql = "INSERT INTO attachment SELECT 'z' || value, 'vis_1', 'image/png', 1, 0, 1 FROM json_each(?1)";
    let numbers = serde_json::to_string(&(0..rest).collect::<Vec<_>>()).unwrap();
    bench.store.exec(sql, &[numbers.as_str().into()]).unwrap();
    assert_eq!(bench.attach(STAFF, "att_z", NOW), Err(Refusal::TooManyAttachments));
}
