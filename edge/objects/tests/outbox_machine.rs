//! Any interleaving of accepts, repeats, drains, faults and crashes: nothing is lost, nothing is accepted twice under one key.
//! A ledger outside of the outbox counts.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

use attune_aws::sqs::EntryOutcome;
use attune_objects::outbox::{Accept, Batch, BatchResult, Limits, Message, Outbox};
use attune_objects::store::sqlite::SqliteStore;
use proptest::prelude::*;
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

const TENANT: &str = "tnt_eu1_01hzzzzzzzzzzzzzzzzzzzzzzz";
const DESTS: [&str; 3] = ["ingest-snapshot", "optimize-run", "room:tnt_eu1_01hzzzzzzzzzzzzzzzzzzzzzzy"];

#[derive(Debug, Clone)]
enum Step {
    /// Accept `key` with body variant `body`.
    Accept {
        key: u8,
        body: u8,
    },
    Plan {
        batches: usize,
    },
    /// Settle one of the planned batches; per entry an outcome by number.
    Settle {
        which: usize,
        how: u8,
        outcomes: Vec<u8>,
        random: u64,
    },
    /// The process dies: what was planned is gone, the tables stay.
    Crash,
    /// A transaction of the owner is taken back.
    LostTransaction {
        key: u8,
    },
    RetryRejected,
    /// Acknowledged rows leave the table.
    Flush,
    Wait {
        ms: i64,
    },
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        6 => (0..24_u8, 0..8_u8).prop_map(|(key, body)| Step::Accept { key, body: body / 7 }),
        4 => (1..4_usize).prop_map(|batches| Step::Plan { batches }),
        5 => (any::<usize>(), 0..8_u8, proptest::collection::vec(0..6_u8, 0..10), any::<u64>())
            .prop_map(|(which, how, outcomes, random)| Step::Settle { which, how, outcomes, random }),
        1 => Just(Step::Crash),
        1 => (0..24_u8).prop_map(|key| Step::LostTransaction { key }),
        1 => Just(Step::RetryRejected),
        2 => Just(Step::Flush),
        3 => (1..40_000_i64).prop_map(|ms| Step::Wait { ms }),
    ]
}

struct World {
    store: Rc<SqliteStore>,
    outbox: Outbox,
    planned: Vec<Batch>,
    now: i64,
    /// Key → (fingerprint, when) of what was answered 202.
    accepted: BTreeMap<String, (String, i64)>,
    /// Message ids that the receiver has acknowledged.
    received: BTreeSet<String>,
}

impl World {
    fn new() -> Self {
        let store = Rc::new(SqliteStore::memory().unwrap());
        let outbox = Outbox::open(store.clone(), TENANT).unwrap();
        let now = 20_000 * 86_400_000 + 80_000_000;
        Self { store, outbox, planned: Vec::new(), now, accepted: BTreeMap::new(), received: BTreeSet::new() }
    }

    fn accept(&mut self, key: u8, body: u8) {
        let (key, fingerprint) = (format!("k{key:02}"), format!("f{body}"));
        let (id, dest) = (format!("m-{key}"), DESTS[usize::from(key.as_bytes()[2]) % 3]);
        // variant 1 of a body is one that a queue cannot carry
        let text = if body == 1 && key.ends_with('7') { "\u{1}".to_owned() } else { format!("{{\"b\":{body}}}") };
        let message = Message { to: dest, id: &id, body: &text, traceparent: None };
        let result = self
            .outbox
            .accept(&Accept { key: &key, fingerprint: &fingerprint, answer: &fingerprint, message }, self.now);
        match self.accepted.get(&key) {
            Some((first, at)) if self.now - at < 86_400_000 => match result {
                Ok(accepted) => {
                    assert_eq!(accepted.repeat.as_ref(), Some(first), "a repeat hears the first answer");
                    assert_eq!(*first, fingerprint);
                }
                Err(_) => assert_ne!(*first, fingerprint, "only another body is refused"),
            },
            _ => match result {
                Ok(accepted) if accepted.repeat.is_none() => {
                    self.accepted.insert(key, (fingerprint, self.now));
                }
                Ok(_) => {}  // the record is still there in its second day
                Err(_) => {} // full, or still known with another body
            },
        }
    }

    fn settle(&mut self, which: usize, how: u8, outcomes: &[u8], random: u64) {
        if self.planned.is_empty() {
            return;
        }
        let batch = self.planned.remove(which % self.planned.len());
        let result = match how {
            0 => BatchResult::Failed { retry_after_s: Some(random % 9) },
            1 => BatchResult::Refused { code: "Bad".to_owned() },
            _ => BatchResult::Entries(
                batch
                    .entries
                    .iter()
                    .zip(outcomes.iter().chain(std::iter::repeat(&9)).take(if how == 2 { 2 } else { 10 }))
                    .map(|(entry, outcome)| match outcome {
                        0 => EntryOutcome::Throttled { code: "ThrottlingException".to_owned() },
                        1 => EntryOutcome::Retry { code: "InternalError".to_owned(), message: String::new() },
                        2 => EntryOutcome::Rejected { code: "Bad".to_owned(), message: String::new() },
                        3 => EntryOutcome::Unknown,
                        _ => {
                            self.received.insert(entry.id.clone());
                            EntryOutcome::Sent { message_id: "x".to_owned() }
                        }
                    })
                    .collect(),
            ),
        };
        self.outbox.settle(&batch, &result, random, self.now).unwrap();
    }

