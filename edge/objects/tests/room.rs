//! A voice room, by examples and by shuffled webhooks.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

use attune_contracts::auth::NoticeV1;
use attune_contracts::voice::{RoomPolicy, SeatKind, SeatState};
use attune_objects::outbox::{Destination, Limits};
use attune_objects::room::{Errand, Event, EventKind, Join, Joined, NewRoom, REJOIN_MS, Refusal, Room, RoomList};
use attune_objects::store::sqlite::SqliteStore;
use proptest::prelude::*;
use std::rc::Rc;

const TENANT: &str = "tnt_eu1_01hzzzzzzzzzzzzzzzzzzzzzzz";
const LIST: &str = "eu1/room/tnt_eu1_01hzzzzzzzzzzzzzzzzzzzzzzz/list";
const NOW: i64 = 1_800_000_000_000;
const WINDOW: i64 = 60_000;

struct Bench {
    store: Rc<SqliteStore>,
    room: Room,
}

fn new_room(policy: RoomPolicy, capacity: u32) -> NewRoom {
    let (room_id, project) = ("rm_1".to_owned(), "APIx".to_owned());
    NewRoom { room_id, policy, capacity, region: None, project, empty_timeout_s: 300 }
}

fn open(policy: RoomPolicy, capacity: u32) -> Bench {
    let store = Rc::new(SqliteStore::memory().unwrap());
    assert!(!Room::exists(&*store).unwrap());
    let room = Room::open(store.clone(), TENANT, LIST).unwrap();
    room.create(&new_room(policy, capacity), NOW).unwrap().unwrap();
    Bench { store, room }
}

/// Device `n` of user `n / 10`.
fn join(n: u32, jti: &str) -> Join {
    Join {
        jti: jti.into(),
        device_id: format!("dev_{n}"),
        user_id: format!("usr_{}", n / 10),
        identity: format!("p_{n}"),
        kind: SeatKind::Participant,
        window_ms: WINDOW,
    }
}

impl Bench {
    fn join(&self, n: u32, jti: &str, now: i64) -> Result<Joined, Refusal> {
        self.room.join(&join(n, jti), now).unwrap()
    }

    fn event(&self, id: &str, at: i64, kind: EventKind) -> bool {
        self.room.event(&Event { id: id.into(), at, kind }, at).unwrap().unwrap()
    }

    fn joined(&self, sid: &str, n: u32, jti: &str, at: i64) -> bool {
        self.event(&format!("j-{sid}"), at, came(sid, n, Some(jti)))
    }

    fn left(&self, sid: &str, at: i64) {
        self.event(&format!("l-{sid}"), at, EventKind::ParticipantLeft { sid: sid.into() });
    }

    /// Identities with a seat, joined ones with a `+`.
    fn here(&self, now: i64) -> Vec<String> {
        let all = self.room.participants(now).unwrap().participants;
        all.into_iter().map(|p| if p.state == SeatState::Joined { p.identity + "+" } else { p.identity }).collect()
    }

    /// Runs all errands and gives whom they remove.
    fn removed(&self, now: i64) -> Vec<String> {
        let errands = self.room.errands(now).unwrap();
        errands.iter().for_each(|errand| self.room.errand_done(errand).unwrap());
        errands.into_iter().map(|errand| errand.identity.unwrap_or_else(|| "room".into())).collect()
    }
}

fn came(sid: &str, n: u32, jti: Option<&str>) -> EventKind {
    let (sid, identity, jti) = (sid.into(), format!("p_{n}"), jti.map(str::to_owned));
    EventKind::ParticipantJoined { sid, identity, jti, managed: false }
}

#[test]
fn a_token_reserves_a_seat_for_its_window() {
    let b = open(RoomPolicy::RejectNew, 2);
    let made = b.join(1, "a", NOW).unwrap();
    assert_eq!((made.expires_at, made.not_before_s), (NOW + WINDOW, NOW / 1_000));
    b.join(2, "b", NOW).unwrap();
    assert_eq!(b.join(3, "c", NOW + WINDOW - 1), Err(Refusal::Full));
    assert_eq!(b.here(NOW), ["p_1", "p_2"]);
    assert!(b.joined("S1", 1, "a", NOW + 10));
    assert_eq!(b.here(NOW + 10), ["p_1+", "p_2"]);
    b.join(3, "c", NOW + WINDOW).unwrap();
    assert_eq!(b.here(NOW + WINDOW), ["p_1+", "p_3"], "what was not used is free again");
    assert!(b.removed(NOW + WINDOW).is_empty());
    assert_eq!(b.join(3, "c", NOW + WINDOW), Err(Refusal::TokenKnown));
    for window_ms in [9_999, 600_001, -1] {
        let wrong = Join { window_ms, ..join(1, "d") };
        assert_eq!(b.room.join(&wrong, NOW).unwrap(), Err(Refusal::WindowInvalid));
    }
    let taken = Join { identity: "p_1".into(), ..join(3, "d") };
    assert_eq!(b.room.join(&taken, NOW + WINDOW).unwrap(), Err(Refusal::IdentityTaken));
}

