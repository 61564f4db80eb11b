//! From measures to a snapshot's metrics.

use attune_audio::measure::{Measures, Reading};
use attune_audio::{emodel, rtp::RtpReport};
use attune_contracts::snapshot::{Metric, Source};
use attune_domain::MetricName;
use std::collections::BTreeMap;

/// The metrics of one segment. What cannot be measured here is `unavailable`, never invented; PESQ and POLQA need a reference
/// and a licence.
pub fn of_segment(measures: &Measures, rtp: &RtpReport, window_ms: u32) -> BTreeMap<String, Metric> {
    let mut out = BTreeMap::new();
    let mut put = |name: MetricName, value: Option<f64>, source: Source, method: &str, n: u64| {
        let def = name.def();
        let scale = 10f64.powi(i32::from(def.places));
        let value = value.filter(|v| v.is_finite()).map(|v| (v.clamp(def.min, def.max) * scale).round() / scale);
        let source = if value.is_some() { source } else { Source::Unavailable };
        let metric =
            Metric { value, unit: def.unit.into(), source, method: method.into(), window_ms: window_ms.into(), n };
        out.insert(name.as_str().to_owned(), metric);
    };
    let mut audio = |name, reading: Reading, factor: f64| {
        put(
            name,
            reading.value.map(|v| v * factor),
            Source::Measured,
            reading.method.get(..64).unwrap_or(reading.method),
            reading.n.into(),
        );
    };
    audio(MetricName::SPEECH_LEVEL, measures.speech_level_dbfs, 1.0);
    audio(MetricName::NOISE, measures.noise_floor_dbfs, 1.0);
    audio(MetricName::SNR, measures.snr_db, 1.0);
    audio(MetricName::CLIPPING, measures.clipping_percent, 1.0);
    audio(MetricName::HUM, measures.hum_dbfs, 1.0);
    audio(MetricName::RMS, measures.rms_dbfs, 1.0);
    audio(MetricName::PEAK, measures.peak_dbfs, 1.0);
    audio(MetricName::ACTIVITY, measures.activity_percent, 0.01);

    let loss = rtp.loss_percent;
    put(MetricName::LOSS, loss, Source::Measured, "RFC 3550 A.3", rtp.expected);
    put(MetricName::JITTER, rtp.jitter_ms, Source::Measured, "RFC 3550 A.8", rtp.received);
    let rating = loss.and_then(|loss| {
        emodel::Inputs::for_call(emodel::Codec::G711, loss, 2.0 * rtp.jitter_ms.unwrap_or(0.0)).rate()
    });
    put(MetricName::R_FACTOR, rating.map(|r| r.r), Source::Modelled, "ITU-T G.107, G.711", 1);
    put(MetricName::MOS, rating.map(|r| r.mos), Source::Modelled, "ITU-T G.107, G.711", 1);
    for (name, count) in [
        ("packet.received", rtp.received),
        ("packet.dropped", rtp.lost),
        ("packet.outOfOrder", rtp.out_of_order),
        ("packet.duplicate", rtp.duplicates),
    ] {
        if let Ok(name) = MetricName::parse(name) {
            #[expect(clippy::cast_precision_loss, reason = "counts of one segment")]
            put(name, Some(count as f64), Source::Measured, "RFC 3550", rtp.expected);
        }
    }
    for name in ["audioQuality.pesq", "audioQuality.polqa"] {
        if let Ok(name) = MetricName::parse(name) {
            put(name, None, Source::Unavailable, "needs a reference", 0);
        }
    }
    out
}
