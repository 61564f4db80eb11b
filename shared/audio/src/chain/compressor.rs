//! Feed-forward compressor with the gain smoothed in dB (Giannoulis, Massberg, Reiss: "Digital Dynamic Range Compressor Design",
//! JAES 2012), and the limiter.

use super::smooth::{Glide, Ramp, tick_coefficient};
use crate::units::power_to_db;

/// Width of the soft knee around the threshold.
const KNEE_DB: f64 = 6.0;

#[derive(Debug, Clone)]
pub struct Compressor {
    threshold_db: f64,
    slope: f64,
    attack: f64,
    release: f64,
    makeup: Glide,
    peak: f64,
    reduction_db: f64,
    gain: Ramp,
}

impl Compressor {
    pub fn new(makeup_db: f64) -> Self {
        Self {
            threshold_db: 0.0,
            slope: 0.0,
            attack: 1.0,
            release: 1.0,
            makeup: Glide::new(crate::db_to_amplitude(makeup_db)),
            peak: 0.0,
            reduction_db: 0.0,
            gain: Ramp::new(1.0),
        }
    }

    pub fn set(
        &mut self,
        threshold_db: f64,
        ratio: f64,
        attack_ms: f64,
        release_ms: f64,
        makeup_db: f64,
        tick_ms: f64,
    ) {
        self.threshold_db = threshold_db;
        self.slope = 1.0 - 1.0 / ratio;
        self.attack = tick_coefficient(tick_ms, attack_ms);
        self.release = tick_coefficient(tick_ms, release_ms);
        self.makeup.set(crate::db_to_amplitude(makeup_db));
    }

    pub fn tick(&mut self, tick_ms: f64, samples: f64) {
        let over = power_to_db(self.peak * self.peak, -120.0) - self.threshold_db;
        self.peak = 0.0;
        let target = self.slope
            * if over <= -KNEE_DB / 2.0 {
                0.0
            } else if over < KNEE_DB / 2.0 {
                let into = over + KNEE_DB / 2.0;
                into * into / (2.0 * KNEE_DB)
            } else {
                over
            };
        let speed = if target > self.reduction_db { self.attack } else { self.release };
        self.reduction_db += (target - self.reduction_db) * speed;
        if target == 0.0 && self.reduction_db < 1e-4 {
            self.reduction_db = 0.0;
        }
        let gain = if self.reduction_db == 0.0 { 1.0 } else { crate::db_to_amplitude(-self.reduction_db) };
        self.gain.aim(gain, samples);
        self.makeup.tick(tick_ms, samples);
    }

    #[inline]
    pub fn next(&mut self, x: f64) -> f64 {
        self.peak = self.peak.max(x.abs());
        x * self.gain.next() * self.makeup.next()
    }
}

/// Time constant with which the limiter lets go.
const LIMITER_RELEASE_MS: f64 = 60.0;

/// Limiter with instantaneous attack: no sample passes the ceiling, and none is delayed.
#[derive(Debug, Clone)]
pub struct Limiter {
    ceiling: Glide,
    release: f64,
    gain: f64,
}

impl Limiter {
    pub fn new(sample_rate_hz: u32, threshold_db: f64) -> Self {
        let release = tick_coefficient(1000.0 / f64::from(sample_rate_hz), LIMITER_RELEASE_MS);
        Self { ceiling: Glide::new(crate::db_to_amplitude(threshold_db)), release, gain: 1.0 }
    }

    pub fn set(&mut self, threshold_db: f64) {
        self.ceiling.set(crate::db_to_amplitude(threshold_db));
    }

    pub fn tick(&mut self, tick_ms: f64, samples: f64) {
        self.ceiling.tick(tick_ms, samples);
    }

    #[inline]
    pub fn next(&mut self, x: f64) -> f64 {
        let ceiling = self.ceiling.next();
        self.gain += (1.0 - self.gain) * self.release;
        if self.gain > 1.0 - 1e-6 {
            self.gain = 1.0;
        }
        let level = x.abs();
        if level * self.gain > ceiling {
            self.gain = ceiling / level;
        }
        x * self.gain
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Level in dB of the last second of a 2 s tone of `peak_db`, behind a compressor and a limiter at 8 kHz.
    fn level_after(peak_db: f64, ratio: f64, makeup_db: f64, ceiling_db: f64) -> f64 {
        let mut compressor = Compressor::new(makeup_db);
        compressor.set(-20.0, ratio, 5.0, 100.0, makeup_db, 0.5);
        let mut limiter = Limiter::new(8000, ceiling_db);
        let mut highest = 0.0_f64;
        for n in 0..16_000 {
            if n % 4 == 0 {
                compressor.tick(0.5, 4.0);
                limiter.tick(0.5, 4.0);
            }
            let x = crate::db_to_amplitude(peak_db) * libm::sin(1.1 * f64::from(n));
            let y = limiter.next(compressor.next(x));
            if n >= 8000 {
                highest = highest.max(y.abs());
            }
        }
        20.0 * libm::log10(highest)
    }

    #[test]
    fn ratio_knee_and_makeup() {
        // 10 dB over the threshold: 10/ratio remain. Peaks are seen to some tenths, as ticks may miss the crest.
        assert!((level_after(-10.0, 4.0, 0.0, 0.0) + 17.5).abs() < 0.6, "{}", level_after(-10.0, 4.0, 0.0, 0.0));
        assert!((level_after(-10.0, 4.0, 6.0, 0.0) + 11.5).abs() < 0.6);
        assert!((level_after(-10.0, 20.0, 0.0, 0.0) + 19.5).abs() < 0.6);
        // In the middle of the knee: (1 − 1/4) · 3² / 12 = 0.56 dB.
        assert!((level_after(-20.0, 4.0, 0.0, 0.0) + 20.56).abs() < 0.3);
        // Under the knee, and with a ratio of 1, nothing happens.
        assert!((level_after(-24.0, 4.0, 0.0, 0.0) + 24.0).abs() < 0.01);
        assert!((level_after(-3.0, 1.0, 0.0, 0.0) + 3.0).abs() < 0.01);
    }

    #[test]
    fn the_limiter_holds_its_ceiling_and_lets_go() {
        assert!((level_after(-3.0, 1.0, 12.0, -6.0) + 6.0).abs() < 0.01);
        let mut limiter = Limiter::new(8000, -6.0);
        limiter.tick(0.5, 4.0);
        limiter.next(1.0);
        let after = |ms: u32, l: &mut Limiter| (0..ms * 8).map(|_| l.next(0.1)).last().unwrap_or(0.0);
        assert!(after(20, &mut limiter) < 0.08);
        assert!((after(1000, &mut limiter) - 0.1).abs() < 1e-6);
    }
}
