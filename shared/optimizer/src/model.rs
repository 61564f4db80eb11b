//! What a change of knobs does to what a station measures at the output of its chain.
//!
//! The chain is: input gain → converter (clips) → high-pass → noise gate → AGC → compressor → limiter → output gain. The
//! model is first order: good enough to place the gate over the noise of a station whose gain is being raised, and to say
//! what to expect. What really came of a change is measured, and judged by [`crate::window`].

use crate::layer::Effective;
use crate::score::Measured;
use attune_domain::{KnobName, MetricName};

/// The gate of the chain: a 1:4 expander with a knee of 6 dB around its threshold, 20 dB deep; off at −80 dBFS.
const GATE_SLOPE: f64 = 3.0;
const GATE_HALF_KNEE_DB: f64 = 3.0;
const GATE_RANGE_DB: f64 = 20.0;
/// At this threshold the gate is off.
pub const GATE_OFF_DBFS: f64 = -80.0;
/// At this cutoff the high-pass is off.
pub const HIGHPASS_OFF_HZ: f64 = 20.0;
/// Best SNR that is predicted.
const BEST_SNR_DB: f64 = 60.0;
/// Lowest level that is predicted.
const LOWEST_DBFS: f64 = -96.0;

/// How much a 4th-order high-pass takes off transformer hum of 50 or 60 Hz (odd harmonics 8 and 14 dB under the fundamental):
/// cutoff in Hz, dB. Between the lines it is interpolated.
const HUM_CUT: [(f64, f64); 6] = [(20.0, 0.0), (60.0, 4.0), (120.0, 8.0), (180.0, 12.0), (240.0, 16.0), (400.0, 30.0)];

/// Attenuation of a steady level by the gate, dB.
pub fn gate_reduction_db(level_dbfs: f64, threshold_dbfs: f64) -> f64 {
    if threshold_dbfs <= GATE_OFF_DBFS {
        return 0.0;
    }
    let under = threshold_dbfs - level_dbfs;
    let beyond = if under >= GATE_HALF_KNEE_DB {
        under
    } else if under <= -GATE_HALF_KNEE_DB {
        0.0
    } else {
        let into = under + GATE_HALF_KNEE_DB;
        into * into / (4.0 * GATE_HALF_KNEE_DB)
    };
    (GATE_SLOPE * beyond).min(GATE_RANGE_DB)
}

/// The level before the gate of a steady sound measured after it: [`gate_reduction_db`] undone by halving.
pub fn before_gate(measured_dbfs: f64, threshold_dbfs: f64) -> f64 {
    // level − reduction(level) rises with level, and the reduction is 0 to 20 dB.
    let (mut low, mut high) = (measured_dbfs, measured_dbfs + GATE_RANGE_DB);
    for _ in 0..40 {
        let middle = (low + high) / 2.0;
        if middle - gate_reduction_db(middle, threshold_dbfs) < measured_dbfs { low = middle } else { high = middle }
    }
    (low + high) / 2.0
}

/// What the high-pass takes off hum, dB.
pub fn hum_cut_db(cutoff_hz: f64) -> f64 {
    let after = HUM_CUT.iter().position(|(hz, _)| cutoff_hz <= *hz).unwrap_or(HUM_CUT.len() - 1).max(1);
    let ((low_hz, low_db), (high_hz, high_db)) = (HUM_CUT[after - 1], HUM_CUT[after]);
    let part = ((cutoff_hz - low_hz) / (high_hz - low_hz)).clamp(0.0, 1.0);
    low_db + part * (high_db - low_db)
}

/// The value of a knob as a number; its default where it does not exist.
pub fn knob_value(effective: &Effective, knob: KnobName) -> f64 {
    effective.value(knob).unwrap_or_else(|| knob.knob().default_value()).to_f64()
}

/// The level of the noise before the gate, at the present input gain.
pub fn noise_before_gate(measured: &Measured, effective: &Effective) -> Option<f64> {
    let noise = measured.get(&MetricName::NOISE)?;
    // The AGC stands still in pauses, but with the gain that the speech gave it; it and what follows the gate are taken back.
    let after_gate = knob_value(effective, KnobName::OUTPUT_GAIN) + knob_value(effective, KnobName::COMPRESSOR_MAKEUP);
    Some(before_gate(noise - after_gate, knob_value(effective, KnobName::GATE_THRESHOLD)))
}

/// Predicts what would be measured with `after` in force instead of `before`.
pub fn predict(measured: &Measured, before: &Effective, after: &Effective) -> Measured {
    let change = |knob| knob_value(after, knob) - knob_value(before, knob);
    let input = change(KnobName::INPUT_GAIN);
    // What lies behind the gate lifts speech and noise alike.
    let later = change(KnobName::OUTPUT_GAIN) + change(KnobName::COMPRESSOR_MAKEUP) + change(KnobName::AGC_MAX_GAIN);
    let mut predicted = measured.clone();
    let mut adjust = |metric, f: &dyn Fn(f64) -> f64| {
        if let Some(value) = predicted.get_mut(&metric) {
            *value = f(*value);
        }
    };
    adjust(MetricName::SPEECH_LEVEL, &|level| level + input + later);
    adjust(MetricName::PEAK, &|peak| (peak + input + later).min(0.0));
    // Peaks of speech over a fixed level: about half as many with every 2 dB less.
    adjust(MetricName::CLIPPING, &|share| share * libm::pow(0.5, -input.min(0.0) / 2.0));

    let Some((floor, hum)) = predict_floor(measured, before, after, input, later) else { return predicted };
    let noise_change = floor - measured.get(&MetricName::NOISE).copied().unwrap_or(floor);
    adjust(MetricName::NOISE, &|_| floor);
    adjust(MetricName::HUM, &|now| hum.unwrap_or(now));
    adjust(MetricName::SNR, &|snr| (snr + input + later - noise_change).min(BEST_SNR_DB));
    predicted
}

