//! The part of a message's CPU that is our own code: the pure steps of each function, called in this process on the load's messages.
//!
//! Left out: log lines, and the two signatures of `optimize-run` are in. The rest of a message's CPU is the SDK, HTTP, the runtime.

use crate::error::{Error, Result};
use crate::measure::median;
use attune_contracts::command::{ProposeAnswerV1, StationStateV1};
use attune_contracts::config::ChangeV1;
use attune_contracts::message::{
    CONFIG_CHANGED_V1, OPTIMIZER_RUN_V1, OptimizerRunV1, SNAPSHOT_ACCEPTED_V1, SnapshotAcceptedV1, queue_of,
};
use attune_domain::Cell;
use attune_functions_kit::queue::{Send, to_text};
use attune_functions_kit::{Item, Message, Record, record};
use attune_identity::signature::{PrivateKey, sign};
use attune_optimizer::run::{RunInput, run};
use ingest_snapshot::{decide, items, raw};
use serde_json::json;
use std::time::Instant;

/// Batches per round.
const BATCHES: u32 = 20;

/// Our own code per message, µs, of a function that has pure steps to call; `None` for others.
///
/// # Errors
/// A step refuses what the function took.
pub fn per_message(name: &str, bodies: &[String], key: &str, rounds: usize) -> Result<Option<f64>> {
    let records: Vec<Record> = bodies.iter().map(|body| with_head(body)).collect::<Result<_>>()?;
    let cell = Cell::parse("eu1").map_err(wrong)?;
    let key = PrivateKey::from_secret_json(key).map_err(wrong)?;
    let mut times = Vec::new();
    for _ in 0..rounds.max(1) {
        let started = Instant::now();
        for _ in 0..BATCHES {
            match name {
                "ingest-snapshot" => ingest(&records, &cell)?,
                "optimize-run" => optimize(&records, &cell, &key)?,
                "record-change" => changes(&records, &cell)?,
                _ => return Ok(None),
            }
        }
        #[expect(clippy::cast_precision_loss, reason = "ten")]
        times.push(started.elapsed().as_secs_f64() * 1e6 / f64::from(BATCHES) / records.len() as f64);
    }
    Ok(Some(median(&times)))
}

fn wrong(error: impl std::fmt::Display) -> Error {
    Error::wrong(error.to_string())
}

/// A record as the kit makes it of an event.
fn with_head(body: &str) -> Result<Record> {
    Ok(Record { body: body.to_owned(), head: serde_json::from_str(body)?, ..Record::default() })
}

fn ingest(records: &[Record], cell: &Cell) -> Result<()> {
    let mut batch: Vec<Message<SnapshotAcceptedV1>> = Vec::with_capacity(records.len());
    for record in records {
        std::hint::black_box(serde_json::from_str::<attune_functions_kit::record::Head>(&record.body)?);
        let message: Message<SnapshotAcceptedV1> =
            record::read(record, SNAPSHOT_ACCEPTED_V1, cell, 0).map_err(wrong)?;
        if !message.body.snapshot.validate(message.tenant.as_str()).is_empty() {
            return Err(Error::wrong("the load's snapshot is not good"));
        }
        batch.push(message);
    }
    let all: Vec<&Message<SnapshotAcceptedV1>> = batch.iter().collect();
    for (key, members) in raw::groups(&batch) {
        let members: Vec<_> = members.iter().filter_map(|&at| batch.get(at)).collect();
        std::hint::black_box((raw::key(&key, &members), raw::lines(&members)?));
    }
    std::hint::black_box((items::channel(&all), items::call(&all)));
    for message in &batch {
        let (decision, score) = decide::decide(&message.body.snapshot, false);
        let mut sends = Vec::new();
        if decision.is_due() {
            let due = decide::run_message(message, decision)?;
            sends.push(Send::new(queue_of(&due.kind).unwrap_or_default(), &due).map_err(wrong)?);
        }
        let stored = if sends.is_empty() { None } else { Some(to_text(&sends).map_err(wrong)?) };
        let item = items::snapshot(message, "tenant/call/minute/digest.jsonl", decision, &score, stored)?;
        std::hint::black_box((item.into_attributes(), items::segment(message)));
    }
    Ok(())
}

fn optimize(records: &[Record], cell: &Cell, key: &PrivateKey) -> Result<()> {
    let state: StationStateV1 = serde_json::from_value(json!({
        "version": 0, "global": {}, "tenant": {}, "call": {}, "last_changed": {}, "frozen": false, "pending": null, "now": 0,
    }))?;
    let stored = stored_snapshot(cell)?;
    for record in records {
        let due: Message<OptimizerRunV1> = record::read(record, OPTIMIZER_RUN_V1, cell, 0).map_err(wrong)?;
        let read = |_| optimize_run::item::snapshot(&due.body, &stored).map_err(wrong);
        let snapshots = (0..4).map(read).collect::<Result<Vec<_>>>()?;
        let outcome = run(&RunInput {
            run_id: &due.body.run_id,
            station: due.body.station,
            snapshot: snapshots.first(),
            previous: snapshots.get(1..).unwrap_or_default(),
            state: &state,
            now_ms: 0,
        });
        let proposal = outcome.propose(due.tenant.clone(), due.body.station, due.body.call_id.clone(), due.body.leg);
        let item = optimize_run::item::run(&due, &proposal)?;
        std::hint::black_box(item.clone().into_attributes());
        let answer: ProposeAnswerV1 =
            serde_json::from_value(json!({"status": "applied", "version": 1, "rolled_back": false, "detail": ""}))?;
        std::hint::black_box(optimize_run::item::settled(item, &proposal, &answer)?.into_attributes());
        for path in ["/internal/v1/control/config", "/internal/v1/control/propose"] {
            let body = serde_json::to_vec(&proposal)?;
            std::hint::black_box(sign(key, "POST", path, &body, 1).map_err(wrong)?);
        }
    }
    Ok(())
}

/// The item of a bad snapshot, as `optimize-run` finds it.
fn stored_snapshot(cell: &Cell) -> Result<Item> {
    let tenant = attune_domain::TenantId::new(cell, 0, 1);
    let mut snapshot = crate::snapshot::Snapshot::clean(attune_domain::CallId::new(0, 1), 4, 0);
    snapshot.level = -42.0;
    let record = with_head(&snapshot.envelope(&tenant, 0)?.to_string())?;
    let message: Message<SnapshotAcceptedV1> = record::read(&record, SNAPSHOT_ACCEPTED_V1, cell, 0).map_err(wrong)?;
    let (decision, score) = decide::decide(&message.body.snapshot, false);
    Ok(items::snapshot(&message, "raw", decision, &score, None)?)
}

fn changes(records: &[Record], cell: &Cell) -> Result<()> {
    for record in records {
        let message: Message<ChangeV1> = record::read(record, CONFIG_CHANGED_V1, cell, 0).map_err(wrong)?;
        let history = record_change::items::changes(&message.tenant, &message.body)?;
        let parameters = record_change::items::parameters(&message.tenant, &message.body);
        for item in history.into_iter().chain(parameters) {
            std::hint::black_box(item.into_attributes());
        }
    }
    Ok(())
}
