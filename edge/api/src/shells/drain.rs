//! Drains an outbox: plans, sends, settles, until nothing is due.

use super::base::Base;
use crate::bucket;
use attune_aws::HttpRequest;
use attune_aws::sigv4::{Options, Payload, Signable, SignedHeaders, sign_headers};
use attune_aws::sqs::{BatchEntry, EntryOutcome, parse_send_message_batch, send_message_batch};
use attune_domain::TenantId;
use attune_edge_kit::alarm::Alarm;
use attune_edge_kit::object::Stub;
use attune_edge_kit::{Error, Settings, clock, digest, log, random, transport, wait};
use attune_objects::names::{self, ObjectName};
use attune_objects::outbox::{Batch, BatchResult, Destination, Entry, Limits, Outbox, Settled};
use futures_util::future::join_all;
use std::rc::Rc;

/// A call that takes longer than this is given up; nobody knows then, and the entries go again with the same ids.
const TIMEOUT_MS: u32 = 20_000;
/// Rounds of one drain. Each sends up to six batches; what is left waits for the alarm, which is due at once.
const ROUNDS: u32 = 200;

/// How long acknowledged rows wait, ms, for an accept whose commit takes them along.
const FLUSH_MS: u32 = 50;
/// The alarm behind an alarm, ms: if a visit dies half-way.
const RE_ARM_MS: i64 = 5_000;

/// An object that has mounted an outbox.
pub trait Mounted: 'static {
    /// The object's frame.
    fn base(&self) -> &Base;
    /// The outbox; `None` when the object could not be opened.
    fn outbox(&self) -> Option<&Outbox>;
    /// When the object itself has to wake, apart from its outbox, ms since 1970.
    fn own_alarm(&self, _now_ms: i64) -> Option<i64> {
        None
    }
    /// What the object itself has to do when it wakes.
    fn on_wake(&self, _now_ms: i64) {}
    /// Has the object itself nothing to wake for any more?
    fn is_over(&self, _now_ms: i64) -> attune_objects::Result<bool> {
        Ok(false)
    }
}

/// Learns in the constructor whether an alarm is set, before any event comes in.
pub fn know_alarm<M: Mounted>(object: &Rc<M>) {
    know(Rc::<M>::clone(object));
}

// What follows is compiled once for all classes, not once for each.

fn know(own: Rc<dyn Mounted>) {
    let storage = own.base().state.storage();
    let state = Rc::clone(&own);
    let _gate = state.base().state.block_concurrency_while(async move {
        match Alarm::stored(&storage).await {
            Ok(at) => own.base().alarm.remember(at),
            // Not known is treated as not set: then the next accept sets it, at worst later than it was.
            Err(e) => drop(own.base().fault("alarm", e)),
        }
        Ok(())
    });
}

/// The alarm's handler, and the sweeper's visit.
pub async fn on_alarm(object: &dyn Mounted) {
    let base = object.base();
    let now = clock::now_ms();
    // Armed again before anything else: if this visit dies half-way, the next one comes all the same.
    base.alarm.fired();
    let Some(outbox) = object.outbox() else { return base.arm(Some(now + 60_000)) };
    base.arm(outbox.next_alarm(now).map(|at| at.max(now + RE_ARM_MS)));
    if let Err(e) = outbox.on_alarm(now) {
        base.fault("outbox.alarm", e);
    }
    object.on_wake(now);
    run(object).await;
}

/// Starts a drain beside whatever the object is doing, unless one is under way.
pub fn kick<M: Mounted>(object: &Rc<M>) {
    if !object.base().draining.get() {
        start(Rc::<M>::clone(object));
    }
}

/// The same where one of any class is at hand.
pub(super) fn start(own: Rc<dyn Mounted>) {
    let state = Rc::clone(&own);
    state.base().state.wait_until(async move { run(&*own).await });
}