#[test]
fn a_device_has_one_seat_however_often_it_asks() {
    let b = open(RoomPolicy::RejectNew, 1);
    b.join(1, "a", NOW).unwrap();
    b.join(1, "b", NOW + 5).unwrap();
    assert_eq!(b.here(NOW + 5), ["p_1"]);
    b.joined("S1", 1, "b", NOW + 10);
    b.room.renew(&join(1, "c"), NOW + 100).unwrap().unwrap();
    assert_eq!(b.join(2, "d", NOW + 100), Err(Refusal::Full));
}

#[test]
fn a_copied_token_helps_nobody_whoever_comes_first() {
    for order in [["S1", "S2"], ["S2", "S1"]] {
        let b = open(RoomPolicy::RejectNew, 5);
        b.join(1, "a", NOW).unwrap();
        b.joined(order[0], 1, "a", NOW + 100);
        assert_eq!(b.here(NOW + 100), ["p_1+"]);
        assert!(b.room.errands(NOW + 100).unwrap().is_empty());
        b.joined(order[1], 1, "a", NOW + 2_000);
        assert!(b.here(NOW + 2_000).is_empty());
        let errands = b.room.errands(NOW + 2_000).unwrap();
        let ts = (NOW + 2_000) / 1_000 + 1;
        let wanted =
            Errand { key: "remove p_1".into(), identity: Some("p_1".into()), revoke_token_ts: ts, attempts: 1 };
        assert_eq!(errands, [wanted]);
        assert_eq!(b.room.renew(&join(1, "b"), NOW + 2_001).unwrap(), Err(Refusal::NotInRoom));
        let again = b.join(1, "b", NOW + 2_001).unwrap();
        assert_eq!(again.not_before_s, ts, "the new token is not one of the revoked");
        b.joined("S3", 1, "b", NOW + 3_000);
        assert_eq!(b.here(NOW + 3_000), ["p_1+"]);
        b.joined("S4", 1, "a", NOW + 4_000);
        assert!(b.here(NOW + 4_000).is_empty(), "each further copy as well");
    }
}

#[test]
fn whoever_comes_without_a_token_of_ours_goes() {
    let b = open(RoomPolicy::RejectNew, 5);
    b.event("1", NOW, came("S1", 1, None));
    b.event("2", NOW, came("S2", 2, Some("made-up")));
    let managed =
        EventKind::ParticipantJoined { sid: "S3".into(), identity: "agent-x".into(), jti: None, managed: true };
    b.event("3", NOW, managed);
    b.join(3, "c", NOW).unwrap();
    b.event("4", NOW, came("S4", 4, Some("c")));
    assert_eq!(b.removed(NOW), ["p_1", "p_2", "p_4"], "also with the token of another identity");
}

#[test]
fn events_count_once() {
    let b = open(RoomPolicy::RejectNew, 5);
    b.join(1, "a", NOW).unwrap();
    assert!(b.joined("S1", 1, "a", NOW + 10));
    assert!(!b.joined("S1", 1, "a", NOW + 10), "the same event");
    assert!(b.event("other-id", NOW + 10, came("S1", 1, Some("a"))), "the same connection under another id");
    assert_eq!(b.here(NOW + 10), ["p_1+"]);
    assert!(b.room.errands(NOW + 10).unwrap().is_empty());
    let nobody = Room::open(Rc::new(SqliteStore::memory().unwrap()), TENANT, LIST).unwrap();
    let event = Event { id: "1".into(), at: NOW, kind: EventKind::Other };
    assert_eq!(nobody.event(&event, NOW).unwrap(), Err(Refusal::NotFound));
}

