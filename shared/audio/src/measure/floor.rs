//! Noise floor by minimum statistics over short frames.

use crate::units::power_to_db;

/// Mean squares (about the mean) of frames of 20 ms, one every 5 ms. At 20 ms a frame fits into the stops of speech, and holds one
/// period of 50 Hz; the overlap finds a stop wherever it begins.
pub struct Frames {
    /// Samples from the start of one frame to that of the next.
    pub hop: usize,
    /// Mean square of each whole frame.
    pub mean_squares: Vec<f64>,
    sorted: Vec<f64>,
}

/// Hops per frame.
pub const HOPS: usize = 4;
/// Hops per second.
const HOPS_PER_SECOND: u32 = 200;
/// The percentile of the frames from which the floor is sought. Dense speech leaves no more than 2 % of a segment quiet.
const QUIET_PERCENTILE: usize = 2;

/// A noise floor.
#[derive(Debug, Clone, Copy)]
pub struct Noise {
    /// Mean square of the frames taken as noise.
    pub mean_square: f64,
    /// Their number.
    pub frames: usize,
}

/// Fewer frames than this (200 ms) say nothing about a floor.
const FEWEST_FRAMES: usize = 37;

impl Frames {
    pub fn new(signal: &[f64], sample_rate_hz: u32) -> Self {
        let hop = (sample_rate_hz / HOPS_PER_SECOND) as usize;
        let sums: Vec<(f64, f64)> = signal
            .chunks_exact(hop)
            .map(|c| c.iter().fold((0.0, 0.0), |(sum, squares), x| (sum + x, squares + x * x)))
            .collect();
        let n = (hop * HOPS) as f64;
        // About the frame's own mean: a segment that is clipped on one side has a mean, which is no noise in its pauses.
        let variance = |parts: &[(f64, f64)]| {
            let (sum, squares) = parts.iter().fold((0.0, 0.0), |a, b| (a.0 + b.0, a.1 + b.1));
            ((squares - sum * sum / n) / n).max(0.0)
        };
        let mean_squares: Vec<f64> = sums.windows(HOPS).map(variance).collect();
        let mut sorted = mean_squares.clone();
        sorted.sort_unstable_by(f64::total_cmp);
        Self { hop, mean_squares, sorted }
    }

    fn percentile(&self, percent: usize) -> f64 {
        self.sorted.get(self.sorted.len() * percent / 100).copied().unwrap_or(0.0)
    }

    /// 95th over 5th percentile in dB: how much the level moves.
    pub fn spread_db(&self) -> f64 {
        if self.sorted.len() < FEWEST_FRAMES {
            return 0.0;
        }
        power_to_db(self.percentile(95), -96.0) - power_to_db(self.percentile(5), -96.0)
    }

    /// The mean of all frames within 3 dB of the 2nd percentile. The bare minimum would read low: the frames of steady noise differ
    /// among themselves; their mean is taken back in by the 3 dB.
    pub fn noise(&self) -> Option<Noise> {
        if self.sorted.len() < FEWEST_FRAMES {
            return None;
        }
        let limit = 2.0 * self.percentile(QUIET_PERCENTILE);
        let taken = self.sorted.partition_point(|m| *m <= limit);
        let mean_square = self.sorted[..taken].iter().sum::<f64>() / taken.max(1) as f64;
        Some(Noise { mean_square, frames: taken })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::line::Random;

    #[test]
    fn reads_the_level_of_steady_noise_and_of_noise_under_bursts() {
        let mut random = Random::new(3);
        let sigma = crate::db_to_amplitude(-50.0);
        let mut x: Vec<f64> = (0..16_000).map(|_| sigma * random.gaussian()).collect();
        let level = |x: &[f64]| power_to_db(Frames::new(x, 8000).noise().unwrap().mean_square, -96.0);
        assert!((level(&x) + 50.0).abs() < 0.3, "{}", level(&x));
        assert!(Frames::new(&x, 8000).spread_db() < 3.0);
        for (n, v) in x.iter_mut().enumerate() {
            if n % 4000 < 3400 {
                *v += 0.1 * libm::sin(0.3 * n as f64);
            }
        }
        assert!((level(&x) + 50.0).abs() < 0.8, "{}", level(&x));
        assert!(Frames::new(&x, 8000).spread_db() > 20.0);
    }

    #[test]
    fn too_short_is_unavailable() {
        assert!(Frames::new(&[0.1; 1500], 8000).noise().is_none());
        assert!(Frames::new(&[], 8000).noise().is_none());
    }
}
