//! Automatic gain control that listens to speech only: in pauses and noise the gain stands still, so it never pumps noise up.

use super::smooth::{Ramp, tick_coefficient};
use crate::units::power_to_db;

/// Time constant of the short-term level.
const LEVEL_MS: f64 = 20.0;
/// Time constant of the speech level once it has settled: a few syllables.
const SPEECH_MS: f64 = 800.0;
/// Speech is what stands this far over the noise floor …
const OVER_FLOOR_DB: f64 = 9.0;
/// … and over this level, whatever the floor.
const QUIETEST_SPEECH_DBFS: f64 = -62.0;
/// The level means nothing before this much of anything was heard.
const WARM_UP_MS: f64 = 40.0;
/// No gain moves before this much speech was heard.
const SETTLE_MS: f64 = 100.0;
/// The floor is the lowest short-term level of the last `SLOTS` slots (minimum statistics).
const SLOT_MS: f64 = 200.0;
const SLOTS: usize = 8;

#[derive(Debug, Clone)]
pub struct Agc {
    target_db: f64,
    max_gain_db: f64,
    down: f64,
    up: f64,
    level_coefficient: f64,
    sum: f64,
    level: f64,
    heard_ms: f64,
    slots: [f64; SLOTS],
    slot: usize,
    slot_ms: f64,
    speech: f64,
    speech_ms: f64,
    gain_db: f64,
    gain: Ramp,
}

impl Agc {
    pub fn new(tick_ms: f64) -> Self {
        Self {
            target_db: 0.0,
            max_gain_db: 0.0,
            down: 1.0,
            up: 1.0,
            level_coefficient: tick_coefficient(tick_ms, LEVEL_MS),
            sum: 0.0,
            level: 0.0,
            heard_ms: 0.0,
            slots: [f64::INFINITY; SLOTS],
            slot: 0,
            slot_ms: 0.0,
            speech: 0.0,
            speech_ms: 0.0,
            gain_db: 0.0,
            gain: Ramp::new(1.0),
        }
    }

    pub fn set(&mut self, target_db: f64, max_gain_db: f64, attack_ms: f64, release_ms: f64, tick_ms: f64) {
        self.target_db = target_db;
        self.max_gain_db = max_gain_db;
        self.down = tick_coefficient(tick_ms, attack_ms);
        self.up = tick_coefficient(tick_ms, release_ms);
    }

    pub fn tick(&mut self, tick_ms: f64, samples: f64) {
        let mean_square = self.sum / samples;
        self.sum = 0.0;
        // A plain mean at first: a filter that rises from zero, or from one short tick, would read as a very low noise floor.
        self.heard_ms = (self.heard_ms + tick_ms).min(2.0 * WARM_UP_MS);
        self.level += (mean_square - self.level) * (tick_ms / self.heard_ms).max(self.level_coefficient);
        let level_db = power_to_db(self.level, -120.0);
        let floor_db = self.track_floor(level_db, tick_ms);

        if level_db > floor_db + OVER_FLOOR_DB && level_db > QUIETEST_SPEECH_DBFS {
            self.speech_ms += tick_ms;
            // A plain mean at first, exponential later: the first word counts from its start.
            let share = (tick_ms / self.speech_ms).max(tick_ms / SPEECH_MS);
            self.speech += (self.level - self.speech) * share;
            if self.speech_ms >= SETTLE_MS {
                self.steer();
            }
        }
        // A lowered bound holds at once, also in a pause.
        if self.gain_db > self.max_gain_db {
            self.gain_db += (self.max_gain_db - self.gain_db) * self.down;
            if self.gain_db < self.max_gain_db + 1e-4 {
                self.gain_db = self.max_gain_db;
            }
        }
        let gain = if self.gain_db == 0.0 { 1.0 } else { crate::db_to_amplitude(self.gain_db) };
        self.gain.aim(gain, samples);
    }

    fn steer(&mut self) {
        let wanted = (self.target_db - power_to_db(self.speech, -120.0)).clamp(0.0, self.max_gain_db);
        let speed = if wanted < self.gain_db { self.down } else { self.up };
        self.gain_db += (wanted - self.gain_db) * speed;
    }

    fn track_floor(&mut self, level_db: f64, tick_ms: f64) -> f64 {
        self.slot_ms += tick_ms;
        if self.slot_ms >= SLOT_MS {
            self.slot_ms = 0.0;
            self.slot = (self.slot + 1) % SLOTS;
            self.slots[self.slot] = f64::INFINITY;
        }
        if self.heard_ms > WARM_UP_MS {
            self.slots[self.slot] = self.slots[self.slot].min(level_db);
        }
        self.slots.iter().copied().fold(f64::INFINITY, f64::min)
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
    use crate::line::Random;

    /// Gain in dB after `seconds` of syllables of `speech_db` over noise of `noise_db`, and after 2 s more of the noise alone.
    fn gains(speech_db: f64, noise_db: f64, max_gain_db: f64, seconds: u32) -> (f64, f64) {
        let mut agc = Agc::new(0.5);
        agc.set(-20.0, max_gain_db, 50.0, 500.0, 0.5);
        let mut random = Random::new(1);
        let mut after_speech = 0.0;
        for n in 0..(seconds + 2) * 8000 {
            if n % 4 == 0 {
                agc.tick(0.5, 4.0);
            }
            let mut x = crate::db_to_amplitude(noise_db) * random.gaussian();
            // 250 ms of syllable, 150 ms of pause.
            if n < seconds * 8000 && n % 3200 >= 1200 {
                x += crate::db_to_amplitude(speech_db) * random.gaussian();
            }
            agc.next(x);
            if n + 1 == seconds * 8000 {
                after_speech = agc.gain_db;
            }
        }
        (after_speech, agc.gain_db)
    }

    #[test]
    fn brings_speech_to_its_target_and_stands_still_in_noise() {
        let (speech, noise) = gains(-35.0, -60.0, 30.0, 10);
        assert!((speech - 15.0).abs() < 1.5, "{speech}");
        assert!((noise - speech).abs() < 0.5, "{speech} {noise}");
    }

    #[test]
    fn keeps_to_its_bounds() {
        assert!((gains(-35.0, -60.0, 6.0, 10).0 - 6.0).abs() < 0.01);
        // It amplifies only: loud speech is left as it is.
        assert_eq!(gains(-12.0, -60.0, 30.0, 5).0, 0.0);
        assert_eq!(gains(-35.0, -60.0, 0.0, 5).0, 0.0);
        // Noise alone is no speech, however long.
        assert_eq!(gains(-200.0, -40.0, 30.0, 10).0, 0.0);
    }
}
