//! A chat room and the list of rooms, by examples.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

use attune_chat::Reply;
use attune_chat::frame::{ASSISTANT, Down, Kind, MAX_RESUME, Up, Verdict};
use attune_contracts::auth::NoticeV1;
use attune_domain::Millis;
use attune_domain::id::ulid_text;
use attune_objects::Store;
use attune_objects::chat::{ChatList, ChatRoom, MAX_TICKETS, NewChat, Out, Pass, Refusal, TICKET_MS, Ticket};
use attune_objects::store::sqlite::SqliteStore;
use std::rc::Rc;

const TENANT: &str = "tnt_eu1_01hzzzzzzzzzzzzzzzzzzzzzzz";
const LIST: &str = "eu1/chat_room/tnt_eu1_01hzzzzzzzzzzzzzzzzzzzzzzz/list";
const NOW: i64 = 1_800_000_000_000;
const VISITOR: &str = "vis_1";

struct Bench {
    store: Rc<SqliteStore>,
    room: ChatRoom,
}

fn open() -> Bench {
    let store = Rc::new(SqliteStore::memory().unwrap());
    assert!(!ChatRoom::exists(&*store).unwrap());
    let room = ChatRoom::open(store.clone(), TENANT, LIST).unwrap();
    let new = NewChat { room_id: "chr_1".into(), widget: "w".into(), visitor: VISITOR.into(), locale: None };
    room.create(&new, NOW).unwrap();
    Bench { store, room }
}

fn pass(member: &str, staff: bool) -> Pass {
    Pass { member: member.into(), staff, device: "dev_1".into(), until: None }
}

fn send(n: u128, text: &str) -> Up {
    Up::Send { id: ulid_text(NOW, n), text: text.into(), attachments: Vec::new() }
}

fn frames(texts: &[String]) -> Vec<Down> {
    texts.iter().map(|text| serde_json::from_str(text).unwrap()).collect()
}

impl Bench {
    fn ticket(&self, text: &str, proof: &str, pass: Pass, now: i64) -> Result<i64, Refusal> {
        self.room.make_ticket(&Ticket { ticket: text.into(), proof: proof.into(), pass }, now).unwrap()
    }

    fn take(&self, member: &str, up: &Up) -> Out {
        self.room.take(member, up, NOW).unwrap()
    }

    fn kinds(&self) -> Vec<String> {
        let rows = self.store.exec("SELECT kind FROM event ORDER BY seq", &[]).unwrap();
        rows.into_iter().map(|mut row| row.text(0).unwrap()).collect()
    }

    fn notices(&self) -> Vec<NoticeV1> {
        let rows = self.store.exec("SELECT body FROM outbox WHERE dest LIKE 'object:%' ORDER BY seq", &[]).unwrap();
        rows.into_iter().map(|mut row| serde_json::from_str(&row.text(0).unwrap()).unwrap()).collect()
    }
}

fn reply(text: &str, person: bool) -> Reply {
    Reply { pieces: vec![text.into()], replies: Vec::new(), person }
}

#[test]
fn a_ticket_is_good_once_for_its_time_and_for_whom_it_was_made() {
    let bench = open();
    let until = bench.ticket("a", "p1", pass(VISITOR, false), NOW).unwrap();
    assert_eq!(until, NOW + TICKET_MS);
    assert_eq!(bench.ticket("b", "p1", pass(VISITOR, false), NOW), Err(Refusal::ProofKnown));
    assert_eq!(bench.ticket("b", "p2", pass("vis_2", false), NOW), Err(Refusal::NotMember));
    assert_eq!(bench.room.redeem("a", NOW).unwrap(), Ok(pass(VISITOR, false)));
    assert_eq!(bench.room.redeem("a", NOW).unwrap(), Err(Refusal::TicketInvalid));
    bench.ticket("c", "p3", pass("usr_1", true), NOW).unwrap();
    assert_eq!(bench.room.redeem("c", NOW + TICKET_MS).unwrap(), Err(Refusal::TicketInvalid));
    bench.ticket("d", "p4", pass("usr_1", true), NOW).unwrap();
    bench.room.device_ended("dev_1").unwrap();
    assert_eq!(bench.room.redeem("d", NOW).unwrap(), Err(Refusal::TicketInvalid), "its device has ended");
    let later = NOW + 1_000_000;
    for n in 0..MAX_TICKETS {
        bench.ticket(&format!("t{n}"), &format!("q{n}"), pass("usr_1", true), later).unwrap();
    }
    assert_eq!(bench.ticket("x", "x", pass("usr_1", true), later), Err(Refusal::TooManyTickets));
    bench.ticket("x", "x", pass("usr_1", true), later + TICKET_MS).unwrap();
}

