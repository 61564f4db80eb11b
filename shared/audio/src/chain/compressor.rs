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