/// Drains and arms the alarm for what is left. Catches everything: an outbox must not stop for one fault.
pub async fn run(object: &dyn Mounted) {
    let base = object.base();
    if base.draining.replace(true) {
        return;
    }
    let (total, stalled) = rounds(object).await;
    // No await between the last, empty plan and this: a row accepted later finds no drain and starts one.
    base.draining.set(false);
    let now = clock::now_ms();
    let outbox_alarm = object.outbox().and_then(|outbox| outbox.next_alarm(now));
    // Where we could not even try, the rows are due at once and would be at once again.
    let outbox_alarm = outbox_alarm.map(|at| if stalled { at.max(now + RE_ARM_MS) } else { at });
    base.arm(outbox_alarm.into_iter().chain(object.own_alarm(now)).min());
    if total != Settled::default() {
        report(object, total, now);
    }
    if total.delivered > 0 && !base.flushing.replace(true) {
        wait::pause(FLUSH_MS).await;
        base.flushing.set(false);
        flush(object);
    }
}

/// Takes acknowledged rows out of the table.
pub fn flush(object: &dyn Mounted) {
    if let Some(Err(e)) = object.outbox().map(Outbox::flush) {
        object.base().fault("outbox.flush", e);
    }
}

/// What was done, and whether it ended because of a fault of ours.
async fn rounds(object: &dyn Mounted) -> (Settled, bool) {
    let mut total = Settled::default();
    let (Some(outbox), Ok(settings)) = (object.outbox(), object.base().settings()) else { return (total, true) };
    for _ in 0..ROUNDS {
        let batches = match outbox.plan(Limits::default(), clock::now_ms()) {
            Ok(batches) if batches.is_empty() => return (total, false),
            Ok(batches) => batches,
            Err(e) => {
                object.base().fault("outbox.plan", e);
                return (total, true);
            }
        };
        let sent = batches.iter().map(|batch| send(object.base(), &settings, batch));
        for (batch, result) in batches.iter().zip(join_all(sent).await) {
            match outbox.settle(batch, &result, random::u64(), clock::now_ms()) {
                Ok(settled) => {
                    total.delivered += settled.delivered;
                    total.retried += settled.retried;
                    total.rejected += settled.rejected;
                }
                Err(e) => {
                    object.base().fault("outbox.settle", e);
                    return (total, true);
                }
            }
        }
    }
    (total, false)
}

/// One line per drain: counts for metrics, never a tenant in them.
fn report(object: &dyn Mounted, total: Settled, now: i64) {
    let troubled = total.retried > 0 || total.rejected > 0;
    let age = object.outbox().and_then(|outbox| outbox.oldest_age_ms(now));
    // A smooth drain is one of thousands: it is told once in 64, with a weight.
    let weight = if troubled { 1 } else { 64 };
    if !troubled && !random::u64().is_multiple_of(weight) {
        return;
    }
    let line = if total.rejected > 0 { log::error("outbox.drained") } else { log::info("outbox.drained") };
    line.with("class", object.base().class_text())
        .with("weight", weight)
        .with("delivered", total.delivered)
        .with("retried", total.retried)
        .with("rejected", total.rejected)
        .with("oldest_age_ms", age.unwrap_or(0))
        .write();
}

async fn send(base: &Base, settings: &Settings, batch: &Batch) -> BatchResult {
    match &batch.to {
        Destination::Queue(queue) => to_queue(base, settings, queue, batch).await,
        Destination::Room(tenant) => match TenantId::parse(tenant) {
            Ok(id) => to_object(base, &names::control_room(&id.cell(), &id), "/global", batch).await,
            Err(_) => BatchResult::Refused { code: "NoSuchRoom".to_owned() },
        },
        Destination::Object(name) => to_object(base, name, "/notice", batch).await,
        Destination::Bucket(name) => to_bucket(settings, name, batch, false).await,
        Destination::Erase(name) => to_bucket(settings, name, batch, true).await,
    }
}

async fn to_queue(base: &Base, settings: &Settings, queue: &str, batch: &Batch) -> BatchResult {
    let later = BatchResult::Failed { retry_after_s: None };
    for spill in batch.entries.iter().filter_map(|e| e.spill.as_ref()) {
        if !put(settings, spill.bucket, &spill.key, &spill.content).await {
            // Spilled entries travel alone, so the batch is this entry.
            return BatchResult::Entries(vec![EntryOutcome::Unknown; batch.entries.len()]);
        }
    }
    let request = match queue_request(settings, queue, batch).await {
        Ok(request) => request,
        Err(reason) => {
            base.fault("outbox.request", reason);
            return later;
        }
    };
    match transport::send(request, TIMEOUT_MS).await {
        Ok(response) => {
            let answer = parse_send_message_batch(&response, &batch.entry_ids());
            if let Err(failure) = &answer {
                log::warn("queue.failed")
                    .with("queue", queue)
                    .with("status", failure.status)
                    .with("code", failure.code.clone())
                    .write();
            }
            answer.into()
        }
        Err(e) => {
            log::warn("queue.unreachable").with("queue", queue).with("reason", e.to_string()).write();
            later
        }
    }
}

