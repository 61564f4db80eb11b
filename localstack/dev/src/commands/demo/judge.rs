//! The score of held-out speech under given parameters, by the optimizer's documented score.

use std::collections::BTreeMap;

use attune_audio::{Chain, ChainParams, measure};
use attune_dev::error::{Error, Result};
use attune_domain::knob::KNOBS;
use attune_domain::{MetricName, Station};

use super::lines::RATE;

/// Length of a judged window, in samples: 2 s, as the demonstration's segments.
const WINDOW: usize = 2 * RATE as usize;

/// Median score of all windows with speech. `values`: decimal strings by knob; what is not named is at the catalogue's default.
pub fn score(station: Station, speech: &[f32], values: &BTreeMap<String, String>) -> Result<f64> {
    let wrong = |e: attune_audio::ParamError| Error::other(e.to_string());
    let mut chain = Chain::new(RATE, &params(values)?).map_err(wrong)?;
    let mut pcm = vec![0i16; WINDOW];
    let mut scores = Vec::new();
    for (n, window) in speech.chunks_exact(WINDOW).enumerate() {
        chain.process(window, &mut pcm);
        let m = measure(&pcm, RATE).map_err(wrong)?.with_adc(chain.take_adc_stats());
        if n == 0 {
            continue; // the chain settles in the first window
        }
        let measured = [
            (MetricName::SPEECH_LEVEL, m.speech_level_dbfs),
            (MetricName::SNR, m.snr_db),
            (MetricName::CLIPPING, m.clipping_percent),
            (MetricName::NOISE, m.noise_floor_dbfs),
            (MetricName::HUM, m.hum_dbfs),
            (MetricName::PEAK, m.peak_dbfs),
        ];
        let measured = measured.into_iter().filter_map(|(name, reading)| Some((name, reading.value?))).collect();
        let score = attune_optimizer::score::score(station, &measured, &BTreeMap::new());
        if score.usable {
            scores.push(score.total);
        }
    }
    scores.sort_by(f64::total_cmp);
    scores.get(scores.len() / 2).copied().ok_or_else(|| Error::other("the held-out speech has no usable window"))
}

fn params(values: &BTreeMap<String, String>) -> Result<ChainParams> {
    let mut params = ChainParams::default();
    for knob in KNOBS.iter().filter(|k| ChainParams::default().get(k.name).is_some()) {
        let value = match values.get(knob.name) {
            Some(text) => knob.parse_value(text).map_err(|e| Error::other(format!("{}: {e}", knob.name)))?,
            None => knob.default_value(),
        };
        params.set(knob.name, value.to_f64()).map_err(|e| Error::other(e.to_string()))?;
    }
    Ok(params)
}
