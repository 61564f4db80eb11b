//! The table of rules.

use super::Facts;
use crate::model::{GATE_OFF_DBFS, HIGHPASS_OFF_HZ, before_gate, knob_value, noise_before_gate};
use crate::score::{CRITERIA, SPEECH_LEVEL_TOLERANCE, target};
use attune_domain::station::Objective;
use attune_domain::{KnobName, MetricName};

/// A rule.
pub struct Rule {
    /// Short name.
    pub name: &'static str,
    /// What it wants for these facts; empty: it does not apply.
    pub wants: fn(&Facts<'_>) -> Vec<Want>,
}

/// A wanted move.
#[derive(Debug, Clone, PartialEq)]
pub struct Want {
    /// Knob.
    pub knob: KnobName,
    /// The value that would be best.
    pub value: f64,
    /// Why, naming measured values.
    pub reason: String,
}

/// All rules, in the order in which they are asked.
pub static RULES: [Rule; 9] = [
    Rule { name: "own gain first", wants: own_gain_first },
    Rule { name: "too hot", wants: too_hot },
    Rule { name: "too quiet", wants: too_quiet },
    Rule { name: "quiet with high peaks", wants: quiet_with_high_peaks },
    Rule { name: "hum", wants: hum },
    Rule { name: "noise", wants: noise },
    Rule { name: "gate follows", wants: gate_follows },
    Rule { name: "peaks", wants: peaks },
    Rule { name: "concealment", wants: concealment },
];

/// Least reduction of the input gain while the converter clips, dB.
const CLIPPING_STEP_DB: f64 = 3.0;
/// Peaks are lifted no higher than this by the input gain, dBFS.
const PEAK_CEILING_DBFS: f64 = -1.0;
/// Smaller moves of a gain or threshold are not worth a change, dB.
const LEAST_MOVE_DB: f64 = 1.0;
/// The limiter's place, dBFS.
const LIMITER_DBFS: f64 = -3.0;
/// The gate's place over the noise, dB.
const GATE_OVER_NOISE_DB: f64 = 8.0;
/// Less than this over the noise a gate flutters, dB.
const GATE_LEAST_OVER_NOISE_DB: f64 = 3.0;
/// Hum that is this close to the noise floor is most of it, dB.
const HUM_IS_THE_NOISE_DB: f64 = 4.0;
/// Hum so far over its target needs more than a gentle cut, dB.
const STRONG_HUM_DB: f64 = 10.0;

impl Facts<'_> {
    fn get(&self, metric: MetricName) -> Option<f64> {
        self.measured.get(&metric).copied()
    }

    fn target(&self, metric: MetricName) -> f64 {
        CRITERIA.iter().find(|c| c.metric == metric).map_or(0.0, |c| target(c, self.targets))
    }

    fn before(&self, knob: KnobName) -> f64 {
        knob_value(self.before, knob)
    }

    fn planned(&self, knob: KnobName) -> f64 {
        knob_value(&self.planned, knob)
    }

    fn moved(&self, knob: KnobName) -> f64 {
        self.planned(knob) - self.before(knob)
    }

    /// How far the level is over (positive) or under (negative) its target, once what is planned is applied.
    fn level_over_target(&self) -> Option<f64> {
        let planned = self.moved(KnobName::INPUT_GAIN)
            + self.moved(KnobName::OUTPUT_GAIN)
            + self.moved(KnobName::COMPRESSOR_MAKEUP);
        Some(self.get(MetricName::SPEECH_LEVEL)? + planned - self.target(MetricName::SPEECH_LEVEL))
    }

    /// Share of clipped samples in %, if it costs.
    fn clipping(&self) -> Option<f64> {
        self.get(MetricName::CLIPPING).filter(|c| *c > self.target(MetricName::CLIPPING))
    }
}

fn want(knob: KnobName, value: f64, reason: String) -> Vec<Want> {
    vec![Want { knob, value, reason }]
}

/// Too hot by how many dB, and what was measured: shared by the rules that lower a gain.
fn heat(f: &Facts<'_>) -> Option<(f64, String)> {
    let over = f.level_over_target()?;
    let level = f.get(MetricName::SPEECH_LEVEL)?;
    let aim = f.target(MetricName::SPEECH_LEVEL);
    match f.clipping() {
        Some(clipping) if over > -2.0 => Some((
            over.max(CLIPPING_STEP_DB),
            format!("{clipping:.2} % of the samples clip at a speech level of {level:.1} dBFS (aim {aim:.0})"),
        )),
        _ if over > SPEECH_LEVEL_TOLERANCE => {
            Some((over, format!("the speech level of {level:.1} dBFS is {over:.1} dB over its aim of {aim:.0}")))
        }
        _ => None,
    }
}

