//! The outbox by examples: what is accepted, planned, settled, and what it costs.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

use attune_aws::sqs::EntryOutcome;
use attune_contracts::{Envelope, Problem, ProblemCode};
use attune_domain::TenantId;
use attune_objects::outbox::{
    Accept, Accepted, Batch, BatchResult, Destination, FLIGHT_MS, Limits, MAX_OLDEST_MS, Message, Outbox, PURGE_STEP,
};
use attune_objects::store::sqlite::SqliteStore;
use attune_objects::{Error, Store};
use std::rc::Rc;

const TENANT: &str = "tnt_eu1_01hzzzzzzzzzzzzzzzzzzzzzzz";
const DAY: i64 = 86_400_000;
const NOW: i64 = 20_000 * DAY + 3_600_000;

fn open() -> (Rc<SqliteStore>, Outbox) {
    let store = Rc::new(SqliteStore::memory().unwrap());
    let outbox = Outbox::open(store.clone(), TENANT).unwrap();
    (store, outbox)
}

fn put_to(outbox: &Outbox, to: &str, key: &str, fingerprint: &str, body: &str, now: i64) -> Result<Accepted, Error> {
    let id = format!("id-{key}");
    let message = Message { to, id: &id, body, traceparent: Some("00-a-b-01") };
    outbox.accept(&Accept { key, fingerprint, answer: &format!("answer-{key}"), message }, now)
}

fn put(outbox: &Outbox, key: &str, now: i64) -> Accepted {
    put_to(outbox, "ingest-snapshot", key, "f", "{}", now).unwrap()
}

fn plan(outbox: &Outbox, now: i64) -> Vec<Batch> {
    outbox.plan(Limits::default(), now).unwrap()
}

fn sent(batch: &Batch) -> BatchResult {
    BatchResult::Entries(batch.entries.iter().map(|_| EntryOutcome::Sent { message_id: "x".to_owned() }).collect())
}

fn code(error: Error) -> ProblemCode {
    Problem::from(error).code
}

#[test]
fn an_accept_writes_two_rows_and_leaves_by_two() {
    let (store, outbox) = open();
    put(&outbox, "first", NOW); // the lane is written once
    let before = store.changes();
    put(&outbox, "k", NOW);
    assert_eq!(store.changes() - before, 2, "message and record");
    let batches = plan(&outbox, NOW);
    let before = store.changes();
    assert_eq!(outbox.settle(&batches[0], &sent(&batches[0]), 1, NOW).unwrap().delivered, 2);
    assert_eq!(store.changes(), before, "acknowledged rows wait for a commit that is made anyway");
    assert_eq!(outbox.stats().unwrap().depth, 0, "and count as gone");
    assert!(plan(&outbox, NOW + FLIGHT_MS).is_empty(), "they are not sent again");
    assert!(outbox.flush().unwrap());
    assert!(!outbox.flush().unwrap());
    assert_eq!(store.changes() - before, 2, "one per message");
    let before = store.changes();
    assert!(!outbox.purge(NOW + 2 * DAY).unwrap());
    assert_eq!(store.changes() - before, 2, "one per record");
    assert_eq!(outbox.next_alarm(NOW + 2 * DAY), None);
}

#[test]
fn the_look_up_of_a_key_reads_no_table_from_end_to_end() {
    let (store, _) = open();
    let sql = "EXPLAIN QUERY PLAN SELECT fingerprint FROM idempotency WHERE day IN (1 - 1, 1, 1 + 1) AND key = 'k'";
    let mut row = store.exec(sql, &[]).unwrap().first().unwrap();
    assert!(row.text(3).unwrap().contains("SEARCH idempotency USING PRIMARY KEY (day=? AND key=?)"));
}

