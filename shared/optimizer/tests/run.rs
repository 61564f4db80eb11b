//! Runs of the optimizer against a model station: each fault is mended within a few iterations, a clean line is left alone.

#![expect(clippy::unwrap_used, reason = "helpers of tests are not seen as tests by the lint")]

use attune_contracts::command::{PendingV1, RejectedV1, StationStateV1};
use attune_contracts::run::RunStatus;
use attune_contracts::snapshot::{Channel, Metric, Parameters, Segment, SnapshotV1, Source};
use attune_domain::{CallId, KnobName, Leg, MetricName, Millis, RunId, Station};
use attune_optimizer::gate::State;
use attune_optimizer::model::predict;
use attune_optimizer::score::{Measured, TARGET_REACHED};
use attune_optimizer::{Layers, RunInput, RunOutcome, merge, run};
use std::collections::BTreeMap;

fn line(level: f64, noise: f64, clipping: f64, hum: f64) -> Measured {
    Measured::from([
        (MetricName::SPEECH_LEVEL, level),
        (MetricName::NOISE, noise),
        (MetricName::SNR, level - noise),
        (MetricName::CLIPPING, clipping),
        (MetricName::HUM, hum),
    ])
}

fn snapshot(station: Station, index: u32, version: u64, measured: &Measured) -> SnapshotV1 {
    let metric = |name: &MetricName, value: f64| Metric {
        value: Some(value),
        unit: name.def().unit.to_owned(),
        source: Source::Measured,
        method: "test".to_owned(),
        window_ms: 2_000,
        n: 1,
    };
    SnapshotV1 {
        schema_version: 1,
        call_id: CallId::new(1, 1),
        channel: Channel { leg: Leg::A },
        station,
        segment: Segment { index, start_ms: 0, end_ms: 2_000 },
        captured_at: Millis(0),
        metrics: measured.iter().map(|(name, value)| (name.as_str().to_owned(), metric(name, *value))).collect(),
        parameters: Parameters { version, values: BTreeMap::new() },
        audio: None,
        constraints: BTreeMap::new(),
        targets: BTreeMap::new(),
    }
}

fn run_on(snapshot: Option<&SnapshotV1>, state: &StationStateV1) -> RunOutcome {
    let run_id = RunId::new(1, 1);
    let station = snapshot.map_or(Station::GatewayIn, |s| s.station);
    run(&RunInput { run_id: &run_id, station, snapshot, previous: &[], state, now_ms: state.now })
}

fn at(version: u64) -> StationStateV1 {
    StationStateV1 { version, now: 1_000_000, ..StationStateV1::default() }
}

/// Plays windows of 4 s until the target is reached; returns (changes, last score, last state).
fn converge(station: Station, fault: &Measured) -> (usize, f64, StationStateV1) {
    let mut state = at(0);
    let neutral = merge(station, &Layers::default());
    let (mut changes, mut score) = (0, 0.0);
    for index in 0..10 {
        let in_force = merge(station, &State::from_wire(&state).0.layers);
        let heard = predict(fault, &neutral, &in_force);
        let outcome = run_on(Some(&snapshot(station, index, state.version, &heard)), &state);
        score = outcome.window.as_ref().unwrap().score;
        state.pending = None;
        if outcome.values.is_empty() {
            assert_eq!(outcome.answer.status, RunStatus::NoChange);
        } else {
            assert_eq!(outcome.answer.status, RunStatus::Applied);
            changes += 1;
            state.version += 1;
            for (name, value) in &outcome.values {
                state.call.insert(name.clone(), value.clone());
                state.last_changed.insert(name.clone(), state.now);
            }
            state.pending = Some(PendingV1 { version: state.version, score_before: Some(format!("{score:.2}")) });
        }
        state.now += 4_000;
    }
    (changes, score, state)
}

