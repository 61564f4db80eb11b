//! How events leave a chat room: posted once, let go only when they are seen in the table, gone after the tenant's time.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

use attune_chat::frame::{Down, Event, Up};
use attune_contracts::Envelope;
use attune_contracts::message::{ChatEventV1, ChatSaidV1};
use attune_domain::id::ulid_text;
use attune_objects::Store;
use attune_objects::chat::{ChatRoom, KEPT, NewChat, Out, Pass, RECORD_MS, Stored, Ticket};
use attune_objects::store::sqlite::SqliteStore;
use std::collections::BTreeMap;
use std::rc::Rc;

const TENANT: &str = "tnt_eu1_01hzzzzzzzzzzzzzzzzzzzzzzz";
const LIST: &str = "eu1/chat_room/tnt_eu1_01hzzzzzzzzzzzzzzzzzzzzzzz/list";
const ROOM: &str = "chr_01hzzzzzzzzzzzzzzzzzzzzzzz";
const NOW: i64 = 1_800_000_000_000;
const DAY: i64 = 86_400_000;
const STAFF: &str = "usr_1";

struct Bench {
    store: Rc<SqliteStore>,
    room: ChatRoom,
}

fn id(n: u64) -> String {
    ulid_text(NOW, u128::from(n))
}

impl Bench {
    fn new() -> Self {
        let store = Rc::new(SqliteStore::memory().unwrap());
        let room = ChatRoom::open(store.clone(), TENANT, LIST).unwrap();
        let new = NewChat { room_id: ROOM.into(), widget: "w".into(), visitor: "vis_1".into(), locale: None };
        room.create(&new, NOW).unwrap();
        let pass = Pass { member: STAFF.into(), staff: true, device: "d".into(), until: None };
        room.make_ticket(&Ticket { ticket: "t".into(), proof: "p".into(), pass }, NOW).unwrap().unwrap();
        Self { store, room }
    }

    fn say(&self, n: u64, now: i64) -> Out {
        let send = Up::Send { id: id(n), text: format!("text {n}"), attachments: Vec::new() };
        self.room.take(STAFF, &send, now).unwrap()
    }

    /// What a function would have written after these messages, in their order or the other.
    fn table(&self, backwards: bool) -> Vec<Stored> {
        let mut table: BTreeMap<u64, ChatEventV1> = BTreeMap::new();
        let mut messages = self.messages();
        if backwards {
            messages.reverse();
        }
        for event in messages.into_iter().flat_map(|said| said.events) {
            match table.get(&event.seq) {
                Some(there) if there.rev >= event.rev => {}
                _ => drop(table.insert(event.seq, event)),
            }
        }
        let stored = |event: ChatEventV1| Stored {
            seq: event.seq,
            rev: event.rev,
            event: serde_json::to_string(&ChatEventV1 { rev: 0, ..event }).unwrap(),
        };
        table.into_values().map(stored).collect()
    }

    fn messages(&self) -> Vec<ChatSaidV1> {
        let rows = self.store.exec("SELECT body FROM outbox WHERE dest = 'record-chat' ORDER BY seq", &[]).unwrap();
        let read = |text: String| serde_json::from_str::<Envelope<ChatSaidV1>>(&text).unwrap();
        rows.into_iter().map(|mut row| read(row.text(0).unwrap())).map(|envelope| envelope.body).collect()
    }

    fn texts(&self) -> i64 {
        self.store.exec("SELECT count(text) FROM event", &[]).unwrap().first().unwrap().int(0).unwrap()
    }

    fn put_away(&self) {
        while self.room.surplus().unwrap().is_some() {
            self.room.put_away(&self.table(false)).unwrap();
        }
    }

    fn page(&self, before: u64) -> Vec<Event> {
        let out = self.room.take(STAFF, &Up::Page { before, limit: 100 }, NOW).unwrap();
        let out = if out.fetch.is_some() {
            assert!(out.own.is_empty());
            self.room.paged(before, 100, &self.table(false)).unwrap()
        } else {
            out
        };
        let Down::Page { events, .. } = serde_json::from_str(&out.own[0]).unwrap() else { panic!() };
        events
    }
}