#[test]
fn a_repeat_hears_the_first_answer_and_another_body_is_refused() {
    let (store, outbox) = open();
    assert_eq!(put(&outbox, "k", NOW).repeat, None);
    let before = store.changes();
    let again = put_to(&outbox, "ingest-snapshot", "k", "f", "{}", NOW + DAY - 1).unwrap();
    assert_eq!(again, Accepted { repeat: Some("answer-k".to_owned()), alarm_at: None });
    let other = put_to(&outbox, "ingest-snapshot", "k", "g", "{}", NOW);
    assert_eq!(other.map_err(code), Err(ProblemCode::IdempotencyMismatch));
    assert_eq!(store.changes(), before);
}

#[test]
fn a_clock_that_steps_back_over_midnight_does_not_double() {
    let (_, outbox) = open();
    put(&outbox, "k", 20_000 * DAY + 5);
    assert!(put(&outbox, "k", 20_000 * DAY - 5).repeat.is_some());
}

#[test]
fn records_live_a_day_at_least_and_are_purged_in_steps() {
    let (store, outbox) = open();
    for index in 0..PURGE_STEP + 3 {
        put(&outbox, &index.to_string(), NOW);
    }
    assert!(!outbox.purge(NOW + DAY).unwrap());
    assert!(put(&outbox, "0", NOW + DAY).repeat.is_some());
    assert!(outbox.purge(NOW + 2 * DAY).unwrap(), "a step is bounded");
    assert!(!outbox.purge(NOW + 2 * DAY).unwrap());
    let left = store.exec("SELECT count(*) FROM idempotency", &[]).unwrap().first().unwrap();
    assert_eq!(left.int(0).unwrap(), 0);
}

#[test]
fn nothing_new_is_accepted_while_the_oldest_waits_for_too_long() {
    let (_, outbox) = open();
    put(&outbox, "old", NOW);
    let late = NOW + MAX_OLDEST_MS + 1;
    let refused = Problem::from(put_to(&outbox, "ingest-snapshot", "new", "f", "{}", late).unwrap_err());
    assert_eq!((refused.code, refused.retry_after_s), (ProblemCode::Overloaded, Some(30)));
    assert!(put(&outbox, "old", late).repeat.is_some(), "repeats are answered");
    let batches = plan(&outbox, late);
    outbox.settle(&batches[0], &sent(&batches[0]), 0, late).unwrap();
    outbox.flush().unwrap();
    assert_eq!(put(&outbox, "new", late).repeat, None);
}

#[test]
fn batches_keep_the_limits() {
    let (_, outbox) = open();
    for index in 0..75 {
        put(&outbox, &index.to_string(), NOW);
    }
    let batches = plan(&outbox, NOW);
    assert_eq!(batches.iter().map(|b| b.entries.len()).collect::<Vec<_>>(), [10; 6]);
    assert!(batches.iter().all(|b| b.group == TENANT && b.to == Destination::Queue("ingest-snapshot".to_owned())));
    assert_eq!(plan(&outbox, NOW).iter().map(|b| b.entries.len()).sum::<usize>(), 15, "the rest, nothing twice");
    assert!(plan(&outbox, NOW).is_empty());
    let (_, outbox) = open();
    let body = format!("{{\"x\":\"{}\"}}", "y".repeat(400_000));
    for index in 0..5 {
        put_to(&outbox, "ingest-snapshot", &index.to_string(), "f", &body, NOW).unwrap();
    }
    let sizes: Vec<usize> = plan(&outbox, NOW).iter().map(|b| b.entries.iter().map(|e| e.body.len()).sum()).collect();
    assert_eq!(sizes.len(), 3);
    assert!(sizes.iter().all(|s| *s <= 1_048_576));
}