#[test]
fn every_fault_is_mended_within_four_changes() {
    for station in Station::ALL {
        for (name, fault) in [
            ("18 dB too quiet", line(-38.0, -65.0, 0.0, -80.0)),
            ("14 dB too hot", line(-7.0, -52.0, 8.0, -80.0)),
            ("hum and noise", line(-20.0, -30.0, 0.0, -30.1)),
            ("noise", line(-20.0, -42.0, 0.0, -70.0)),
        ] {
            let (changes, score, _) = converge(station, &fault);
            assert!((1..=4).contains(&changes), "station {station}, {name}: {changes} changes, score {score}");
            assert!(score >= TARGET_REACHED, "station {station}, {name}: {score} after {changes} changes");
        }
    }
}

#[test]
fn a_clean_line_is_left_alone() {
    for station in Station::ALL {
        let (changes, score, _) = converge(station, &line(-19.0, -62.0, 0.0, -80.0));
        assert_eq!(changes, 0);
        assert!(score >= 95.0);
    }
}

#[test]
fn suppression_is_never_used_and_hum_before_recognition_is_cut_gently() {
    for station in Station::ALL {
        let (_, _, state) = converge(station, &line(-20.0, -28.0, 0.0, -28.1));
        assert!(!state.call.contains_key(KnobName::NOISE_REDUCTION.as_str()));
        let cutoff: f64 = state.call[KnobName::HIGHPASS.as_str()].parse().unwrap();
        let most = if [3, 4, 11].contains(&station.number()) { 180.0 } else { 200.0 };
        assert!((120.0..=most).contains(&cutoff), "station {station}: {cutoff}");
    }
}

#[test]
fn the_answer_names_what_was_measured_and_what_limits_the_move() {
    let outcome = run_on(Some(&snapshot(Station::TelephonyIn, 3, 0, &line(-38.2, -65.0, 0.0, -80.0))), &at(0));
    let answer = &outcome.answer;
    assert_eq!(outcome.values["pcm.input_gain_db"], "6.0");
    assert!(answer.analysis.contains("speech level -38.2 dBFS"), "{}", answer.analysis);
    assert!(answer.analysis.contains("17.2 dB under its aim of -21"), "{}", answer.analysis);
    assert!(answer.analysis.contains("at most 6.0 dB at once"), "{}", answer.analysis);
    let gain = answer.new_parameters.iter().find(|p| p.name == "pcm.input_gain_db").unwrap();
    assert_eq!((gain.old.as_str(), gain.new.as_str(), gain.unit.as_str()), ("0.0", "6.0", "dB"));
    assert_eq!((gain.bounds.min.as_str(), gain.bounds.max.as_str()), ("-24.0", "24.0"));
    let card = answer.scorecard.as_ref().unwrap();
    assert!(card.expected > card.before && card.before == outcome.window.as_ref().unwrap().score);
    assert_eq!(answer.next_iteration.as_ref().unwrap().when, Some(Millis(1_003_000)));
    assert!(outcome.ttl_s.is_some() && outcome.reason.chars().count() <= 500);
}

#[test]
fn the_same_input_gives_the_same_outcome() {
    let s = snapshot(Station::SpeechToText, 3, 0, &line(-38.2, -50.0, 0.3, -48.0));
    assert_eq!(run_on(Some(&s), &at(0)), run_on(Some(&s), &at(0)));
}

#[test]
fn nothing_is_proposed_without_a_window_of_the_version_in_force() {
    let quiet = line(-40.0, -65.0, 0.0, -80.0);
    let old = snapshot(Station::GatewayIn, 3, 4, &quiet);
    let outcome = run_on(Some(&old), &at(5));
    assert!(outcome.values.is_empty() && outcome.answer.status == RunStatus::NoChange);
    assert_eq!(outcome.window.as_ref().map(|w| w.version), Some(4), "the window is reported all the same");
    assert!(outcome.answer.analysis.contains("version 5 is in force"));

    let outcome = run_on(None, &at(5));
    assert_eq!((outcome.answer.status, outcome.window), (RunStatus::Failed, None));
}