#[test]
fn each_event_is_posted_once_as_it_was_told() {
    let bench = Bench::new();
    let told: Vec<String> = (1..=250).flat_map(|n| bench.say(n, NOW).all).collect();
    assert_eq!(bench.room.next_duty(NOW).unwrap(), Some(NOW + RECORD_MS));
    bench.room.keep_for(30).unwrap();
    bench.room.record(NOW).unwrap();
    bench.room.record(NOW).unwrap();
    let messages = bench.messages();
    assert_eq!(messages.len(), 3);
    assert!(messages.iter().all(|said| said.retention_days == 30 && said.room_id.as_str() == ROOM));
    let events = messages.iter().flat_map(|said| &said.events);
    let again = events.map(|event| format!(r#"{{"t":"event",{}"#, &serde_json::to_string(event).unwrap()[1..]));
    assert!(again.eq(told));
    assert_eq!(bench.room.next_duty(NOW).unwrap(), None, "nothing is owed");
    // long texts make more messages, each of which a queue takes
    for n in 251..=280 {
        let send = Up::Send { id: id(n), text: "\u{1f600}".repeat(4_000), attachments: Vec::new() };
        bench.room.take(STAFF, &send, NOW).unwrap();
    }
    bench.room.record(NOW).unwrap();
    assert!(bench.messages().len() > 5);
    let longest = bench.store.exec("SELECT max(length(body)) FROM outbox", &[]).unwrap().first().unwrap();
    assert!(longest.int(0).unwrap() < 160_000);
}

#[test]
fn texts_go_only_when_the_table_has_them_and_come_back_by_pages() {
    let bench = Bench::new();
    for n in 1..=KEPT + 150 {
        bench.say(n, NOW);
    }
    assert_eq!(bench.room.surplus().unwrap(), None, "nothing was posted");
    bench.room.record(NOW).unwrap();
    let whole = bench.page(101);
    assert_eq!(bench.room.surplus().unwrap(), Some((1, 100)));
    assert_eq!(bench.room.next_duty(NOW).unwrap(), Some(NOW + 60_000));
    let count = bench.texts();
    bench.room.put_away(&[]).unwrap();
    let mut gap = bench.table(false);
    gap.remove(2);
    bench.room.put_away(&gap).unwrap();
    assert_eq!(bench.texts(), count - 2, "up to the first that is not there");
    assert_eq!(bench.room.surplus().unwrap(), Some((3, 102)));
    bench.put_away();
    assert_eq!(bench.texts(), i64::try_from(KEPT).unwrap());
    assert_eq!(bench.page(101), whole);
    assert_eq!(bench.room.next_duty(NOW).unwrap(), None);
    // the same frame again counts once, although its text has gone
    let again = bench.say(7, NOW);
    assert_eq!(again.own, [format!(r#"{{"t":"ack","id":"{}","seq":7}}"#, id(7))]);
    assert!(again.all.is_empty());
}

#[test]
fn what_was_redacted_is_taken_away_in_the_table_too_in_any_order() {
    let bench = Bench::new();
    for n in 1..=KEPT + 10 {
        bench.say(n, NOW);
    }
    let edit = Up::Edit { id: id(5_001), seq: 3, text: "text other".into() };
    bench.room.take(STAFF, &edit, NOW).unwrap();
    bench.room.record(NOW).unwrap();
    bench.put_away();
    let redact = Up::Redact { id: id(5_002), seq: 3 };
    let out = bench.room.take(STAFF, &redact, NOW).unwrap();
    assert_eq!(out.all.len(), 1, "{out:?}");
    bench.room.record(NOW).unwrap();
    let edit = KEPT + 11;
    for backwards in [false, true] {
        let table = bench.table(backwards);
        for stored in table.iter().filter(|stored| [3, edit].contains(&stored.seq)) {
            assert_eq!(stored.rev, edit + 1);
            assert!(!stored.event.contains("text"), "{stored:?}");
        }
    }
    assert_eq!(bench.page(5).into_iter().find(|event| event.seq == 3).unwrap().text, None);
    assert_eq!(bench.page(5).into_iter().find(|event| event.seq == 4).unwrap().text.unwrap(), "text 4");
    let twice = bench.room.take(STAFF, &Up::Redact { id: id(5_003), seq: 3 }, NOW).unwrap();
    assert!(twice.own[0].contains("not_found"));
}

#[test]
fn after_the_tenants_time_events_go_and_an_ended_room_goes_whole() {
    let bench = Bench::new();
    bench.room.keep_for(10).unwrap();
    for n in 1..=10 {
        bench.say(n, NOW + i64::try_from(n).unwrap() * DAY);
    }
    bench.room.record(NOW + 10 * DAY).unwrap();
    assert_eq!(bench.room.next_alarm(NOW + 10 * DAY).unwrap(), Some(NOW + 11 * DAY + 1));
    bench.room.forget(NOW + 14 * DAY + 1).unwrap();
    let seqs = |bench: &Bench| bench.page(1 << 50).into_iter().map(|event| event.seq).collect::<Vec<_>>();
    assert_eq!(seqs(&bench), [5, 6, 7, 8, 9, 10]);
    let own = bench.room.take(STAFF, &Up::Hello { v: 1, after: 0 }, NOW + 14 * DAY).unwrap().own;
    let Down::Welcome { head, from, .. } = serde_json::from_str(&own[0]).unwrap() else { panic!() };
    assert_eq!((head, from), (11, 4), "who has nothing goes on from the oldest that there is");
    bench.room.record(NOW + 14 * DAY).unwrap();
    bench.room.forget(NOW + 100 * DAY).unwrap();
    assert_eq!((seqs(&bench), bench.texts()), (vec![11], 0), "the number stays");
    assert_eq!(bench.say(11, NOW + 100 * DAY).all.len(), 1);
    bench.room.end(STAFF, NOW + 100 * DAY).unwrap().unwrap();
    bench.room.record(NOW + 100 * DAY).unwrap();
    bench.room.forget(NOW + 110 * DAY).unwrap();
    assert!(bench.room.get().unwrap().is_some());
    assert_eq!(bench.room.next_alarm(NOW + 100 * DAY).unwrap(), Some(NOW + 110 * DAY + 1));
    bench.room.forget(NOW + 110 * DAY + 1).unwrap();
    assert_eq!(bench.room.get().unwrap(), None);
    let rows = "SELECT (SELECT count(*) FROM event) + (SELECT count(*) FROM member) + (SELECT count(*) FROM ticket)";
    assert_eq!(bench.store.exec(rows, &[]).unwrap().first().unwrap().int(0).unwrap(), 0);
    let told = "SELECT count(*) FROM outbox WHERE dest LIKE 'object:%' AND body LIKE '%\"forgotten\":true%'";
    assert_eq!(bench.store.exec(told, &[]).unwrap().first().unwrap().int(0).unwrap(), 1);
    assert_eq!(bench.room.next_alarm(NOW + 111 * DAY).unwrap(), None);
}
