//! What a million snapshots cost, audio aside: operations counted in a run of the real parts, times list prices.
//!
//! Real: Worker and objects (the built bundle under workerd, with a module around it that counts), the functions (profile `dist`),
//! a DynamoDB engine that reports consumed units. Stand-ins that count: SQS, S3, Secrets Manager. Modelled: how an event-source
//! mapping makes batches (see [`crate::traffic`]), and how long real services keep a function or an object waiting.

use crate::error::{Error, Result};
use crate::functions::{Function, now_ms};
use crate::load;
use crate::measure::{cpu_of, median};
use crate::prices::{
    OBJECT_MILLION, OBJECT_MILLION_GB_SECONDS, Prices, REGIONS, ROWS_READ_MILLION, ROWS_WRITTEN_MILLION,
    WORKER_CPU_MILLION_MS, WORKER_MILLION,
};
use crate::report::{Bound, Report};
use crate::rig::Rig;
use crate::standin::{Counts, Standin};
use crate::traffic::{CALLS, Pollers, Random, Traffic};
use crate::workerd::{Entry, Tenant, Worker};
use attune_dev::http;
use attune_migrations::Resources;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::time::{Duration, Instant};

const PART: &str = "cost";
/// Length of a step of virtual time, ms.
const STEP_MS: u64 = 250;
/// Connections that post a step's snapshots. Few: the outbox then sends smaller batches, which is the dearer way.
const POSTERS: usize = 4;
/// Rows that leave later than the run: each accept's idempotency record is deleted after 24 to 48 hours.
const ROWS_LATER: f64 = 1.0;
/// What calls to services of the region add to an invocation, ms: they take no time here. Sequential calls of each function, 10 ms for
/// DynamoDB, 25 ms for SQS and S3, 40 ms for the edge.
const WAITS_MS: [(&str, f64); 3] = [("ingest-snapshot", 70.0), ("optimize-run", 110.0), ("record-change", 20.0)];
/// CPU of a function of 1,769 MB is one core's; a smaller one gets its share (AWS Lambda's guide).
const CORE_MB: f64 = 1_769.0;
/// How long an object stays active for a call, and for a call of its own to SQS, s.
const ACTIVE_S: (f64, f64) = (0.010, 0.050);
/// Memory that an active object counts for, GB.
const OBJECT_GB: f64 = 0.128;

/// Runs the load, counts, and reports.
///
/// # Errors
/// A part does not start or does not do its work.
pub fn run(rig: &Rig, report: &mut Report) -> Result<()> {
    let counted = count(rig)?;
    let snapshots = counted.snapshots;
    let million = 1e6 / snapshots;
    report.detail("cost.counted", counted.told());
    let mut totals = Vec::new();
    for prices in &REGIONS {
        let parts = parts(&counted, prices, million);
        let total: f64 = parts.values().sum();
        let rounded: BTreeMap<&str, f64> = parts.iter().map(|(n, v)| (*n, (v * 1e4).round() / 1e4)).collect();
        report.detail(&format!("cost.{}", prices.region), json!(rounded));
        totals.push((prices.region, total));
    }
    for (region, total) in totals {
        let name = format!("a million snapshots, {region}, audio aside");
        let how = "operations counted in a run, times the list prices in tests/bench/src/prices.rs";
        report.require_how(PART, name, (total, "US dollars"), Bound::AtMost(12.0), how);
    }
    Ok(())
}

#[derive(Debug)]
struct Counted {
    snapshots: f64,
    sqs: Counts,
    /// Receives and deletes, requests of 64 KB.
    sqs_out: f64,
    functions: BTreeMap<&'static str, Worked>,
    edge: Value,
    edge_cpu_ms: f64,
}

/// One function's work.
#[derive(Debug, Default)]
struct Worked {
    invocations: f64,
    records: f64,
    write_units: f64,
    read_units: f64,
    gb_seconds: f64,
    log_bytes: f64,
    cpu_us: f64,
    outcomes: BTreeMap<String, f64>,
}

impl Counted {
    fn edge(&self, name: &str) -> f64 {
        self.edge[name].as_f64().unwrap_or(f64::NAN)
    }

    fn object_requests(&self) -> f64 {
        let calls = self.edge["object_requests"].as_object();
        calls.map_or(f64::NAN, |calls| calls.values().filter_map(Value::as_f64).sum())
    }

    fn told(&self) -> Value {
        let functions: BTreeMap<_, _> = self
            .functions
            .iter()
            .map(|(name, w)| {
                let told = json!({
                    "invocations": w.invocations, "records": w.records, "write_units": w.write_units,
                    "read_units": w.read_units, "gb_seconds": w.gb_seconds, "log_bytes": w.log_bytes,
                    "cpu_us_per_record_in_handler": w.cpu_us, "outcomes": w.outcomes,
                });
                (*name, told)
            })
            .collect();
        json!({
            "snapshots": self.snapshots, "calls": CALLS, "edge": self.edge, "edge_cpu_ms": self.edge_cpu_ms,
            "edge_rows": "rowsRead and rowsWritten of the runtime's cursors, by a module around the bundle",
            "sqs_sends": self.sqs.sqs_sends, "sqs_send_requests": self.sqs.sqs_send_chunks, "sqs_messages": self.sqs.sqs_entries,
            "sqs_receive_and_delete_requests": self.sqs_out, "s3_puts": self.sqs.s3_puts, "s3_bytes": self.sqs.s3_bytes,
            "functions": functions,
        })
    }
}

