//! What the tests of the sound core share.

use attune_audio::line::{Line, LineParams};
use attune_audio::{Chain, ChainParams, Measures, i16_to_f32, measure};

/// All fixtures: prompts of 8 kHz speech.
pub const FIXTURES: [&str; 6] =
    ["demo-abouttotry", "demo-moreinfo", "dir-intro", "tt-allbusy", "vm-instructions", "vm-options"];

/// A fixture as 16-bit PCM at 8 kHz.
pub fn fixture(name: &str) -> Vec<i16> {
    let path = format!("{}/../../tests/fixtures/audio/{name}.wav", env!("CARGO_MANIFEST_DIR"));
    let mut reader = hound::WavReader::open(&path).unwrap_or_else(|e| panic!("{path}: {e}"));
    assert_eq!((reader.spec().sample_rate, reader.spec().channels), (8000, 1));
    reader.samples().map(Result::unwrap).collect()
}

/// A fixture behind a line.
pub fn degraded(name: &str, line: &LineParams, seed: u64) -> Vec<f32> {
    let mut x: Vec<f32> = fixture(name).into_iter().map(i16_to_f32).collect();
    Line::new(8000, line, seed).unwrap().process(&mut x);
    x
}

/// Runs a whole signal through a new chain; also gives the percentage clipped at the converter.
pub fn through(input: &[f32], params: &ChainParams) -> (Vec<i16>, f64) {
    let mut chain = Chain::new(8000, params).unwrap();
    let mut out = vec![0; input.len()];
    assert_eq!(chain.process(input, &mut out), input.len());
    (out, chain.take_adc_stats().clipped_percent().unwrap())
}

/// Knobs away from neutral.
pub fn knobs(settings: &[(&str, f64)]) -> ChainParams {
    let mut p = ChainParams::default();
    settings.iter().for_each(|(name, value)| p.set(name, *value).unwrap());
    p
}

/// Measures of 8 kHz PCM.
pub fn measured(pcm: &[i16]) -> Measures {
    measure(pcm, 8000).unwrap()
}