#[test]
fn who_left_may_renew_for_a_while_but_holds_no_seat() {
    let b = open(RoomPolicy::RejectNew, 1);
    b.join(1, "a", NOW).unwrap();
    b.joined("S1", 1, "a", NOW + 10);
    b.left("S1", NOW + 1_000);
    assert!(b.here(NOW + 1_000).is_empty());
    assert_eq!(b.room.renew(&join(1, "x"), NOW + 1_000 + REJOIN_MS).unwrap(), Err(Refusal::NotInRoom));
    b.room.renew(&join(1, "b"), NOW + 999 + REJOIN_MS).unwrap().unwrap();
    assert_eq!(b.here(NOW + 999 + REJOIN_MS), ["p_1"]);
    let b = open(RoomPolicy::RejectNew, 1);
    b.join(1, "a", NOW).unwrap();
    b.joined("S1", 1, "a", NOW + 10);
    b.left("S1", NOW + 1_000);
    b.join(2, "c", NOW + 1_001).unwrap();
    assert_eq!(b.room.renew(&join(1, "b"), NOW + 1_002).unwrap(), Err(Refusal::Full));
    assert_eq!(b.room.renew(&join(3, "b"), NOW + 1_002).unwrap(), Err(Refusal::NotInRoom));
}

#[test]
fn the_old_one_makes_room_first_of_the_same_user() {
    let b = open(RoomPolicy::ReplaceOld, 2);
    b.join(10, "a", NOW).unwrap();
    b.join(20, "b", NOW + 1).unwrap();
    b.joined("S1", 10, "a", NOW + 2);
    let third = b.join(21, "c", NOW + 1_000).unwrap();
    assert_eq!(third.replaced, ["p_20"], "of the same user");
    let fourth = b.join(30, "d", NOW + 1_001).unwrap();
    assert_eq!(fourth.replaced, ["p_10"], "the oldest");
    assert_eq!(b.here(NOW + 1_001), ["p_21", "p_30"]);
    assert_eq!(b.removed(NOW + 1_001), ["p_10", "p_20"]);
    b.joined("S2", 20, "b", NOW + 1_500);
    assert_eq!(b.removed(NOW + 1_500), ["p_20"], "its token is dead");
    let agent = Join { kind: SeatKind::Agent, ..join(40, "e") };
    assert!(b.room.join(&agent, NOW + 1_600).unwrap().unwrap().replaced.is_empty(), "agents take no seat");
    assert_eq!(b.here(NOW + 1_600).len(), 3);
}

#[test]
fn a_late_join_is_welcome_if_there_is_a_seat() {
    let b = open(RoomPolicy::RejectNew, 1);
    b.join(1, "a", NOW).unwrap();
    b.joined("S1", 1, "a", NOW + WINDOW + 30_000);
    assert_eq!(b.here(NOW + WINDOW + 30_000), ["p_1+"]);
    let b = open(RoomPolicy::ReplaceOld, 1);
    b.join(1, "a", NOW).unwrap();
    b.join(2, "b", NOW + WINDOW).unwrap();
    b.joined("S1", 1, "a", NOW + WINDOW + 30_000);
    assert_eq!(b.here(NOW + WINDOW + 30_000), ["p_2"]);
    assert_eq!(b.removed(NOW + WINDOW + 30_000), ["p_1"], "it came too late to replace anybody");
}

#[test]
fn a_revoked_device_is_out_for_good_and_a_signed_out_one_until_it_asks_again() {
    let b = open(RoomPolicy::RejectNew, 5);
    b.join(1, "a", NOW).unwrap();
    b.join(2, "b", NOW).unwrap();
    b.joined("S1", 1, "a", NOW + 10);
    b.room.device_ended("dev_1", NOW + 20, true, NOW + 21).unwrap();
    b.room.device_ended("dev_1", NOW + 20, true, NOW + 22).unwrap();
    b.room.device_ended("dev_2", NOW + 20, false, NOW + 21).unwrap();
    assert!(b.here(NOW + 22).is_empty());
    assert_eq!(b.removed(NOW + 22), ["p_1", "p_2"]);
    assert_eq!(b.join(1, "c", NOW + 23), Err(Refusal::DeviceRevoked));
    b.joined("S2", 2, "b", NOW + 25);
    assert_eq!(b.removed(NOW + 25), ["p_2"]);
    b.join(2, "d", NOW + 30).unwrap();
    b.room.device_ended("dev_2", NOW + 20, false, NOW + 40).unwrap();
    assert_eq!(b.here(NOW + 40), ["p_2"], "a late notice of what is over");
}

