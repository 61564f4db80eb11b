//! Clipping: runs at full scale, and flat tops below it (clipped upstream, then attenuated).

/// 16-bit values from here on are full scale (some converters stop a few steps early).
const FULL: i32 = 32_760;
/// Shortest run at full scale that counts: a single sample may be a peak that just fits.
const FULL_RUN: usize = 2;
/// Shortest flat top below full scale.
const FLAT_RUN: usize = 3;
/// Flat tops below full scale count only if there are this many, at one level: a smooth wave may have one by chance.
const FLAT_RUNS: usize = 3;
/// A signal that never gets louder than this (−36 dBFS) has too few steps to tell a flat top from rounding.
const QUIETEST_PEAK: i32 = 512;

/// Samples in clipped runs, in percent of all.
pub fn clipped_percent(pcm: &[i16]) -> f64 {
    if pcm.is_empty() {
        return 0.0;
    }
    let clipped = clipped_side(pcm, 1) + clipped_side(pcm, -1);
    100.0 * clipped as f64 / pcm.len() as f64
}

/// Clipped samples of one polarity.
fn clipped_side(pcm: &[i16], sign: i32) -> usize {
    let top = pcm.iter().map(|s| sign * i32::from(*s)).max().unwrap_or(0);
    if top < QUIETEST_PEAK {
        return 0;
    }
    let at_full = top >= FULL;
    // Requantising after an attenuation moves a flat top by one step at most.
    let near = if at_full { FULL } else { top - (top / 1024).max(1) };
    let (mut samples, mut runs, mut start) = (0, 0, None);
    for n in 0..=pcm.len() {
        let inside = n < pcm.len() && sign * i32::from(pcm[n]) >= near;
        match (inside, start) {
            (true, None) => start = Some(n),
            (false, Some(from)) => {
                if n - from >= if at_full { FULL_RUN } else { FLAT_RUN }
                    && (at_full || has_edge(pcm, from, n, sign, top))
                {
                    samples += n - from;
                    runs += 1;
                }
                start = None;
            }
            _ => {}
        }
    }
    if at_full || runs >= FLAT_RUNS { samples } else { 0 }
}

/// Whether the wave runs into the flat top or out of it with a corner (1 % of the peak in one sample). The crest of a smooth wave
/// that is as flat over three samples moves by less than half of that in the next.
fn has_edge(pcm: &[i16], from: usize, to: usize, sign: i32, top: i32) -> bool {
    let drop = |n: Option<usize>| n.and_then(|n| pcm.get(n)).is_some_and(|s| (top - sign * i32::from(*s)) * 100 >= top);
    drop(from.checked_sub(1)) || drop(Some(to))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sine(hz: f64, amplitude: f64, clip: f64, gain: f64) -> Vec<i16> {
        (0..16_000)
            .map(|n| {
                let x = amplitude * libm::sin(core::f64::consts::TAU * hz * f64::from(n) / 8000.0 + 0.1);
                libm::round(x.clamp(-clip, clip) * gain * 32_767.0) as i16
            })
            .collect()
    }

    #[test]
    fn clean_waves_do_not_clip() {
        for hz in [50.0, 60.0, 100.0, 181.0, 440.0, 1000.0, 2000.0, 3333.0] {
            for amplitude in [0.01, 0.02, 0.1, 0.5, 0.99] {
                assert_eq!(clipped_percent(&sine(hz, amplitude, 1.0, 1.0)), 0.0, "{hz} Hz at {amplitude}");
            }
        }
    }

    #[test]
    fn clipping_is_found_at_full_scale_and_after_attenuation() {
        // A sine of twice full scale spends 2/3 of its time beyond it.
        for gain in [1.0, 0.5, 0.1] {
            for hz in [110.0, 200.0, 431.0] {
                let percent = clipped_percent(&sine(hz, 2.0, 1.0, gain));
                assert!((60.0..72.0).contains(&percent), "{hz} Hz, gain {gain}: {percent}");
            }
        }
    }

    #[test]
    fn silence_and_direct_current_do_not_clip() {
        assert_eq!(clipped_percent(&[0; 100]), 0.0);
        assert_eq!(clipped_percent(&[5000; 16_000]), 0.0);
        assert_eq!(clipped_percent(&[]), 0.0);
    }
}
