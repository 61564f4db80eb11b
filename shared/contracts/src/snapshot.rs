//! A station snapshot: what a station measured over one segment of a call, under which parameters.

use crate::FieldError;
use crate::parse::escape;
use attune_domain::{CallId, KnobName, Leg, MetricName, Millis, Station};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Body of `POST /v1/stations/snapshot`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SnapshotV1 {
    /// Always 1.
    #[serde(deserialize_with = "crate::parse::known_version")]
    pub schema_version: u32,
    /// The call.
    pub call_id: CallId,
    /// The leg of the call.
    pub channel: Channel,
    /// Where it was measured.
    pub station: Station,
    /// Which part of the call.
    pub segment: Segment,
    /// The station's clock when the segment ended. For people; never orders anything.
    pub captured_at: Millis,
    /// Measured values by catalogue name.
    pub metrics: BTreeMap<String, Metric>,
    /// The parameters in force while it was measured.
    pub parameters: Parameters,
    /// The recorded PCM, if it was uploaded.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub audio: Option<AudioRef>,
    /// Tighter bounds than the catalogue's that the station needs, by parameter name.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub constraints: BTreeMap<String, Constraint>,
    /// Targets of metrics by name that replace the defaults of the score.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub targets: BTreeMap<String, f64>,
}

/// The leg that the snapshot is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Channel {
    /// `a` or `b`.
    pub leg: Leg,
}

/// A part of a leg. `index` counts from 0 per call, leg and station, and is the sequence that orders snapshots.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Segment {
    /// Number of the segment, at most 99,999,999.
    pub index: u32,
    /// Start since the start of the leg, ms.
    pub start_ms: u64,
    /// End, ms; later than the start by at most an hour.
    pub end_ms: u64,
}

/// Where a value comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Source {
    /// Measured on the signal or the packets.
    Measured,
    /// Computed from measured values.
    Derived,
    /// Predicted by a model such as the E-model.
    Modelled,
    /// Not known; `value` is null.
    Unavailable,
}

/// One measured value.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Metric {
    // In the order of their names, as the canonical form has them: nothing has to be put in order for it then.
    /// How it was measured, such as `P.56-B`. At most 64 characters.
    pub method: String,
    /// Number of observations.
    pub n: u64,
    /// Where it comes from.
    pub source: Source,
    /// Unit of the catalogue.
    pub unit: String,
    /// The value in `unit`; null exactly if `source` is `unavailable`.
    pub value: Option<f64>,
    /// Length of the observation, ms.
    pub window_ms: u64,
}

/// The configuration in force.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Parameters {
    /// Effective version (0: nothing configured).
    pub version: u64,
    /// Values that differ from the defaults, as decimal strings by parameter name.
    pub values: BTreeMap<String, String>,
}

/// Longest storage key, bytes. With it every valid snapshot is far below what a queue takes.
pub const MAX_STORAGE_KEY: usize = 512;

/// Where the segment's PCM lies.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AudioRef {
    /// Key that `POST /v1/stations/audio` answered.
    pub storage_key: String,
    /// SHA-256 of the object, lowercase hex.
    pub sha256: String,
    /// Encoding of the object.
    pub encoding: Encoding,
    /// 8000 to 48000.
    pub sample_rate_hz: u32,
}

/// Encodings of recorded audio, mono.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Encoding {
    /// Linear PCM, 16 bit signed little-endian.
    #[serde(rename = "pcm_s16le")]
    PcmS16le,
    /// G.711 A-law.
    Alaw,
    /// G.711 µ-law.
    Mulaw,
}

/// A tighter bound.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Constraint {
    /// Least value, decimal string.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub min: Option<String>,
    /// Largest value, decimal string.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max: Option<String>,
}

impl SnapshotV1 {
    /// The natural key within a tenant: call, leg, station, segment index.
    pub fn natural_key(&self) -> String {
        format!("{}/{}/{}/{}", self.call_id, self.channel.leg.as_str(), self.station, self.segment.index)
    }

    /// A metric's value if it was measured, derived or modelled.
    pub fn value(&self, name: MetricName) -> Option<f64> {
        self.metrics.get(name.as_str()).and_then(|m| m.value)
    }