/// US dollars per million snapshots, by service.
fn parts(c: &Counted, prices: &Prices, million: f64) -> BTreeMap<&'static str, f64> {
    #[expect(clippy::cast_precision_loss, reason = "counts")]
    let (sends, puts) = (c.sqs.sqs_send_chunks as f64, c.sqs.s3_puts as f64);
    let sum = |of: fn(&Worked) -> f64| c.functions.values().map(of).sum::<f64>() * million;
    let calls = c.object_requests() + c.edge("alarms_run");
    #[expect(clippy::cast_precision_loss, reason = "a count")]
    let active_s = calls * ACTIVE_S.0 + c.sqs.sqs_sends as f64 * ACTIVE_S.1;
    let written = c.edge("rows_written") + c.edge("alarms_set") + ROWS_LATER * c.snapshots;
    [
        ("cloudflare.worker_requests", c.edge("requests") * million / 1e6 * WORKER_MILLION),
        ("cloudflare.cpu", c.edge_cpu_ms * million / 1e6 * WORKER_CPU_MILLION_MS),
        ("cloudflare.object_requests", calls * million / 1e6 * OBJECT_MILLION),
        ("cloudflare.object_active_time", active_s * OBJECT_GB * million / 1e6 * OBJECT_MILLION_GB_SECONDS),
        ("cloudflare.rows_written", written * million / 1e6 * ROWS_WRITTEN_MILLION),
        ("cloudflare.rows_read", c.edge("rows_read") * million / 1e6 * ROWS_READ_MILLION),
        ("aws.sqs", (sends + c.sqs_out) * million / 1e6 * prices.sqs_million),
        ("aws.s3_puts", puts * million / 1e3 * prices.s3_put_thousand),
        ("aws.dynamodb_writes", sum(|w| w.write_units) / 1e6 * prices.dynamodb_write_million),
        ("aws.dynamodb_reads", sum(|w| w.read_units) / 1e6 * prices.dynamodb_read_million),
        ("aws.lambda_requests", sum(|w| w.invocations) / 1e6 * prices.lambda_million),
        ("aws.lambda_time", sum(|w| w.gb_seconds) * prices.lambda_gb_second),
        ("aws.logs", sum(|w| w.log_bytes) / 1e9 * prices.logs_gb),
    ]
    .into()
}

/// The running parts of the load.
struct System<'a> {
    worker: Worker,
    tenant: Tenant,
    standin: &'a Standin,
    functions: BTreeMap<&'static str, Function>,
    sqs_out: f64,
}

