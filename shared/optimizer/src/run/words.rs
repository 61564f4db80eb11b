//! What a sound engineer would say about a run, with the numbers.

use super::Hold;
use crate::rules::Plan;
use crate::score::{Measured, Score, TARGET_REACHED};
use attune_contracts::run::NextIteration;
use attune_contracts::snapshot::SnapshotV1;
use attune_domain::{MetricName, Millis};

/// Longest one-line reason, in characters (the bound of a manual change's).
const LINE: usize = 500;

/// What there is to tell of.
pub struct Told<'a> {
    pub snapshot: &'a SnapshotV1,
    pub own: &'a Score,
    pub averaged: &'a Measured,
    pub windows: usize,
    pub expected: f64,
}

/// The analysis of a run that proposes something.
pub fn of_plan(told: &Told<'_>, plan: &Plan) -> String {
    let mut text = opening(told);
    for m in &plan.moves {
        let unit = m.knob.knob().unit;
        text.push_str(&format!(" {} from {} to {} {unit}: {}.", m.knob, m.old, m.new, m.reason));
        if let Some(limit) = &m.limit {
            text.push_str(&format!(" It goes no farther now because of a limit ({}).", limit.detail));
        }
    }
    push_held_back(&mut text, plan);
    push_beyond_reach(&mut text, told, plan);
    text.push_str(&format!(" Expected score: {:.1}.", told.expected));
    text
}

/// The analysis of a run that proposes nothing.
pub fn of_hold(told: &Told<'_>, hold: &Hold, plan: Option<&Plan>) -> String {
    let mut text = opening(told);
    text.push(' ');
    text.push_str(&match hold {
        Hold::NoSpeech => "Nobody spoke in this window, so nothing can be said of the speech.".to_owned(),
        Hold::OtherVersion { window, effective } => format!(
            "It was measured under version {window}, and version {effective} is in force: its first window decides."
        ),
        Hold::GoesBack { version, reason } => format!("Version {version} goes back: {reason}."),
        Hold::Frozen => "Changes are frozen, so nothing is touched.".to_owned(),
        Hold::TargetReached => {
            format!("The target of {TARGET_REACHED:.0} is reached; a station that sounds right is left alone.")
        }
        Hold::NoMove => "No knob that may be moved now would make it better.".to_owned(),
    });
    if let Some(plan) = plan {
        push_held_back(&mut text, plan);
        push_beyond_reach(&mut text, told, plan);
    }
    text
}

fn opening(told: &Told<'_>) -> String {
    let Told { snapshot, own, averaged, windows, .. } = told;
    let over = match windows {
        1 => format!("segment {}", snapshot.segment.index),
        n => format!("mean of the {n} windows up to segment {}", snapshot.segment.index),
    };
    let figures: Vec<String> = [
        (MetricName::SPEECH_LEVEL, "speech level", 1, "dBFS"),
        (MetricName::NOISE, "noise floor", 1, "dBFS"),
        (MetricName::SNR, "SNR", 1, "dB"),
        (MetricName::CLIPPING, "clipping", 2, "%"),
        (MetricName::HUM, "hum", 1, "dBFS"),
        (MetricName::LOSS, "packet loss", 1, "%"),
        (MetricName::JITTER, "jitter", 1, "ms"),
        (MetricName::MOS, "MOS", 2, "by the E-model"),
    ]
    .into_iter()
    .filter_map(|(metric, name, places, unit)| Some(format!("{name} {:.places$} {unit}", averaged.get(&metric)?)))
    .collect();
    let station = snapshot.station;
    let figures = if figures.is_empty() { "nothing was measured".to_owned() } else { figures.join(", ") };
    let mut text = format!("Station {station} ({}), {over}: {figures}.", station.label());
    if own.usable {
        text.push_str(&format!(" Score {:.1} of 100", own.total));
        let worst = own.parts.iter().max_by(|a, b| a.points_lost.total_cmp(&b.points_lost));
        match worst.filter(|w| w.points_lost >= 0.5) {
            Some(w) => text.push_str(&format!("; most is lost to {} ({:.1} points).", w.metric, w.points_lost)),
            None => text.push('.'),
        }
    }
    text
}

