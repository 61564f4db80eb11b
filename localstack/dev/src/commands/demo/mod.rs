//! `cargo dev demo`: a real call through the whole system, and what came of it.

mod agents;
mod bad;
mod edge;
mod judge;
mod ledger;
mod lines;
mod report;

use std::collections::BTreeMap;
use std::path::Path;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use attune_dev::console::{self, note, title};
use attune_dev::error::{Error, IoContext, Result};
use attune_dev::paths::Paths;
use attune_dev::process::signals;
use attune_dev::stack::{Options, Stack, build_agent};
use attune_domain::CallId;

use agents::{Agent, Heard};
use edge::Edge;
use report::{Outcome, Row};

/// Longest time that the stations are given to come to rest.
const TUNING: Duration = Duration::from_secs(35);
/// A station is at rest when nothing was applied for this long: three segments, longer than any least interval of a live knob, and the way of a snapshot.
const REST: Duration = Duration::from_secs(9);
/// Least gain of a degraded station, in points of its score.
const GAIN: f64 = 3.0;

/// Runs the command.
pub fn run(paths: &Paths) -> Result<ExitCode> {
    title("Attune: a call through the whole system");
    let agent = build_agent(paths)?;
    let mut stack = Stack::start(Options::new("demo"))?;
    let started = Instant::now();
    let outcome = play(&mut stack, paths, &agent);
    stack.stop();
    let outcome = outcome?;
    report::print(&outcome, started.elapsed());
    Ok(if outcome.failures().is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn play(stack: &mut Stack, paths: &Paths, binary: &Path) -> Result<Outcome> {
    let (tenant, key) = stack.create_tenant("demo")?;
    let key_file = stack.run_folder().join("demo.key");
    std::fs::write(&key_file, &key).at(&key_file)?;
    let edge = Edge { url: stack.url(), authorization: format!("Bearer {key}") };
    let lines = lines::write(&paths.root.join("tests/fixtures/audio"), &stack.run_folder().join("lines"))?;
    let calls = [call_id()?, call_id()?];

    title("a call: one agent per station, 2 s segments");
    let mut agents = Vec::new();
    for (n, line) in lines.iter().enumerate() {
        agents.push(agents::start(stack, binary, n + 1, line, &calls[usize::from(line.control)], &key_file)?);
    }
    let began = Instant::now();
    let rested = tune(stack, &mut agents, began)?;
    note(&format!("the stations came to rest after {}", console::seconds(rested)));
    let before_bad: Vec<Heard> = agents.iter().map(Agent::heard).collect();

    let victim = lines.iter().position(|l| !l.control).unwrap_or_default();
    let (version, since) = bad::force(&edge, lines[victim].station, &calls[0])?;
    note(&format!("forced a bad proposal at station {}: version {version}", lines[victim].station));
    let seen = bad::watch(&edge, version, since, 15)?;

    for agent in &agents {
        agent.ask_to_stop();
    }
    for agent in &mut agents {
        agent.stop();
    }
    let heard: Vec<Heard> = agents.iter().map(Agent::heard).collect();
    let entries: Vec<_> = lines
        .iter()
        .zip(&agents)
        .zip(&heard)
        .map(|((line, agent), heard)| ledger::Entry { station: line.station.number(), call_id: &agent.call_id, heard })
        .collect();
    // what was accepted last is still on its way
    let end = Instant::now() + Duration::from_secs(15);
    while ledger::missing(stack, &tenant, &entries)? > 0 && Instant::now() < end {
        signals::check()?;
        std::thread::sleep(Duration::from_millis(200));
    }
    let changes = edge.changes()?;
    let ledger = ledger::settle(stack, &tenant, &entries, &changes)?;

    let mut rows = Vec::new();
    for (n, line) in lines.iter().enumerate() {
        let after = before_bad[n].values();
        rows.push(Row {
            station: line.station,
            fault: line.fault,
            control: line.control,
            before: judge::score(line.station, &line.held_out, &BTreeMap::new())?,
            after: judge::score(line.station, &line.held_out, &after)?,
            iterations: before_bad[n].applied.len(),
            values: after,
            reasons: report::reasons(&changes, line.station, &agents[n].call_id),
            trouble: heard[n].trouble.clone(),
        });
    }
    Ok(Outcome { rows, ledger, bad: seen })
}

/// Waits until every station is at rest; how long that took.
fn tune(stack: &mut Stack, agents: &mut [Agent], began: Instant) -> Result<Duration> {
    let mut heartbeat = console::Heartbeat::new("tuning", Duration::from_secs(5));
    let mut last = (0, Instant::now());
    loop {
        signals::check()?;
        stack.check()?;
        for agent in agents.iter_mut() {
            agent.check()?;
        }
        let heard: Vec<Heard> = agents.iter().map(Agent::heard).collect();
        let applied: usize = heard.iter().map(|h| h.applied.len()).sum();
        if applied != last.0 {
            last = (applied, Instant::now());
        }
        let all_heard = heard.iter().all(|h| h.accepted.len() >= 2);
        if began.elapsed() > TUNING || (all_heard && applied > 0 && last.1.elapsed() > REST) {
            return Ok(began.elapsed());
        }
        heartbeat.tick(began.elapsed(), || {
            let accepted: usize = heard.iter().map(|h| h.accepted.len()).sum();
            format!("{accepted} snapshots accepted, {applied} configurations applied")
        });
        std::thread::sleep(Duration::from_millis(200));
    }
}

fn call_id() -> Result<String> {
    let mut random = [0u8; 16];
    getrandom::fill(&mut random).map_err(|e| Error::other(e.to_string()))?;
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).map_or(0, |d| d.as_millis());
    Ok(CallId::new(i64::try_from(now).unwrap_or(i64::MAX), u128::from_le_bytes(random)).to_string())
}
