//! The edge: durable accept against a baseline that stores nothing, and reads against a no-op, on one Worker in one run.

use crate::error::{At, Error, Result};
use crate::functions::gzip_bytes;
use crate::load::{self, CONNECTIONS, Numbers, Outcome, Target};
use crate::measure::{cpu_of, median, quantile};
use crate::report::{Bound, Report};
use crate::restate::{self, Restate};
use crate::rig::Rig;
use crate::standin::Standin;
use crate::syncs;
use crate::workerd::{Entry, Tenant, Worker};
use attune_dev::http;
use serde_json::json;
use std::time::Duration;

const PART: &str = "worker";
/// Requests of one round of one variant.
const REQUESTS: u64 = 1_500;
/// What a drain may take after the last answer.
const DRAIN: Duration = Duration::from_secs(30);

/// One variant's figures, a value per round.
#[derive(Debug, Default)]
pub struct Series {
    /// Answers per second.
    pub throughput: Vec<f64>,
    p50: Vec<f64>,
    p99: Vec<f64>,
    /// CPU of the server per answer, µs.
    pub cpu_us: Vec<f64>,
}

impl Series {
    /// Adds a round.
    pub fn add(&mut self, outcome: &Outcome, cpu: Duration) {
        self.throughput.push(outcome.throughput());
        self.p50.push(median(&outcome.times_ms));
        self.p99.push(quantile(&outcome.times_ms, 0.99));
        #[expect(clippy::cast_precision_loss, reason = "a count")]
        self.cpu_us.push(cpu.as_secs_f64() * 1e6 / outcome.answers as f64);
    }

    /// Tells the figures of a part's variant.
    pub fn tell(&self, part: &'static str, name: &str, report: &mut Report) {
        report.tell(part, format!("{name}: throughput"), median(&self.throughput), "1/s");
        report.tell(part, format!("{name}: p50"), median(&self.p50), "ms");
        report.tell(part, format!("{name}: p99"), median(&self.p99), "ms");
        report.tell(part, format!("{name}: CPU of the server per answer"), median(&self.cpu_us), "µs");
    }
}

/// Median over the rounds of one series by another.
pub fn ratio(of: &[f64], by: &[f64]) -> f64 {
    median(&of.iter().zip(by).map(|(a, b)| a / b).collect::<Vec<_>>())
}

/// Measures and reports.
///
/// # Errors
/// The Worker does not start, or a request fails.
pub fn run(rig: &Rig, rounds: usize, report: &mut Report) -> Result<()> {
    size(rig, report)?;
    let standin = Standin::start("{}")?;
    let mut worker = Worker::start(rig, "workerd", Entry::Plain, &standin, &standin.url)?;
    let tenant = worker.tenant("bench")?;
    let restate = match Restate::start(rig) {
        Ok(restate) => Some(restate),
        Err(error) => {
            report.skip("Restate's one-way send", error);
            None
        }
    };
    let measured = rounds_of(&worker, &tenant, restate.as_ref(), &standin, rounds)?;
    worker.check()?;
    accepts(&measured, report);
    reads(&measured, report);
    syncs(&worker, &tenant, restate.as_ref(), report)?;
    Ok(())
}

struct Measured {
    baseline: Series,
    accept: Series,
    noop: Series,
    config: Series,
    unchanged: Series,
    restate: Option<(Series, Vec<f64>)>,
    own_cpu_us: Vec<f64>,
    calls_of_304: u64,
}

