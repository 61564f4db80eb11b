//! The DSP chain of a station: gain → converter → high-pass → gate → AGC → compressor → limiter → gain → 16 bits.

mod agc;
mod compressor;
mod gate;
mod highpass;
mod params;
mod smooth;

pub use params::{ChainParams, KNOBS, KnobSpec};

use crate::error::{ParamError, check_rate};
use crate::units::{FULL_SCALE, db_to_amplitude, quantise};
use smooth::Glide;

/// Control ticks per second.
const TICKS_PER_SECOND: u32 = 2000;

/// What the station's converter saw since the last [`Chain::take_adc_stats`].
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct AdcStats {
    /// Samples converted.
    pub samples: u64,
    /// Samples whose value after the input gain was beyond 16-bit full scale and was cut off.
    pub clipped: u64,
}

impl AdcStats {
    /// Clipped samples in percent; `None` before the first sample.
    pub fn clipped_percent(&self) -> Option<f64> {
        (self.samples > 0).then(|| 100.0 * self.clipped as f64 / self.samples as f64)
    }
}

/// A running chain. Mono; holds all its state inline and never allocates.
#[derive(Debug, Clone)]
pub struct Chain {
    params: ChainParams,
    tick_samples: u32,
    until_tick: u32,
    tick_ms: f64,
    input_gain: Glide,
    adc: AdcStats,
    highpass: highpass::HighPass,
    gate: gate::Gate,
    agc: agc::Agc,
    compressor: compressor::Compressor,
    limiter: compressor::Limiter,
    output_gain: Glide,
}

impl Chain {
    /// A chain at rest with `params` already in force.
    ///
    /// # Errors
    /// [`ParamError`] if the sample rate is outside 8000..=48000 Hz or a parameter outside its bounds.
    pub fn new(sample_rate_hz: u32, params: &ChainParams) -> Result<Self, ParamError> {
        check_rate(sample_rate_hz)?;
        params.validate()?;
        let tick_samples = (sample_rate_hz / TICKS_PER_SECOND).max(1);
        let tick_ms = 1000.0 * f64::from(tick_samples) / f64::from(sample_rate_hz);
        let mut chain = Self {
            params: *params,
            tick_samples,
            until_tick: 0,
            tick_ms,
            input_gain: Glide::new(db_to_amplitude(params.pcm_input_gain_db)),
            adc: AdcStats::default(),
            highpass: highpass::HighPass::new(sample_rate_hz, params.highpass_cutoff_hz),
            gate: gate::Gate::new(tick_ms),
            agc: agc::Agc::new(tick_ms),
            compressor: compressor::Compressor::new(params.compressor_makeup_db),
            limiter: compressor::Limiter::new(sample_rate_hz, params.limiter_threshold_dbfs),
            output_gain: Glide::new(db_to_amplitude(params.pcm_output_gain_db)),
        };
        chain.apply();
        Ok(chain)
    }

    /// Puts `params` in force from the next sample on; gains and cutoff glide there over some 10 ms, without a click.
    ///
    /// # Errors
    /// [`ParamError`] if one is outside its bounds; then all the old ones stay in force.
    pub fn set_params(&mut self, params: &ChainParams) -> Result<(), ParamError> {
        params.validate()?;
        self.params = *params;
        self.apply();
        Ok(())
    }

    /// The parameters last set.
    pub fn params(&self) -> &ChainParams {
        &self.params
    }

    fn apply(&mut self) {
        let (p, ms) = (&self.params, self.tick_ms);
        self.input_gain.set(db_to_amplitude(p.pcm_input_gain_db));
        self.highpass.set_cutoff(p.highpass_cutoff_hz);
        self.gate.set(p.noise_gate_threshold_dbfs, p.noise_gate_attack_ms, p.noise_gate_release_ms, ms);
        self.agc.set(p.agc_target_level_dbfs, p.agc_max_gain_db, p.agc_attack_ms, p.agc_release_ms, ms);
        self.compressor.set(
            p.compressor_threshold_dbfs,
            p.compressor_ratio,
            p.compressor_attack_ms,
            p.compressor_release_ms,
            p.compressor_makeup_db,
            ms,
        );
        self.limiter.set(p.limiter_threshold_dbfs);
        self.output_gain.set(db_to_amplitude(p.pcm_output_gain_db));
    }

    /// Runs `input` (the line before the converter: full scale = 1, may exceed it; NaN and infinities count as 0) through the
    /// chain into `output` (16-bit PCM). Handles as many samples as the shorter of the two holds, and returns their number.
    /// The result does not depend on how the stream is cut into frames, and no sample is delayed.
    pub fn process(&mut self, input: &[f32], output: &mut [i16]) -> usize {
        let mut done = 0;
        for (x, y) in input.iter().zip(output.iter_mut()) {
            *y = self.next(*x);
            done += 1;
        }
        done
    }

    /// What the converter saw since the last call; starts counting anew. The flat tops of a converter that clips are bent by the
    /// high-pass, so the output alone does not show them: read this together with the measures of the output.
    pub fn take_adc_stats(&mut self) -> AdcStats {
        core::mem::take(&mut self.adc)
    }

    #[inline]
    fn next(&mut self, input: f32) -> i16 {
        if self.until_tick == 0 {
            self.tick();
            self.until_tick = self.tick_samples;
        }
        self.until_tick -= 1;

        let line = if input.is_finite() { f64::from(input) } else { 0.0 } * self.input_gain.next();
        self.adc.samples += 1;
        // Half a step of grace: what rounds to full scale is not cut off.
        if !(-FULL_SCALE - 0.5..FULL_SCALE - 0.5).contains(&(line * FULL_SCALE)) {
            self.adc.clipped += 1;
        }
        let x = f64::from(quantise(line)) / FULL_SCALE;
        let x = self.highpass.next(x);
        let x = self.gate.next(x);
        let x = self.agc.next(x);
        let x = self.compressor.next(x);
        let x = self.limiter.next(x);
        quantise(x * self.output_gain.next())
    }

    fn tick(&mut self) {
        let (ms, n) = (self.tick_ms, f64::from(self.tick_samples));
        self.input_gain.tick(ms, n);
        self.highpass.tick(ms, n);
        self.gate.tick(ms, n);
        self.agc.tick(ms, n);
        self.compressor.tick(ms, n);
        self.limiter.tick(ms, n);
        self.output_gain.tick(ms, n);
    }
}
