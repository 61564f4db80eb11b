//! A forced bad proposal: legal by the gate's rules, bad by ear. ControlRoom has to take it back by itself.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use attune_dev::error::{Error, Result};
use attune_dev::process::signals;
use attune_domain::{Decimal, KnobName, Station};
use serde_json::{Value, json};

use super::edge::Edge;

/// What was seen.
pub struct Seen {
    /// Version of the bad change.
    pub version: u64,
    /// Version that took it back.
    pub rolled_back_by: Option<u64>,
    /// From accept to roll-back, if it came.
    pub took: Option<Duration>,
}

/// Turns gains down and the gate up, each by what one step allows.
fn worse(values: &BTreeMap<String, String>) -> Result<BTreeMap<String, String>> {
    [KnobName::INPUT_GAIN, KnobName::OUTPUT_GAIN]
        .into_iter()
        .map(|name| {
            let knob = name.knob();
            let now = match values.get(knob.name) {
                Some(text) => knob.parse_value(text).map_err(|e| Error::other(e.to_string()))?,
                None => knob.default_value(),
            };
            let units = (now.units() - knob.max_step).max(knob.min);
            Ok((knob.name.to_owned(), Decimal::new(units, knob.places).to_string()))
        })
        .collect()
}

/// Proposes it; the answer's version.
pub fn force(edge: &Edge, station: Station, call_id: &str) -> Result<(u64, Instant)> {
    let end = Instant::now() + Duration::from_secs(12);
    // the optimizer may be at work at the station: a conflict or an interval is tried again with the new version
    loop {
        let now = edge.get(&format!("/v1/config/{station}?call_id={call_id}"))?;
        let values = now["values"].as_object().into_iter().flatten();
        let values =
            values.map(|(name, v)| (name.clone(), v["value"].as_str().unwrap_or_default().to_owned())).collect();
        let body = json!({
            "schema_version": 1, "station": station, "scope": "call", "call_id": call_id, "base_version": now["version"],
            "values": worse(&values)?, "reason": "forced bad proposal of the demonstration",
        });
        let key = attune_dev::keys::random_hex(16)?;
        let answer = edge.post("/v1/config/update", &key, &body)?;
        if answer.ok() {
            let version = answer.json()["change"]["version"].as_u64();
            return Ok((version.ok_or_else(|| Error::other("the change has no version"))?, Instant::now()));
        }
        if Instant::now() > end {
            return Err(Error::Refused {
                call: "/v1/config/update".into(),
                status: answer.status,
                body: answer.text(),
            });
        }
        signals::check()?;
        std::thread::sleep(Duration::from_millis(300));
    }
}

/// Waits for the automatic rollback of `version`.
pub fn watch(edge: &Edge, version: u64, since: Instant, seconds: u64) -> Result<Seen> {
    let mut seen = Seen { version, rolled_back_by: None, took: None };
    while since.elapsed() < Duration::from_secs(seconds) {
        signals::check()?;
        let changes = edge.changes()?;
        let took_back =
            |c: &&Value| c["origin"]["kind"] == "automatic_rollback" && c["origin"]["from_version"] == version;
        if let Some(change) = changes.iter().find(took_back) {
            seen.rolled_back_by = change["version"].as_u64();
            seen.took = Some(since.elapsed());
            return Ok(seen);
        }
        std::thread::sleep(Duration::from_millis(250));
    }
    Ok(seen)
}
