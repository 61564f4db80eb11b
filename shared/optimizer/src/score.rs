//! How good a station sounds, from 0 to 100.
//!
//! Each measured metric may cost points, up to its weight: none within its target, the whole weight at the end of its span,
//! in a straight line between. Recognition (stations 3, 4, 11) and Listening (1, 2, 9, 10) have tables of their own, because a
//! recogniser and an ear do not mind the same things.
//!
//! | metric | no cost | whole weight lost at | Recognition | Listening | why |
//! |---|---|---|---|---|---|
//! | speech level (P.56) | −26 … −16 dBFS | −42 / −8 dBFS | 25 | 30 | −26 dBFS is the nominal level of ITU-T G.191 and P.56 practice, −16 the most that a crest factor of 15 dB leaves unclipped; an ear minds the level more than a recogniser, which normalises |
//! | SNR | ≥ 32 dB | 5 dB | 30 | 15 | word errors rise below some 20 dB and steeply below 10; a listener hears noise in the pauses rather (next but one). A clean line has 35 and more, but dense speech leaves few pauses to measure the noise in |
//! | clipping | ≤ 0.02 % | 1 % | 20 | 20 | some clipped samples per second are heard as crackle and smear the spectrum of the vowels |
//! | noise floor | ≤ −60 dBFS | −30 dBFS | 5 | 10 | −60 dBFS is the idle noise of a good G.711 line |
//! | hum | ≤ −55 dBFS | −30 dBFS | 10 | 10 | below −55 dBFS the measure cannot tell hum from noise of −40 dBFS |
//! | packet loss | ≤ 0.5 % | 5 % | 10 | 5 | concealment hides single packets; lost words stay lost |
//! | jitter | ≤ 20 ms | 80 ms | – | 5 | one packet of 20 ms is what any buffer takes; later text sees the buffer's output only |
//! | MOS (E-model) | ≥ 4.0 | 2.5 | – | 5 | "satisfied" begins at 4.0 (G.107 Annex B) |
//!
//! **What is not available neither costs nor counts**: the weights of what was measured are scaled so that they add up to 100.
//! A station without packet figures is judged by its sound alone, and nothing is invented for it. A window without speech
//! has no score at all, see [`Score::usable`].
//!
//! Targets of a snapshot replace the edge of "no cost" (for the speech level: the middle of the band); spans keep their length.

use attune_contracts::run::MetricScore;
use attune_contracts::snapshot::SnapshotV1;
use attune_domain::station::Objective;
use attune_domain::{MetricName, Station};
use std::collections::BTreeMap;

/// From this score on the target is reached and nothing is proposed: what is left is worth less than the risk of a change.
pub const TARGET_REACHED: f64 = 92.0;

/// The speech level aimed at, dBFS: the middle of the band that costs nothing.
pub const SPEECH_LEVEL_TARGET: f64 = -21.0;
/// Half the width of that band, dB.
pub const SPEECH_LEVEL_TOLERANCE: f64 = 5.0;

/// How a value costs points.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Shape {
    /// Nothing within `tolerance` of the target, everything `below` under or `above` over that band.
    Band {
        /// Half the width of the band.
        tolerance: f64,
        /// Distance under the band at which the whole weight is lost.
        below: f64,
        /// Distance over it.
        above: f64,
    },
    /// Nothing up to the target, everything `span` over it.
    AtMost {
        /// Distance over the target at which the whole weight is lost.
        span: f64,
    },
    /// Nothing from the target on, everything `span` under it.
    AtLeast {
        /// Distance under the target at which the whole weight is lost.
        span: f64,
    },
}

/// One line of the table above.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Criterion {
    /// The metric.
    pub metric: MetricName,
    /// Its target, in the metric's unit.
    pub target: f64,
    /// How it costs.
    pub shape: Shape,
    /// Weight at Recognition stations.
    pub recognition: f64,
    /// Weight at Listening stations.
    pub listening: f64,
}

const fn criterion(metric: MetricName, target: f64, shape: Shape, recognition: f64, listening: f64) -> Criterion {
    Criterion { metric, target, shape, recognition, listening }
}

