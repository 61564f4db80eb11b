//! A seeded simulator of a bad line: turns clean speech into what a caller's line might deliver. For tests and demonstrations.

use crate::error::{ParamError, check_rate};
use crate::units::db_to_amplitude;

/// xoshiro256++ (Blackman, Vigna 2019), seeded by splitmix64. For signals, not for secrets.
#[derive(Debug, Clone)]
pub struct Random {
    state: [u64; 4],
}

impl Random {
    /// A generator that is a function of `seed` alone.
    pub fn new(mut seed: u64) -> Self {
        let state = core::array::from_fn(|_| {
            seed = seed.wrapping_add(0x9e37_79b9_7f4a_7c15);
            let z = (seed ^ (seed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
            z ^ (z >> 31)
        });
        Self { state }
    }

    /// The next 64 bits.
    pub fn next_u64(&mut self) -> u64 {
        let s = &mut self.state;
        let result = s[0].wrapping_add(s[3]).rotate_left(23).wrapping_add(s[0]);
        let t = s[1] << 17;
        s[2] ^= s[0];
        s[3] ^= s[1];
        s[1] ^= s[2];
        s[0] ^= s[3];
        s[2] ^= t;
        s[3] = s[3].rotate_left(45);
        result
    }

    /// Uniform in 0..1.
    pub fn uniform(&mut self) -> f64 {
        (self.next_u64() >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// About normal, mean 0, variance 1: the sum of six uniforms, so never beyond ±4.25.
    pub fn gaussian(&mut self) -> f64 {
        let sum: f64 = (0..6).map(|_| self.uniform()).sum();
        (sum - 3.0) * core::f64::consts::SQRT_2
    }
}

/// Spectrum of the line's noise.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NoiseColour {
    /// The same power at every frequency.
    #[default]
    White,
    /// The same power in every octave (from about 10 Hz on).
    Pink,
}

/// What the line does. The default does nothing.
#[derive(Debug, Clone, Copy, PartialEq, serde::Serialize, serde::Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct LineParams {
    /// Gain of the speech, in dB. May push it beyond full scale; the line itself does not clip.
    pub gain_db: f64,
    /// RMS level of added noise, in dBFS; none without.
    pub noise_dbfs: Option<f64>,
    /// Its spectrum.
    pub noise_colour: NoiseColour,
    /// RMS level of added hum with all its harmonics, in dBFS; none without.
    pub hum_dbfs: Option<f64>,
    /// Its fundamental, in Hz.
    pub hum_hz: f64,
    /// Constant offset, as a part of full scale.
    pub dc: f64,
}

impl Default for LineParams {
    fn default() -> Self {
        Self { gain_db: 0.0, noise_dbfs: None, noise_colour: NoiseColour::White, hum_dbfs: None, hum_hz: 50.0, dc: 0.0 }
    }
}

/// Amplitudes of the fundamental and its harmonics, before they are scaled to the level: odd ones prevail, as from a transformer.
const HUM_PARTIALS: [f64; 5] = [1.0, 0.2, 0.4, 0.1, 0.2];
/// Poles and weights of Kellet's pink filter ("refined", musicdsp.org), without its direct and delayed terms.
const PINK: [(f64, f64); 4] = [(0.99765, 0.0990460), (0.96300, 0.2965164), (0.57000, 1.0526913), (0.0, 0.1848)];

/// A line with its state.
#[derive(Debug, Clone)]
pub struct Line {
    gain: f64,
    noise: f64,
    colour: NoiseColour,
    hum: f64,
    step: f64,
    phase: f64,
    dc: f64,
    random: Random,
    pink: [f64; 4],
}

impl Line {
    /// A line that is a function of its arguments alone.
    ///
    /// # Errors
    /// [`ParamError::SampleRate`] outside 8000..=48000 Hz; [`ParamError::NotFinite`].
    pub fn new(sample_rate_hz: u32, params: &LineParams, seed: u64) -> Result<Self, ParamError> {
        check_rate(sample_rate_hz)?;
        for (name, value) in [
            ("gain_db", Some(params.gain_db)),
            ("noise_dbfs", params.noise_dbfs),
            ("hum_dbfs", params.hum_dbfs),
            ("hum_hz", Some(params.hum_hz)),
            ("dc", Some(params.dc)),
        ] {
            if value.is_some_and(|v| !v.is_finite()) {
                return Err(ParamError::NotFinite(name));
            }
        }
        let hum_power: f64 = HUM_PARTIALS.iter().map(|a| a * a / 2.0).sum();
        let pink_power: f64 = PINK.iter().flat_map(|(p, a)| PINK.iter().map(move |(q, b)| a * b / (1.0 - p * q))).sum();
        let noise_power = match params.noise_colour {
            NoiseColour::White => 1.0,
            NoiseColour::Pink => pink_power,
        };
        Ok(Self {
            gain: db_to_amplitude(params.gain_db),
            noise: params.noise_dbfs.map_or(0.0, |db| db_to_amplitude(db) / libm::sqrt(noise_power)),
            colour: params.noise_colour,
            hum: params.hum_dbfs.map_or(0.0, |db| db_to_amplitude(db) / libm::sqrt(hum_power)),
            step: core::f64::consts::TAU * params.hum_hz / f64::from(sample_rate_hz),
            phase: 0.0,
            dc: params.dc,
            random: Random::new(seed),
            pink: [0.0; 4],
        })
    }

    /// Degrades `speech` (full scale = 1) in place; the result may exceed full scale.
    pub fn process(&mut self, speech: &mut [f32]) {
        for x in speech {
            let mut y = f64::from(*x) * self.gain + self.dc;
            if self.noise > 0.0 {
                y += self.noise * self.next_noise();
            }
            if self.hum > 0.0 {
                let partials = HUM_PARTIALS.iter().zip(1..).map(|(a, h)| a * libm::sin(self.phase * f64::from(h)));
                y += self.hum * partials.sum::<f64>();
                self.phase += self.step;
                if self.phase > core::f64::consts::TAU {
                    self.phase -= core::f64::consts::TAU;
                }
            }
            *x = y as f32;
        }
    }

    fn next_noise(&mut self) -> f64 {
        let white = self.random.gaussian();
        match self.colour {
            NoiseColour::White => white,
            NoiseColour::Pink => {
                for (state, (pole, weight)) in self.pink.iter_mut().zip(PINK) {
                    *state = pole * *state + weight * white;
                }
                self.pink.iter().sum()
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rms_db(params: &LineParams) -> f64 {
        let mut x = vec![0.0_f32; 480_000];
        Line::new(8000, params, 7).unwrap().process(&mut x);
        10.0 * libm::log10(x.iter().map(|v| f64::from(*v) * f64::from(*v)).sum::<f64>() / x.len() as f64)
    }

    #[test]
    fn levels_are_what_was_asked_for() {
        let none = LineParams::default();
        for params in [
            LineParams { noise_dbfs: Some(-50.0), ..none },
            LineParams { noise_dbfs: Some(-50.0), noise_colour: NoiseColour::Pink, ..none },
            LineParams { hum_dbfs: Some(-50.0), ..none },
            LineParams { hum_dbfs: Some(-50.0), hum_hz: 60.0, ..none },
            LineParams { dc: db_to_amplitude(-50.0), ..none },
        ] {
            assert!((rms_db(&params) + 50.0).abs() < 0.3, "{params:?}: {}", rms_db(&params));
        }
    }

    #[test]
    fn a_line_is_a_function_of_its_seed() {
        let params = LineParams { noise_dbfs: Some(-30.0), ..LineParams::default() };
        let run = |seed, frame: usize| {
            let mut line = Line::new(8000, &params, seed).unwrap();
            let mut x = vec![0.1_f32; 1000];
            x.chunks_mut(frame).for_each(|c| line.process(c));
            x
        };
        assert_eq!(run(1, 1000), run(1, 7));
        assert_ne!(run(1, 1000), run(2, 1000));
    }

    #[test]
    fn published_sequence() {
        // splitmix64 from seed 0 (the vectors of its reference code) makes the state.
        assert_eq!(Random::new(0).state[..2], [0xe220_a839_7b1d_cdaf, 0x6e78_9e6a_a1b9_65f4]);
    }

    #[test]
    fn a_default_line_changes_nothing() {
        let mut x = [0.25_f32, -1.5, 0.0];
        Line::new(8000, &LineParams::default(), 1).unwrap().process(&mut x);
        assert_eq!(x, [0.25, -1.5, 0.0]);
        assert!(Line::new(8000, &LineParams { gain_db: f64::NAN, ..LineParams::default() }, 1).is_err());
    }
}