#[test]
fn a_device_that_is_revoked_after_its_window_does_not_come_late() {
    let b = open(RoomPolicy::RejectNew, 5);
    b.join(1, "a", NOW).unwrap();
    let late = NOW + WINDOW + REJOIN_MS + 1;
    b.room.on_alarm(late).unwrap();
    b.room.device_ended("dev_1", late, true, late).unwrap();
    b.joined("S1", 1, "a", late);
    assert!(b.here(late).is_empty());
    assert_eq!(b.removed(late), ["p_1"]);
}

#[test]
fn a_participant_can_be_removed_and_may_come_back() {
    let b = open(RoomPolicy::RejectNew, 5);
    b.join(1, "a", NOW).unwrap();
    assert_eq!(b.room.remove("p_2", NOW).unwrap(), Err(Refusal::NoParticipant));
    b.room.remove("p_1", NOW).unwrap().unwrap();
    assert_eq!(b.room.remove("p_1", NOW).unwrap(), Err(Refusal::NoParticipant));
    assert_eq!(b.removed(NOW), ["p_1"]);
    b.joined("S1", 1, "a", NOW + 5);
    assert_eq!(b.removed(NOW + 5), ["p_1"]);
    b.join(1, "b", NOW + 6).unwrap();
    b.joined("S2", 1, "b", NOW + 7);
    b.room.remove("p_1", NOW + 8).unwrap().unwrap();
    b.join(1, "c", NOW + 9).unwrap();
    assert_eq!(b.here(NOW + 9), ["p_1"], "the connection that is being removed is not the new seat's");
}

#[test]
fn errands_are_repeated_until_they_are_done() {
    let b = open(RoomPolicy::RejectNew, 5);
    b.join(1, "a", NOW).unwrap();
    b.room.remove("p_1", NOW).unwrap().unwrap();
    assert_eq!(b.room.next_alarm(NOW).unwrap(), Some(NOW));
    let first = b.room.errands(NOW).unwrap().remove(0);
    assert!(b.room.errands(NOW + 9_999).unwrap().is_empty());
    let room = Room::open(b.store.clone(), TENANT, LIST).unwrap();
    let second = room.errands(NOW + 10_000).unwrap().remove(0);
    assert_eq!((first.attempts, second.attempts), (1, 2));
    room.errand_failed(&second, 0, NOW + 10_001).unwrap();
    let at = room.next_alarm(NOW + 10_001).unwrap().unwrap();
    assert!((NOW + 10_002..NOW + 11_000).contains(&at));
    b.join(1, "b", NOW + 20_000).unwrap();
    room.remove("p_1", NOW + 20_000).unwrap().unwrap();
    room.errand_done(&second).unwrap();
    assert_eq!(room.errands(NOW + 20_000).unwrap().len(), 1, "it was made anew meanwhile");
}

#[test]
fn an_empty_room_ends_and_the_list_hears_of_it() {
    let b = open(RoomPolicy::RejectNew, 5);
    assert_eq!(b.room.next_alarm(NOW).unwrap(), Some(NOW + 300_000));
    b.join(1, "a", NOW + 1_000).unwrap();
    b.joined("S1", 1, "a", NOW + 2_000);
    assert_eq!(b.room.next_alarm(NOW + 2_000).unwrap(), None, "somebody is there");
    assert!(!b.room.on_alarm(NOW + 10_000_000).unwrap());
    b.left("S1", NOW + 10_000_000);
    assert!(!b.room.on_alarm(NOW + 10_299_999).unwrap());
    let at = b.room.next_alarm(NOW + 10_000_000).unwrap().unwrap();
    assert_eq!(at, NOW + 10_300_000);
    assert!(b.room.on_alarm(at).unwrap());
    let room = b.room.get().unwrap().unwrap();
    assert_eq!((room.ended_at.unwrap().0, room.end_reason.as_deref()), (at, Some("empty")));
    assert_eq!(b.removed(at), ["room"]);
    let batches = b.room.outbox().plan(Limits::default(), at).unwrap();
    assert_eq!(batches[0].to, Destination::Object(LIST.into()));
    let notice: NoticeV1 = serde_json::from_str(&batches[0].entries[0].body).unwrap();
    assert!(matches!(notice, NoticeV1::RoomEnded { room_id, .. } if room_id == "rm_1"));
    assert_eq!(b.join(1, "z", at), Err(Refusal::Ended));
    assert_eq!(b.room.end("ended", at + 1).unwrap().unwrap().end_reason.as_deref(), Some("empty"));
    b.joined("S9", 1, "a", at + 1);
    assert_eq!(b.removed(at + 1), ["p_1"], "nobody comes back with an old token");
}

