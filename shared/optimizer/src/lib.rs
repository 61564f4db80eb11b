//! Scores, rules and the safety gate.
//!
//! Pure and synchronous: configuration layers, measured values and the time go in, decisions come out. ControlRoom, the
//! function `optimize-run` and the station agent use the same code, so a proposal that passes here passes there.
//!
//! - [`layer`]: values of a layer, and their merge (call over tenant over global), which is always legal.
//! - [`cross`]: rules between knobs.
//! - [`gate`]: may this change be made now? [`gate::clamp`] shortens what is wanted to what is allowed.
//! - [`window`]: does a change stay after its first window?
//! - [`score`]: how good does a station sound, from 0 to 100?
//! - [`rules`] and [`run`]: from measured values to knob moves, with reasons.

pub mod cross;
pub mod gate;
pub mod layer;
pub mod model;
pub mod rules;
pub mod run;
pub mod score;
pub mod window;

pub use gate::{Accepted, Code, Refusal, Request, State, Violation, clamp, judge, restore};
pub use layer::{Effective, Fallback, Layers, Values, merge};
pub use run::{RunInput, RunOutcome, run};
pub use window::{MARGIN, Verdict};
