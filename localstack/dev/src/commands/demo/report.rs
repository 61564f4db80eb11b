//! The table and the line of JSON at the end.

use std::collections::BTreeMap;
use std::time::Duration;

use attune_dev::console::{self, title};
use attune_domain::Station;
use serde_json::{Value, json};

use super::GAIN;
use super::bad::Seen;
use super::ledger::{Ledger, percentile};

/// One line's result.
pub struct Row {
    /// Station.
    pub station: Station,
    /// What was wrong with its line.
    pub fault: &'static str,
    /// Is it the clean control?
    pub control: bool,
    /// Score on held-out speech with the defaults.
    pub before: f64,
    /// The same with the parameters that Attune set.
    pub after: f64,
    /// Configurations applied.
    pub iterations: usize,
    /// Parameters that differ from the defaults.
    pub values: BTreeMap<String, String>,
    /// Why, oldest first.
    pub reasons: Vec<String>,
    /// Events of its agent that are not as they should be.
    pub trouble: Vec<String>,
}

/// All results.
pub struct Outcome {
    /// One per line.
    pub rows: Vec<Row>,
    /// The account.
    pub ledger: Ledger,
    /// The forced bad proposal.
    pub bad: Seen,
}

/// Reasons of the changes that optimizer runs made at a station of a call, oldest first.
pub fn reasons(changes: &[Value], station: Station, call: &str) -> Vec<String> {
    let of_station =
        |c: &&Value| c["station"] == station.number() && c["call_id"] == call && c["origin"]["kind"] == "run";
    let mut reasons: Vec<String> =
        changes.iter().filter(of_station).filter_map(|c| Some(c["reason"].as_str()?.to_owned())).collect();
    reasons.reverse();
    reasons
}

impl Outcome {
    /// Everything that is not as promised; empty: the demonstration has succeeded.
    pub fn failures(&self) -> Vec<String> {
        let mut failures = Vec::new();
        for row in &self.rows {
            if row.control && (row.iterations > 0 || !row.values.is_empty()) {
                failures.push(format!("the clean control station {} was changed", row.station));
            }
            if !row.control && row.after - row.before < GAIN {
                failures.push(format!(
                    "station {} gained {:.1} points, less than {GAIN}",
                    row.station,
                    row.after - row.before
                ));
            }
        }
        if self.bad.rolled_back_by.is_none() {
            failures.push(format!("the bad proposal, version {}, was not rolled back", self.bad.version));
        }
        let ledger = &self.ledger;
        if ledger.accepted == 0 || ledger.lost > 0 || ledger.doubled > 0 {
            failures.push(format!("{} accepted, {} lost, {} doubled", ledger.accepted, ledger.lost, ledger.doubled));
        }
        failures
    }

    fn json(&self) -> Value {
        let stations: Vec<Value> = self.rows.iter().map(Row::json).collect();
        let ledger = &self.ledger;
        json!({
            "ok": self.failures().is_empty(), "failures": self.failures(), "stations": stations,
            "accept_to_applied_ms": {"p50": percentile(&ledger.accept_to_applied_ms, 0.5), "p95": percentile(&ledger.accept_to_applied_ms, 0.95), "n": ledger.accept_to_applied_ms.len()},
            "messages": {"accepted": ledger.accepted, "applied": ledger.applied, "lost": ledger.lost, "doubled": ledger.doubled},
            "bad_proposal": {"version": self.bad.version, "rolled_back_by": self.bad.rolled_back_by, "after_ms": self.bad.took.map(|t| t.as_millis() as u64)},
        })
    }
}

impl Row {
    fn json(&self) -> Value {
        let round = |v: f64| (v * 10.0).round() / 10.0;
        json!({
            "station": self.station, "fault": self.fault, "control": self.control, "score_before": round(self.before),
            "score_after": round(self.after), "iterations": self.iterations, "parameters": self.values, "reasons": self.reasons,
        })
    }
}

/// Prints the table, then the line of JSON.
pub fn print(outcome: &Outcome, took: Duration) {
    title("what came of it (scores 0-100, on speech that the optimizer never heard)");
    println!("  {:<28} {:<28} {:>6} {:>6} {:>5}  parameters changed", "station", "line", "before", "after", "iter.");
    for row in &outcome.rows {
        let station = format!("{} {}{}", row.station, row.station.label(), if row.control { ", control" } else { "" });
        let values: Vec<String> = row.values.iter().map(|(name, value)| format!("{name} {value}")).collect();
        let values = if values.is_empty() { "none".to_owned() } else { values.join(", ") };
        println!(
            "  {station:<28} {:<28} {:>6.1} {:>6.1} {:>5}  {values}",
            row.fault, row.before, row.after, row.iterations
        );
        for reason in &row.reasons {
            println!("  {:<28} why: {reason}", "");
        }
        for trouble in &row.trouble {
            println!("  {:<28} note: {trouble}", "");
        }
    }
    let ledger = &outcome.ledger;
    let ms = |share| percentile(&ledger.accept_to_applied_ms, share).map_or("-".to_owned(), |ms| format!("{ms} ms"));
    println!(
        "\n  from accept to applied       p50 {}, p95 {} ({} changes)",
        ms(0.5),
        ms(0.95),
        ledger.accept_to_applied_ms.len()
    );
    println!(
        "  messages                     {} accepted, {} applied, {} lost, {} doubled",
        ledger.accepted, ledger.applied, ledger.lost, ledger.doubled
    );
    match (outcome.bad.rolled_back_by, outcome.bad.took) {
        (Some(version), Some(took)) => {
            println!(
                "  forced bad proposal          version {}, rolled back by version {version} after {}",
                outcome.bad.version,
                console::seconds(took)
            );
        }
        _ => println!("  forced bad proposal          version {}, NOT rolled back", outcome.bad.version),
    }
    println!("  took                         {}", console::seconds(took));
    for failure in outcome.failures() {
        console::failed(&failure);
    }
    println!("{}", outcome.json());
}
