//! The functions' programs as they are deployed (profile `dist`), under a Runtime API host of our own.

use crate::error::{At, Error, Result};
use crate::measure::{median, memory_mb, ms};
use crate::own;
use crate::report::{Bound, Report};
use crate::rig::{CELL, Engine, Rig, prefix};
use crate::snapshot::Snapshot;
use crate::standin::Standin;
use attune_contracts::message::{CHAT_SAID_V1, CONFIG_CHANGED_V1, OPTIMIZER_RUN_V1};
use attune_contracts::message_id;
use attune_domain::{CallId, Cell, ChangeId, RunId, TenantId};
use attune_test_support::runtime_api::{Running, RuntimeApi, failures, sqs_event, sqs_record};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

const PART: &str = "functions";
/// What an answer may take.
const PATIENCE: Duration = Duration::from_secs(30);
/// Batches of ten under load.
const BATCHES: u32 = 60;
/// Names of the functions, in the order in which one feeds the next; last the one whose work is a mail server's, which is not put under
/// load here.
const NAMES: [&str; 6] =
    ["ingest-snapshot", "optimize-run", "record-change", "record-chat", "park-dead-letters", "send-mail"];

/// The clock, ms since 1970.
pub fn now_ms() -> i64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |t| i64::try_from(t.as_millis()).unwrap_or(0))
}

/// Path of a function's program.
pub fn program(rig: &Rig, name: &str) -> PathBuf {
    rig.paths.target.join("dist").join(name)
}

/// A running function with its log.
pub struct Function {
    api: RuntimeApi,
    /// The process.
    pub running: Running,
    log: PathBuf,
}

impl Function {
    /// Starts one.
    ///
    /// # Errors
    /// The program is not there.
    pub fn start(rig: &Rig, name: &str, environment: &[(String, String)]) -> Result<Self> {
        let api = RuntimeApi::start().at("a port for the Runtime API")?;
        let log = rig.folder.join(format!("{name}.log"));
        let file = std::fs::File::create(&log).at("the function's log")?;
        let running = api.spawn(&program(rig, name), environment, Some(file)).at(name)?;
        Ok(Self { api, running, log })
    }

    /// Time from spawn to the first poll.
    ///
    /// # Errors
    /// It did not poll.
    pub fn first_poll(&self) -> Result<Duration> {
        self.api.first_poll(&self.running, PATIENCE).ok_or_else(|| Error::wrong("a function did not poll"))
    }

    /// Delivers one batch of bodies. Every record must succeed.
    ///
    /// # Errors
    /// A record failed.
    pub fn deliver(&self, queue: &str, bodies: &[String]) -> Result<()> {
        let record =
            |(at, body): (usize, &String)| sqs_record(&format!("s{at}"), &format!("{}{queue}", prefix()), body, &[]);
        let event = sqs_event(bodies.iter().enumerate().map(record).collect());
        let answer = self.api.invoke(event, PATIENCE).map_err(|e| Error::wrong(format!("{queue}: {e}")))?;
        let failed = failures(&answer);
        if failed.is_empty() {
            return Ok(());
        }
        let log = std::fs::read_to_string(&self.log).unwrap_or_default();
        let last: Vec<&str> = log.lines().rev().filter(|line| line.contains("reason")).take(2).collect();
        Err(Error::wrong(format!("{queue}: {} records failed: {}", failed.len(), last.join(" "))))
    }

    /// Sums of its metric lines: CPU µs, write units, read units, records, duration ms, and records by outcome.
    ///
    /// # Errors
    /// The log cannot be read.
    pub fn metrics(&self) -> Result<Metrics> {
        let log = std::fs::read_to_string(&self.log).at("the function's log")?;
        #[expect(clippy::cast_precision_loss, reason = "a file's size")]
        let mut sum = Metrics { log_bytes: log.len() as f64, ..Metrics::default() };
        sum.cpu_total_us = self.running.cpu().as_secs_f64() * 1e6;
        for line in log.lines().filter(|line| line.contains("\"_aws\"")) {
            let line: Value = serde_json::from_str(line)?;
            let number = |name: &str| line[name].as_f64().unwrap_or(0.0);
            sum.records += number("Records");
            sum.write_units += number("WriteUnits");
            sum.read_units += number("ReadUnits");
            if line.get("WriteUnits").is_some() {
                // units, CPU and duration belong to the whole invocation and are read once
                sum.invocations += 1.0;
                sum.duration_ms += number("Duration");
                sum.cpu_us.push(number("CpuPerRecord"));
            }
            let outcome = line["outcome"].as_str().unwrap_or_default().to_owned();
            *sum.outcomes.entry(outcome).or_default() += number("Records");
        }
        Ok(sum)
    }
}