#[test]
fn a_room_is_over_a_day_after_its_end_when_all_errands_are_done() {
    let b = open(RoomPolicy::RejectNew, 5);
    let day = 24 * 3_600_000;
    assert!(!b.room.is_over(NOW + 9 * day).unwrap(), "it lives");
    b.room.end("asked", NOW).unwrap().unwrap();
    assert!(!b.room.is_over(NOW + 1).unwrap(), "webhooks may still come");
    assert!(!b.room.is_over(NOW + 2 * day).unwrap(), "the media server has not deleted it");
    assert_eq!(b.removed(NOW + 2 * day), ["room"]);
    assert!(b.room.is_over(NOW + 2 * day).unwrap());
}

#[test]
fn a_room_is_made_once_and_within_bounds() {
    let b = open(RoomPolicy::RejectNew, 2);
    let same = b.room.create(&new_room(RoomPolicy::RejectNew, 2), NOW + 5).unwrap().unwrap();
    assert_eq!(same.created_at.0, NOW);
    let other = new_room(RoomPolicy::RejectNew, 3);
    assert_eq!(b.room.create(&other, NOW).unwrap(), Err(Refusal::Exists));
    for capacity in [0, 1_001] {
        let wrong = new_room(RoomPolicy::RejectNew, capacity);
        assert_eq!(b.room.create(&wrong, NOW).unwrap(), Err(Refusal::Invalid));
    }
    assert_eq!(b.room.end("ended", NOW).unwrap().unwrap().end_reason.as_deref(), Some("ended"));
    let nobody = Room::open(Rc::new(SqliteStore::memory().unwrap()), TENANT, LIST).unwrap();
    assert_eq!(nobody.end("ended", NOW).unwrap(), Err(Refusal::NotFound));
    assert_eq!(nobody.join(&join(1, "a"), NOW).unwrap(), Err(Refusal::NotFound));
    assert_eq!(nobody.next_alarm(NOW).unwrap(), None);
}

#[test]
fn lost_webhooks_are_made_up_for() {
    let b = open(RoomPolicy::RejectNew, 5);
    for (n, jti, sid) in [(1, "a", "S1"), (2, "b", "S2")] {
        b.join(n, jti, NOW).unwrap();
        b.joined(sid, n, jti, NOW + 10);
    }
    b.room.reconcile(&["S2".into()], NOW + 10, NOW + 11).unwrap();
    assert_eq!(b.here(NOW + 11).len(), 2, "both came when it was asked, not before");
    b.room.reconcile(&["S2".into()], NOW + 1_000, NOW + 1_001).unwrap();
    assert_eq!(b.here(NOW + 1_001), ["p_2+"]);
    b.event("f", NOW + 2_000, EventKind::RoomFinished);
    assert!(b.here(NOW + 2_000).is_empty());
}

#[test]
fn rooms_are_listed_the_newest_first() {
    let list = RoomList::open(Rc::new(SqliteStore::memory().unwrap())).unwrap();
    for n in 1..=5 {
        list.add(&format!("rm_{n}"), NOW + n).unwrap();
    }
    list.add("rm_2", NOW + 99).unwrap();
    list.ended("rm_4", NOW + 10).unwrap();
    list.ended("rm_4", NOW + 20).unwrap();
    list.ended("rm_unknown", NOW).unwrap();
    let ids = |page: &attune_contracts::voice::RoomsPageV1| -> Vec<String> {
        page.rooms.iter().map(|room| room.room_id.clone()).collect()
    };
    let first = list.rooms(true, None, 3).unwrap();
    assert_eq!(ids(&first), ["rm_5", "rm_3", "rm_2"]);
    assert_eq!(ids(&list.rooms(true, first.next_cursor.as_deref(), 3).unwrap()), ["rm_1"]);
    let all = list.rooms(false, None, 100).unwrap();
    assert_eq!((ids(&all).len(), all.rooms[1].ended_at.unwrap().0), (5, NOW + 10));
    list.add("rm_6", NOW + 40 * 86_400_000).unwrap();
    assert_eq!(ids(&list.rooms(false, None, 100).unwrap()).len(), 5, "the ended one is forgotten");
    assert!(list.rooms(false, Some("../x"), 1).is_err());
}

