//! Configuration at the station: the agent's own check, the last known good one on disk, time to live.

use crate::config::Line;
use attune_audio::ChainParams;
use attune_contracts::config::EffectiveConfigV1;
use attune_domain::knob::KNOBS;
use attune_domain::{Decimal, KnobName};
use attune_optimizer::cross;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// What is in force at a station.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct InForce {
    /// Effective version; 0: the catalogue's defaults.
    pub version: u64,
    /// Seconds after which the agent returns by itself to what was in force before.
    pub ttl_s: Option<u32>,
    /// Values by knob.
    pub values: BTreeMap<KnobName, Decimal>,
}

impl InForce {
    /// The knobs as parameters of the chain. Knobs that the chain does not have (jitter buffer, codec …) belong to other parts.
    pub fn chain(&self) -> ChainParams {
        let mut params = ChainParams::default();
        for knob in &KNOBS {
            let value = self.values.get(&knob.key()).copied().unwrap_or_else(|| knob.default_value());
            if params.get(knob.name).is_some() {
                // values were checked against the same bounds in `check`
                let _ = params.set(knob.name, value.to_f64());
            }
        }
        params
    }

    /// Values that differ from the catalogue's defaults, as a snapshot names them.
    pub fn changed(&self) -> BTreeMap<String, String> {
        let differs = |(name, value): &(&KnobName, &Decimal)| **value != name.knob().default_value();
        self.values.iter().filter(differs).map(|(n, v)| (n.as_str().to_owned(), v.to_string())).collect()
    }
}

/// Checks a configuration once more before it is applied (decision 1): known knobs, within bounds, cross rules.
///
/// # Errors
/// What is wrong with it; the station then keeps what it has.
pub fn check(config: &EffectiveConfigV1) -> Result<InForce, String> {
    let mut values = BTreeMap::new();
    for (name, value) in &config.values {
        let key = KnobName::parse(name).map_err(|e| e.to_string())?;
        let knob = key.knob();
        let value = knob.parse_value(&value.value).map_err(|e| format!("{name}: {e}"))?;
        if !knob.exists_at(config.station) || !(knob.min..=knob.max).contains(&value.units()) {
            return Err(format!("{name}: {value} is outside of its bounds at station {}", config.station));
        }
        values.insert(key, value);
    }
    if let Some(rule) = cross::first_broken(config.station, &values) {
        return Err(rule.to_string());
    }
    Ok(InForce { version: config.version, ttl_s: config.ttl_s, values })
}

/// The last known good configuration of one line, on disk.
#[derive(Clone)]
pub struct Store {
    path: PathBuf,
}

impl Store {
    /// The file of a line.
    pub fn new(state_dir: &Path, line: &Line) -> Self {
        Self { path: state_dir.join(format!("config-{}-{}-{}.json", line.call_id, line.leg.as_str(), line.station)) }
    }

    /// Reads it; defaults if there is none or it is damaged.
    pub fn load(&self) -> Arc<InForce> {
        let read = || -> Option<InForce> {
            let config: EffectiveConfigV1 = serde_json::from_slice(&std::fs::read(&self.path).ok()?).ok()?;
            check(&config).ok()
        };
        Arc::new(read().unwrap_or_default())
    }

    /// Keeps a configuration that was applied; the file is replaced in one step.
    pub fn save(&self, config: &EffectiveConfigV1) -> std::io::Result<()> {
        let new = self.path.with_extension("new");
        std::fs::write(&new, serde_json::to_vec(config)?)?;
        std::fs::rename(&new, &self.path)
    }
}
