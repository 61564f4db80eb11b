//! What must hold for all parameters and all input.

#![allow(clippy::unwrap_used, reason = "test")]

mod common;

use attune_audio::line::{Line, LineParams};
use attune_audio::{Chain, ChainParams, KNOBS, i16_to_f32, measure};
use common::{FIXTURES, fixture, knobs, measured, through};
use proptest::prelude::*;
use sha2::{Digest, Sha256};

fn any_params() -> impl Strategy<Value = ChainParams> {
    proptest::collection::vec(0.0..=1.0_f64, KNOBS.len()).prop_map(|parts| {
        let mut p = ChainParams::default();
        for (k, part) in KNOBS.iter().zip(parts) {
            // Ends of the ranges are where the special cases are.
            let part = ((part * 1.4) - 0.2).clamp(0.0, 1.0);
            p.set(k.name, k.min + part * (k.max - k.min)).unwrap();
        }
        p
    })
}

fn any_sample() -> impl Strategy<Value = f32> {
    prop_oneof![
        20 => -1.0..1.0_f32,
        4 => -20.0..20.0_f32,
        4 => Just(0.0_f32),
        1 => prop_oneof![Just(f32::NAN), Just(f32::INFINITY), Just(f32::MIN), Just(f32::MAX), Just(f32::MIN_POSITIVE)],
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    /// Frames of any size, also with parameters that change on the way, give the output of one frame.
    #[test]
    fn the_cut_into_frames_does_not_matter(
        first in any_params(), second in any_params(), change in 0..3000_usize,
        cuts in proptest::collection::vec(1..400_usize, 1..20),
        seed in any::<u64>(),
    ) {
        let mut input: Vec<f32> = fixture("tt-allbusy")[8000..11_000].iter().copied().map(i16_to_f32).collect();
        Line::new(8000, &LineParams { noise_dbfs: Some(-30.0), ..LineParams::default() }, seed).unwrap().process(&mut input);
        let run = |mut cuts: Box<dyn Iterator<Item = usize>>| {
            let mut chain = Chain::new(8000, &first).unwrap();
            let mut out = vec![0_i16; input.len()];
            let mut at = 0;
            while at < input.len() {
                if at == change {
                    chain.set_params(&second).unwrap();
                }
                let mut end = (at + cuts.next().unwrap()).min(input.len());
                if at < change {
                    end = end.min(change);
                }
                assert_eq!(chain.process(&input[at..end], &mut out[at..end]), end - at);
                at = end;
            }
            out
        };
        let whole = run(Box::new(std::iter::repeat(usize::MAX / 2)));
        prop_assert_eq!(run(Box::new(cuts.into_iter().cycle())), whole);
    }

    /// The limiter's ceiling, raised by the output gain, is never passed, whatever comes in.
    #[test]
    fn the_ceiling_holds(params in any_params(), input in proptest::collection::vec(any_sample(), 0..2000)) {
        let mut chain = Chain::new(8000, &params).unwrap();
        let mut out = vec![0_i16; input.len()];
        chain.process(&input, &mut out);
        let ceiling = attune_audio::db_to_amplitude(params.limiter_threshold_dbfs + params.pcm_output_gain_db) * 32_768.0;
        for s in out {
            prop_assert!(f64::from(s).abs() <= ceiling + 0.5001, "{} over {}", s, ceiling);
        }
    }

    /// Bad samples do not live on: some time after NaN and huge values the chain is as good as new.
    #[test]
    fn bad_input_is_forgotten(params in any_params(), bad in proptest::collection::vec(any_sample(), 1..200)) {
        let mut chain = Chain::new(8000, &params).unwrap();
        let mut out = vec![0; bad.len()];
        chain.process(&bad, &mut out);
        let mut out = vec![1; 80_000];
        chain.process(&vec![0.0; 80_000], &mut out);
        prop_assert!(out[79_000..].iter().all(|s| *s == 0));
    }

    /// Measures are finite or absent, and in their ranges, for any PCM of any length.
    #[test]
    fn measures_of_anything(pcm in proptest::collection::vec(any::<i16>(), 0..4000), rate in 8000..=48_000_u32, shift in 0..16) {
        let pcm: Vec<i16> = pcm.into_iter().map(|s| s >> shift).collect();
        let m = measure(&pcm, rate).unwrap();
        for (name, r) in m.iter() {
            prop_assert!(r.method.len() <= 64, "{name}");
            if let Some(v) = r.value {
                prop_assert!(v.is_finite(), "{name}");
                match r.unit {
                    "dBFS" => prop_assert!((-120.0..=0.001).contains(&v), "{name} {v}"),
                    "%" => prop_assert!((0.0..=100.0).contains(&v), "{name} {v}"),
                    _ => {}
                }
            }
        }
    }
}

#[test]
fn neutral_passes_16_bit_speech_bit_by_bit() {
    for name in FIXTURES {
        let pcm = fixture(name);
        let input: Vec<f32> = pcm.iter().copied().map(i16_to_f32).collect();
        assert_eq!(through(&input, &ChainParams::default()), (pcm, 0.0), "{name}");
    }
}

#[test]
fn degenerate_input() {
    assert!(measure(&[], 8000).unwrap().iter().all(|(_, r)| r.value.is_none()));
    assert!(measure(&[0; 16_000], 7999).is_err());

    let silence = measured(&[0; 16_000]);
    assert_eq!(silence.rms_dbfs.value, Some(-96.0));
    assert_eq!(silence.noise_floor_dbfs.value, Some(-96.0));
    assert_eq!(silence.hum_dbfs.value, Some(-96.0));
    assert_eq!(silence.clipping_percent.value, Some(0.0));
    for r in [silence.speech_level_dbfs, silence.activity_percent, silence.snr_db, silence.crest_db] {
        assert_eq!(r.value, None);
    }

    let direct_current = measured(&[12_000; 16_000]);
    assert_eq!(direct_current.rms_dbfs.value, Some(-96.0));
    assert_eq!(direct_current.speech_level_dbfs.value, None);
    assert_eq!(direct_current.clipping_percent.value, Some(0.0));

    // A tone and steady noise are no speech.
    let tone: Vec<i16> = (0..16_000).map(|n| (8000.0 * (0.4 * f64::from(n)).sin()) as i16).collect();
    assert_eq!(measured(&tone).speech_level_dbfs.value, None);
    assert!((measured(&tone).rms_dbfs.value.unwrap() + 15.26).abs() < 0.1);

    let mut chain = Chain::new(8000, &ChainParams::default()).unwrap();
    assert_eq!(chain.process(&[], &mut []), 0);
    assert_eq!(chain.process(&[0.5; 4], &mut [0; 2]), 2);
    let mut out = [7; 3];
    chain.process(&[f32::NAN, f32::INFINITY, f32::NEG_INFINITY], &mut out);
    assert_eq!(out, [0; 3]);
    assert!(Chain::new(4000, &ChainParams::default()).is_err());
    let bad = ChainParams { highpass_cutoff_hz: 1e9, ..ChainParams::default() };
    assert!(Chain::new(8000, &bad).is_err());
    assert!(chain.set_params(&bad).is_err());
    assert_eq!(chain.params(), &ChainParams::default());
}

/// A change of gain by 12 dB in a steady tone makes no step beyond the tone's own.
#[test]
fn parameters_change_without_a_click() {
    for (knob, value) in [("pcm.input_gain_db", -12.0), ("pcm.output_gain_db", -12.0), ("highpass.cutoff_hz", 400.0)] {
        let tone: Vec<f32> = (0..16_000).map(|n| (0.4 * (0.2 * f64::from(n)).sin()) as f32).collect();
        let mut chain = Chain::new(8000, &ChainParams::default()).unwrap();
        let mut out = vec![0; tone.len()];
        chain.process(&tone[..8000], &mut out[..8000]);
        chain.set_params(&knobs(&[(knob, value)])).unwrap();
        chain.process(&tone[8000..], &mut out[8000..]);
        let step = |w: &[i16]| w.windows(2).map(|p| (i32::from(p[1]) - i32::from(p[0])).abs()).max().unwrap();
        assert!(step(&out[7900..9000]) * 10 <= step(&out[..7900]) * 11, "{knob}");
    }
}

/// The same bits on every target, today and tomorrow: stored runs can be repeated.
#[test]
fn golden_output() {
    let busy = knobs(&[
        ("pcm.input_gain_db", 4.5),
        ("highpass.cutoff_hz", 180.0),
        ("noise_gate.threshold_dbfs", -38.0),
        ("agc.target_level_dbfs", -18.0),
        ("agc.max_gain_db", 12.0),
        ("compressor.threshold_dbfs", -20.0),
        ("compressor.ratio", 3.0),
        ("compressor.makeup_db", 3.0),
        ("limiter.threshold_dbfs", -3.0),
        ("pcm.output_gain_db", -1.0),
    ]);
    let line = LineParams { gain_db: -6.0, noise_dbfs: Some(-48.0), hum_dbfs: Some(-36.0), ..LineParams::default() };
    let (out, _) = through(&common::degraded("dir-intro", &line, 42), &busy);
    let bytes: Vec<u8> = out.iter().flat_map(|s| s.to_le_bytes()).collect();
    let hash: String = Sha256::digest(&bytes).iter().map(|b| format!("{b:02x}")).collect();
    assert_eq!(hash, "8f3835374884187af8167bf4e981abce56ad42261240b78f374b94b70da5a2e3");
}
