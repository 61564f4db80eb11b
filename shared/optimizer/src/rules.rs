//! The heuristic optimizer, version 1: a table of rules from measured values to knob moves.
//!
//! | rule | measured | move | why so far and no farther |
//! |---|---|---|---|
//! | own gain first | clipping or too hot, output gain or makeup above 0 | back to 0 | what the station adds behind its limiter is the nearest cause |
//! | too hot | level over the band, or clipping with the level near or over its middle | input gain down to the middle, at least 3 dB | the input gain acts before the converter, so it removes the clipping that arises there; clipping at a low level came with the line |
//! | too quiet | level under the band | input gain up to the middle, as far as the peaks allow | clipping a peak costs more than the last decibels gain |
//! | quiet with high peaks | still too quiet, no headroom left | AGC gain up, limiter at −3 dBFS | the AGC works behind the converter, where the limiter holds the peaks |
//! | hum | hum over its target | high-pass to 120 Hz, by strong or persistent hum to 180 (Listening 200) | the telephone band begins at 300 Hz; wide-band voices have their fundamental above 85 Hz, so a recogniser gets no more than 180 |
//! | noise | floor over its target, SNR under its own | gate 8 dB over the noise, 12 dB (Recognition 15) under the speech | the expander is 20 dB deep 7 dB under its threshold; closer to the speech it eats soft syllables. Never noise reduction: it costs words |
//! | gate follows | the gate is on and the gain in front of it moves | by the same | else it opens on noise, or closes on speech |
//! | peaks | peaks at full scale that do not clip | limiter to −3 dBFS | room for the next codec |
//! | concealment | packet loss, concealment off | on | |
//!
//! Each rule sees what the ones before it were granted, so the gate is placed over the noise as the new gain will lift it.
//! Where hum is most of the noise, the gate waits until the high-pass has been measured.
//! If any wanted knob has changed too recently, nothing moves at all: half of a change (gain without its gate, say) can be
//! worse than none, and its first window would be judged as if it were the whole.

mod table;

pub use table::{RULES, Rule, Want};

use crate::gate::{Code, Refusal, State, Violation, Wish, clamp};
use crate::layer::{Effective, merge};
use crate::model::predict;
use crate::score::Measured;
use attune_domain::{Decimal, KnobName, Scope, Station};
use std::collections::BTreeMap;

/// What a rule looks at.
#[derive(Debug, Clone)]
pub struct Facts<'a> {
    /// Station.
    pub station: Station,
    /// What was measured.
    pub measured: &'a Measured,
    /// Targets of the snapshot.
    pub targets: &'a BTreeMap<String, f64>,
    /// In force while it was measured.
    pub before: &'a Effective,
    /// In force if all that was granted so far were applied.
    pub planned: Effective,
}

/// A granted move.
#[derive(Debug, Clone, PartialEq)]
pub struct Move {
    /// Rule.
    pub rule: &'static str,
    /// Knob.
    pub knob: KnobName,
    /// Value before.
    pub old: Decimal,
    /// Value after.
    pub new: Decimal,
    /// Why, naming measured values.
    pub reason: String,
    /// The limit that kept it from going farther, if one did.
    pub limit: Option<Violation>,
}

/// What the rules found.
#[derive(Debug, Clone, PartialEq)]
pub struct Plan {
    /// Moves that pass the gate together.
    pub moves: Vec<Move>,
    /// Moves that were wanted and not possible: (knob, why not).
    pub held_back: Vec<(KnobName, String)>,
    /// What should be measured after them.
    pub expected: Measured,
}

/// A value of a knob that was taken back lately.
pub type Rejected = (KnobName, Decimal);

/// Runs the rules for a call's layer. `rejected`: values that were rolled back lately and are not tried again.
///
/// # Errors
/// [`Refusal::Frozen`].
pub fn plan(
    station: Station,
    measured: &Measured,
    targets: &BTreeMap<String, f64>,
    state: &State,
    rejected: &[Rejected],
    now_ms: i64,
) -> Result<Plan, Refusal> {
    if state.frozen {
        return Err(Refusal::Frozen);
    }
    let scope = Scope::Call;
    let before = merge(station, &state.layers.down_to(scope));
    let mut facts = Facts { station, measured, targets, before: &before, planned: before.clone() };
    let mut plan = Plan { moves: Vec::new(), held_back: Vec::new(), expected: Measured::new() };
    let mut wishes: Vec<Wish> = Vec::new();
    for rule in &RULES {
        for want in (rule.wants)(&facts) {
            let knob = want.knob;
            let (Some(old), Some(value)) = (before.value(knob), Decimal::nearest(want.value, knob.knob().places))
            else {
                continue;
            };
            if value == old || wishes.iter().any(|w| w.knob == knob) {
                continue;
            }
            wishes.push(Wish { knob, value });
            let clamped = clamp(station, scope, &wishes, state, None, now_ms)?;
            if let Some((_, violation)) = clamped.limited.iter().find(|(_, v)| v.code == Code::TooSoon) {
                let held_back = vec![(knob, violation.detail.clone())];
                return Ok(Plan { moves: Vec::new(), held_back, expected: measured.clone() });
            }
            let limit = clamped.limited.into_iter().find(|(w, _)| w.knob == knob).map(|(_, v)| v);
            let granted = clamped.changes.get(&knob).copied().flatten();
            let refused = match (granted, clamped.accepted) {
                (Some(new), Some(_)) if rejected.contains(&(knob, new)) => {
                    Some(format!("{knob} {new} was taken back lately and is not tried again"))
                }
                (Some(new), Some(accepted)) => {
                    facts.planned = accepted.effective_after;
                    if let Some(wish) = wishes.last_mut() {
                        wish.value = new;
                    }
                    plan.moves.push(Move { rule: rule.name, knob, old, new, reason: want.reason, limit });
                    None
                }
                _ => Some(limit.map_or_else(|| format!("{knob} cannot move"), |v| v.detail)),
            };
            if let Some(why) = refused {
                wishes.pop();
                plan.held_back.push((knob, why));
            }
        }
    }
    plan.expected = predict(measured, &before, &facts.planned);
    Ok(plan)
}
