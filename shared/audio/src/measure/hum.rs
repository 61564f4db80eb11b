//! Mains hum: 50 and 60 Hz with their harmonics, in the quietest moments and in what these have in common, so that the pitch of
//! a voice does not count.

use super::floor::{Frames, HOPS};

/// Frames per window: 100 ms, in which all multiples of 10 Hz are orthogonal, 50 and 60 Hz among them.
const WINDOW_FRAMES: usize = 5;
/// How many of the quietest windows are looked at.
const WINDOWS: usize = 8;
/// Which of their powers is taken, from the lowest: hum is in all of them, a voice is not. Not the very lowest, in which a voice may
/// have cancelled the hum.
const RANK: usize = 1;
const HARMONICS: u32 = 8;
const BINS: usize = 52;
/// Frequencies handled side by side: independent recurrences keep the processor busy.
const LANES: usize = 8;

/// Mean squares of the hum.
pub struct Hum {
    /// 50 Hz and harmonics.
    pub at_50: f64,
    /// 60 Hz and harmonics.
    pub at_60: f64,
    /// Number of windows used.
    pub windows: usize,
}

/// The floor of 20 ms frames may read 60 Hz low by this factor, as they do not hold whole periods of it.
const FLOOR_SLACK: f64 = 1.12;

/// `None` if the segment is shorter than 200 ms.
pub fn hum(signal: &[f64], frames: &Frames) -> Option<Hum> {
    let windows = quietest_windows(&frames.mean_squares);
    // Hum is in the quietest frames as well, so it cannot be louder than they are.
    let most = frames.noise()?.mean_square * FLOOR_SLACK;
    if windows.is_empty() {
        return None;
    }
    let len = WINDOW_FRAMES * HOPS * frames.hop;
    // Multiples of 10 Hz up to 510; index = Hz / 10. Bin n of `len` samples is n periods per window, whatever the rate.
    let mut powers = [[f64::INFINITY; WINDOWS]; BINS];
    for (w, start) in windows.iter().enumerate() {
        let window = &signal[start * frames.hop..start * frames.hop + len];
        let mut bin = 1;
        while bin < BINS {
            for (p, v) in powers[bin..].iter_mut().zip(goertzel(window, bin)) {
                p[w] = v;
            }
            bin += LANES;
        }
    }
    let rank = RANK.min(windows.len() - 1);
    let power = powers.map(|mut of_bin| {
        of_bin.sort_unstable_by(f64::total_cmp);
        of_bin[rank]
    });
    let family = |base: u32| {
        (1..=HARMONICS)
            .map(|h| {
                let bin = (base * h / 10) as usize;
                let lower = (1..bin).rev().find(|b| is_free(*b)).map_or(0.0, |b| power[b]);
                let upper = (bin + 1..power.len()).find(|b| is_free(*b)).map_or(0.0, |b| power[b]);
                // Noise is in the hum's bin as much as in its neighbours.
                (power[bin] - (lower + upper) / 2.0).max(0.0)
            })
            .sum::<f64>()
            .min(most)
    };
    Some(Hum { at_50: family(50), at_60: family(60), windows: windows.len() })
}

/// Bins (10 Hz each) in which neither family has a harmonic.
fn is_free(bin: usize) -> bool {
    !bin.is_multiple_of(5) && !bin.is_multiple_of(6)
}

/// First frames of the quietest windows; none overlaps another.
fn quietest_windows(mean_squares: &[f64]) -> Vec<usize> {
    let frames = WINDOW_FRAMES * HOPS;
    let mut windows: Vec<(f64, usize)> = mean_squares
        .windows(frames - HOPS + 1)
        .map(|w| w.iter().step_by(HOPS).sum())
        .enumerate()
        .step_by(HOPS)
        .map(|(start, energy)| (energy, start))
        .collect();
    windows.sort_by(|a, b| a.0.total_cmp(&b.0));
    let mut chosen: Vec<usize> = Vec::with_capacity(WINDOWS);
    for (_, start) in windows {
        if chosen.len() < WINDOWS && chosen.iter().all(|c| c.abs_diff(start) >= frames) {
            chosen.push(start);
        }
    }
    chosen
}

/// Mean squares of the components with `bin`, `bin + 1`, … periods in the window (Goertzel).
fn goertzel(window: &[f64], bin: usize) -> [f64; LANES] {
    let n = window.len() as f64;
    let mut c = [0.0; LANES];
    for (lane, c) in c.iter_mut().enumerate() {
        *c = 2.0 * libm::cos(core::f64::consts::TAU * (bin + lane) as f64 / n);
    }
    let (mut s1, mut s2) = ([0.0; LANES], [0.0; LANES]);
    for x in window {
        for lane in 0..LANES {
            let s0 = x + c[lane] * s1[lane] - s2[lane];
            s2[lane] = s1[lane];
            s1[lane] = s0;
        }
    }
    let mut power = [0.0; LANES];
    for lane in 0..LANES {
        power[lane] = 2.0 * (s1[lane] * s1[lane] + s2[lane] * s2[lane] - c[lane] * s1[lane] * s2[lane]) / (n * n);
    }
    power
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::line::Random;
    use crate::units::power_to_db;

    fn run(rate: u32, hz: f64, noise_db: f64) -> (f64, f64) {
        let mut random = Random::new(11);
        let sigma = crate::db_to_amplitude(noise_db);
        let x: Vec<f64> = (0..2 * rate)
            .map(|n| {
                let t = core::f64::consts::TAU * hz * f64::from(n) / f64::from(rate);
                // −33.01 and −43.01 dBFS: together −32.6.
                libm::sqrt(2.0) * (0.022_36 * libm::sin(t + 1.0) + 0.007_07 * libm::sin(3.0 * t))
                    + sigma * random.gaussian()
            })
            .collect();
        let h = hum(&x, &Frames::new(&x, rate)).unwrap();
        (power_to_db(h.at_50, -96.0), power_to_db(h.at_60, -96.0))
    }

    #[test]
    fn reads_the_level_and_tells_50_from_60() {
        for rate in [8000, 16_000, 48_000] {
            let (a, b) = run(rate, 50.0, -60.0);
            assert!((a + 32.6).abs() < 0.3 && b < -55.0, "{rate}: {a} {b}");
            let (a, b) = run(rate, 60.0, -60.0);
            assert!((b + 32.6).abs() < 0.3 && a < -55.0, "{rate}: {a} {b}");
            // The mains may be 0.2 Hz off.
            let (a, _) = run(rate, 50.2, -60.0);
            assert!((a + 32.6).abs() < 0.5, "{rate}: {a}");
        }
    }

    #[test]
    fn noise_is_not_hum() {
        let mut random = Random::new(5);
        let x: Vec<f64> = (0..16_000).map(|_| 0.01 * random.gaussian()).collect();
        let h = hum(&x, &Frames::new(&x, 8000)).unwrap();
        // −40 dBFS of noise: less than −58 is left.
        assert!(power_to_db(h.at_50.max(h.at_60), -96.0) < -58.0);
    }
}