fn push_held_back(text: &mut String, plan: &Plan) {
    for (_, why) in &plan.held_back {
        text.push_str(&format!(" Wanted, but not possible now: {why}."));
    }
}

/// Faults that came with the line: no knob here mends them, and silence about them would pass for not having seen them.
fn push_beyond_reach(text: &mut String, told: &Told<'_>, plan: &Plan) {
    let get = |m| told.averaged.get(&m).copied();
    let costs = |m: MetricName| told.own.parts.iter().any(|p| p.metric == m.as_str() && p.points_lost >= 0.5);
    if costs(MetricName::CLIPPING) && plan.moves.is_empty() && plan.held_back.is_empty() {
        let level = get(MetricName::SPEECH_LEVEL).unwrap_or_default();
        text.push_str(&format!(
            " Speech at {level:.1} dBFS does not clip here: the clipping came with the line and has to be mended before it."
        ));
    }
    if costs(MetricName::LOSS) || costs(MetricName::JITTER) {
        text.push_str(
            " Lost and late packets are mended by the network or the jitter buffer, which takes a new stream; it is not touched in a call.",
        );
    }
}

/// One line for the history.
pub fn one_line(plan: &Plan) -> String {
    let parts: Vec<String> =
        plan.moves.iter().map(|m| format!("{} {} → {}: {}", m.knob, m.old, m.new, m.reason)).collect();
    parts.join("; ").chars().take(LINE).collect()
}

/// One line for a run that proposes nothing.
pub fn hold_line(hold: &Hold) -> String {
    match hold {
        Hold::NoSpeech => "no speech in the window".to_owned(),
        Hold::OtherVersion { window, effective } => {
            format!("measured under version {window}, version {effective} is in force")
        }
        Hold::GoesBack { reason, .. } => reason.clone(),
        Hold::Frozen => "frozen".to_owned(),
        Hold::TargetReached => "target reached".to_owned(),
        Hold::NoMove => "no move helps".to_owned(),
    }
}

fn stop_condition() -> String {
    format!("score of {TARGET_REACHED:.0} or more, or a window in which no rule finds a move")
}

/// After a change: as soon as its knobs may move again.
pub fn next_after_change(plan: &Plan, now_ms: i64) -> NextIteration {
    let wait = plan.moves.iter().map(|m| m.knob.knob().min_interval_ms).max().unwrap_or(0);
    let knobs: Vec<&str> = plan.moves.iter().map(|m| m.knob.as_str()).collect();
    NextIteration {
        when: Some(Millis(now_ms.saturating_add(wait))),
        measure: format!("the first whole segment with speech under the new {}", knobs.join(", ")),
        stop_condition: stop_condition(),
    }
}

/// After nothing was proposed.
pub fn next_after_hold(hold: &Hold, plan: Option<&Plan>, now_ms: i64) -> NextIteration {
    let again = match hold {
        Hold::TargetReached | Hold::Frozen => false,
        Hold::NoMove => plan.is_some_and(|p| !p.held_back.is_empty()),
        Hold::NoSpeech | Hold::OtherVersion { .. } | Hold::GoesBack { .. } => true,
    };
    let measure = match hold {
        Hold::NoSpeech => "a segment with speech",
        Hold::OtherVersion { .. } => "the first whole segment under the version in force",
        Hold::GoesBack { .. } => "a segment under the version returned to",
        Hold::Frozen => "nothing until changes are allowed again",
        Hold::TargetReached => "each segment, for a score that falls under the target",
        Hold::NoMove => "the next segment with speech",
    };
    NextIteration {
        when: again.then_some(Millis(now_ms)),
        measure: measure.to_owned(),
        stop_condition: stop_condition(),
    }
}