#[test]
fn a_key_makes_one_room() {
    let list = RoomList::open(Rc::new(SqliteStore::memory().unwrap())).unwrap();
    let named = |id: &str| NewRoom { room_id: id.to_owned(), ..new_room(RoomPolicy::RejectNew, 2) };
    let day = 24 * 3_600_000;
    assert_eq!(list.claim("k", "f", &named("rm_1"), NOW).unwrap().room_id, "rm_1");
    assert_eq!(list.claim("k", "f", &named("rm_2"), NOW + day).unwrap().room_id, "rm_1", "a repeat");
    let refused = list.claim("k", "other", &named("rm_3"), NOW).unwrap_err();
    assert!(
        matches!(&refused, attune_objects::Error::Refused(p) if p.code.code() == "idempotency_mismatch"),
        "{refused}"
    );
    assert_eq!(list.claim("l", "f", &named("rm_4"), NOW).unwrap().room_id, "rm_4", "another key");
    assert_eq!(list.rooms(false, None, 100).unwrap().rooms.len(), 2, "what was refused or repeated is not listed");
    assert_eq!(list.claim("k", "f", &named("rm_5"), NOW + day + 1).unwrap().room_id, "rm_5", "forgotten after a day");
}

#[test]
fn devices_are_those_with_a_seat() {
    let bench = open(RoomPolicy::RejectNew, 2);
    bench.join(1, "a", NOW).unwrap();
    bench.join(11, "b", NOW).unwrap();
    let devices = || bench.room.devices().unwrap().into_iter().map(|(device, _)| device).collect::<Vec<_>>();
    assert_eq!(devices(), ["dev_1", "dev_11"]);
    assert_eq!(bench.room.devices().unwrap()[1].1, "usr_1");
    bench.room.remove("p_1", NOW).unwrap().unwrap();
    assert_eq!(devices(), ["dev_11"]);
}

/// Devices 1 to 4 with two tokens each; connections use them, one or several times, and come and go.
fn webhooks() -> impl Strategy<Value = Vec<(u32, usize, bool)>> {
    proptest::collection::vec((1..5_u32, 0..2_usize, any::<bool>()), 1..14)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: if std::env::var_os("ATTUNE_FULL").is_some_and(|full| full == "1") { 2_560 } else { 256 }, ..ProptestConfig::default() })]
    #[test]
    fn webhooks_end_in_one_state_in_any_order_and_however_often(
        connections in webhooks(),
        keys in proptest::collection::vec(any::<u64>(), 60),
        twice in any::<u64>(),
    ) {
        let mut events = Vec::new();
        for (index, (n, token, leaves)) in connections.iter().enumerate() {
            let at = NOW + 1_000 + i64::try_from(index).unwrap() * 100;
            let sid = format!("S{index}");
            events.push(Event { id: format!("j{index}"), at, kind: came(&sid, *n, Some(&format!("t{n}-{token}"))) });
            if *leaves {
                events.push(Event { id: format!("l{index}"), at: at + 50, kind: EventKind::ParticipantLeft { sid } });
            }
        }
        let mut shuffled: Vec<(u64, Event)> = events.iter().cloned().enumerate().map(|(i, e)| (keys[i], e)).collect();
        shuffled.extend(events.iter().cloned().enumerate().filter(|(i, _)| twice >> i & 1 == 1).map(|(i, e)| (keys[30 + i], e)));
        shuffled.sort_by_key(|(key, _)| *key);
        let run = |events: Vec<Event>| {
            let b = open(RoomPolicy::RejectNew, 50);
            for n in 1..5 {
                b.join(n, &format!("t{n}-0"), NOW).unwrap();
                b.join(n, &format!("t{n}-1"), NOW + 1).unwrap();
            }
            for event in events {
                b.room.event(&event, NOW + 5_000).unwrap().unwrap();
            }
            let mut here = b.here(NOW + 5_000);
            here.sort();
            (here, b.removed(NOW + 5_000))
        };
        let (here, removed) = run(events);
        prop_assert_eq!(run(shuffled.into_iter().map(|(_, event)| event).collect()), (here.clone(), removed.clone()));
        // whose token was used twice is out, nobody else
        let used = |n: u32, token: usize| connections.iter().filter(|(a, b, _)| (*a, *b) == (n, token)).count();
        for n in 1..5 {
            let copied = used(n, 0) > 1 || used(n, 1) > 1;
            let identity = format!("p_{n}");
            prop_assert_eq!(removed.contains(&identity), copied);
            if copied {
                prop_assert!(!here.iter().any(|who| who.trim_end_matches('+') == identity));
            }
        }
    }
}