    fn apply(&mut self, step: &Step) {
        match step {
            Step::Accept { key, body } => self.accept(*key, *body),
            Step::Plan { batches } => {
                let planned = self.outbox.plan(Limits { batches: *batches }, self.now).unwrap();
                assert!(planned.len() <= *batches);
                for batch in &planned {
                    assert!((1..=10).contains(&batch.entries.len()));
                }
                self.planned.extend(planned);
            }
            Step::Settle { which, how, outcomes, random } => self.settle(*which, *how, outcomes, *random),
            Step::Crash => {
                self.planned.clear();
                self.outbox = Outbox::open(self.store.clone(), TENANT).unwrap();
            }
            Step::LostTransaction { key } => {
                use attune_objects::{Error, Store};
                let id = format!("lost-{key}");
                let message = Message { to: DESTS[usize::from(*key) % 3], id: &id, body: "{}", traceparent: None };
                let lost = self.store.transaction(&mut || {
                    self.outbox.post(&message, self.now)?;
                    Err(Error::Stored("on purpose"))
                });
                assert!(lost.is_err());
                self.outbox.reload().unwrap();
            }
            Step::RetryRejected => {
                for rejected in self.outbox.rejected("", 3).unwrap() {
                    assert!(self.outbox.retry_rejected(&rejected.id, self.now).unwrap());
                }
            }
            Step::Flush => {
                self.outbox.flush().unwrap();
            }
            Step::Wait { ms } => {
                self.now += ms;
                self.outbox.on_alarm(self.now).unwrap();
            }
        }
        self.check();
    }

    /// Every accepted message is waiting, put aside, or was received.
    fn check(&self) {
        use attune_objects::Store;
        let mut held = BTreeSet::new();
        for mut row in self.store.exec("SELECT id FROM outbox UNION ALL SELECT id FROM rejected", &[]).unwrap() {
            assert!(held.insert(row.text(0).unwrap()), "twice in the tables");
        }
        for key in self.accepted.keys() {
            let id = format!("m-{key}");
            assert!(held.contains(&id) || self.received.contains(&id), "{id} is lost");
        }
        let stats = self.outbox.stats().unwrap();
        assert_eq!(stats.oldest_at.is_some(), stats.depth > 0);
        if stats.depth > 0 {
            assert!(self.outbox.next_alarm(self.now).is_some(), "rows wait and no alarm is wanted");
        }
    }

    /// With a receiver that works, following nothing but the alarm, everything leaves.
    fn drain(&mut self) {
        self.planned.clear(); // the futures of what was in flight are gone; the rows come back by themselves
        for _ in 0..500 {
            let batches = self.outbox.plan(Limits::default(), self.now).unwrap();
            for batch in &batches {
                let all = batch.entries.iter().map(|e| {
                    self.received.insert(e.id.clone());
                    EntryOutcome::Sent { message_id: "x".to_owned() }
                });
                let all = BatchResult::Entries(all.collect());
                self.outbox.settle(batch, &all, 3, self.now).unwrap();
            }
            if self.outbox.stats().unwrap().depth == 0 {
                break;
            }
            self.now = self.outbox.next_alarm(self.now).unwrap().max(self.now + 1);
        }
        let stats = self.outbox.stats().unwrap();
        assert_eq!(stats.depth, 0, "everything leaves by alarms alone");
        let aside: BTreeSet<String> =
            self.outbox.rejected("", 1_000).unwrap().into_iter().map(|rejected| rejected.id).collect();
        for key in self.accepted.keys() {
            let id = format!("m-{key}");
            assert!(self.received.contains(&id) || aside.contains(&id), "{id} never arrived");
        }
        assert!(!self.received.iter().any(|id| id.starts_with("lost")), "what was taken back is not sent");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: cases(), ..ProptestConfig::default() })]
    #[test]
    fn nothing_is_lost_and_nothing_is_accepted_twice(steps in proptest::collection::vec(step(), 1..120)) {
        let mut world = World::new();
        for step in &steps {
            world.apply(step);
        }
        world.drain();
    }
}

/// A tenth of the full count by default; `ATTUNE_FULL=1` runs all.
fn cases() -> u32 {
    if std::env::var_os("ATTUNE_FULL").is_some_and(|full| full == "1") { 2_560 } else { 256 }
}
