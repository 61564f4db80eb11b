//! Decibels and sample formats.

/// Amplitude of 16-bit full scale; 0 dBFS is a square wave of this amplitude.
pub const FULL_SCALE: f64 = 32_768.0;

/// Lowest level that is reported, in dBFS: digital silence reads as this. One step of 16 bits is −90.3, its rounding noise −101.
pub const LEVEL_FLOOR_DBFS: f64 = -96.0;

/// Amplitude factor of a gain in dB.
pub fn db_to_amplitude(db: f64) -> f64 {
    libm::pow(10.0, db / 20.0)
}

/// Level in dB of a mean square (full scale = 1), no lower than `floor_db`.
pub(crate) fn power_to_db(mean_square: f64, floor_db: f64) -> f64 {
    if mean_square > 0.0 { (10.0 * libm::log10(mean_square)).max(floor_db) } else { floor_db }
}

/// 16-bit PCM to float with full scale = 1: the input format of the chain. Exact.
pub fn i16_to_f32(sample: i16) -> f32 {
    f32::from(sample) / FULL_SCALE as f32
}

/// Float (full scale = 1) to 16-bit PCM: rounds half up, saturates. `sample` must be finite.
pub(crate) fn quantise(sample: f64) -> i16 {
    let clipped = (sample * FULL_SCALE).clamp(-FULL_SCALE, FULL_SCALE - 1.0);
    // Truncation of a positive number is a floor, and compiles to one instruction on every target.
    ((clipped + 32_768.5) as i32 - 32_768) as i16
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_16_bit_value_survives_the_round_trip() {
        for s in i16::MIN..=i16::MAX {
            assert_eq!(quantise(f64::from(i16_to_f32(s))), s);
        }
        assert_eq!(quantise(7.0), i16::MAX);
        assert_eq!(quantise(-7.0), i16::MIN);
    }

    #[test]
    fn levels() {
        assert!((db_to_amplitude(20.0) - 10.0).abs() < 1e-12);
        assert_eq!(power_to_db(0.0, -96.0), -96.0);
        assert!((power_to_db(0.5, -96.0) + 3.0103).abs() < 1e-4);
    }
}
