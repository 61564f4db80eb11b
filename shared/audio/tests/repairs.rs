//! The right knob must measurably repair a bad line, in the measures that the optimizer reads, on every 2 s segment or on most.

#![allow(clippy::unwrap_used, reason = "test")]

mod common;

use attune_audio::line::{LineParams, NoiseColour};
use attune_audio::{Chain, ChainParams, Measures, Reading};
use common::{FIXTURES, degraded, knobs, measured, through};

const SEGMENT: usize = 16_000;

/// Measures of the 2 s segments of all fixtures behind `line`, through a chain with `params`.
fn segments(line: LineParams, params: &ChainParams) -> Vec<Measures> {
    let mut all = Vec::new();
    for (seed, name) in FIXTURES.iter().enumerate() {
        let (out, _) = through(&degraded(name, &line, seed as u64), params);
        all.extend(out.chunks_exact(SEGMENT).map(measured));
    }
    assert!(all.len() > 30);
    all
}

fn sorted(all: &[Measures], pick: fn(&Measures) -> Reading) -> Vec<f64> {
    let mut values: Vec<f64> =
        all.iter().map(|m| pick(m).value.unwrap_or_else(|| panic!("unavailable in {m:?}"))).collect();
    values.sort_by(f64::total_cmp);
    values
}

fn median(all: &[Measures], pick: fn(&Measures) -> Reading) -> f64 {
    let values = sorted(all, pick);
    values[values.len() / 2]
}

fn highest(all: &[Measures], pick: fn(&Measures) -> Reading) -> f64 {
    *sorted(all, pick).last().unwrap()
}

#[test]
fn clean_speech_reads_clean_in_every_segment() {
    let all = segments(LineParams::default(), &ChainParams::default());
    for m in &all {
        let v = |r: Reading| r.value.unwrap();
        assert!((-24.0..-15.0).contains(&v(m.speech_level_dbfs)), "{m:?}");
        assert!((40.0..=100.0).contains(&v(m.activity_percent)), "{m:?}");
        assert_eq!(v(m.clipping_percent), 0.0, "{m:?}");
        assert!(v(m.noise_floor_dbfs) < -44.0, "{m:?}");
        assert!(v(m.snr_db) > 28.0, "{m:?}");
        assert!(v(m.hum_dbfs) < -52.0, "{m:?}");
    }
    assert!(median(&all, |m| m.noise_floor_dbfs) < -75.0);
    assert!(median(&all, |m| m.hum_dbfs) < -75.0);
}

/// Against a program of its own, written from the Recommendation with one counter per threshold and a bisection for the level.
#[test]
fn p56_agrees_with_another_implementation() {
    for (name, level, activity) in [
        ("demo-moreinfo", -19.486_072, 87.0578),
        ("tt-allbusy", -19.985_485, 94.5312),
        ("vm-options", -19.648_986, 90.9918),
    ] {
        let m = measured(&common::fixture(name));
        assert!((m.speech_level_dbfs.value.unwrap() - level).abs() < 1e-5, "{m:?}");
        assert!((m.activity_percent.value.unwrap() - activity).abs() < 1e-3, "{m:?}");
    }
}

#[test]
fn a_quiet_line_is_lifted_by_the_input_gain_or_the_agc() {
    let line = LineParams { gain_db: -18.0, ..LineParams::default() };
    let clean = median(&segments(LineParams::default(), &ChainParams::default()), |m| m.speech_level_dbfs);
    let level = |p: &ChainParams| median(&segments(line, p), |m| m.speech_level_dbfs);
    assert!((level(&ChainParams::default()) - (clean - 18.0)).abs() < 0.1);
    assert!((level(&knobs(&[("pcm.input_gain_db", 18.0)])) - clean).abs() < 0.1);
    let agc = level(&knobs(&[("agc.target_level_dbfs", -20.0), ("agc.max_gain_db", 24.0)]));
    assert!((agc + 20.0).abs() < 2.5, "{agc}");
}