    /// All that the type alone cannot say. Empty: the snapshot is good.
    pub fn validate(&self, tenant: &str) -> Vec<FieldError> {
        let mut errors = Vec::new();
        let s = &self.segment;
        if s.index > 99_999_999 {
            errors.push(FieldError::new("/segment/index", "out_of_range", "at most 99999999"));
        }
        if s.end_ms <= s.start_ms || s.end_ms - s.start_ms > 3_600_000 {
            errors.push(FieldError::new(
                "/segment/end_ms",
                "out_of_range",
                "later than start_ms by at most 3600000 ms",
            ));
        }
        for (name, metric) in &self.metrics {
            check_metric(name, metric, &mut errors);
        }
        self.check_parameters(&mut errors);
        if let Some(audio) = &self.audio {
            audio.check(tenant, &self.call_id, &mut errors);
        }
        for (name, target) in &self.targets {
            let pointer = format!("/targets/{}", escape(name));
            match MetricName::parse(name).map(MetricName::def) {
                Err(e) => errors.push(FieldError::new(pointer, "unknown", e.to_string())),
                Ok(def) if !(def.min..=def.max).contains(target) => {
                    errors.push(out_of_range(pointer, def.min, def.max, def.unit))
                }
                Ok(_) => {}
            }
        }
        errors
    }

    fn check_parameters(&self, errors: &mut Vec<FieldError>) {
        let mut check = |pointer: String, name: &str, text: &str| match KnobName::parse(name) {
            Err(e) => errors.push(FieldError::new(pointer, "unknown", e.to_string())),
            Ok(key) if !key.knob().exists_at(self.station) => {
                errors.push(FieldError::new(
                    pointer,
                    "unknown",
                    format!("{name} does not exist at station {}", self.station),
                ));
            }
            Ok(key) => {
                if let Err(e) = key.knob().parse_value(text) {
                    errors.push(FieldError::new(pointer, "invalid", e.to_string()));
                }
            }
        };
        for (name, text) in &self.parameters.values {
            check(format!("/parameters/values/{}", escape(name)), name, text);
        }
        for (name, c) in &self.constraints {
            for (side, text) in [("min", &c.min), ("max", &c.max)] {
                if let Some(text) = text {
                    check(format!("/constraints/{}/{side}", escape(name)), name, text);
                }
            }
        }
    }
}

fn out_of_range(pointer: String, min: f64, max: f64, unit: &str) -> FieldError {
    FieldError::new(pointer, "out_of_range", format!("expected {min} to {max} {unit}"))
}

fn check_metric(name: &str, metric: &Metric, errors: &mut Vec<FieldError>) {
    let at = |field: &str| format!("/metrics/{}{field}", escape(name));
    let def = match MetricName::parse(name) {
        Ok(name) => name.def(),
        Err(e) => return errors.push(FieldError::new(at(""), "unknown", e.to_string())),
    };
    if metric.unit != def.unit {
        errors.push(FieldError::new(at("/unit"), "invalid", format!("expected {:?}", def.unit)));
    }
    if metric.method.is_empty() || metric.method.len() > 64 {
        errors.push(FieldError::new(at("/method"), "out_of_range", "expected 1 to 64 bytes"));
    }
    match (metric.value, metric.source) {
        (None, Source::Unavailable) => {}
        (None, _) => errors.push(FieldError::new(at("/value"), "missing", "null only with source \"unavailable\"")),
        (Some(_), Source::Unavailable) => {
            errors.push(FieldError::new(
                at("/value"),
                "invalid",
                "an unavailable metric has the value null; nothing is invented",
            ));
        }
        (Some(v), _) if !(def.min..=def.max).contains(&v) => {
            errors.push(out_of_range(at("/value"), def.min, def.max, def.unit))
        }
        (Some(_), _) => {}
    }
}

impl AudioRef {
    fn check(&self, tenant: &str, call: &CallId, errors: &mut Vec<FieldError>) {
        if self.sha256.len() != 64 || !self.sha256.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f')) {
            errors.push(FieldError::new("/audio/sha256", "invalid", "expected 64 lowercase hex digits"));
        }
        let ok = self.storage_key.len() <= MAX_STORAGE_KEY
            && self.storage_key.starts_with(&format!("{tenant}/{call}/"))
            && self.storage_key.ends_with(&self.sha256)
            && !self.storage_key.contains("..");
        if !ok {
            errors.push(FieldError::new(
                "/audio/storage_key",
                "invalid",
                "expected the key that POST /v1/stations/audio answered for this call",
            ));
        }
        if !(8_000..=48_000).contains(&self.sample_rate_hz) {
            errors.push(FieldError::new("/audio/sample_rate_hz", "out_of_range", "expected 8000 to 48000"));
        }
    }
}