#[test]
fn a_hello_brings_what_is_missing_and_no_more_than_the_newest() {
    let bench = open();
    let count = MAX_RESUME + 5;
    for n in 0..count {
        bench.take(VISITOR, &send(u128::from(n), "x"));
    }
    let own = frames(&bench.take(VISITOR, &Up::Hello { v: 1, after: count - 1 }).own);
    let Down::Welcome { head, from, .. } = &own[0] else { panic!("{own:?}") };
    // the joining is the newest event
    assert_eq!((*head, *from, own.len()), (count + 1, count - 1, 3));
    let own = frames(&bench.take(VISITOR, &Up::Hello { v: 1, after: 0 }).own);
    assert!(matches!(own[0], Down::Welcome { from, .. } if from == count + 1 - MAX_RESUME));
    assert_eq!(own.len() as u64, MAX_RESUME + 1);
    let own = frames(&bench.take(VISITOR, &Up::Hello { v: 1, after: count + 7 }).own);
    assert_eq!(own.len() as u64, MAX_RESUME + 1, "who claims to know more gets it anew");
}

#[test]
fn an_answer_is_owed_until_it_is_written_and_given_up_by_a_takeover() {
    let mut bench = open();
    bench.take(VISITOR, &send(1, "one"));
    bench.take(VISITOR, &send(2, "two"));
    let first = bench.room.question().unwrap().unwrap();
    assert_eq!((first.text.as_str(), first.answer.as_str()), ("one", "ans_1"));
    // the object dies and owes it still
    bench.room = ChatRoom::open(bench.store.clone(), TENANT, LIST).unwrap();
    assert_eq!(bench.room.question().unwrap(), Some(first.clone()));
    assert!(bench.room.answered(&first, &reply("a", false), NOW).unwrap().is_some());
    assert!(bench.room.answered(&first, &reply("a", false), NOW).unwrap().is_none(), "once");
    let second = bench.room.question().unwrap().unwrap();
    bench.room.take_over("usr_1", NOW).unwrap().unwrap();
    assert!(bench.room.answered(&second, &reply("a", false), NOW).unwrap().is_none());
    bench.take(VISITOR, &send(3, "three"));
    assert_eq!(bench.room.question().unwrap(), None);
    assert_eq!(bench.kinds(), ["message", "message", "message", "answer_end", "taken_over", "message"]);
    assert_eq!(bench.room.take_over("usr_2", NOW).unwrap(), Err(Refusal::Taken));
    assert_eq!(bench.room.hand_back("usr_2", NOW).unwrap(), Err(Refusal::Taken));
    bench.room.hand_back("usr_1", NOW).unwrap().unwrap();
    bench.take(VISITOR, &send(4, "four"));
    assert_eq!(bench.room.question().unwrap().unwrap().text, "four");
    bench.take("usr_1", &send(5, "staff asks nobody"));
    assert_eq!(bench.store.exec("SELECT seq FROM answer", &[]).unwrap().0.len(), 1);
}