#[test]
fn a_large_message_goes_by_s3() {
    let (_, outbox) = open();
    let tenant = TenantId::parse(TENANT).unwrap();
    let body = serde_json::json!({"x": "y".repeat(1_048_576)});
    let envelope = Envelope::new("id-big".to_owned(), tenant, "snapshot.accepted.v1", NOW, None, body);
    let text = serde_json::to_string(&envelope).unwrap();
    put_to(&outbox, "ingest-snapshot", "big", "f", &text, NOW).unwrap();
    put(&outbox, "small", NOW);
    let batches = plan(&outbox, NOW);
    let entry = &batches.iter().find(|b| b.entries[0].id == "id-big").unwrap().entries[0];
    let spill = entry.spill.as_ref().unwrap();
    assert_eq!((spill.content.as_str(), spill.bucket), (text.as_str(), "raw"));
    assert_eq!(spill.key, format!("outbox/{TENANT}/id-big.json"));
    let pointer: Envelope<serde_json::Value> = serde_json::from_str(&entry.body).unwrap();
    assert_eq!((pointer.id.as_str(), pointer.kind.as_str()), ("id-big", "snapshot.accepted.v1"));
    assert_eq!(pointer.body["spilled"]["key"], spill.key.as_str());
    assert_eq!(batches.len(), 2, "the small one is not held up");
}

#[test]
fn each_entry_gets_what_came_of_it() {
    let (_, outbox) = open();
    for key in ["sent", "reject", "retry", "missing"] {
        put(&outbox, key, NOW);
    }
    let batch = plan(&outbox, NOW).remove(0);
    let result = BatchResult::Entries(vec![
        EntryOutcome::Sent { message_id: "x".to_owned() },
        EntryOutcome::Rejected { code: "InvalidMessageContents".to_owned(), message: "no".to_owned() },
        EntryOutcome::Retry { code: "InternalError".to_owned(), message: String::new() },
    ]);
    let settled = outbox.settle(&batch, &result, 0, NOW).unwrap();
    assert_eq!((settled.delivered, settled.rejected, settled.retried), (1, 1, 2));
    let stats = outbox.stats().unwrap();
    assert_eq!((stats.depth, stats.rejected, stats.oldest_at), (2, 1, Some(NOW)));
    assert!(plan(&outbox, NOW).is_empty(), "both wait");
    let wake = outbox.next_alarm(NOW).unwrap();
    assert_eq!(wake, NOW + 125);
    let again: Vec<String> = plan(&outbox, wake).remove(0).entries.into_iter().map(|e| e.id).collect();
    assert_eq!(again, ["id-retry", "id-missing"]);
    let rejected = outbox.rejected("", 10).unwrap();
    assert_eq!((rejected.len(), rejected[0].code.as_str()), (1, "InvalidMessageContents"));
    assert!(!outbox.retry_rejected("id-other", wake).unwrap());
    assert!(outbox.retry_rejected("id-reject", wake).unwrap());
    assert_eq!(plan(&outbox, wake).remove(0).entries[0].id, "id-reject");
    assert_eq!(outbox.stats().unwrap().rejected, 0);
}

#[test]
fn an_outage_writes_one_row_per_drain_and_backs_off() {
    let (store, outbox) = open();
    for index in 0..40 {
        put(&outbox, &index.to_string(), NOW);
    }
    let mut now = NOW;
    let mut waits = Vec::new();
    for _ in 0..10 {
        let batches = plan(&outbox, now);
        assert!(!batches.is_empty());
        let before = store.changes();
        for batch in &batches {
            outbox.settle(batch, &BatchResult::Failed { retry_after_s: None }, 0, now).unwrap();
        }
        assert_eq!(store.changes() - before, 1);
        let next = outbox.next_alarm(now).unwrap();
        waits.push(next - now);
        now = next;
    }
    assert_eq!(waits, [125, 250, 500, 1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000]);
    for batch in plan(&outbox, now) {
        outbox.settle(&batch, &sent(&batch), 0, now).unwrap();
    }
    assert_eq!(outbox.stats().unwrap().depth, 0);
    put(&outbox, "after", now);
    assert_eq!(plan(&outbox, now).len(), 1, "the lane is open again");
}

