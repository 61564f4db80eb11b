//! The catalogue of metrics: the 75 of the product in six groups, and the group `signal` that the station agent measures beside them.

use crate::DomainError;
use serde::{Deserialize, Deserializer, Serialize};

/// One metric of the catalogue.
#[derive(Debug, PartialEq)]
pub struct MetricDef {
    /// Dotted name: group, then metric.
    pub name: &'static str,
    /// Unit as written in snapshots; `1` for a pure number.
    pub unit: &'static str,
    /// Least value that makes sense.
    pub min: f64,
    /// Largest value that makes sense.
    pub max: f64,
    /// Resolution in decimal places of stored and hashed values.
    pub places: u8,
}

const fn m(name: &'static str, unit: &'static str, min: f64, max: f64, places: u8) -> MetricDef {
    MetricDef { name, unit, min, max, places }
}

const COUNT: f64 = 1e12;
const MS: f64 = 3_600_000.0;

/// All metrics. The first 75 are the product's catalogue; `signal.*` is what the agent's audio core adds.
pub static METRICS: [MetricDef; 80] = [
    m("buffer.total", "ms", 0.0, MS, 1),
    m("buffer.input", "ms", 0.0, MS, 1),
    m("buffer.output", "ms", 0.0, MS, 1),
    m("buffer.jitter", "ms", 0.0, MS, 1),
    m("buffer.underrun", "count", 0.0, COUNT, 0),
    m("buffer.overrun", "count", 0.0, COUNT, 0),
    m("buffer.playback", "ms", 0.0, MS, 1),
    m("buffer.record", "ms", 0.0, MS, 1),
    m("buffer.network", "ms", 0.0, MS, 1),
    m("buffer.processing", "ms", 0.0, MS, 1),
    m("buffer.adaptive", "ms", 0.0, MS, 1),
    m("buffer.fixed", "ms", 0.0, MS, 1),
    m("buffer.dynamic", "ms", 0.0, MS, 1),
    m("buffer.allocation", "count", 0.0, COUNT, 0),
    m("buffer.deallocation", "count", 0.0, COUNT, 0),
    m("latency.avg", "ms", 0.0, MS, 2),
    m("latency.min", "ms", 0.0, MS, 2),
    m("latency.max", "ms", 0.0, MS, 2),
    m("latency.jitter", "ms", 0.0, MS, 2),
    m("latency.variance", "ms2", 0.0, 1e12, 2),
    m("latency.percentile95", "ms", 0.0, MS, 2),
    m("latency.network", "ms", 0.0, MS, 2),
    m("latency.processing", "ms", 0.0, MS, 2),
    m("latency.encode", "ms", 0.0, MS, 2),
    m("latency.decode", "ms", 0.0, MS, 2),
    m("latency.roundtrip", "ms", 0.0, MS, 2),
    m("latency.oneway", "ms", 0.0, MS, 2),
    m("packet.loss", "%", 0.0, 100.0, 3),
    m("packet.received", "count", 0.0, COUNT, 0),
    m("packet.sent", "count", 0.0, COUNT, 0),
    m("packet.dropped", "count", 0.0, COUNT, 0),
    m("packet.outOfOrder", "count", 0.0, COUNT, 0),
    m("packet.duplicate", "count", 0.0, COUNT, 0),
    m("packet.retransmit", "count", 0.0, COUNT, 0),
    m("packet.corruption", "count", 0.0, COUNT, 0),
    m("packet.fragmentation", "count", 0.0, COUNT, 0),
    m("packet.reassembly", "count", 0.0, COUNT, 0),
    m("packet.throughput", "kbit/s", 0.0, 1e9, 1),
    m("packet.bandwidth", "kbit/s", 0.0, 1e9, 1),
    m("packet.rate", "packets/s", 0.0, 1e9, 1),
    m("packet.size", "bytes", 0.0, 1e9, 0),
    m("packet.interval", "ms", 0.0, MS, 2),
    m("audioQuality.snr", "dB", -60.0, 120.0, 2),
    m("audioQuality.mos", "1", 1.0, 5.0, 3),
    m("audioQuality.pesq", "1", -0.5, 5.0, 3),
    m("audioQuality.polqa", "1", 1.0, 5.0, 3),
    m("audioQuality.thd", "%", 0.0, 100.0, 3),
    m("audioQuality.speechLevel", "dBFS", -120.0, 6.0, 2),
    m("audioQuality.clipping", "%", 0.0, 100.0, 4),
    m("audioQuality.noise", "dBFS", -120.0, 6.0, 2),
    m("audioQuality.echo", "dB", -120.0, 120.0, 2),
    m("audioQuality.distortion", "1", 0.0, 1.0, 4),
    m("audioQuality.clarity", "1", 0.0, 1.0, 4),
    m("audioQuality.intelligibility", "1", 0.0, 1.0, 4),
    m("performance.cpu", "%", 0.0, 100_000.0, 2),
    m("performance.memory", "%", 0.0, 100.0, 2),
    m("performance.bandwidth", "kbit/s", 0.0, 1e9, 1),
    m("performance.throughput", "1/s", 0.0, 1e9, 2),
    m("performance.threads", "count", 0.0, 1e6, 0),
    m("performance.queue", "count", 0.0, COUNT, 0),
    m("performance.cache", "%", 0.0, 100.0, 2),
    m("performance.io", "1/s", 0.0, 1e9, 2),
    m("performance.disk", "%", 0.0, 100.0, 2),
    m("performance.network", "kbit/s", 0.0, 1e9, 1),
    m("performance.latency", "ms", 0.0, MS, 2),
    m("custom.state", "1", 0.0, 1e6, 0),
    m("custom.successRate", "%", 0.0, 100.0, 3),
    m("custom.warningCount", "count", 0.0, COUNT, 0),
    m("custom.criticalCount", "count", 0.0, COUNT, 0),
    m("custom.totalProcessed", "count", 0.0, COUNT, 0),
    m("custom.processingSpeed", "1/s", 0.0, 1e9, 2),
    m("custom.lastActivity", "s", 0.0, 1e12, 3),
    m("custom.uptime", "s", 0.0, 1e12, 3),
    m("custom.reliability", "1", 0.0, 1.0, 4),
    m("custom.availability", "1", 0.0, 1.0, 4),
    m("signal.rms", "dBFS", -120.0, 6.0, 2),
    m("signal.peak", "dBFS", -120.0, 6.0, 2),
    m("signal.hum", "dBFS", -120.0, 6.0, 2),
    m("signal.activity", "1", 0.0, 1.0, 4),
    m("signal.rFactor", "1", 0.0, 100.0, 2),
];

