//! The catalogue of knobs: what may be tuned, within which bounds, how far and how often (see `attune-optimizer` for the gate).

use crate::{Decimal, DomainError, Station};
use serde::{Deserialize, Deserializer, Serialize};

/// One tunable parameter.
#[derive(Debug, PartialEq, Eq)]
pub struct Knob {
    /// Dotted name with its unit.
    pub name: &'static str,
    /// Unit; `bool` for switches (0 or 1).
    pub unit: &'static str,
    /// Resolution in decimal places; all numbers below count in that unit.
    pub places: u8,
    /// Least allowed value.
    pub min: i64,
    /// Largest allowed value.
    pub max: i64,
    /// Value in force where nothing is configured.
    pub default: i64,
    /// Largest change at once.
    pub max_step: i64,
    /// Least time between two changes at one station and scope, milliseconds.
    pub min_interval_ms: i64,
    /// Can it change within a running stream? What is not live takes effect with the next stream.
    pub live: bool,
    /// Stations where it exists.
    pub stations: &'static [Station],
}

use Station::{EmotionIn, GatewayIn, GatewayOut, SpeechServerIn, SpeechToText, TelephonyIn, TextToSpeechOut};
const ALL: &[Station] = &Station::ALL;
const INBOUND: &[Station] = &[TelephonyIn, GatewayIn, SpeechServerIn, SpeechToText, EmotionIn];
const LINES: &[Station] = &[TelephonyIn, GatewayIn, GatewayOut];
const CODED: &[Station] = &[GatewayIn, TextToSpeechOut, GatewayOut];

/// Gains and thresholds may move every 3 s, what changes the timbre or the dynamics every 5 s, buffers every 30 s.
const QUICK: i64 = 3_000;
const CALM: i64 = 5_000;
const SLOW: i64 = 30_000;

macro_rules! knob {
    ($name:literal, $unit:literal, $places:literal, $min:literal..=$max:literal, default $default:literal, step $step:literal, $interval:ident, $live:literal, $stations:ident) => {
        Knob {
            name: $name,
            unit: $unit,
            places: $places,
            min: $min,
            max: $max,
            default: $default,
            max_step: $step,
            min_interval_ms: $interval,
            live: $live,
            stations: $stations,
        }
    };
}

/// All knobs. Neutral defaults: an unconfigured station passes a clean line unchanged.
pub static KNOBS: [Knob; 26] = [
    knob!("pcm.input_gain_db", "dB", 1, -240..=240, default 0, step 60, QUICK, true, ALL),
    knob!("pcm.output_gain_db", "dB", 1, -240..=240, default 0, step 60, QUICK, true, ALL),
    knob!("highpass.cutoff_hz", "Hz", 0, 20..=400, default 20, step 200, CALM, true, ALL),
    knob!("noise_gate.threshold_dbfs", "dBFS", 1, -800..=-200, default -800, step 500, QUICK, true, ALL),
    knob!("noise_gate.attack_ms", "ms", 0, 1..=100, default 5, step 50, CALM, true, ALL),
    knob!("noise_gate.release_ms", "ms", 0, 10..=2000, default 60, step 500, CALM, true, ALL),
    knob!("noise_reduction.level_db", "dB", 1, 0..=300, default 0, step 60, CALM, true, ALL),
    knob!("agc.target_level_dbfs", "dBFS", 1, -350..=-120, default -200, step 60, QUICK, true, ALL),
    knob!("agc.max_gain_db", "dB", 1, 0..=300, default 0, step 60, QUICK, true, ALL),
    knob!("agc.attack_ms", "ms", 0, 1..=1000, default 50, step 500, CALM, true, ALL),
    knob!("agc.release_ms", "ms", 0, 10..=5000, default 500, step 1000, CALM, true, ALL),
    knob!("compressor.threshold_dbfs", "dBFS", 1, -400..=0, default 0, step 100, CALM, true, ALL),
    knob!("compressor.ratio", "1", 1, 10..=200, default 10, step 20, CALM, true, ALL),
    knob!("compressor.attack_ms", "ms", 0, 1..=200, default 5, step 50, CALM, true, ALL),
    knob!("compressor.release_ms", "ms", 0, 10..=2000, default 100, step 500, CALM, true, ALL),
    knob!("compressor.makeup_db", "dB", 1, 0..=240, default 0, step 60, CALM, true, ALL),
    knob!("limiter.threshold_dbfs", "dBFS", 1, -120..=0, default 0, step 60, QUICK, true, ALL),
    knob!("echo_canceller.enabled", "bool", 0, 0..=1, default 0, step 1, SLOW, true, INBOUND),
    knob!("echo_canceller.suppression_db", "dB", 1, 0..=600, default 0, step 120, CALM, true, INBOUND),
    knob!("jitterbuffer.size_ms", "ms", 0, 10..=500, default 60, step 60, SLOW, false, LINES),
    knob!("jitterbuffer.adaptive", "bool", 0, 0..=1, default 1, step 1, SLOW, false, LINES),
    knob!("eq.low_shelf_db", "dB", 1, -120..=120, default 0, step 30, CALM, true, ALL),
    knob!("eq.presence_db", "dB", 1, -120..=120, default 0, step 30, CALM, true, ALL),
    knob!("eq.high_shelf_db", "dB", 1, -120..=120, default 0, step 30, CALM, true, ALL),
    knob!("plc.enabled", "bool", 0, 0..=1, default 1, step 1, SLOW, true, LINES),
    knob!("codec.bitrate_kbps", "kbit/s", 0, 6..=128, default 64, step 32, SLOW, false, CODED),
];