#[test]
fn a_lane_that_is_away_does_not_hold_up_another() {
    let (_, outbox) = open();
    put_to(&outbox, "room:tnt_eu1_01hzzzzzzzzzzzzzzzzzzzzzzy", "a", "f", "{}", NOW).unwrap();
    put(&outbox, "b", NOW);
    let batches = plan(&outbox, NOW);
    assert_eq!(batches.len(), 2);
    let (room, queue) = (&batches[1], &batches[0]);
    assert_eq!(room.to, Destination::Room("tnt_eu1_01hzzzzzzzzzzzzzzzzzzzzzzy".to_owned()));
    outbox.settle(room, &BatchResult::Failed { retry_after_s: Some(7) }, 0, NOW).unwrap();
    outbox.settle(queue, &sent(queue), 0, NOW).unwrap();
    assert_eq!(outbox.next_alarm(NOW), Some(NOW + 7_000));
    put(&outbox, "c", NOW);
    assert_eq!(plan(&outbox, NOW).len(), 1);
}

#[test]
fn a_refused_call_is_taken_apart_until_the_bad_entry_is_alone() {
    let (_, outbox) = open();
    for key in ["good", "bad", "fine"] {
        put(&outbox, key, NOW);
    }
    let refused = BatchResult::Refused { code: "InvalidMessageContents".to_owned() };
    let batch = plan(&outbox, NOW).remove(0);
    assert_eq!(outbox.settle(&batch, &refused, 0, NOW).unwrap().retried, 3);
    let singles = plan(&outbox, NOW);
    assert_eq!(singles.len(), 3);
    for batch in &singles {
        let result = if batch.entries[0].id == "id-bad" { refused.clone() } else { sent(batch) };
        outbox.settle(batch, &result, 0, NOW).unwrap();
    }
    let stats = outbox.stats().unwrap();
    assert_eq!((stats.depth, stats.rejected), (0, 1));
}

#[test]
fn a_message_that_no_queue_takes_is_put_aside_at_once() {
    let (_, outbox) = open();
    put_to(&outbox, "ingest-snapshot", "control", "f", "\u{1}", NOW).unwrap();
    put(&outbox, "good", NOW);
    let batches = plan(&outbox, NOW);
    assert_eq!((batches.len(), batches[0].entries.len(), batches[0].entries[0].id.as_str()), (1, 1, "id-good"));
    assert_eq!(outbox.rejected("", 9).unwrap()[0].code, "Unsendable");
}

#[test]
fn a_crash_between_plan_and_settle_loses_nothing() {
    let (store, outbox) = open();
    put(&outbox, "k", NOW);
    let lost = plan(&outbox, NOW).remove(0);
    let outbox = Outbox::open(store, TENANT).unwrap();
    assert_eq!(outbox.settle(&lost, &sent(&lost), 0, NOW).unwrap().delivered, 0, "of an earlier instance");
    let again = plan(&outbox, NOW);
    assert_eq!(again[0].entries, lost.entries);
}

#[test]
fn what_is_in_flight_for_too_long_is_sent_again() {
    let (_, outbox) = open();
    put(&outbox, "k", NOW);
    let slow = plan(&outbox, NOW).remove(0);
    assert_eq!(outbox.next_alarm(NOW), Some(NOW + FLIGHT_MS));
    assert!(plan(&outbox, NOW + FLIGHT_MS - 1).is_empty());
    let second = plan(&outbox, NOW + FLIGHT_MS).remove(0);
    assert_eq!(second.entries[0].id, slow.entries[0].id);
    assert_eq!(outbox.settle(&slow, &sent(&slow), 0, NOW + FLIGHT_MS).unwrap().delivered, 1, "either may settle it");
    assert_eq!(outbox.settle(&second, &sent(&second), 0, NOW + FLIGHT_MS).unwrap().delivered, 0);
}

#[test]
fn registration_is_remembered() {
    let (store, outbox) = open();
    assert!(!outbox.is_registered());
    outbox.mark_registered().unwrap();
    assert!(outbox.is_registered());
    assert!(Outbox::open(store, TENANT).unwrap().is_registered());
}