async fn queue_request(settings: &Settings, queue: &str, batch: &Batch) -> Result<HttpRequest, String> {
    let attributes: Vec<Vec<(&str, &str)>> =
        batch.entries.iter().map(|e| e.traceparent.iter().map(|t| ("traceparent", t.as_str())).collect()).collect();
    let entry = |(entry, attributes)| to_entry(&batch.group, entry, attributes);
    let entries: Vec<BatchEntry<'_>> = batch.entries.iter().zip(&attributes).map(entry).collect();
    let mut request = send_message_batch(&settings.queue_url(queue), &entries).map_err(|e| e.to_string())?;
    // A batch has up to a megabyte: its hash is the dearest part of a signature.
    let hash = digest::sha256_hex(&request.body).await.map_err(|e| e.to_string())?;
    let signed = sign(settings, &request, &hash, clock::now_ms().unsigned_abs()).map_err(|e| e.to_string())?;
    request.headers.extend(signed.headers.into_iter().map(|(name, value)| (name.into(), value)));
    Ok(request)
}

fn sign(settings: &Settings, request: &HttpRequest, hash: &str, now: u64) -> attune_aws::Result<SignedHeaders> {
    let signer = &settings.signer;
    let signable = Signable {
        method: request.method,
        url: &request.url,
        headers: &request.headers,
        payload: Payload::Sha256Hex(hash),
    };
    sign_headers(&signable, signer.credentials(), &signer.key("sqs", now)?, now, Options::STANDARD)
}

fn to_entry<'a>(group: &'a str, entry: &'a Entry, attributes: &'a Vec<(&'a str, &'a str)>) -> BatchEntry<'a> {
    BatchEntry { id: &entry.entry_id, body: &entry.body, group_id: Some(group), attributes }
}

/// Puts each message under its id, or takes away what it names: one call each, which a repeat changes nothing of.
async fn to_bucket(settings: &Settings, bucket: &str, batch: &Batch, erase: bool) -> BatchResult {
    let mut outcomes = Vec::with_capacity(batch.entries.len());
    for entry in &batch.entries {
        let done = if erase {
            bucket::delete(settings, bucket, &entry.body).await
        } else {
            put(settings, bucket, &entry.id, &entry.body).await
        };
        outcomes.push(if done { EntryOutcome::Sent { message_id: entry.id.clone() } } else { EntryOutcome::Unknown });
    }
    BatchResult::Entries(outcomes)
}

async fn put(settings: &Settings, bucket: &str, key: &str, content: &str) -> bool {
    bucket::put(settings, (bucket, key), "application/json", content.as_bytes()).await
}

/// Hands messages to an object, one call each; it takes each of them once, by what it says.
async fn to_object(base: &Base, name: &str, path: &str, batch: &Batch) -> BatchResult {
    let Some(parts) = ObjectName::parse(name) else {
        base.fault("outbox.object", Error::Value("name of an object"));
        return BatchResult::Refused { code: "NoSuchObject".to_owned() };
    };
    let stub = Stub::new(&base.env, parts.class.binding(), name);
    let mut outcomes = Vec::with_capacity(batch.entries.len());
    for entry in &batch.entries {
        outcomes.push(match stub.call_bytes(path, entry.body.as_bytes()).await {
            // an object that is not there any more has nothing to be told
            Ok(answer) if answer.status < 300 || answer.status == 404 => {
                EntryOutcome::Sent { message_id: entry.id.clone() }
            }
            Ok(answer) => EntryOutcome::Retry { code: answer.status.to_string(), message: String::new() },
            Err(e) => {
                log::warn("object.unreachable").with("reason", e.to_string()).write();
                EntryOutcome::Unknown
            }
        });
    }
    BatchResult::Entries(outcomes)
}