/// Input gain, AGC gain and makeup together, in tenths of a dB, may be at most this (cross rule of the gate).
pub const TOTAL_GAIN_MAX_DB10: i64 = 360;
/// The gate's threshold lies at least this far under the AGC's target, in tenths of a dB (cross rule).
pub const GATE_UNDER_AGC_DB10: i64 = 100;

/// The name of a knob of the catalogue. Orders and compares by name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct KnobName(&'static str);

macro_rules! named {
    ($($name:ident = $text:literal;)*) => {
        impl KnobName {
            $(#[doc = concat!("`", $text, "`")] pub const $name: Self = Self($text);)*
        }
        #[cfg(test)]
        const NAMED: &[KnobName] = &[$(KnobName::$name),*];
    };
}

named! {
    INPUT_GAIN = "pcm.input_gain_db";
    OUTPUT_GAIN = "pcm.output_gain_db";
    HIGHPASS = "highpass.cutoff_hz";
    GATE_THRESHOLD = "noise_gate.threshold_dbfs";
    NOISE_REDUCTION = "noise_reduction.level_db";
    AGC_TARGET = "agc.target_level_dbfs";
    AGC_MAX_GAIN = "agc.max_gain_db";
    COMPRESSOR_THRESHOLD = "compressor.threshold_dbfs";
    COMPRESSOR_RATIO = "compressor.ratio";
    COMPRESSOR_MAKEUP = "compressor.makeup_db";
    LIMITER_THRESHOLD = "limiter.threshold_dbfs";
}

impl KnobName {
    /// Finds a knob by its name.
    ///
    /// # Errors
    /// [`DomainError::Knob`] with the name when the catalogue has none.
    pub fn parse(text: &str) -> Result<Self, DomainError> {
        KNOBS.iter().find(|k| k.name == text).map(|k| Self(k.name)).ok_or_else(|| DomainError::Knob(text.to_owned()))
    }

    /// The name as text.
    pub const fn as_str(self) -> &'static str {
        self.0
    }

    /// Bounds, step, interval, stations.
    pub fn knob(self) -> &'static Knob {
        KNOBS.iter().find(|k| k.name == self.0).unwrap_or(&KNOBS[0])
    }
}

impl Knob {
    /// The name as a typed value.
    pub const fn key(&self) -> KnobName {
        KnobName(self.name)
    }

    /// The default as a decimal.
    pub const fn default_value(&self) -> Decimal {
        Decimal::new(self.default, self.places)
    }

    /// Does the knob exist at a station?
    pub fn exists_at(&self, station: Station) -> bool {
        self.stations.contains(&station)
    }

    /// Reads a value at the knob's resolution.
    ///
    /// # Errors
    /// [`DomainError::Decimal`] or [`DomainError::Resolution`]. Bounds are the gate's to judge.
    pub fn parse_value(&self, text: &str) -> Result<Decimal, DomainError> {
        Decimal::parse(text, self.places)
    }
}

impl std::fmt::Display for KnobName {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.0)
    }
}

impl<'de> Deserialize<'de> for KnobName {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        Self::parse(&text).map_err(serde::de::Error::custom)
    }
}

/// A layer of configuration. The more specific one wins: call over tenant over global, per knob.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Scope {
    /// All tenants of the cell.
    Global,
    /// One tenant.
    Tenant,
    /// One call.
    Call,
}

impl Scope {
    /// The name on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Global => "global",
            Self::Tenant => "tenant",
            Self::Call => "call",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn the_catalogue_is_consistent() {
        assert_eq!(KNOBS.iter().map(|k| k.name).collect::<BTreeSet<_>>().len(), KNOBS.len());
        for k in &KNOBS {
            assert!(k.min < k.max && (k.min..=k.max).contains(&k.default), "{}", k.name);
            assert!(k.max_step > 0 && k.max_step <= k.max - k.min && k.min_interval_ms > 0, "{}", k.name);
            assert!(!k.stations.is_empty() && k.places <= crate::decimal::MAX_PLACES, "{}", k.name);
            assert!(k.unit != "bool" || (k.min, k.max, k.places) == (0, 1, 0), "{}", k.name);
        }
    }

    #[test]
    fn defaults_obey_the_cross_rules() {
        let default = |name: KnobName| name.knob().default;
        assert!(default(KnobName::GATE_THRESHOLD) + GATE_UNDER_AGC_DB10 <= default(KnobName::AGC_TARGET));
        assert!(default(KnobName::LIMITER_THRESHOLD) > default(KnobName::AGC_TARGET));
        let gain =
            default(KnobName::INPUT_GAIN) + default(KnobName::AGC_MAX_GAIN) + default(KnobName::COMPRESSOR_MAKEUP);
        assert!(gain <= TOTAL_GAIN_MAX_DB10);
        assert_eq!(default(KnobName::NOISE_REDUCTION), 0, "no suppression before recognition by default");
    }

    #[test]
    fn every_named_knob_is_in_the_catalogue() {
        for name in NAMED {
            assert_eq!(KnobName::parse(name.as_str()), Ok(*name));
        }
    }
}