#[test]
fn a_change_that_goes_back_is_not_built_upon() {
    let mut state = at(5);
    state.pending = Some(PendingV1 { version: 5, score_before: Some("90.00".to_owned()) });
    let s = snapshot(Station::GatewayIn, 3, 5, &line(-40.0, -65.0, 0.0, -80.0));
    let outcome = run_on(Some(&s), &state);
    assert!(outcome.values.is_empty());
    assert!(outcome.answer.analysis.contains("Version 5 goes back"), "{}", outcome.answer.analysis);
    // The same window is good news if it was worse before.
    state.pending = Some(PendingV1 { version: 5, score_before: Some("60.00".to_owned()) });
    assert!(!run_on(Some(&s), &state).values.is_empty());
}

#[test]
fn silence_and_freezes_propose_nothing() {
    let mut silent = line(-40.0, -65.0, 0.0, -80.0);
    silent.remove(&MetricName::SPEECH_LEVEL);
    silent.remove(&MetricName::SNR);
    let outcome = run_on(Some(&snapshot(Station::GatewayIn, 3, 0, &silent)), &at(0));
    assert!(outcome.values.is_empty() && outcome.window.is_none() && outcome.answer.scorecard.is_none());

    let mut frozen = at(0);
    frozen.frozen = true;
    let s = snapshot(Station::GatewayIn, 3, 0, &line(-40.0, -65.0, 0.0, -80.0));
    assert!(run_on(Some(&s), &frozen).values.is_empty());
}

#[test]
fn half_a_change_is_not_made_while_the_other_half_has_to_wait() {
    let mut state = at(0);
    state.last_changed.insert("pcm.input_gain_db".to_owned(), state.now - 2_000);
    let s = snapshot(Station::GatewayIn, 3, 0, &line(-40.0, -60.0, 0.0, -80.0));
    let outcome = run_on(Some(&s), &state);
    assert!(outcome.values.is_empty(), "{:?}", outcome.values);
    assert!(outcome.answer.analysis.contains("allowed again in 1000 ms"), "{}", outcome.answer.analysis);
}

#[test]
fn a_value_that_was_taken_back_is_not_tried_again() {
    let s = snapshot(Station::GatewayIn, 3, 0, &line(-20.0, -30.0, 0.0, -30.1));
    let mut state = at(0);
    assert_eq!(run_on(Some(&s), &state).values["highpass.cutoff_hz"], "200");
    let taken_back = |name: &str, value: &str| RejectedV1 { name: name.to_owned(), value: value.to_owned() };
    state.rejected = vec![taken_back("no.such", "1"), taken_back("highpass.cutoff_hz", "200")];
    let outcome = run_on(Some(&s), &state);
    assert!(!outcome.values.contains_key("highpass.cutoff_hz"));
    assert!(outcome.answer.analysis.contains("taken back lately"), "{}", outcome.answer.analysis);
}

#[test]
fn clipping_that_came_with_the_line_is_told_and_not_fought() {
    let s = snapshot(Station::GatewayIn, 3, 0, &line(-26.0, -65.0, 1.5, -80.0));
    let outcome = run_on(Some(&s), &at(0));
    assert!(outcome.values.is_empty(), "{:?}", outcome.values);
    assert!(outcome.answer.analysis.contains("came with the line"), "{}", outcome.answer.analysis);
}

#[test]
fn windows_of_the_same_version_are_averaged() {
    let station = Station::GatewayIn;
    let clean = line(-19.0, -62.0, 0.0, -80.0);
    let odd = snapshot(station, 9, 0, &line(-31.0, -62.0, 0.0, -80.0));
    let before = [snapshot(station, 8, 0, &clean), snapshot(station, 7, 0, &clean)];
    let (run_id, state) = (RunId::new(1, 1), at(0));
    let base = RunInput { run_id: &run_id, station, snapshot: Some(&odd), previous: &before, state: &state, now_ms: 0 };
    assert!(run(&base).values.is_empty(), "one odd window among good ones moves nothing");
    assert!(!run(&RunInput { previous: &[], ..base }).values.is_empty());
}
