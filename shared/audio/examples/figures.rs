//! Prints lowest, median and highest measures of the 2 s segments of all fixtures behind bad lines, at several settings of the
//! chain. The optimizer's rules are written from these figures.

use attune_audio::line::{Line, LineParams, NoiseColour};
use attune_audio::{Chain, ChainParams, Measures, Reading, i16_to_f32, measure};

const FIXTURES: [&str; 6] =
    ["demo-abouttotry", "demo-moreinfo", "dir-intro", "tt-allbusy", "vm-instructions", "vm-options"];
/// A line with its name, and the settings of knobs to try on it.
type Case = (&'static str, LineParams, Vec<Vec<(&'static str, f64)>>);

fn cases() -> Vec<Case> {
    let n = LineParams::default();
    let gain = |db| vec![("pcm.input_gain_db", db)];
    let high_pass = |hz| vec![("highpass.cutoff_hz", hz)];
    let gate = |db| vec![("noise_gate.threshold_dbfs", db)];
    let quick_gate = |db| vec![("noise_gate.threshold_dbfs", db), ("noise_gate.release_ms", 60.0)];
    let agc = vec![("agc.target_level_dbfs", -20.0), ("agc.max_gain_db", 24.0)];
    let both = |hz, db| vec![("highpass.cutoff_hz", hz), ("noise_gate.threshold_dbfs", db)];
    let noise = |noise_colour| LineParams { noise_dbfs: Some(-42.0), noise_colour, ..n };
    vec![
        ("clean", n, vec![gate(-45.0), high_pass(120.0)]),
        ("18 dB too quiet", LineParams { gain_db: -18.0, ..n }, vec![gain(6.0), gain(12.0), gain(18.0), agc]),
        ("14 dB too hot", LineParams { gain_db: 14.0, ..n }, vec![gain(-6.0), gain(-12.0), gain(-14.0), gain(-18.0)]),
        (
            "hum -30 dBFS, noise -50 dBFS",
            LineParams { hum_dbfs: Some(-30.0), noise_dbfs: Some(-50.0), ..n },
            vec![high_pass(120.0), high_pass(200.0), high_pass(250.0), high_pass(300.0), both(250.0, -38.0)],
        ),
        (
            "white noise -42 dBFS",
            noise(NoiseColour::White),
            vec![gate(-38.0), gate(-36.0), gate(-34.0), quick_gate(-34.0)],
        ),
        ("pink noise -42 dBFS", noise(NoiseColour::Pink), vec![gate(-36.0), gate(-34.0), both(120.0, -36.0)]),
    ]
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    for (name, line, settings) in cases() {
        println!("\n{name}");
        println!(
            "{:>52} {:>20} {:>17} {:>17} {:>20} {:>20} {:>20}",
            "", "speech dBFS", "clipping %", "converter %", "floor dBFS", "SNR dB", "hum dBFS"
        );
        for knobs in std::iter::once(Vec::new()).chain(settings) {
            let mut params = ChainParams::default();
            for (knob, value) in &knobs {
                params.set(knob, *value)?;
            }
            let (mut all, mut converter) = (Vec::new(), Vec::new());
            for (seed, fixture) in FIXTURES.iter().enumerate() {
                let path = format!("{}/../../tests/fixtures/audio/{fixture}.wav", env!("CARGO_MANIFEST_DIR"));
                let pcm: Vec<i16> = hound::WavReader::open(path)?.samples().collect::<Result<_, _>>()?;
                let mut x: Vec<f32> = pcm.into_iter().map(i16_to_f32).collect();
                Line::new(8000, &line, seed as u64)?.process(&mut x);
                let mut chain = Chain::new(8000, &params)?;
                for segment in x.chunks_exact(16_000) {
                    let mut out = vec![0; segment.len()];
                    chain.process(segment, &mut out);
                    all.push(measure(&out, 8000)?);
                    converter.push(chain.take_adc_stats().clipped_percent().unwrap_or(0.0));
                }
            }
            let knobs: Vec<String> = knobs.iter().map(|(k, v)| format!("{k} {v}")).collect();
            println!(
                "{:>52} {:>20} {:>17} {:>17} {:>20} {:>20} {:>20}",
                if knobs.is_empty() { "neutral".to_owned() } else { knobs.join(", ") },
                column(&all, |m| m.speech_level_dbfs),
                column(&all, |m| m.clipping_percent),
                spread(converter),
                column(&all, |m| m.noise_floor_dbfs),
                column(&all, |m| m.snr_db),
                column(&all, |m| m.hum_dbfs),
            );
        }
    }
    Ok(())
}

fn column(all: &[Measures], pick: fn(&Measures) -> Reading) -> String {
    spread(all.iter().filter_map(|m| pick(m).value).collect())
}

fn spread(mut values: Vec<f64>) -> String {
    values.sort_by(f64::total_cmp);
    match (values.first(), values.get(values.len() / 2), values.last()) {
        (Some(low), Some(middle), Some(high)) => format!("{low:.1}/{middle:.1}/{high:.1}"),
        _ => "-".to_owned(),
    }
}