fn own_gain_first(f: &Facts<'_>) -> Vec<Want> {
    let Some((over, measured)) = heat(f) else { return Vec::new() };
    for knob in [KnobName::OUTPUT_GAIN, KnobName::COMPRESSOR_MAKEUP] {
        let own = f.before(knob);
        if own > 0.0 {
            let value = (own - over).max(0.0);
            return want(knob, value, format!("{measured}; the {own:.1} dB that the station adds itself go first"));
        }
    }
    Vec::new()
}

fn too_hot(f: &Facts<'_>) -> Vec<Want> {
    // What has been taken elsewhere is measured before more is taken here.
    if f.planned != *f.before {
        return Vec::new();
    }
    let Some((over, measured)) = heat(f) else { return Vec::new() };
    let value = f.before(KnobName::INPUT_GAIN) - over;
    want(KnobName::INPUT_GAIN, value, format!("{measured}: less gain before the converter, by {over:.1} dB in all"))
}

fn too_quiet(f: &Facts<'_>) -> Vec<Want> {
    let Some(over) = f.level_over_target().filter(|o| *o < -SPEECH_LEVEL_TOLERANCE) else { return Vec::new() };
    let deficit = -over;
    let level = f.get(MetricName::SPEECH_LEVEL).unwrap_or_default();
    let peak = f.get(MetricName::PEAK);
    let lift = peak.map_or(deficit, |p| deficit.min(PEAK_CEILING_DBFS - p));
    if lift < LEAST_MOVE_DB {
        return Vec::new();
    }
    let aim = f.target(MetricName::SPEECH_LEVEL);
    let room = match peak {
        Some(p) if lift < deficit => format!(", as far as peaks of {p:.1} dBFS leave room"),
        _ => String::new(),
    };
    let reason = format!(
        "the speech level of {level:.1} dBFS is {deficit:.1} dB under its aim of {aim:.0}: more input gain{room}"
    );
    want(KnobName::INPUT_GAIN, f.before(KnobName::INPUT_GAIN) + lift, reason)
}

fn quiet_with_high_peaks(f: &Facts<'_>) -> Vec<Want> {
    let Some(over) = f.level_over_target().filter(|o| *o < -SPEECH_LEVEL_TOLERANCE) else { return Vec::new() };
    let peak = f.get(MetricName::PEAK).map_or(f64::NEG_INFINITY, |p| p + f.moved(KnobName::INPUT_GAIN));
    let at_end = f.before(KnobName::INPUT_GAIN) >= KnobName::INPUT_GAIN.knob().max as f64 / 10.0;
    // As long as the input gain can still rise, it does; a move that waits for its interval is no reason for another.
    if !at_end && peak < PEAK_CEILING_DBFS - LEAST_MOVE_DB {
        return Vec::new();
    }
    let level = f.get(MetricName::SPEECH_LEVEL).unwrap_or_default();
    let measured =
        format!("speech of {level:.1} dBFS with peaks of {peak:.1} dBFS leaves no room before the converter");
    let mut wants = want(
        KnobName::AGC_MAX_GAIN,
        f.before(KnobName::AGC_MAX_GAIN) - over,
        format!("{measured}: the AGC lifts the speech behind it"),
    );
    if f.planned(KnobName::LIMITER_THRESHOLD) > LIMITER_DBFS {
        wants.extend(want(
            KnobName::LIMITER_THRESHOLD,
            LIMITER_DBFS,
            format!("{measured}: the limiter holds the peaks"),
        ));
    }
    wants
}

fn hum(f: &Facts<'_>) -> Vec<Want> {
    let aim = f.target(MetricName::HUM);
    let Some(hum) = f.get(MetricName::HUM).filter(|h| *h > aim) else { return Vec::new() };
    // Hum far under the noise is not heard.
    if f.get(MetricName::NOISE).is_some_and(|noise| hum < noise - 10.0) {
        return Vec::new();
    }
    let cutoff = f.before(KnobName::HIGHPASS);
    let most = match f.station.objective() {
        Objective::Recognition => 180.0,
        Objective::Listening => 200.0,
    };
    let value = if hum - aim > STRONG_HUM_DB || cutoff >= 120.0 { most } else { 120.0 };
    if value <= cutoff {
        return Vec::new();
    }
    let reason = if cutoff > HIGHPASS_OFF_HZ {
        format!("with the high-pass at {cutoff:.0} Hz there is still hum of {hum:.1} dBFS: its harmonics lie higher")
    } else {
        format!(
            "mains hum of {hum:.1} dBFS (aim {aim:.0} at most): the high-pass takes out the fundamental and its first harmonics"
        )
    };
    want(KnobName::HIGHPASS, value, reason)
}