#[test]
fn a_hot_line_is_kept_from_clipping_by_the_input_gain_only() {
    let line = LineParams { gain_db: 14.0, ..LineParams::default() };
    let before = segments(line, &ChainParams::default());
    assert!(median(&before, |m| m.clipping_percent) > 4.0);
    // Turning down after the converter leaves the flat tops in place, and they are still found.
    let late = segments(line, &knobs(&[("pcm.output_gain_db", -14.0)]));
    assert!(median(&late, |m| m.clipping_percent) > 3.5);
    let after = segments(line, &knobs(&[("pcm.input_gain_db", -14.0)]));
    assert_eq!(highest(&after, |m| m.clipping_percent), 0.0);
    let level = median(&after, |m| m.speech_level_dbfs);
    assert!((-21.0..-17.0).contains(&level), "{level}");
    // The converter itself tells it, also where a high-pass bends the flat tops.
    let bent = knobs(&[("highpass.cutoff_hz", 120.0)]);
    assert!(through(&degraded("vm-options", &line, 1), &bent).1 > 4.0);
    let mut chain = Chain::new(8000, &bent).unwrap();
    let mut out = vec![0; SEGMENT];
    chain.process(&degraded("vm-options", &line, 1)[..SEGMENT], &mut out);
    let (alone, with_adc) = (measured(&out), measured(&out).with_adc(chain.take_adc_stats()));
    assert!(alone.clipping_percent.value.unwrap() < 0.5, "{alone:?}");
    assert!(with_adc.clipping_percent.value.unwrap() > 4.0, "{with_adc:?}");
    assert_eq!(measured(&out).with_adc(chain.take_adc_stats()), alone, "nothing converted, nothing added");
    assert_eq!(through(&degraded("vm-options", &line, 1), &knobs(&[("pcm.input_gain_db", -14.0)])).1, 0.0);
}

#[test]
fn hum_is_removed_by_the_high_pass() {
    for hz in [50.0, 60.0] {
        let line = LineParams { hum_dbfs: Some(-30.0), hum_hz: hz, noise_dbfs: Some(-50.0), ..LineParams::default() };
        let before = segments(line, &ChainParams::default());
        let after = segments(line, &knobs(&[("highpass.cutoff_hz", 250.0)]));
        assert!((median(&before, |m| m.hum_dbfs) + 30.0).abs() < 0.5);
        assert!(median(&after, |m| m.hum_dbfs) < -42.0, "{}", median(&after, |m| m.hum_dbfs));
        assert!(median(&after, |m| m.snr_db) - median(&before, |m| m.snr_db) > 11.0);
        assert!(median(&after, |m| m.noise_floor_dbfs) - median(&before, |m| m.noise_floor_dbfs) < -12.0);
        // Telephone speech loses little.
        assert!(median(&after, |m| m.speech_level_dbfs) - median(&before, |m| m.speech_level_dbfs) > -2.0);
        // And it says which mains it is.
        let (at_50, at_60) = (median(&before, |m| m.hum_50_dbfs), median(&before, |m| m.hum_60_dbfs));
        assert_eq!(at_50 > at_60 + 10.0, hz == 50.0, "{at_50} {at_60}");
    }
}

#[test]
fn noise_in_the_pauses_is_lowered_by_the_gate() {
    for noise_colour in [NoiseColour::White, NoiseColour::Pink] {
        let line = LineParams { noise_dbfs: Some(-42.0), noise_colour, ..LineParams::default() };
        let before = segments(line, &ChainParams::default());
        let after = segments(line, &knobs(&[("noise_gate.threshold_dbfs", -34.0)]));
        let floor = median(&before, |m| m.noise_floor_dbfs);
        // What of pink noise lies under 25 Hz is not counted: nobody hears it.
        assert!((floor + 42.0).abs() < if noise_colour == NoiseColour::Pink { 2.5 } else { 1.5 }, "{floor}");
        assert!(median(&after, |m| m.noise_floor_dbfs) - floor < -9.0);
        assert!(median(&after, |m| m.snr_db) - median(&before, |m| m.snr_db) > 9.0);
        // Speech itself is left alone.
        let level = |all: &[Measures]| median(all, |m| m.speech_level_dbfs);
        assert!((level(&after) - level(&before)).abs() < 0.2);
    }
}

#[test]
fn gate_and_agc_do_not_pump_noise_up() {
    // Three seconds of noise without speech must not be lifted by an AGC that would like to.
    let line = LineParams { noise_dbfs: Some(-50.0), ..LineParams::default() };
    let mut silence = vec![0.0_f32; 24_000];
    attune_audio::line::Line::new(8000, &line, 4).unwrap().process(&mut silence);
    let (out, _) = through(&silence, &knobs(&[("agc.max_gain_db", 30.0), ("agc.target_level_dbfs", -12.0)]));
    let rms = measured(&out).rms_dbfs.value.unwrap();
    assert!((rms + 50.0).abs() < 0.3, "{rms}");
}
