//! Rules between knobs. They hold for every merged result, at every station that has the knobs.

use crate::layer::Values;
use attune_domain::knob::{GATE_UNDER_AGC_DB10, TOTAL_GAIN_MAX_DB10};
use attune_domain::station::Objective;
use attune_domain::{Decimal, KnobName, Station};

/// A rule between knobs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum CrossRule {
    /// The gate's threshold lies at least 10 dB under the AGC's target: else the gate closes on the speech that the AGC has levelled.
    GateUnderAgc,
    /// The limiter's threshold lies above the AGC's target: else the two work against each other all the time.
    LimiterOverAgc,
    /// Input gain, largest AGC gain and makeup together are at most 36 dB: more lifts the noise of any line into hearing.
    TotalGain,
    /// No noise suppression where a machine recognises words or moods: its artefacts cost more words than the noise does.
    NoSuppressionBeforeRecognition,
}

impl CrossRule {
    /// All rules, in the order in which they are judged.
    pub const ALL: [Self; 4] =
        [Self::GateUnderAgc, Self::LimiterOverAgc, Self::TotalGain, Self::NoSuppressionBeforeRecognition];

    /// The knobs it is about.
    pub const fn knobs(self) -> &'static [KnobName] {
        match self {
            Self::GateUnderAgc => &[KnobName::GATE_THRESHOLD, KnobName::AGC_TARGET],
            Self::LimiterOverAgc => &[KnobName::LIMITER_THRESHOLD, KnobName::AGC_TARGET],
            Self::TotalGain => &[KnobName::INPUT_GAIN, KnobName::AGC_MAX_GAIN, KnobName::COMPRESSOR_MAKEUP],
            Self::NoSuppressionBeforeRecognition => &[KnobName::NOISE_REDUCTION],
        }
    }

    /// By how much the rule is broken, in tenths of a dB; 0 or less: it is kept. A knob that is not there counts with its default.
    pub fn excess(self, station: Station, values: &Values) -> i64 {
        let at = |knob: KnobName| values.get(&knob).map_or(knob.knob().default, |v| v.units());
        match self {
            Self::GateUnderAgc => at(KnobName::GATE_THRESHOLD)
                .saturating_add(GATE_UNDER_AGC_DB10)
                .saturating_sub(at(KnobName::AGC_TARGET)),
            // "above" is at least one step of the resolution
            Self::LimiterOverAgc => {
                at(KnobName::AGC_TARGET).saturating_add(1).saturating_sub(at(KnobName::LIMITER_THRESHOLD))
            }
            Self::TotalGain => at(KnobName::INPUT_GAIN)
                .saturating_add(at(KnobName::AGC_MAX_GAIN))
                .saturating_add(at(KnobName::COMPRESSOR_MAKEUP))
                .saturating_sub(TOTAL_GAIN_MAX_DB10),
            Self::NoSuppressionBeforeRecognition if station.objective() == Objective::Recognition => {
                at(KnobName::NOISE_REDUCTION)
            }
            Self::NoSuppressionBeforeRecognition => 0,
        }
    }

    /// What would be right for `knob`, the others staying as in `values`.
    pub fn explain(self, station: Station, values: &Values, knob: KnobName) -> String {
        let excess = self.excess(station, values);
        let now = values.get(&knob).copied().unwrap_or_else(|| knob.knob().default_value());
        // Of the knobs that a rule compares, only the AGC's target under a gate has to rise.
        let raise = self == Self::GateUnderAgc && knob == KnobName::AGC_TARGET
            || self == Self::LimiterOverAgc && knob == KnobName::LIMITER_THRESHOLD;
        let limit = Decimal::new(if raise { now.units() + excess } else { now.units() - excess }, knob.knob().places);
        let side = if raise { "at least" } else { "at most" };
        format!("{self}: with the other values as they are, {knob} has to be {side} {limit}, not {now}")
    }
}

impl std::fmt::Display for CrossRule {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::GateUnderAgc => "the gate's threshold lies at least 10 dB under the AGC's target",
            Self::LimiterOverAgc => "the limiter's threshold lies above the AGC's target",
            Self::TotalGain => "input gain, AGC gain and makeup together are at most 36 dB",
            Self::NoSuppressionBeforeRecognition => "no noise suppression before recognition",
        })
    }
}

/// The first rule that `values` break at a station.
pub fn first_broken(station: Station, values: &Values) -> Option<CrossRule> {
    CrossRule::ALL.into_iter().find(|rule| rule.excess(station, values) > 0)
}