/// Noise floor and hum after the change; `None` if the floor was not measured.
fn predict_floor(
    measured: &Measured,
    before: &Effective,
    after: &Effective,
    input: f64,
    later: f64,
) -> Option<(f64, Option<f64>)> {
    let noise = *measured.get(&MetricName::NOISE)?;
    let (gate_before, gate_after) =
        (knob_value(before, KnobName::GATE_THRESHOLD), knob_value(after, KnobName::GATE_THRESHOLD));
    // Back to the place before the gate …
    let before_gate = noise_before_gate(measured, before)?;
    let reduced_by = gate_reduction_db(before_gate, gate_before);
    let behind_gate = noise - (before_gate - reduced_by);
    // … where the hum is a part of the floor, and what the high-pass cuts off it leaves the floor too …
    let cut = hum_cut_db(knob_value(after, KnobName::HIGHPASS)) - hum_cut_db(knob_value(before, KnobName::HIGHPASS));
    let hum = measured.get(&MetricName::HUM).map(|h| power(h - behind_gate + reduced_by).min(power(before_gate)));
    let hum_left = hum.map(|h| h * power(-cut));
    let floor = decibel(power(before_gate) + hum_left.unwrap_or(0.0) - hum.unwrap_or(0.0)) + input;
    // … and forward again.
    let forward = behind_gate + later - gate_reduction_db(floor, gate_after);
    let hum_left = hum_left.map(|h| (decibel(h) + input + forward).max(LOWEST_DBFS));
    Some(((floor + forward).max(LOWEST_DBFS), hum_left))
}

fn power(db: f64) -> f64 {
    libm::pow(10.0, db / 10.0)
}

fn decibel(power: f64) -> f64 {
    10.0 * libm::log10(power.max(1e-12))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::layer::{Layers, Values, merge};
    use attune_domain::{Decimal, Station};

    fn effective(values: &[(KnobName, i64)]) -> Effective {
        let call: Values = values.iter().map(|(k, u)| (*k, Decimal::new(*u, k.knob().places))).collect();
        merge(Station::GatewayIn, &Layers { call, ..Layers::default() })
    }

    fn line() -> Measured {
        Measured::from([
            (MetricName::SPEECH_LEVEL, -30.0),
            (MetricName::NOISE, -50.0),
            (MetricName::SNR, 20.0),
            (MetricName::HUM, -80.0),
        ])
    }

    fn near(a: f64, b: f64) -> bool {
        (a - b).abs() < 0.05
    }

    #[test]
    fn gain_lifts_the_noise_with_the_speech() {
        let p = predict(&line(), &effective(&[]), &effective(&[(KnobName::INPUT_GAIN, 60)]));
        assert!(near(p[&MetricName::SPEECH_LEVEL], -24.0) && near(p[&MetricName::NOISE], -44.0), "{p:?}");
        assert!(near(p[&MetricName::SNR], 20.0));
    }

    #[test]
    fn the_gate_lowers_what_is_under_it_and_can_be_undone() {
        let gated = effective(&[(KnobName::GATE_THRESHOLD, -420)]);
        let p = predict(&line(), &effective(&[]), &gated);
        assert!(near(p[&MetricName::NOISE], -70.0) && near(p[&MetricName::SNR], 40.0), "{p:?}");
        assert!(near(p[&MetricName::HUM], -96.0) && near(p[&MetricName::SPEECH_LEVEL], -30.0), "{p:?}");
        assert!(near(noise_before_gate(&p, &gated).unwrap(), -50.0));
        for threshold in [-55.0, -51.0, -49.0, -47.0, -45.0, -40.0] {
            let after = -50.0 - gate_reduction_db(-50.0, threshold);
            assert!(near(before_gate(after, threshold), -50.0), "{threshold}");
        }
    }

    #[test]
    fn the_highpass_takes_hum_out_of_the_floor() {
        let mut humming = line();
        humming.extend([(MetricName::HUM, -30.0), (MetricName::NOISE, -30.0), (MetricName::SNR, 0.0)]);
        let p = predict(&humming, &effective(&[]), &effective(&[(KnobName::HIGHPASS, 180)]));
        assert!(near(p[&MetricName::HUM], -42.0) && near(p[&MetricName::NOISE], -42.0), "{p:?}");
    }

    #[test]
    fn nothing_changes_without_a_change_and_nothing_is_invented() {
        let same = effective(&[(KnobName::GATE_THRESHOLD, -520), (KnobName::HIGHPASS, 120)]);
        let p = predict(&line(), &same, &same);
        assert!(p.iter().all(|(m, v)| near(*v, line()[m])), "{p:?}");
        let only_level = Measured::from([(MetricName::SPEECH_LEVEL, -40.0)]);
        assert_eq!(predict(&only_level, &same, &effective(&[])).len(), 1);
    }
}