/// The table of the module's description.
pub static CRITERIA: [Criterion; 8] = [
    criterion(
        MetricName::SPEECH_LEVEL,
        SPEECH_LEVEL_TARGET,
        Shape::Band { tolerance: SPEECH_LEVEL_TOLERANCE, below: 16.0, above: 8.0 },
        25.0,
        30.0,
    ),
    criterion(MetricName::SNR, 32.0, Shape::AtLeast { span: 27.0 }, 30.0, 15.0),
    criterion(MetricName::CLIPPING, 0.02, Shape::AtMost { span: 0.98 }, 20.0, 20.0),
    criterion(MetricName::NOISE, -60.0, Shape::AtMost { span: 30.0 }, 5.0, 10.0),
    criterion(MetricName::HUM, -55.0, Shape::AtMost { span: 25.0 }, 10.0, 10.0),
    criterion(MetricName::LOSS, 0.5, Shape::AtMost { span: 4.5 }, 10.0, 5.0),
    criterion(MetricName::JITTER, 20.0, Shape::AtMost { span: 60.0 }, 0.0, 5.0),
    criterion(MetricName::MOS, 4.0, Shape::AtLeast { span: 1.5 }, 0.0, 5.0),
];

impl Criterion {
    /// Weight for an objective.
    pub const fn weight(&self, objective: Objective) -> f64 {
        match objective {
            Objective::Recognition => self.recognition,
            Objective::Listening => self.listening,
        }
    }

    /// Share of the weight that a value costs, 0 to 1.
    pub fn cost(&self, value: f64, target: f64) -> f64 {
        let share = match self.shape {
            Shape::Band { tolerance, below, above } => {
                ((target - tolerance - value) / below).max((value - target - tolerance) / above)
            }
            Shape::AtMost { span } => (value - target) / span,
            Shape::AtLeast { span } => (target - value) / span,
        };
        share.clamp(0.0, 1.0)
    }
}

/// Values by metric; what is not in it is not available.
pub type Measured = BTreeMap<MetricName, f64>;

/// A score and its parts.
#[derive(Debug, Clone, PartialEq)]
pub struct Score {
    /// 0 to 100: 100 less the points lost.
    pub total: f64,
    /// One part per criterion of the objective, also for what is not available (value null, no weight).
    pub parts: Vec<MetricScore>,
    /// Was there speech in the window? Without speech nothing can be said of it: such a score must not be compared.
    pub usable: bool,
}

impl Score {
    /// Is it good enough to leave the station alone?
    pub fn target_reached(&self) -> bool {
        self.usable && self.total >= TARGET_REACHED
    }
}

/// The values of a snapshot that the score and the rules look at.
pub fn measured(snapshot: &SnapshotV1) -> Measured {
    let looked_at = CRITERIA.iter().map(|c| c.metric).chain([MetricName::PEAK]);
    looked_at.filter_map(|m| Some((m, snapshot.value(m).filter(|v| v.is_finite())?))).collect()
}

/// The target of a metric: the snapshot's own, else the table's.
pub fn target(criterion: &Criterion, targets: &BTreeMap<String, f64>) -> f64 {
    targets.get(criterion.metric.as_str()).copied().filter(|t| t.is_finite()).unwrap_or(criterion.target)
}

/// Scores measured values at a station.
pub fn score(station: Station, measured: &Measured, targets: &BTreeMap<String, f64>) -> Score {
    let objective = station.objective();
    let criteria = || CRITERIA.iter().filter(|c| c.weight(objective) > 0.0);
    let known: f64 = criteria().filter(|c| measured.contains_key(&c.metric)).map(|c| c.weight(objective)).sum();
    let mut lost = 0.0;
    let mut parts = Vec::new();
    for c in criteria() {
        let (value, target) = (measured.get(&c.metric).copied(), target(c, targets));
        let weight = if value.is_some() { 100.0 * c.weight(objective) / known } else { 0.0 };
        let points_lost = value.map_or(0.0, |v| weight * c.cost(v, target));
        lost += points_lost;
        let metric = c.metric.as_str().to_owned();
        parts.push(MetricScore { metric, value, target, points_lost: cents(points_lost), weight: cents(weight) });
    }
    Score { total: cents(100.0 - lost), parts, usable: measured.contains_key(&MetricName::SPEECH_LEVEL) }
}

/// Scores a snapshot by its own targets.
pub fn score_snapshot(snapshot: &SnapshotV1) -> Score {
    score(snapshot.station, &measured(snapshot), &snapshot.targets)
}

