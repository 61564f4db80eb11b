//! Noise gate as a downward expander: 1:4 under the threshold, never more than 20 dB down, so that what is left of weak syllables
//! and of the room keeps the line alive.

use super::smooth::{Ramp, tick_coefficient};
use crate::units::power_to_db;

/// Time constant of the level detector.
const DETECTOR_MS: f64 = 8.0;
/// How long the gate stays open after the last loud moment: bridges stops and weak endings.
const HOLD_MS: f64 = 50.0;
/// dB of attenuation per dB under the threshold (a 1:4 expander).
const SLOPE: f64 = 3.0;
/// Width of the soft knee around the threshold.
const KNEE_DB: f64 = 6.0;
/// Deepest attenuation.
const RANGE_DB: f64 = 20.0;
/// At this threshold, the lower bound of the knob, the gate is off.
const OFF_DBFS: f64 = -80.0;

#[derive(Debug, Clone)]
pub struct Gate {
    threshold_db: f64,
    opening: f64,
    closing: f64,
    detector: f64,
    sum: f64,
    mean_square: f64,
    hold_ms: f64,
    reduction_db: f64,
    gain: Ramp,
}

impl Gate {
    pub fn new(tick_ms: f64) -> Self {
        Self {
            threshold_db: OFF_DBFS,
            opening: 1.0,
            closing: 1.0,
            detector: tick_coefficient(tick_ms, DETECTOR_MS),
            sum: 0.0,
            mean_square: 0.0,
            hold_ms: 0.0,
            reduction_db: 0.0,
            gain: Ramp::new(1.0),
        }
    }

    pub fn set(&mut self, threshold_db: f64, attack_ms: f64, release_ms: f64, tick_ms: f64) {
        self.threshold_db = threshold_db;
        self.opening = tick_coefficient(tick_ms, attack_ms);
        self.closing = tick_coefficient(tick_ms, release_ms);
    }

    pub fn tick(&mut self, tick_ms: f64, samples: f64) {
        self.mean_square += (self.sum / samples - self.mean_square) * self.detector;
        self.sum = 0.0;
        let target = self.target_db(tick_ms);
        let speed = if target < self.reduction_db { self.opening } else { self.closing };
        self.reduction_db += (target - self.reduction_db) * speed;
        if target == 0.0 && self.reduction_db < 1e-4 {
            self.reduction_db = 0.0;
        }
        let gain = if self.reduction_db == 0.0 { 1.0 } else { crate::db_to_amplitude(-self.reduction_db) };
        self.gain.aim(gain, samples);
    }

    fn target_db(&mut self, tick_ms: f64) -> f64 {
        if self.threshold_db <= OFF_DBFS {
            return 0.0;
        }
        let under = self.threshold_db - power_to_db(self.mean_square, -120.0);
        if under <= 0.0 {
            self.hold_ms = HOLD_MS;
        } else {
            self.hold_ms = (self.hold_ms - tick_ms).max(0.0);
        }
        if self.hold_ms > 0.0 || under <= -KNEE_DB / 2.0 {
            return 0.0;
        }
        let beyond_knee = if under < KNEE_DB / 2.0 {
            let into = under + KNEE_DB / 2.0;
            into * into / (2.0 * KNEE_DB)
        } else {
            under
        };
        (SLOPE * beyond_knee).min(RANGE_DB)
    }

    #[inline]
    pub fn next(&mut self, x: f64) -> f64 {
        self.sum += x * x;
        x * self.gain.next()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Gain in dB that a tone of `rms_db` gets at the end of `ms`, after `loud_ms` of a loud one.
    fn gain_db(threshold_db: f64, rms_db: f64, loud_ms: u32, ms: u32) -> f64 {
        let mut gate = Gate::new(0.5);
        gate.set(threshold_db, 5.0, 60.0, 0.5);
        let (mut quiet, mut gated) = (0.0, 0.0);
        for n in 0..(loud_ms + ms) * 8 {
            if n % 4 == 0 {
                gate.tick(0.5, 4.0);
            }
            let db = if n < loud_ms * 8 { -10.0 } else { rms_db };
            let x = core::f64::consts::SQRT_2 * crate::db_to_amplitude(db) * libm::sin(1.1 * f64::from(n));
            let y = gate.next(x);
            if n >= (loud_ms + ms - 10) * 8 {
                quiet += x * x;
                gated += y * y;
            }
        }
        10.0 * libm::log10(gated / quiet)
    }

    #[test]
    fn expands_under_the_threshold_down_to_its_range() {
        assert!(gain_db(-40.0, -36.0, 0, 2000).abs() < 0.01);
        assert!((gain_db(-40.0, -45.0, 0, 2000) + 15.0).abs() < 0.5);
        assert!((gain_db(-40.0, -60.0, 0, 2000) + 20.0).abs() < 0.1);
        // At its lowest threshold it is off.
        assert_eq!(gain_db(-80.0, -95.0, 0, 2000), 0.0);
    }

    #[test]
    fn holds_and_then_closes() {
        // The detector falls from −10 to −40 dBFS in 55 ms, then come 50 ms of hold.
        assert!(gain_db(-40.0, -60.0, 100, 90).abs() < 0.01);
        assert!(gain_db(-40.0, -60.0, 100, 300) < -15.0);
    }
}
