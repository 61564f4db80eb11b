//! Active speech level by ITU-T P.56, method B.

use crate::units::power_to_db;

/// Number of thresholds: 2⁻¹⁵ … 2⁻¹ of full scale, as in the speech voltmeter of ITU-T G.191 for 16 bits.
const THRESHOLDS: usize = 15;
/// Time constant of the envelope, in seconds.
const TIME_CONSTANT_S: f64 = 0.03;
/// Hangover, in seconds.
const HANGOVER_S: f64 = 0.2;
/// Distance of the active level from its threshold, in dB.
const MARGIN_DB: f64 = 15.9;

/// What P.56 method B gives.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ActiveSpeech {
    /// Active speech level in dBFS (dBov).
    pub level_dbfs: f64,
    /// Share of the time in which speech is active, 0–1.
    pub activity: f64,
}

/// Measures `signal` (full scale = 1) to the letter of the Recommendation, without asking whether it is speech: a steady tone has
/// an active level too. `None` if no threshold lies within the margin of the level (silence, or under about −74 dBFS).
pub fn active_speech(signal: &[f64], sample_rate_hz: u32) -> Option<ActiveSpeech> {
    let active = active_counts(signal, sample_rate_hz);
    let energy: f64 = signal.iter().map(|x| x * x).sum();
    let mut below: Option<(f64, f64)> = None;
    for (j, count) in active.iter().enumerate() {
        if *count == 0 {
            return None;
        }
        let level = power_to_db(energy / *count as f64, -200.0);
        let delta = level - threshold_db(j);
        if delta <= MARGIN_DB {
            // Between this threshold and the one before, level over margin is taken as a straight line.
            let (level_before, delta_before) = below?;
            let part = (delta_before - MARGIN_DB) / (delta_before - delta);
            let level_dbfs = level_before + part * (level - level_before);
            let mean_square = energy / signal.len() as f64;
            let activity = (mean_square / libm::pow(10.0, level_dbfs / 10.0)).min(1.0);
            return Some(ActiveSpeech { level_dbfs, activity });
        }
        below = Some((level, delta));
    }
    None
}

fn threshold_db(j: usize) -> f64 {
    20.0 * libm::log10(2.0) * (j as f64 - THRESHOLDS as f64)
}

/// How many thresholds an envelope value reaches.
#[inline]
fn reached(envelope: f64) -> usize {
    // The thresholds are powers of two, so the exponent tells.
    let exponent = ((envelope.to_bits() >> 52) & 0x7ff) as i32 - 1023;
    (exponent + THRESHOLDS as i32 + 1).clamp(0, THRESHOLDS as i32) as usize
}

/// For each threshold the number of samples at which the envelope is at or over it, or was within the hangover.
///
/// The thresholds are nested, so at any sample the active ones are the first `k`; it is enough to follow `k` and to remember when
/// each threshold was last held.
fn active_counts(signal: &[f64], sample_rate_hz: u32) -> [u64; THRESHOLDS] {
    let g = libm::exp(-1.0 / (f64::from(sample_rate_hz) * TIME_CONSTANT_S));
    let hangover = libm::ceil(HANGOVER_S * f64::from(sample_rate_hz)) as i64;
    let (mut p, mut q) = (0.0, 0.0);
    let mut last = [i64::MIN / 2; THRESHOLDS];
    let (mut now, mut k) = (0_usize, 0_usize);
    let mut histogram = [0_u64; THRESHOLDS + 1];
    for (n, x) in signal.iter().enumerate() {
        p = g * p + (1.0 - g) * x.abs();
        q = g * q + (1.0 - g) * p;
        let over = reached(q);
        if over < now {
            last[over..now].fill(n as i64 - 1);
        }
        now = over;
        k = k.max(over);
        while k > over && n as i64 - last[k - 1] > hangover {
            k -= 1;
        }
        histogram[k] += 1;
    }
    let mut counts = [0; THRESHOLDS];
    let mut sum = 0;
    for j in (0..THRESHOLDS).rev() {
        sum += histogram[j + 1];
        counts[j] = sum;
    }
    counts
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::line::Random;

    /// The Recommendation's loop as it is written, one counter per threshold.
    fn counts_as_written(signal: &[f64], rate: u32) -> [u64; THRESHOLDS] {
        let g = libm::exp(-1.0 / (f64::from(rate) * 0.03));
        let hang = libm::ceil(0.2 * f64::from(rate)) as u64;
        let (mut p, mut q) = (0.0, 0.0);
        let (mut a, mut h) = ([0; THRESHOLDS], [hang; THRESHOLDS]);
        for x in signal {
            p = g * p + (1.0 - g) * x.abs();
            q = g * q + (1.0 - g) * p;
            for j in 0..THRESHOLDS {
                let c = libm::pow(2.0, j as f64 - 15.0);
                if q >= c {
                    a[j] += 1;
                    h[j] = 0;
                } else if h[j] < hang {
                    a[j] += 1;
                    h[j] += 1;
                }
            }
        }
        a
    }

    fn bursts(amplitude: f64, on: usize, off: usize, n: usize, seed: u64) -> Vec<f64> {
        let mut random = Random::new(seed);
        (0..n).map(|i| if i % (on + off) < on { amplitude * random.gaussian() } else { 0.0 }).collect()
    }

    #[test]
    fn the_quick_count_equals_the_written_one() {
        for (seed, on, off) in [(1, 800, 700), (2, 4000, 3000), (3, 100, 90), (4, 1600, 1601), (5, 5000, 20_000)] {
            for rate in [8000, 16_000] {
                let x = bursts(0.02 * seed as f64, on, off, 40_000, seed);
                assert_eq!(active_counts(&x, rate), counts_as_written(&x, rate), "seed {seed}");
            }
        }
    }

    #[test]
    fn a_sine_has_its_rms_as_level() {
        for db in [-40.0, -26.0, -10.0] {
            let a = libm::sqrt(2.0) * crate::db_to_amplitude(db);
            let x: Vec<f64> = (0..80_000).map(|n| a * libm::sin(0.7 * f64::from(n))).collect();
            let s = active_speech(&x, 8000).unwrap();
            assert!((s.level_dbfs - db).abs() < 0.1 && s.activity > 0.99, "{db}: {s:?}");
        }
    }

    #[test]
    fn pauses_do_not_lower_the_level() {
        // 2 s of noise at −26 dBFS, 2 s of silence: active level −26 (hangover and slopes cost some tenths), activity about half.
        let x = bursts(crate::db_to_amplitude(-26.0), 16_000, 16_000, 320_000, 9);
        let s = active_speech(&x, 8000).unwrap();
        assert!((s.level_dbfs + 26.0).abs() < 0.8, "{s:?}");
        assert!((0.5..0.6).contains(&s.activity), "{s:?}");
    }

    #[test]
    fn silence_has_no_level() {
        assert_eq!(active_speech(&[0.0; 16_000], 8000), None);
        assert_eq!(active_speech(&[], 8000), None);
    }
}
