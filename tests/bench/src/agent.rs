//! The agent's audio core: how much faster than real time one core takes 60 s of 8 kHz audio through the chain and all measures.

use crate::error::{Error, Result};
use crate::measure::{median, quantile};
use crate::report::{Bound, Report};
use attune_audio::rtp::{Packet, RtpReceiver};
use attune_audio::{Chain, ChainParams, emodel, i16_to_f32, measure};
use attune_dev::paths::Paths;
use std::time::Instant;

const PART: &str = "agent";
const SECONDS: usize = 60;
const RATE: u32 = 8000;
/// 20 ms, as in RTP.
const FRAME: usize = 160;
/// 2 s.
const SEGMENT: usize = 16_000;

/// Measures and reports.
///
/// # Errors
/// The fixture cannot be read, or the core refuses it.
pub fn run(paths: &Paths, rounds: usize, report: &mut Report) -> Result<()> {
    let wrong = |error: &dyn std::fmt::Display| Error::wrong(error.to_string());
    let path = paths.root.join("tests/fixtures/audio/vm-options.wav");
    let speech: Vec<i16> = hound::WavReader::open(path)
        .and_then(|mut wav| wav.samples().collect::<hound::Result<_>>())
        .map_err(|e| wrong(&e))?;
    let input: Vec<f32> = speech.iter().cycle().take(SECONDS * RATE as usize).copied().map(i16_to_f32).collect();
    let mut params = ChainParams::default();
    // every stage at work
    for (knob, value) in [
        ("highpass.cutoff_hz", 180.0),
        ("noise_gate.threshold_dbfs", -45.0),
        ("agc.max_gain_db", 12.0),
        ("compressor.threshold_dbfs", -20.0),
        ("compressor.ratio", 3.0),
        ("limiter.threshold_dbfs", -3.0),
    ] {
        params.set(knob, value).map_err(|e| wrong(&e))?;
    }
    let (mut times, mut chain_ms) = (Vec::new(), Vec::new());
    for _ in 0..rounds {
        let (total, chain) = once(&input, &params).map_err(|e| wrong(&e))?;
        #[expect(clippy::cast_precision_loss, reason = "60")]
        times.push(SECONDS as f64 / total);
        chain_ms.push(chain * 1e3);
    }
    let figure = "60 s of 8 kHz audio through chain and measures, one core";
    report.require(PART, figure, median(&times), "times real time", Bound::AtLeast(200.0));
    report.tell(PART, "slowest round", quantile(&times, 0.0), "times real time");
    report.tell(PART, "of it the chain", median(&chain_ms), "ms");
    Ok(())
}

/// Seconds in all, and in the chain.
fn once(input: &[f32], params: &ChainParams) -> core::result::Result<(f64, f64), Box<dyn std::error::Error>> {
    let mut chain = Chain::new(RATE, params)?;
    let mut rtp = RtpReceiver::new(RATE);
    let mut output = vec![0; input.len()];
    let mut sum = 0.0;
    let start = Instant::now();
    for (n, (x, y)) in (0_u32..).zip(input.chunks(FRAME).zip(output.chunks_mut(FRAME))) {
        #[expect(clippy::cast_possible_truncation, reason = "sequence numbers wrap")]
        let sequence = n as u16;
        rtp.observe(Packet { sequence, timestamp: n * 160, arrival_us: u64::from(n) * 20_000 });
        chain.process(x, y);
    }
    let chained = start.elapsed().as_secs_f64();
    for segment in output.chunks(SEGMENT) {
        let measured = measure(segment, RATE)?;
        let loss = rtp.take_report().loss_percent.unwrap_or(0.0);
        let rating = emodel::Inputs::for_call(emodel::Codec::G711, loss, 80.0).rate();
        sum += measured.snr_db.value.unwrap_or(0.0) + rating.map_or(0.0, |r| r.mos);
    }
    std::hint::black_box(sum);
    Ok((start.elapsed().as_secs_f64(), chained))
}