fn count(rig: &Rig) -> Result<Counted> {
    let standin = Standin::start(&rig.keys.signing_secret().to_string())?;
    standin.keep();
    let engine = rig.engine("engine-cost")?;
    let worker = Worker::start(rig, "workerd-cost", Entry::Counting, &standin, &engine.url)?;
    let tenant = worker.tenant("cost")?;
    let environment = rig.function_environment(&engine, &standin, &worker.url);
    let start = |(name, _): (&'static str, f64)| Function::start(rig, name, &environment).map(|f| (name, f));
    let functions = WAITS_MS.into_iter().map(start).collect::<Result<_>>()?;
    let mut system = System { worker, tenant, standin: &standin, functions, sqs_out: 0.0 };
    let before = system.edge_counts()?;
    let cpu = cpu_of(system.worker.pid);
    let snapshots = system.play()?;
    let edge_cpu_ms = cpu_of(system.worker.pid).saturating_sub(cpu).as_secs_f64() * 1e3;
    let edge = difference(&system.edge_counts()?, &before);
    let resources = Resources::load().map_err(|e| Error::wrong(e.to_string()))?;
    let mut worked = BTreeMap::new();
    for (name, waits_ms) in WAITS_MS {
        let memory = resources.functions.get(name).map_or(256.0, |function| f64::from(function.memory_mb));
        worked.insert(name, work_of(&system.functions[name], waits_ms, memory)?);
    }
    let stored = worked["ingest-snapshot"].outcomes.get("done").copied().unwrap_or(0.0);
    #[expect(clippy::cast_precision_loss, reason = "a count")]
    let snapshots = snapshots as f64;
    if stored != snapshots {
        return Err(Error::wrong(format!("{snapshots} snapshots were accepted and {stored} stored")));
    }
    Ok(Counted { snapshots, sqs: standin.counts(), sqs_out: system.sqs_out, functions: worked, edge, edge_cpu_ms })
}

fn work_of(function: &Function, waits_ms: f64, memory_mb: f64) -> Result<Worked> {
    let m = function.metrics()?;
    let cpu_us = median(&m.cpu_us);
    // billed: what the CPU share of this memory makes of the CPU time, and what services keep it waiting
    let cpu_ms = m.cpu_total_us / 1e3 * (CORE_MB / memory_mb).max(1.0);
    let seconds = (cpu_ms + waits_ms * m.invocations) / 1e3;
    Ok(Worked {
        invocations: m.invocations,
        records: m.records,
        write_units: m.write_units,
        read_units: m.read_units,
        gb_seconds: seconds * memory_mb / 1024.0,
        log_bytes: m.log_bytes,
        cpu_us,
        outcomes: m.outcomes,
    })
}

fn difference(after: &Value, before: &Value) -> Value {
    match (after, before) {
        (Value::Object(after), before) => {
            after.iter().map(|(name, v)| (name.clone(), difference(v, &before[name]))).collect()
        }
        (after, before) => json!(after.as_f64().unwrap_or(0.0) - before.as_f64().unwrap_or(0.0)),
    }
}

impl System<'_> {
    /// Plays all calls; how many snapshots there were.
    fn play(&mut self) -> Result<u64> {
        let mut random = Random::new(0x5eed);
        let resources = Resources::load().map_err(|e| Error::wrong(e.to_string()))?;
        let queue = resources.queues.get("ingest-snapshot").ok_or_else(|| Error::wrong("no queue ingest-snapshot"))?;
        let size = usize::try_from(queue.batch_size).unwrap_or(10);
        let mut pollers = Pollers::new(size, u64::from(queue.batch_window_s) * 1_000);
        let (mut traffic, events) = Traffic::new(now_ms(), &mut random);
        let (mut next, mut now) = (0, 0);
        while next < events.len() {
            attune_dev::process::signals::check()?;
            now += STEP_MS;
            let due = events[next..].iter().take_while(|event| event.at < now).count();
            let bodies: Vec<Vec<u8>> = events[next..next + due].iter().map(|event| traffic.body(event)).collect();
            next += due;
            load::post_all(self.worker.port, "/v1/stations/snapshot", &self.tenant.key, &bodies, POSTERS)?;
            for message in self.ingest_messages(due)? {
                if let Some(batch) = pollers.arrive(now, message, &mut random) {
                    self.deliver("ingest-snapshot", &batch)?;
                }
            }
            for batch in pollers.ended(now) {
                self.deliver("ingest-snapshot", &batch)?;
            }
            self.pass_on(&mut traffic)?;
        }
        for batch in pollers.ended(u64::MAX) {
            self.deliver("ingest-snapshot", &batch)?;
        }
        self.pass_on(&mut traffic)?;
        self.settle()?;
        self.pass_on(&mut traffic)?;
        Ok(events.len() as u64)
    }

    /// Waits until the outbox has handed on what was posted, and takes it.
    fn ingest_messages(&self, expected: usize) -> Result<Vec<String>> {
        let started = Instant::now();
        let mut messages = Vec::new();
        while messages.len() < expected {
            messages.extend(self.standin.take("ingest-snapshot"));
            if messages.len() < expected {
                if started.elapsed() > Duration::from_secs(20) {
                    return Err(Error::wrong("accepted snapshots did not arrive in the queue"));
                }
                std::thread::sleep(Duration::from_millis(2));
            }
        }
        Ok(messages)
    }

    /// Runs and changes go on. These queues have no window: one message, one invocation.
    fn pass_on(&mut self, traffic: &mut Traffic) -> Result<()> {
        for message in self.standin.take("optimize-run") {
            self.deliver("optimize-run", std::slice::from_ref(&message))?;
        }
        for message in self.standin.take("record-change") {
            traffic.apply(&message)?;
            self.deliver("record-change", std::slice::from_ref(&message))?;
        }
        Ok(())
    }

    fn deliver(&mut self, queue: &'static str, batch: &[String]) -> Result<()> {
        let bytes: usize = batch.iter().map(String::len).sum();
        #[expect(clippy::cast_precision_loss, reason = "a small count")]
        let receives = bytes.div_ceil(64 * 1024).max(1) as f64;
        // and one DeleteMessageBatch
        self.sqs_out += receives + 1.0;
        self.functions[queue].deliver(queue, batch)
    }

    /// Waits until no outbox of the tenant holds anything.
    fn settle(&self) -> Result<()> {
        let url = format!("{}/v1/outbox/depth", self.worker.url);
        let authorization = format!("Bearer {}", self.tenant.key);
        let started = Instant::now();
        loop {
            let answer = http::send("GET", &url, &[("authorization", &authorization)], &[], 10)?.success("depth")?;
            if answer.json()["depth"] == 0 {
                return Ok(());
            }
            if started.elapsed() > Duration::from_secs(20) {
                return Err(Error::wrong(format!("the outbox does not empty: {}", answer.text())));
            }
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    fn edge_counts(&self) -> Result<Value> {
        Ok(http::send("GET", &format!("{}/__counts", self.worker.url), &[], &[], 10)?.success("counts")?.json())
    }
}
