//! The way of a batch.

use crate::context::Ingest;
use crate::decide::{decide, run_message};
use crate::{items, raw};
use attune_contracts::message::{SNAPSHOT_ACCEPTED_V1, SnapshotAcceptedV1, queue_of};
use attune_functions_kit::batch::{Function, Window, each};
use attune_functions_kit::queue::{self, Send};
use attune_functions_kit::store::Put;
use attune_functions_kit::{CallError, GiveUp, Message, Outcome, Record, Retry, record};
use attune_migrations::Access;
use std::collections::BTreeMap;

type Accepted = Message<SnapshotAcceptedV1>;

impl Function for Ingest {
    const NAME: &'static str = "ingest-snapshot";
    const QUEUE: Option<&'static str> = Some("ingest-snapshot");
    type Input = Accepted;

    fn read(&self, record: &Record, now_ms: i64) -> Result<Accepted, GiveUp> {
        let message: Accepted = record::read(record, SNAPSHOT_ACCEPTED_V1, &self.cell, now_ms)?;
        // The edge checked it; a message that came another way, or past an older edge, is checked again.
        let errors = message.body.snapshot.validate(message.tenant.as_str());
        if errors.is_empty() {
            return Ok(message);
        }
        let pointers: Vec<String> = errors.iter().take(5).map(|e| format!("{} {}", e.pointer, e.code)).collect();
        Err(GiveUp::Invalid(pointers.join(", ")))
    }

    async fn handle(&self, batch: Vec<Accepted>, window: Window) -> Vec<Outcome> {
        // Claims and raw lines need nothing of each other; the snapshot items need both.
        let (raw_keys, first_windows) = futures_util::join!(self.store_raw(&batch, window), self.claim(&batch, window));
        let ready: Vec<_> = batch.iter().zip(raw_keys.into_iter().zip(first_windows)).collect();
        let (stored, calls) = futures_util::join!(
            each(ready, window, |(message, (raw_key, first))| async move {
                self.store_snapshot(message, &raw_key?, first?).await
            }),
            self.store_calls(&batch, window)
        );
        let mut sends: Vec<Send> = Vec::new();
        let mut settled: Vec<(Outcome, std::ops::Range<usize>)> = Vec::new();
        for (result, call) in stored.into_iter().zip(calls) {
            let from = sends.len();
            let outcome = match (result, call) {
                (Ok(Ok((outcome, its_sends))), Ok(())) => {
                    sends.extend(its_sends);
                    outcome
                }
                (Ok(Err(outcome)), _) => outcome,
                (Err(retry), _) => retry.into(),
                (_, Err(outcome)) => outcome,
            };
            settled.push((outcome, from..sends.len()));
        }
        let sent = self.queues.send(&sends).await;
        let unsent =
            |range: std::ops::Range<usize>| sent.get(range).and_then(|r| r.iter().find_map(|r| r.clone().err()));
        settled.into_iter().map(|(outcome, range)| unsent(range).map_or(outcome, Outcome::from)).collect()
    }

    fn take_units(&self) -> (f64, f64) {
        self.store.take_units()
    }
}

/// Places of the batch by a key.
fn by<K: Ord>(batch: &[Accepted], key: impl Fn(&Accepted) -> K) -> BTreeMap<K, Vec<usize>> {
    let mut groups: BTreeMap<K, Vec<usize>> = BTreeMap::new();
    for (at, message) in batch.iter().enumerate() {
        groups.entry(key(message)).or_default().push(at);
    }
    groups
}

/// Spreads the results of groups over the places of their members.
fn spread<T: Clone>(
    places: usize,
    groups: Vec<Vec<usize>>,
    results: Vec<Result<Result<T, CallError>, Retry>>,
) -> Vec<Result<T, Outcome>> {
    let mut spread: Vec<Result<T, Outcome>> = (0..places).map(|_| Err(Retry::Panicked.into())).collect();
    for (members, result) in groups.into_iter().zip(results) {
        let result = result.map_err(Outcome::from).and_then(|inner| inner.map_err(Outcome::from));
        members.into_iter().for_each(|at| spread[at].clone_from(&result));
    }
    spread
}

