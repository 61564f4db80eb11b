//! Prints measures per 2 s segment and whole, for the fixtures behind bad lines, at several settings of the chain.
//! The rules of the optimizer were written from these figures.

use attune_audio::line::{Line, LineParams, NoiseColour};
use attune_audio::{Chain, ChainParams, Measures, i16_to_f32, measure};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let n = LineParams::default();
    let lines = [
        ("clean", n),
        ("quiet -18 dB", LineParams { gain_db: -18.0, ..n }),
        ("quiet -18 dB, noise -60", LineParams { gain_db: -18.0, noise_dbfs: Some(-60.0), ..n }),
        ("hot +14 dB", LineParams { gain_db: 14.0, ..n }),
        ("hum -30, noise -50", LineParams { hum_dbfs: Some(-30.0), noise_dbfs: Some(-50.0), ..n }),
        ("noise -42", LineParams { noise_dbfs: Some(-42.0), ..n }),
        ("pink noise -42", LineParams { noise_dbfs: Some(-42.0), noise_colour: NoiseColour::Pink, ..n }),
        ("all", LineParams { gain_db: -12.0, noise_dbfs: Some(-52.0), hum_dbfs: Some(-40.0), ..n }),
    ];
    let settings: [(&str, &[(&str, f64)]); 15] = [
        ("neutral", &[]),
        ("in +18", &[("pcm.input_gain_db", 18.0)]),
        ("in +12", &[("pcm.input_gain_db", 12.0)]),
        ("in -12", &[("pcm.input_gain_db", -12.0)]),
        ("in -14", &[("pcm.input_gain_db", -14.0)]),
        ("in -18", &[("pcm.input_gain_db", -18.0)]),
        ("hp 120", &[("highpass.cutoff_hz", 120.0)]),
        ("hp 180", &[("highpass.cutoff_hz", 180.0)]),
        ("hp 250", &[("highpass.cutoff_hz", 250.0)]),
        ("hp 300", &[("highpass.cutoff_hz", 300.0)]),
        ("gate -40", &[("noise_gate.threshold_dbfs", -40.0)]),
        ("gate -36", &[("noise_gate.threshold_dbfs", -36.0)]),
        ("gate -32", &[("noise_gate.threshold_dbfs", -32.0)]),
        ("agc -20/24", &[("agc.target_level_dbfs", -20.0), ("agc.max_gain_db", 24.0)]),
        ("hp 250 gate -42", &[("highpass.cutoff_hz", 250.0), ("noise_gate.threshold_dbfs", -42.0)]),
    ];
    for name in ["demo-moreinfo", "tt-allbusy", "vm-options"] {
        let path = format!("{}/../../tests/fixtures/audio/{name}.wav", env!("CARGO_MANIFEST_DIR"));
        let clean: Vec<i16> = hound::WavReader::open(path)?.samples().collect::<Result<_, _>>()?;
        for (line_name, line) in &lines {
            let mut x: Vec<f32> = clean.iter().copied().map(i16_to_f32).collect();
            Line::new(8000, line, 1)?.process(&mut x);
            println!("\n{name}: {line_name}");
            println!("{:>18} speech  act%   rms  peak crest  clip%  adc%  floor   snr   hum", "");
            for (setting, knobs) in &settings {
                let mut params = ChainParams::default();
                for (knob, value) in *knobs {
                    params.set(knob, *value)?;
                }
                let mut chain = Chain::new(8000, &params)?;
                let mut out = vec![0; x.len()];
                chain.process(&x, &mut out);
                row(setting, &measure(&out, 8000)?, chain.take_adc_stats().clipped_percent());
                if *setting == "neutral" && name == "tt-allbusy" {
                    for (i, segment) in out.chunks_exact(16_000).enumerate() {
                        row(&format!("  2 s segment {i}"), &measure(segment, 8000)?, None);
                    }
                }
            }
        }
    }
    Ok(())
}

fn row(name: &str, m: &Measures, adc: Option<f64>) {
    let f = |v: Option<f64>, digits: usize| v.map_or("-".to_owned(), |v| format!("{v:.digits$}"));
    println!(
        "{name:>18} {:>6} {:>5} {:>5} {:>5} {:>5} {:>6} {:>5} {:>6} {:>5} {:>5}",
        f(m.speech_level_dbfs.value, 1),
        f(m.activity_percent.value, 0),
        f(m.rms_dbfs.value, 1),
        f(m.peak_dbfs.value, 1),
        f(m.crest_db.value, 1),
        f(m.clipping_percent.value, 2),
        f(adc, 2),
        f(m.noise_floor_dbfs.value, 1),
        f(m.snr_db.value, 1),
        f(m.hum_dbfs.value, 1),
    );
}
