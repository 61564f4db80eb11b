//! 4th order Butterworth high-pass as two state-variable filters in series. Their trapezoidal form (Zavalishin, "The Art of VA
//! Filter Design", ch. 4) stays stable and quiet while the cutoff moves, which direct-form biquads do not.

use super::smooth::Glide;

/// 1/Q of the two sections: 2·cos(π/8) and 2·cos(3π/8).
const DAMPING: [f64; 2] = [1.847_759_065_022_573_5, 0.765_366_864_730_179_6];

/// At this cutoff, the lower bound of the knob, the filter is out of the path.
const OFF_HZ: f64 = 20.0;

#[derive(Debug, Clone)]
pub struct HighPass {
    sample_rate_hz: f64,
    /// tan(π·fc/fs), gliding.
    warped: Glide,
    /// 1 = filtered, 0 = untouched, gliding.
    mix: Glide,
    state: [[f64; 2]; 2],
}

impl HighPass {
    pub fn new(sample_rate_hz: u32, cutoff_hz: f64) -> Self {
        let sample_rate_hz = f64::from(sample_rate_hz);
        let (warped, mix) = Self::targets(sample_rate_hz, cutoff_hz);
        Self { sample_rate_hz, warped: Glide::new(warped), mix: Glide::new(mix), state: [[0.0; 2]; 2] }
    }

    fn targets(sample_rate_hz: f64, cutoff_hz: f64) -> (f64, f64) {
        let warped = libm::tan(core::f64::consts::PI * cutoff_hz / sample_rate_hz);
        (warped, if cutoff_hz > OFF_HZ { 1.0 } else { 0.0 })
    }

    pub fn set_cutoff(&mut self, cutoff_hz: f64) {
        let (warped, mix) = Self::targets(self.sample_rate_hz, cutoff_hz);
        self.warped.set(warped);
        self.mix.set(mix);
    }

    pub fn tick(&mut self, tick_ms: f64, samples: f64) {
        self.warped.tick(tick_ms, samples);
        self.mix.tick(tick_ms, samples);
    }

    #[inline]
    pub fn next(&mut self, x: f64) -> f64 {
        let g = self.warped.next();
        let mix = self.mix.next();
        let mut y = x;
        for (k, s) in DAMPING.iter().zip(&mut self.state) {
            let high = (y - (k + g) * s[0] - s[1]) / (1.0 + g * (g + k));
            let band = g * high + s[0];
            s[0] = g * high + band;
            let low = g * band + s[1];
            s[1] = g * band + low;
            y = high;
        }
        // Runs along also while switched off, so that switching on has no transient of its own.
        x + mix * (y - x)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Gain in dB at `hz`, measured on the second second of a sine.
    fn gain_db(cutoff_hz: f64, hz: f64) -> f64 {
        let mut f = HighPass::new(8000, cutoff_hz);
        let (mut sum_in, mut sum_out) = (0.0, 0.0);
        for n in 0..16_000 {
            let x = libm::sin(core::f64::consts::TAU * hz * f64::from(n) / 8000.0);
            let y = f.next(x);
            if n >= 8000 {
                sum_in += x * x;
                sum_out += y * y;
            }
        }
        10.0 * libm::log10(sum_out / sum_in)
    }

    #[test]
    fn follows_the_butterworth_curve() {
        for cutoff in [80.0, 120.0, 200.0, 300.0, 400.0] {
            for hz in [50.0, 60.0, 100.0, 150.0, 200.0, 300.0, 1000.0] {
                // Bilinear transform: the analogue curve at the warped frequencies.
                let warp = |f: f64| libm::tan(core::f64::consts::PI * f / 8000.0);
                let expected = -10.0 * libm::log10(1.0 + libm::pow(warp(cutoff) / warp(hz), 8.0));
                let got = gain_db(cutoff, hz);
                assert!((got - expected).abs() < 0.05, "{cutoff} Hz at {hz} Hz: {got} dB, expected {expected}");
            }
        }
        assert!((gain_db(200.0, 200.0) + 3.01).abs() < 0.02);
        assert!(gain_db(200.0, 50.0) < -47.0);
    }

    #[test]
    fn off_is_exact() {
        let mut f = HighPass::new(8000, 20.0);
        for n in 0..1000 {
            let x = f64::from(n % 37) / 37.0;
            assert_eq!(f.next(x), x);
        }
    }
}