fn noise(f: &Facts<'_>) -> Vec<Want> {
    let (Some(noise), Some(level)) = (f.get(MetricName::NOISE), f.get(MetricName::SPEECH_LEVEL)) else {
        return Vec::new();
    };
    let aim = f.target(MetricName::NOISE);
    let snr_low = f.get(MetricName::SNR).is_some_and(|snr| snr < f.target(MetricName::SNR));
    let gain = f.moved(KnobName::INPUT_GAIN);
    if noise + gain.max(0.0) <= aim && !snr_low {
        return Vec::new();
    }
    let hum_is_the_noise = f.get(MetricName::HUM).is_some_and(|h| h > noise - HUM_IS_THE_NOISE_DB);
    if hum_is_the_noise && f.moved(KnobName::HIGHPASS) != 0.0 {
        return Vec::new();
    }
    let Some(real) = noise_before_gate(f.measured, f.before).map(|n| n + gain) else { return Vec::new() };
    let under_speech = match f.station.objective() {
        Objective::Recognition => 15.0,
        Objective::Listening => 12.0,
    };
    let agc_target = f.planned(KnobName::AGC_TARGET);
    let place = (real + GATE_OVER_NOISE_DB).min(level + gain - under_speech).min(agc_target - 10.0);
    let now = f.before(KnobName::GATE_THRESHOLD);
    let over = place - real;
    // A gate that is low enough to be off does nothing but cost a change.
    if over < GATE_LEAST_OVER_NOISE_DB || (place - now).abs() < LEAST_MOVE_DB || place <= GATE_OFF_DBFS + LEAST_MOVE_DB
    {
        return Vec::new();
    }
    let lifted = if gain == 0.0 { String::new() } else { format!(" (with the new gain {real:.1})") };
    let open = if now > GATE_OFF_DBFS { ", before the gate" } else { "" };
    let bare = before_gate(noise, now);
    let under = level + gain - place;
    let reason = format!(
        "a noise floor of {bare:.1} dBFS{open}{lifted} against speech at {level:.1} dBFS: the gate goes {over:.1} dB over the noise and {under:.1} dB under the speech"
    );
    want(KnobName::GATE_THRESHOLD, place, reason)
}

fn gate_follows(f: &Facts<'_>) -> Vec<Want> {
    let gate = f.before(KnobName::GATE_THRESHOLD);
    let gain = f.moved(KnobName::INPUT_GAIN);
    let planned = f.moved(KnobName::GATE_THRESHOLD) != 0.0;
    if planned || gate <= GATE_OFF_DBFS || gain.abs() < LEAST_MOVE_DB {
        return Vec::new();
    }
    want(KnobName::GATE_THRESHOLD, gate + gain, format!("the input gain moves by {gain:+.1} dB, and the gate with it"))
}

fn peaks(f: &Facts<'_>) -> Vec<Want> {
    let limiter = f.planned(KnobName::LIMITER_THRESHOLD);
    let peak = f.get(MetricName::PEAK).filter(|p| *p > PEAK_CEILING_DBFS);
    match peak {
        Some(peak) if f.clipping().is_none() && f.moved(KnobName::INPUT_GAIN) >= 0.0 && limiter > LIMITER_DBFS => want(
            KnobName::LIMITER_THRESHOLD,
            LIMITER_DBFS,
            format!("peaks of {peak:.1} dBFS touch full scale: the limiter leaves room for the next codec"),
        ),
        _ => Vec::new(),
    }
}

fn concealment(f: &Facts<'_>) -> Vec<Want> {
    let Ok(knob) = KnobName::parse("plc.enabled") else { return Vec::new() };
    match f.get(MetricName::LOSS).filter(|l| *l > f.target(MetricName::LOSS)) {
        Some(loss) if f.before.value(knob).is_some_and(|v| v.units() == 0) => {
            want(knob, 1.0, format!("{loss:.1} % of the packets are lost and not concealed"))
        }
        _ => Vec::new(),
    }
}
