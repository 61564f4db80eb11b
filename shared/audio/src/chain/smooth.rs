//! Values that move without clicks. All control runs on ticks of about 0.5 ms, counted in samples from the start of the stream,
//! so that the output does not depend on how the stream is cut into frames.

/// Part of the way to its target that a one-pole filter goes in one tick of `tick_ms` with time constant `tau_ms`.
pub fn tick_coefficient(tick_ms: f64, tau_ms: f64) -> f64 {
    1.0 - libm::exp(-tick_ms / tau_ms)
}

/// A factor that goes in a straight line from tick to tick.
#[derive(Debug, Clone)]
pub struct Ramp {
    now: f64,
    goal: f64,
    step: f64,
}

impl Ramp {
    pub fn new(value: f64) -> Self {
        Self { now: value, goal: value, step: 0.0 }
    }

    /// At a tick: reach the last goal exactly (rounding must not pile up) and head for `goal` over `samples` samples.
    pub fn aim(&mut self, goal: f64, samples: f64) {
        self.now = self.goal;
        self.step = (goal - self.now) / samples;
        self.goal = goal;
    }

    /// Value at this sample.
    #[inline]
    pub fn next(&mut self) -> f64 {
        self.now += self.step;
        self.now
    }
}

/// A parameter on its way to the value last set: one-pole over ticks, linear in between, and exact once it is there.
#[derive(Debug, Clone)]
pub struct Glide {
    ramp: Ramp,
    target: f64,
}

/// Time constant of parameter changes: short enough to act within a segment, long enough not to click.
const GLIDE_MS: f64 = 10.0;

impl Glide {
    pub fn new(value: f64) -> Self {
        Self { ramp: Ramp::new(value), target: value }
    }

    pub fn set(&mut self, target: f64) {
        self.target = target;
    }

    pub fn tick(&mut self, tick_ms: f64, samples: f64) {
        let from = self.ramp.goal;
        let rest = self.target - from;
        let goal = if rest.abs() < 1e-6 { self.target } else { from + rest * tick_coefficient(tick_ms, GLIDE_MS) };
        self.ramp.aim(goal, samples);
    }

    #[inline]
    pub fn next(&mut self) -> f64 {
        self.ramp.next()
    }
}