fn rounds_of(
    worker: &Worker,
    tenant: &Tenant,
    restate: Option<&Restate>,
    standin: &Standin,
    rounds: usize,
) -> Result<Measured> {
    let numbers = Numbers::default();
    let etag = etag(worker, tenant)?;
    let key = format!("authorization: Bearer {}\r\n", tenant.key);
    let accept = Target::post(worker.port, "/v1/stations/snapshot", &tenant.key);
    let baseline = Target::post(worker.port, "/v1/bench/accept", &tenant.key);
    let noop = Target::get(worker.port, "/v1/bench/noop", "", 204);
    let config = Target::get(worker.port, "/v1/config/4", &key, 200);
    let unchanged = Target::get(worker.port, "/v1/config/4", &format!("{key}if-none-match: {etag}\r\n"), 304);
    let mut m = Measured {
        baseline: Series::default(),
        accept: Series::default(),
        noop: Series::default(),
        config: Series::default(),
        unchanged: Series::default(),
        restate: restate.map(|_| (Series::default(), Vec::new())),
        own_cpu_us: Vec::new(),
        calls_of_304: 0,
    };
    let plain = |target: &Target, series: Option<&mut Series>| -> Result<()> {
        let before = cpu_of(worker.pid);
        let outcome = load::run(target, REQUESTS, &numbers)?;
        let cpu = cpu_of(worker.pid).saturating_sub(before);
        if let Some(series) = series {
            series.add(&outcome, cpu);
        }
        Ok(())
    };
    // once through everything, not counted: compiled code, open objects, connections
    for target in [&baseline, &noop, &config, &unchanged] {
        plain(target, None)?;
    }
    durable(worker, &accept, standin, &numbers, &mut Series::default(), &mut Vec::new())?;
    if let Some(restate) = restate {
        restate.round(REQUESTS, &numbers)?;
    }
    for round in 0..rounds {
        attune_dev::process::signals::check()?;
        eprintln!("round {} of {rounds}", round + 1);
        // the order turns, so that what a variant leaves behind (files to write back, memory) does not always hit the same one
        for step in 0..6 {
            match (step + round) % 6 {
                0 => plain(&baseline, Some(&mut m.baseline))?,
                1 => durable(worker, &accept, standin, &numbers, &mut m.accept, &mut m.own_cpu_us)?,
                2 => plain(&noop, Some(&mut m.noop))?,
                3 => plain(&config, Some(&mut m.config))?,
                4 => {
                    let before = touched(standin);
                    plain(&unchanged, Some(&mut m.unchanged))?;
                    m.calls_of_304 += touched(standin) - before;
                }
                _ => {
                    if let (Some(restate), Some((series, with_handler))) = (restate, m.restate.as_mut()) {
                        let (outcome, server, handler) = restate.round(REQUESTS, &numbers)?;
                        series.add(&outcome, server);
                        #[expect(clippy::cast_precision_loss, reason = "a count")]
                        with_handler.push((server + handler).as_secs_f64() * 1e6 / outcome.answers as f64);
                    }
                }
            }
        }
    }
    Ok(m)
}

/// Accepts, until everything that was accepted has arrived in the queue.
fn durable(
    worker: &Worker,
    target: &Target,
    standin: &Standin,
    numbers: &Numbers,
    series: &mut Series,
    own_cpu_us: &mut Vec<f64>,
) -> Result<()> {
    let expected = standin.counts().sqs_entries + REQUESTS;
    let (before, own) = (cpu_of(worker.pid), cpu_of(std::process::id()));
    let outcome = load::run(target, REQUESTS, numbers)?;
    if !standin.wait_for_entries(expected, DRAIN) {
        let missing = expected - standin.counts().sqs_entries;
        return Err(Error::wrong(format!("{missing} accepted snapshots did not arrive in the queue")));
    }
    series.add(&outcome, cpu_of(worker.pid).saturating_sub(before));
    #[expect(clippy::cast_precision_loss, reason = "a count")]
    own_cpu_us.push(cpu_of(std::process::id()).saturating_sub(own).as_secs_f64() * 1e6 / REQUESTS as f64);
    Ok(())
}

/// Calls that reached DynamoDB or S3.
fn touched(standin: &Standin) -> u64 {
    let counts = standin.counts();
    counts.other + counts.s3_puts
}

fn etag(worker: &Worker, tenant: &Tenant) -> Result<String> {
    let url = format!("{}/v1/config/4", worker.url);
    let authorization = format!("Bearer {}", tenant.key);
    let tag = http::header("GET", &url, &[("authorization", &authorization)], "etag")?;
    tag.ok_or_else(|| Error::wrong("GET /v1/config/4 has no ETag"))
}