impl Ingest {
    /// Writes the raw objects of a batch; answers with each message's key.
    async fn store_raw(&self, batch: &[Accepted], window: Window) -> Vec<Result<String, Outcome>> {
        let (keys, groups): (Vec<_>, Vec<_>) = raw::groups(batch).into_iter().unzip();
        let work = keys.iter().zip(&groups).collect();
        let results = each(work, window, |(key, group): (_, &Vec<usize>)| async move {
            let members: Vec<&Accepted> = group.iter().map(|&at| &batch[at]).collect();
            let key = raw::key(key, &members);
            let lines = raw::lines(&members).map_err(|_| CallError::Bucket("not_json".to_owned()))?;
            self.raw.put(&key, "application/x-ndjson", lines).await.map(|()| key)
        })
        .await;
        spread(batch.len(), groups, results)
    }

    /// Upserts the channels of a batch; answers for each message whether it is the first window of its version.
    async fn claim(&self, batch: &[Accepted], window: Window) -> Vec<Result<bool, Outcome>> {
        let key = |m: &Accepted| (m.tenant.clone(), m.body.snapshot.call_id.clone(), m.body.snapshot.channel.leg);
        let groups: Vec<Vec<usize>> = by(batch, key).into_values().collect();
        let results = each(groups.iter().collect(), window, |group: &Vec<usize>| async move {
            let members: Vec<&Accepted> = group.iter().map(|&at| &batch[at]).collect();
            match items::channel(&members) {
                Some(upsert) => self.store.upsert(Access::IngestUpsertChannel, upsert).await,
                None => Ok(None),
            }
        })
        .await;
        let claims = spread(batch.len(), groups, results);
        let first = |message: &Accepted, item: attune_functions_kit::Item| {
            let snapshot = &message.body.snapshot;
            item.get_number(&items::claim(snapshot)) == Some(i64::from(snapshot.segment.index))
        };
        batch.iter().zip(claims).map(|(m, claim)| claim.map(|item| item.is_some_and(|item| first(m, item)))).collect()
    }

    /// Upserts the calls of a batch.
    async fn store_calls(&self, batch: &[Accepted], window: Window) -> Vec<Result<(), Outcome>> {
        let key = |m: &Accepted| (m.tenant.clone(), m.body.snapshot.call_id.clone());
        let groups: Vec<Vec<usize>> = by(batch, key).into_values().collect();
        let results = each(groups.iter().collect(), window, |group: &Vec<usize>| async move {
            let members: Vec<&Accepted> = group.iter().map(|&at| &batch[at]).collect();
            match items::call(&members) {
                Some(upsert) => self.store.upsert(Access::IngestUpsertCall, upsert).await.map(|_| ()),
                None => Ok(()),
            }
        })
        .await;
        spread(batch.len(), groups, results)
    }

    /// Writes the snapshot item, unless it is there; then the segment. Answers with the sends that the item holds.
    async fn store_snapshot(
        &self,
        message: &Accepted,
        raw_key: &str,
        first_window: bool,
    ) -> Result<(Outcome, Vec<Send>), Outcome> {
        let not_json = |_| Outcome::from(GiveUp::Invalid("not JSON".to_owned()));
        let (decision, score) = decide(&message.body.snapshot, first_window);
        let mut sends = Vec::new();
        if decision.is_due() {
            let run = run_message(message, decision).map_err(not_json)?;
            sends.push(Send::new(queue_of(&run.kind).unwrap_or_default(), &run)?);
        }
        let stored_sends = if sends.is_empty() { None } else { Some(queue::to_text(&sends)?) };
        let item = items::snapshot(message, raw_key, decision, &score, stored_sends).map_err(not_json)?;
        let outcome = match self.store.put_once(Access::IngestPutSnapshot, item).await? {
            Put::Written => Outcome::Done,
            Put::Existed(there) => {
                if there.get_text("fingerprint") != Some(&message.body.fingerprint) {
                    return Err(GiveUp::FingerprintMismatch.into());
                }
                // Decided before: what was decided then is sent again, not what would be decided now.
                sends = queue::from_text(there.get_text("sends"))?;
                Outcome::Skipped
            }
        };
        // Behind the marker and repeated by a redelivery, so a crash in between leaves nothing out.
        self.store.upsert(Access::IngestUpsertSegment, items::segment(message)).await?;
        Ok((outcome, sends))
    }
}
