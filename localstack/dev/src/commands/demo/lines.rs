//! The degraded lines of the demonstration: real prompts through a simulated bad line.

use std::path::{Path, PathBuf};

use attune_audio::line::{Line as BadLine, LineParams, NoiseColour};
use attune_dev::error::{Error, Result};
use attune_dev::paths::make_dir;
use attune_domain::Station;

/// Sample rate of the prompts, Hz.
pub const RATE: u32 = 8_000;
/// What the optimizer hears.
const HEARD: [&str; 3] = ["demo-moreinfo.wav", "dir-intro.wav", "vm-options.wav"];
/// What it never hears: the score before and after is taken on these.
const HELD_OUT: [&str; 2] = ["demo-abouttotry.wav", "tt-allbusy.wav"];

/// One line.
pub struct Line {
    /// Station it ends at.
    pub station: Station,
    /// Words for the table.
    pub fault: &'static str,
    /// Is this the clean control?
    pub control: bool,
    /// The recording that the agent plays.
    pub wav: PathBuf,
    /// The held-out speech through the same line.
    pub held_out: Vec<f32>,
}

struct Fault {
    station: Station,
    words: &'static str,
    params: LineParams,
}

fn faults() -> Vec<Fault> {
    let line = |gain_db: f64, noise_dbfs: Option<f64>, hum_dbfs: Option<f64>, hum_hz: f64| LineParams {
        gain_db,
        noise_dbfs,
        noise_colour: NoiseColour::White,
        hum_dbfs,
        hum_hz,
        dc: 0.0,
    };
    let fault = |station, words, params| Fault { station, words, params };
    vec![
        fault(Station::TelephonyIn, "18 dB too quiet", line(-18.0, Some(-72.0), None, 50.0)),
        fault(Station::GatewayIn, "14 dB too hot, clips", line(14.0, Some(-60.0), None, 50.0)),
        fault(Station::SpeechServerIn, "50 Hz hum, noise", line(0.0, Some(-58.0), Some(-30.0), 50.0)),
        fault(
            Station::SpeechToText,
            "16 dB too quiet, pink noise",
            LineParams { noise_colour: NoiseColour::Pink, ..line(-16.0, Some(-62.0), None, 50.0) },
        ),
        fault(Station::TextToSpeechOut, "12 dB too hot, clips", line(12.0, Some(-60.0), None, 50.0)),
        fault(Station::GatewayOut, "line noise at -42 dBFS", line(0.0, Some(-42.0), None, 50.0)),
        fault(Station::EmotionIn, "60 Hz hum, 8 dB too quiet", line(-8.0, Some(-62.0), Some(-34.0), 60.0)),
    ]
}

/// Writes all lines below `folder`; the last is the clean control, at station 10 of another call.
pub fn write(fixtures: &Path, folder: &Path) -> Result<Vec<Line>> {
    make_dir(folder)?;
    let (heard, held_out) = (read(fixtures, &HEARD)?, read(fixtures, &HELD_OUT)?);
    let control = Fault { station: Station::GatewayOut, words: "clean (control)", params: LineParams::default() };
    let faults = faults();
    let last = faults.len();
    let mut lines = Vec::new();
    for (n, fault) in faults.into_iter().chain([control]).enumerate() {
        let through = |speech: &[f32], seed: u64| -> Result<Vec<f32>> {
            let mut samples = speech.to_vec();
            BadLine::new(RATE, &fault.params, seed).map_err(|e| Error::other(e.to_string()))?.process(&mut samples);
            Ok(samples)
        };
        let wav = folder.join(format!("line-{}.wav", n + 1));
        save(&wav, &through(&heard, 2 * n as u64 + 1)?)?;
        lines.push(Line {
            station: fault.station,
            fault: fault.words,
            control: n == last,
            wav,
            held_out: through(&held_out, 2 * n as u64 + 2)?,
        });
    }
    Ok(lines)
}

fn read(folder: &Path, names: &[&str]) -> Result<Vec<f32>> {
    let mut samples = Vec::new();
    for name in names {
        let path = folder.join(name);
        let wrong = |e: hound::Error| Error::other(format!("{}: {e}", path.display()));
        let reader = hound::WavReader::open(&path).map_err(wrong)?;
        for sample in reader.into_samples::<i16>() {
            samples.push(attune_audio::i16_to_f32(sample.map_err(wrong)?));
        }
    }
    Ok(samples)
}

fn save(path: &Path, samples: &[f32]) -> Result<()> {
    let wrong = |e: hound::Error| Error::other(format!("{}: {e}", path.display()));
    let spec = hound::WavSpec {
        channels: 1,
        sample_rate: RATE,
        bits_per_sample: 32,
        sample_format: hound::SampleFormat::Float,
    };
    let mut writer = hound::WavWriter::create(path, spec).map_err(wrong)?;
    for sample in samples {
        writer.write_sample(*sample).map_err(wrong)?;
    }
    writer.finalize().map_err(wrong)
}
