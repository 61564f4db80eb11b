//! Measures of one segment of 16-bit PCM. No reference is needed, so they hold where the caller comes in.
//!
//! A value that cannot be measured in the segment is `None`, never a guess. A segment of 2 s of conversation is enough for all.

mod clipping;
mod floor;
mod hum;
mod p56;

pub use p56::{ActiveSpeech, active_speech};

use crate::chain::AdcStats;
use crate::error::{ParamError, check_rate};
use crate::units::{FULL_SCALE, LEVEL_FLOOR_DBFS, power_to_db};

/// One measured value, ready to become a metric.
#[derive(Debug, Clone, Copy, PartialEq, serde::Serialize)]
pub struct Reading {
    /// The value, or `None` if the segment does not allow the measurement ("unavailable").
    pub value: Option<f64>,
    /// Unit of the value.
    pub unit: &'static str,
    /// How it was measured, in at most 64 bytes.
    pub method: &'static str,
    /// Length of the segment in ms.
    pub window_ms: u32,
    /// Number of samples, frames or windows that the value rests on.
    pub n: u32,
}

/// All measures of one segment. Levels are dBFS as in the crate's description, −96 at the lowest.
#[derive(Debug, Clone, Copy, PartialEq, serde::Serialize)]
pub struct Measures {
    /// Active speech level, ITU-T P.56 method B. `None` without speech (silence, steady noise, tones).
    pub speech_level_dbfs: Reading,
    /// Share of the time in which speech is active, in percent (P.56).
    pub activity_percent: Reading,
    /// RMS of the whole segment, without its mean.
    pub rms_dbfs: Reading,
    /// Highest absolute sample.
    pub peak_dbfs: Reading,
    /// Peak over RMS, in dB. `None` for silence.
    pub crest_db: Reading,
    /// Samples in clipped runs: at full scale, or flat tops below it, in percent.
    pub clipping_percent: Reading,
    /// Level of what is heard in the pauses.
    pub noise_floor_dbfs: Reading,
    /// Speech power (active level less noise) over the noise floor, in dB.
    pub snr_db: Reading,
    /// 50 Hz hum with its harmonics up to 400 Hz, in the quietest moments.
    pub hum_50_dbfs: Reading,
    /// 60 Hz hum with its harmonics up to 480 Hz, in the quietest moments.
    pub hum_60_dbfs: Reading,
    /// The stronger of the two.
    pub hum_dbfs: Reading,
}

impl Measures {
    /// The measures of a chain's output, with the clipping that its converter saw: the higher of the two counts. The high-pass bends
    /// the flat tops of a converter that clips, so the output alone may show none.
    #[must_use]
    pub fn with_adc(mut self, adc: AdcStats) -> Self {
        if let Some(percent) = adc.clipped_percent()
            && self.clipping_percent.value.is_none_or(|v| v < percent)
        {
            self.clipping_percent.value = Some(percent);
            self.clipping_percent.method = "samples beyond full scale at the converter";
        }
        self
    }

    /// Every reading with its field name.
    pub fn iter(&self) -> impl Iterator<Item = (&'static str, Reading)> {
        [
            ("speech_level_dbfs", self.speech_level_dbfs),
            ("activity_percent", self.activity_percent),
            ("rms_dbfs", self.rms_dbfs),
            ("peak_dbfs", self.peak_dbfs),
            ("crest_db", self.crest_db),
            ("clipping_percent", self.clipping_percent),
            ("noise_floor_dbfs", self.noise_floor_dbfs),
            ("snr_db", self.snr_db),
            ("hum_50_dbfs", self.hum_50_dbfs),
            ("hum_60_dbfs", self.hum_60_dbfs),
            ("hum_dbfs", self.hum_dbfs),
        ]
        .into_iter()
    }
}

/// Speech makes the 20 ms frames differ in level by more than this (95th over 5th percentile); noise and tones do not.
const SPEECH_SPREAD_DB: f64 = 6.0;