/// What a function says of its own work.
#[derive(Debug, Default)]
pub struct Metrics {
    /// Records.
    pub records: f64,
    /// Invocations.
    pub invocations: f64,
    /// DynamoDB write units.
    pub write_units: f64,
    /// DynamoDB read units.
    pub read_units: f64,
    /// Wall time, ms.
    pub duration_ms: f64,
    /// CPU per record of each invocation, µs.
    pub cpu_us: Vec<f64>,
    /// CPU of the process so far, µs.
    pub cpu_total_us: f64,
    /// Size of its log.
    pub log_bytes: f64,
    /// Records by outcome.
    pub outcomes: BTreeMap<String, f64>,
}

/// Measures and reports.
///
/// # Errors
/// A program is missing, or does not do its work.
pub fn run(rig: &Rig, rounds: usize, report: &mut Report) -> Result<()> {
    let standin = Standin::start(&rig.keys.signing_secret().to_string())?;
    let engine = rig.engine("engine-functions")?;
    let environment = rig.function_environment(&engine, &standin, &standin.url);
    for name in NAMES {
        sizes(&program(rig, name), name, report)?;
    }
    let mut polls: BTreeMap<&str, Vec<f64>> = BTreeMap::new();
    let mut at_start: BTreeMap<&str, Vec<f64>> = BTreeMap::new();
    for _ in 0..rounds {
        for name in NAMES {
            let function = Function::start(rig, name, &environment)?;
            polls.entry(name).or_default().push(ms(function.first_poll()?));
            at_start.entry(name).or_default().push(memory_mb(function.running.pid()).1);
        }
    }
    for name in NAMES {
        report.require(PART, format!("{name}: spawn to first poll"), median(&polls[name]), "ms", Bound::AtMost(20.0));
        report.require(
            PART,
            format!("{name}: peak memory at start"),
            median(&at_start[name]),
            "MB",
            Bound::AtMost(20.0),
        );
    }
    let load = Load::new()?;
    for name in NAMES.into_iter().filter(|name| *name != "send-mail") {
        under_load(rig, name, &environment, &load, rounds, report)?;
    }
    drop::<Engine>(engine);
    Ok(())
}

fn sizes(program: &Path, name: &str, report: &mut Report) -> Result<()> {
    #[expect(clippy::cast_precision_loss, reason = "a file's size")]
    let bytes = program.metadata().at(name)?.len() as f64;
    report.require(PART, format!("{name}: stripped binary"), bytes / 1e6, "MB", Bound::AtMost(10.0));
    let zipped = gzip_bytes(program)?;
    let how = "deflate at level 9, as the zip holds it (the archive adds about 130 bytes)";
    report.require_how(PART, format!("{name}: zip"), (zipped / 1e6, "MB"), Bound::AtMost(4.5), how);
    Ok(())
}

/// Size of a file after `gzip -9`.
///
/// # Errors
/// There is no gzip.
pub fn gzip_bytes(path: &Path) -> Result<f64> {
    let out = Command::new("gzip").args(["-9", "-c"]).arg(path).stdin(Stdio::null()).output().at("gzip")?;
    if !out.status.success() {
        return Err(Error::wrong(format!("gzip {}: {}", path.display(), out.status)));
    }
    #[expect(clippy::cast_precision_loss, reason = "a file's size")]
    Ok(out.stdout.len() as f64)
}

