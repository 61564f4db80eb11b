//! How much faster than real time one core takes 60 s of 8 kHz audio through the chain and all measures. Run with `--release`.

#![allow(clippy::disallowed_methods, reason = "a stopwatch")]

use std::time::Instant;

use attune_audio::rtp::{Packet, RtpReceiver};
use attune_audio::{Chain, ChainParams, emodel, i16_to_f32, measure};

const SECONDS: usize = 60;
const RATE: u32 = 8000;
/// 20 ms, as in RTP.
const FRAME: usize = 160;
/// 2 s.
const SEGMENT: usize = 16_000;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/fixtures/audio/vm-options.wav");
    let speech: Vec<i16> = hound::WavReader::open(path)?.samples().collect::<Result<_, _>>()?;
    let input: Vec<f32> = speech.iter().cycle().take(SECONDS * RATE as usize).copied().map(i16_to_f32).collect();
    // Every stage at work.
    let mut params = ChainParams::default();
    for (knob, value) in [
        ("highpass.cutoff_hz", 180.0),
        ("noise_gate.threshold_dbfs", -45.0),
        ("agc.max_gain_db", 12.0),
        ("compressor.threshold_dbfs", -20.0),
        ("compressor.ratio", 3.0),
        ("limiter.threshold_dbfs", -3.0),
    ] {
        params.set(knob, value)?;
    }

    let mut ratios = Vec::new();
    let (mut in_chain, mut in_measures, mut checksum) = (0.0, 0.0, 0.0);
    const ROUNDS: usize = 9;
    for _ in 0..ROUNDS {
        let mut chain = Chain::new(RATE, &params)?;
        let mut rtp = RtpReceiver::new(RATE);
        let mut output = vec![0; input.len()];
        let start = Instant::now();
        for (n, (x, y)) in input.chunks(FRAME).zip(output.chunks_mut(FRAME)).enumerate() {
            let n = n as u32;
            rtp.observe(Packet { sequence: n as u16, timestamp: n * FRAME as u32, arrival_us: u64::from(n) * 20_000 });
            chain.process(x, y);
        }
        let chained = start.elapsed().as_secs_f64();
        for segment in output.chunks(SEGMENT) {
            let m = measure(segment, RATE)?;
            let r = rtp.take_report();
            let rating = emodel::Inputs::for_call(emodel::Codec::G711, r.loss_percent.unwrap_or(0.0), 80.0).rate();
            checksum += m.snr_db.value.unwrap_or(0.0) + rating.map_or(0.0, |r| r.mos);
        }
        let total = start.elapsed().as_secs_f64();
        ratios.push(SECONDS as f64 / total);
        in_chain += chained / ROUNDS as f64;
        in_measures += (total - chained) / ROUNDS as f64;
    }
    ratios.sort_by(f64::total_cmp);
    println!(
        "{{\"seconds_of_audio\":{SECONDS},\"times_real_time\":{:.0},\"lowest\":{:.0},\"chain_ms\":{:.2},\"measures_ms\":{:.2},\"checksum\":{checksum:.3}}}",
        ratios[ROUNDS / 2],
        ratios[0],
        in_chain * 1e3,
        in_measures * 1e3,
    );
    Ok(())
}