/// Measures a segment.
///
/// # Errors
/// [`ParamError::SampleRate`] if the rate is outside 8000..=48000 Hz.
pub fn measure(pcm: &[i16], sample_rate_hz: u32) -> Result<Measures, ParamError> {
    check_rate(sample_rate_hz)?;
    let window_ms = (pcm.len() as u64 * 1000 / u64::from(sample_rate_hz)).min(u64::from(u32::MAX)) as u32;
    let reading = |value: Option<f64>, unit, method, n: usize| Reading {
        value: value.filter(|v| v.is_finite()),
        unit,
        method,
        window_ms,
        n: n.min(u32::MAX as usize) as u32,
    };
    let samples = pcm.len();

    // The mean is no sound, and would pass for a level or for noise.
    let mean = pcm.iter().map(|s| i64::from(*s)).sum::<i64>() as f64 / samples.max(1) as f64;
    let signal: Vec<f64> = pcm.iter().map(|s| (f64::from(*s) - mean) / FULL_SCALE).collect();

    let some = |v: f64| (samples > 0).then_some(v);
    let level = |mean_square: f64| power_to_db(mean_square, LEVEL_FLOOR_DBFS);
    let mean_square = signal.iter().map(|x| x * x).sum::<f64>() / samples.max(1) as f64;
    let rms = some(level(mean_square));
    let peak_amplitude = pcm.iter().map(|s| f64::from(s.unsigned_abs())).fold(0.0, f64::max) / FULL_SCALE;
    let peak_ac = signal.iter().fold(0.0, |m: f64, x| m.max(x.abs()));
    let crest = (mean_square > 0.0).then(|| 10.0 * libm::log10(peak_ac * peak_ac / mean_square));

    let frames = floor::Frames::new(&signal, sample_rate_hz);
    let noise = frames.noise();
    let speech = if frames.spread_db() > SPEECH_SPREAD_DB { active_speech(&signal, sample_rate_hz) } else { None };
    let snr = speech.zip(noise).map(|(s, n)| {
        let noise_power = n.mean_square.max(libm::pow(10.0, LEVEL_FLOOR_DBFS / 10.0));
        let clean = (libm::pow(10.0, s.level_dbfs / 10.0) - noise_power).max(noise_power * 0.1);
        10.0 * libm::log10(clean / noise_power)
    });
    let hum = hum::hum(&signal, &frames);
    let hum_level = |pick: fn(&hum::Hum) -> f64| hum.as_ref().map(|h| level(pick(h)));

    const P56: &str = "ITU-T P.56 method B";
    const HUM: &str = "Goertzel at 50/60 Hz and harmonics, quietest 100 ms windows";
    let hum_n = hum.as_ref().map_or(0, |h| h.windows);
    Ok(Measures {
        speech_level_dbfs: reading(speech.map(|s| s.level_dbfs), "dBFS", P56, samples),
        activity_percent: reading(speech.map(|s| 100.0 * s.activity), "%", P56, samples),
        rms_dbfs: reading(rms, "dBFS", "RMS", samples),
        peak_dbfs: reading(some(level(peak_amplitude * peak_amplitude)), "dBFS", "sample peak", samples),
        crest_db: reading(crest, "dB", "peak/RMS", samples),
        clipping_percent: reading(some(clipping::clipped_percent(pcm)), "%", "full-scale runs and flat tops", samples),
        noise_floor_dbfs: reading(
            noise.map(|n| level(n.mean_square)),
            "dBFS",
            "20 ms frames within 3 dB of the 2nd percentile",
            noise.map_or(0, |n| n.frames),
        ),
        snr_db: reading(snr, "dB", "P.56 level less noise over noise floor", samples),
        hum_50_dbfs: reading(hum_level(|h| h.at_50), "dBFS", HUM, hum_n),
        hum_60_dbfs: reading(hum_level(|h| h.at_60), "dBFS", HUM, hum_n),
        hum_dbfs: reading(hum_level(|h| h.at_50.max(h.at_60)), "dBFS", HUM, hum_n),
    })
}