/// Two decimal places: what is stored, and equal on every target (decision 9).
fn cents(points: f64) -> f64 {
    (points.clamp(0.0, 100.0) * 100.0).round() / 100.0
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(values: &[(MetricName, f64)]) -> Measured {
        values.iter().copied().collect()
    }

    fn clean() -> Measured {
        of(&[
            (MetricName::SPEECH_LEVEL, -21.0),
            (MetricName::SNR, 41.0),
            (MetricName::CLIPPING, 0.0),
            (MetricName::NOISE, -62.0),
            (MetricName::HUM, -80.0),
        ])
    }

    fn total(station: Station, changes: &[(MetricName, f64)]) -> f64 {
        let mut values = clean();
        values.extend(changes.iter().copied());
        score(station, &values, &BTreeMap::new()).total
    }

    #[test]
    fn the_weights_of_each_objective_add_up_to_100() {
        for objective in [Objective::Recognition, Objective::Listening] {
            let sum: f64 = CRITERIA.iter().map(|c| c.weight(objective)).sum();
            assert!((sum - 100.0).abs() < 1e-9);
        }
    }

    #[test]
    fn a_clean_line_is_left_alone() {
        for station in Station::ALL {
            for level in [-26.0, -21.0, -16.0] {
                let t = total(
                    station,
                    &[(MetricName::SPEECH_LEVEL, level), (MetricName::SNR, 35.0), (MetricName::NOISE, -60.0)],
                );
                assert!(t >= 95.0, "station {station} at {level}: {t}");
            }
        }
        assert!(score(Station::SpeechToText, &clean(), &BTreeMap::new()).target_reached());
    }

    #[test]
    fn every_fault_of_a_line_brings_the_score_under_the_target() {
        for station in Station::ALL {
            for fault in [
                &[(MetricName::SPEECH_LEVEL, -39.0)][..],
                &[(MetricName::SPEECH_LEVEL, -9.0)],
                &[(MetricName::CLIPPING, 1.5)],
                &[(MetricName::HUM, -30.0), (MetricName::NOISE, -30.0), (MetricName::SNR, 9.0)],
                &[(MetricName::NOISE, -42.0), (MetricName::SNR, 21.0)],
            ] {
                assert!(
                    total(station, fault) < TARGET_REACHED,
                    "station {station}: {fault:?} {}",
                    total(station, fault)
                );
            }
        }
    }

    #[test]
    fn worse_never_scores_better() {
        for c in &CRITERIA {
            let mut last = f64::INFINITY;
            for step in 0..200 {
                let away = f64::from(step) * 0.4;
                let value = if matches!(c.shape, Shape::AtLeast { .. }) { c.target - away } else { c.target + away };
                let t = total(Station::GatewayIn, &[(c.metric, value)]);
                assert!(t <= last && (0.0..=100.0).contains(&t), "{:?}", c.metric);
                last = t;
            }
        }
    }

    #[test]
    fn what_is_not_available_neither_costs_nor_counts() {
        let mut values = clean();
        values.insert(MetricName::SPEECH_LEVEL, -60.0);
        let with = score(Station::GatewayIn, &values, &BTreeMap::new());
        values.remove(&MetricName::HUM);
        let without = score(Station::GatewayIn, &values, &BTreeMap::new());
        assert!(without.total < with.total, "the level weighs more among fewer");
        let hum = without.parts.iter().find(|p| p.metric == "signal.hum").unwrap();
        assert_eq!((hum.value, hum.points_lost, hum.weight), (None, 0.0, 0.0));
        let sum: f64 = without.parts.iter().map(|p| p.weight).sum();
        assert!((sum - 100.0).abs() < 0.05, "{sum}");
    }

    #[test]
    fn without_speech_there_is_no_score() {
        let mut values = clean();
        values.remove(&MetricName::SPEECH_LEVEL);
        let s = score(Station::GatewayIn, &values, &BTreeMap::new());
        assert!(!s.usable && !s.target_reached());
        assert!(!score(Station::GatewayIn, &Measured::new(), &BTreeMap::new()).usable);
    }

    #[test]
    fn targets_of_the_snapshot_replace_the_tables() {
        let targets = BTreeMap::from([("audioQuality.speechLevel".to_owned(), -30.0)]);
        let s = score(Station::GatewayIn, &clean(), &targets);
        assert_eq!(s.parts[0].target, -30.0);
        assert!(s.parts[0].points_lost > 0.0);
    }
}