/// The name of a metric of the catalogue. Orders and compares by name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct MetricName(&'static str);

macro_rules! named {
    ($($(#[$doc:meta])* $name:ident = $text:literal;)*) => {
        impl MetricName {
            $($(#[$doc])* pub const $name: Self = Self($text);)*
        }
    };
}

named! {
    /// P.56 active speech level, dBFS.
    SPEECH_LEVEL = "audioQuality.speechLevel";
    /// Active level over noise floor, dB.
    SNR = "audioQuality.snr";
    /// Share of clipped samples, %.
    CLIPPING = "audioQuality.clipping";
    /// Noise floor, dBFS.
    NOISE = "audioQuality.noise";
    /// Mean opinion score by the E-model.
    MOS = "audioQuality.mos";
    /// Power of mains hum and its harmonics, dBFS.
    HUM = "signal.hum";
    /// RMS level, dBFS.
    RMS = "signal.rms";
    /// Largest sample, dBFS.
    PEAK = "signal.peak";
    /// P.56 activity factor.
    ACTIVITY = "signal.activity";
    /// E-model R.
    R_FACTOR = "signal.rFactor";
    /// Lost packets, %.
    LOSS = "packet.loss";
    /// RFC 3550 interarrival jitter, ms.
    JITTER = "latency.jitter";
}

impl MetricName {
    /// Finds a metric by its name.
    ///
    /// # Errors
    /// [`DomainError::Metric`] with the name when the catalogue has none.
    pub fn parse(text: &str) -> Result<Self, DomainError> {
        METRICS
            .iter()
            .find(|m| m.name == text)
            .map(|m| Self(m.name))
            .ok_or_else(|| DomainError::Metric(text.to_owned()))
    }

    /// The name as text.
    pub const fn as_str(self) -> &'static str {
        self.0
    }

    /// Unit, range and resolution.
    pub fn def(self) -> &'static MetricDef {
        METRICS.iter().find(|m| m.name == self.0).unwrap_or(&METRICS[0])
    }
}

impl<'de> Deserialize<'de> for MetricName {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        Self::parse(&text).map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn seventy_five_metrics_and_the_agents_own_with_unique_names() {
        let own = METRICS.iter().filter(|m| m.name.starts_with("signal.")).count();
        assert_eq!(METRICS.len() - own, 75);
        assert_eq!(METRICS.iter().map(|m| m.name).collect::<BTreeSet<_>>().len(), METRICS.len());
        assert!(METRICS.iter().all(|m| m.min < m.max && m.places <= crate::decimal::MAX_PLACES));
    }

    #[test]
    fn every_named_metric_is_in_the_catalogue() {
        for name in [
            MetricName::SPEECH_LEVEL,
            MetricName::SNR,
            MetricName::CLIPPING,
            MetricName::NOISE,
            MetricName::MOS,
            MetricName::HUM,
            MetricName::RMS,
            MetricName::PEAK,
            MetricName::ACTIVITY,
            MetricName::R_FACTOR,
            MetricName::LOSS,
            MetricName::JITTER,
        ] {
            assert_eq!(MetricName::parse(name.as_str()), Ok(name));
            assert_eq!(name.def().name, name.as_str());
        }
        assert!(MetricName::parse("audioQuality.vibes").is_err());
    }
}