fn accepts(m: &Measured, report: &mut Report) {
    let throughput = ratio(&m.accept.throughput, &m.baseline.throughput);
    let how = "aim 0.8; closed loop, 32 connections, 8 KB; the baseline does all but storing";
    report.require_how(
        PART,
        "durable accept: throughput by the baseline's",
        (throughput, "times"),
        Bound::AtLeast(0.6),
        how,
    );
    let p50 = ratio(&m.accept.p50, &m.baseline.p50);
    report.require(PART, "durable accept: p50 by the baseline's", p50, "times", Bound::AtMost(2.0));
    let cpu = median(&m.accept.cpu_us);
    let how = "all threads of workerd, until the queue has everything";
    report.require_how(PART, "durable accept: CPU with its drain", (cpu, "µs"), Bound::AtMost(800.0), how);
    m.accept.tell(PART, "durable accept", report);
    m.baseline.tell(PART, "baseline", report);
    report.tell(PART, "durable accept: CPU of load and stand-ins, not in it", median(&m.own_cpu_us), "µs");
    let Some((restate, with_handler)) = &m.restate else { return };
    let how = "Restate: one-way send of the same body on 32 connections, default configuration, handler in Node.js";
    let peer = Bound::Below(median(&restate.p50));
    report.require_how(PART, "durable accept: p50 beside Restate's", (median(&m.accept.p50), "ms"), peer, how);
    let how = "Restate: restate-server only, until its handler has run for all; without the handler's process";
    let peer = Bound::Below(median(&restate.cpu_us));
    report.require_how(PART, "durable accept: CPU beside Restate's", (cpu, "µs"), peer, how);
    restate.tell(PART, "Restate", report);
    report.tell(PART, "Restate: CPU with the handler's process", median(with_handler), "µs");
}

fn reads(m: &Measured, report: &mut Report) {
    let p50 = ratio(&m.config.p50, &m.noop.p50);
    report.require(PART, "GET /v1/config/{station}: p50 by the no-op's", p50, "times", Bound::AtMost(2.0));
    let p50 = ratio(&m.unchanged.p50, &m.noop.p50);
    report.tell(PART, "the same with 304: p50 by the no-op's", p50, "times");
    #[expect(clippy::cast_precision_loss, reason = "a count")]
    let calls = m.calls_of_304 as f64;
    report.require(PART, "304: calls to DynamoDB and S3", calls, "calls", Bound::AtMost(0.0));
    m.noop.tell(PART, "no-op", report);
    m.config.tell(PART, "GET /v1/config/{station}", report);
    m.unchanged.tell(PART, "GET /v1/config/{station} 304", report);
}

/// What each side does to make an accept durable: calls of the system to sync, counted beside the timed rounds.
fn syncs(worker: &Worker, tenant: &Tenant, restate: Option<&Restate>, report: &mut Report) -> Result<()> {
    let numbers = Numbers::starting_at(1 << 40);
    let accept = Target::post(worker.port, "/v1/stations/snapshot", &tenant.key);
    let ours = syncs::count(worker.pid, || load::run(&accept, 400, &numbers).map(|outcome| outcome.answers));
    let note = "SQLite in WAL mode, synced at every commit as with synchronous = FULL; no answer before its commit (output gate)";
    let ours = ours.map_or_else(|error| json!({"unknown": error.to_string()}), |calls| json!(calls));
    let mut detail = json!({"workerd": {"setting": note, "sync_calls_per_accept": ours}});
    if let Some(restate) = restate {
        let theirs = syncs::count(restate.pid, || restate.round(400, &numbers).map(|(outcome, _, _)| outcome.answers));
        let theirs = theirs.map_or_else(|error| json!({"unknown": error.to_string()}), |calls| json!(calls));
        detail["restate"] =
            json!({"setting": restate::sync_settings(&restate.program)?, "sync_calls_per_accept": theirs});
    }
    report.detail("durability", detail);
    Ok(())
}

/// All that is uploaded.
fn size(rig: &Rig, report: &mut Report) -> Result<()> {
    let files = [attune_dev::stack::script(&rig.bundle)?, rig.bundle.join("index_bg.wasm")];
    let bytes = files.iter().map(|file| gzip_bytes(file)).sum::<Result<f64>>()?;
    report.require(PART, "Worker, gzip", bytes / 1e3, "kB", Bound::AtMost(900.0));
    #[expect(clippy::cast_precision_loss, reason = "a file's size")]
    let plain =
        files.iter().map(|file| file.metadata().map(|m| m.len() as f64)).sum::<std::io::Result<f64>>().at("bundle")?;
    report.tell(PART, "Worker, as it is", plain / 1e3, "kB");
    report.detail("connections", json!(CONNECTIONS));
    Ok(())
}