fn under_load(
    rig: &Rig,
    name: &str,
    environment: &[(String, String)],
    load: &Load,
    rounds: usize,
    report: &mut Report,
) -> Result<()> {
    let function = Function::start(rig, name, environment)?;
    function.first_poll()?;
    let queue = if name == "park-dead-letters" { "ingest-snapshot-dlq" } else { name };
    // the first batch opens connections
    function.deliver(queue, &load.batch(name, 0)?)?;
    let before = function.running.cpu();
    for number in 1..=BATCHES {
        function.deliver(queue, &load.batch(name, number)?)?;
    }
    let cpu = function.running.cpu().saturating_sub(before);
    let per_message = cpu.as_secs_f64() * 1e6 / f64::from(BATCHES * 10);
    let outcomes = function.metrics()?.outcomes;
    if outcomes.keys().any(|outcome| outcome != "done") {
        return Err(Error::wrong(format!("{name} did not do its work: {outcomes:?}")));
    }
    let peak = memory_mb(function.running.pid()).1;
    report.require(PART, format!("{name}: peak memory under load"), peak, "MB", Bound::AtMost(40.0));
    report.tell(PART, format!("{name}: CPU per message"), per_message, "µs");
    let secret = rig.keys.signing_secret().to_string();
    match own::per_message(name, &load.batch(name, BATCHES + 1)?, &secret, rounds)? {
        Some(own) => report.tell(PART, format!("{name}: share of it in our own code"), own / per_message, "of 1"),
        None => report.skip(format!("{name}: share in our own code"), "it has no pure steps: it copies a record to S3"),
    }
    Ok(())
}

/// Messages of a load.
pub struct Load {
    tenant: TenantId,
    call: CallId,
    at: i64,
}

impl Load {
    fn new() -> Result<Self> {
        let at = now_ms();
        let cell = Cell::parse(CELL).map_err(|e| Error::wrong(e.to_string()))?;
        Ok(Self { tenant: TenantId::new(&cell, at, 1), call: CallId::new(at, 1), at })
    }

    /// Ten messages to a function. Those of `optimize-run` are about the snapshots that `ingest-snapshot` has stored.
    fn batch(&self, name: &str, number: u32) -> Result<Vec<String>> {
        (0..10).map(|at| self.message(name, number * 10 + at)).collect()
    }

    fn message(&self, name: &str, index: u32) -> Result<String> {
        let (tenant, call) = (&self.tenant, &self.call);
        let envelope = |id: String, kind: &str, body: Value| json!({"v": 1, "id": id, "tenant": tenant, "cell": "eu1", "kind": kind, "accepted_at": self.at, "body": body});
        let message = match name {
            "ingest-snapshot" => {
                let mut snapshot = Snapshot::clean(call.clone(), 4, index);
                // a third makes a run due
                if index.is_multiple_of(3) {
                    snapshot.level = -42.0;
                }
                snapshot.envelope(tenant, self.at)?
            }
            "optimize-run" => {
                let run = RunId::new(self.at, u128::from(index));
                let id = message_id(tenant.as_str(), "optimize-run", run.as_str());
                let body = json!({
                    "fingerprint": "f", "run_id": run, "call_id": call, "leg": "a", "station": 4, "trigger": "requested",
                });
                envelope(id, OPTIMIZER_RUN_V1, body)
            }
            "record-change" => {
                let version = u64::from(index) + 1;
                let id = message_id(tenant.as_str(), "record-change", &version.to_string());
                let body = json!({
                    "change_id": ChangeId::new(self.at, u128::from(index)), "version": version, "parent": version - 1, "station": 4,
                    "scope": "call", "call_id": call, "values": {"agc.max_gain_db": {"old": null, "new": "6.0"}, "limiter.threshold_dbfs": {"old": "-1.0", "new": "-3.0"}},
                    "content_hash": "0".repeat(64), "reason": "bench", "origin": {"kind": "manual", "key_id": "k"},
                    "at": "2026-01-31T12:00:00.000Z",
                });
                envelope(id, CONFIG_CHANGED_V1, body)
            }
            "record-chat" => {
                let id = message_id(tenant.as_str(), CHAT_SAID_V1, &index.to_string());
                let event = |seq: u32| json!({"seq": seq, "at": "2026-01-31T12:00:00.000Z", "from": "vis_0", "kind": "message", "text": "When are you open?"});
                let body = json!({
                    "room_id": "chr_01hzzzzzzzzzzzzzzzzzzzzzzz", "retention_days": 365, "events": [event(2 * index + 1), event(2 * index + 2)],
                });
                envelope(id, CHAT_SAID_V1, body)
            }
            _ => Snapshot::clean(call.clone(), 4, index).envelope(tenant, self.at)?,
        };
        Ok(message.to_string())
    }
}