#[test]
fn the_list_hears_who_waits_and_what_has_ended_in_any_order() {
    let bench = open();
    bench.take(VISITOR, &send(1, "a person"));
    let question = bench.room.question().unwrap().unwrap();
    bench.room.answered(&question, &reply("one comes", true), NOW).unwrap().unwrap();
    assert!(bench.room.get().unwrap().unwrap().waits);
    bench.room.end("usr_1", NOW).unwrap().unwrap();
    let told = bench.notices();
    let waits = |notice: &NoticeV1| matches!(notice, NoticeV1::ChatRoom { waits: true, ended_at: None, .. });
    assert!(waits(&told[0]), "{told:?}");
    assert!(matches!(told[1], NoticeV1::ChatRoom { waits: false, ended_at: Some(Millis(NOW)), .. }), "{told:?}");
    for order in [[0, 1], [1, 0]] {
        let list = ChatList::open(Rc::new(SqliteStore::memory().unwrap())).unwrap();
        assert_eq!(list.claim(VISITOR, "w", "chr_1", None, NOW).unwrap(), "chr_1");
        assert_eq!(list.claim(VISITOR, "w", "chr_2", None, NOW).unwrap(), "chr_1", "it is open");
        assert_eq!(list.claim(VISITOR, "other", "chr_3", None, NOW).unwrap(), "chr_3");
        for index in order.into_iter().chain(order) {
            let NoticeV1::ChatRoom { room_id, seq, waits, ended_at, .. } = &told[index] else { panic!() };
            list.changed(room_id, *seq, *waits, ended_at.map(|at| at.0)).unwrap();
        }
        let page = list.rooms(false, false, None, 50).unwrap();
        assert_eq!(page.rooms[1].ended_at, Some(Millis(NOW)));
        assert!(page.rooms.iter().all(|room| !room.waits));
        assert_eq!(list.rooms(true, false, None, 50).unwrap().rooms.len(), 1);
        assert_eq!(list.claim(VISITOR, "w", "chr_4", None, NOW).unwrap(), "chr_4");
        // one that has ended without the list's knowledge
        assert_eq!(list.claim(VISITOR, "w", "chr_5", Some("chr_4"), NOW).unwrap(), "chr_5");
    }
}

#[test]
fn what_was_redacted_is_gone_everywhere() {
    let bench = open();
    bench.ticket("s", "p", pass("usr_1", true), NOW).unwrap();
    bench.take(VISITOR, &send(1, "secret one"));
    bench.take(VISITOR, &Up::Edit { id: ulid_text(NOW, 2), seq: 1, text: "secret two".into() });
    let redact = |member: &str, n: u128| bench.take(member, &Up::Redact { id: ulid_text(NOW, n), seq: 1 });
    redact("usr_1", 3);
    assert!(
        frames(&redact(VISITOR, 4).own).iter().any(|f| matches!(f, Down::Error { code, .. } if code == "not_found"))
    );
    let edit = Up::Edit { id: ulid_text(NOW, 5), seq: 1, text: "again".into() };
    assert!(matches!(&frames(&bench.take(VISITOR, &edit).own)[0], Down::Error { .. }));
    let all = bench.take(VISITOR, &Up::Hello { v: 1, after: 0 }).own.concat();
    assert!(!all.contains("secret") && all.contains("redaction"), "{all}");
    assert_eq!(bench.room.question().unwrap().unwrap().text, "", "the assistant does not see it either");
}

#[test]
fn feedback_counts_once_and_can_change() {
    let bench = open();
    bench.take(VISITOR, &send(1, "x"));
    let question = bench.room.question().unwrap().unwrap();
    bench.room.answered(&question, &reply("y", false), NOW).unwrap().unwrap();
    let say = |value| bench.take(VISITOR, &Up::Feedback { seq: 2, value }).all.len();
    assert_eq!([say(Verdict::Up), say(Verdict::Up), say(Verdict::Down), say(Verdict::Down)], [1, 0, 1, 0]);
    assert!(frames(&bench.take(VISITOR, &Up::Feedback { seq: 1, value: Verdict::Up }).own).len() == 1, "no answer");
    assert_eq!(bench.kinds()[1], Kind::Message.as_str());
    assert!(bench.take(VISITOR, &Up::Hello { v: 1, after: 0 }).own.concat().contains(ASSISTANT));
}
