//! ITU-T G.711: A-law and µ-law against 16-bit PCM.

/// µ-law bias in 16-bit scale.
const BIAS: i32 = 132;
/// Loudest 16-bit value before the bias that µ-law can carry.
const CLIP: i32 = 32_635;

/// 16-bit PCM to µ-law.
pub fn encode_ulaw(sample: i16) -> u8 {
    let sign = if sample < 0 { 0x80 } else { 0 };
    let magnitude = i32::from(sample).abs().min(CLIP) + BIAS;
    // The bias puts the leading one at bit 7 or higher.
    let segment = 24 - magnitude.leading_zeros() as i32;
    let mantissa = (magnitude >> (segment + 3)) & 0x0f;
    !(sign | (segment << 4) | mantissa) as u8
}

/// µ-law to 16-bit PCM, ±32124 at most.
pub fn decode_ulaw(code: u8) -> i16 {
    let code = i32::from(!code);
    let magnitude = ((((code & 0x0f) << 3) + BIAS) << ((code & 0x70) >> 4)) - BIAS;
    (if code & 0x80 != 0 { -magnitude } else { magnitude }) as i16
}

/// 16-bit PCM to A-law (even bits inverted, as on the wire).
pub fn encode_alaw(sample: i16) -> u8 {
    // A-law is defined on 13 bits with sign. One's complement of negative values: symmetric about the step at zero.
    let (sign, magnitude) = if sample >= 0 { (0x80, i32::from(sample) >> 3) } else { (0, !i32::from(sample) >> 3) };
    let code = if magnitude < 32 {
        magnitude >> 1
    } else {
        let segment = 27 - magnitude.leading_zeros() as i32;
        (segment << 4) | ((magnitude >> segment) & 0x0f)
    };
    ((sign | code) ^ 0x55) as u8
}

/// A-law to 16-bit PCM, ±32256 at most.
pub fn decode_alaw(code: u8) -> i16 {
    let code = i32::from(code ^ 0x55);
    let mantissa = (code & 0x0f) << 4;
    let magnitude = match (code & 0x70) >> 4 {
        0 => mantissa + 8,
        segment => (mantissa + 0x108) << (segment - 1),
    };
    (if code & 0x80 != 0 { magnitude } else { -magnitude }) as i16
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Within a segment the decision values lie halfway between the codes, so no sample moves by more than half a step.
    #[test]
    fn no_sample_moves_by_more_than_half_a_step() {
        for s in i16::MIN..=i16::MAX {
            let code = encode_ulaw(s);
            let half = 4 << ((!code & 0x70) >> 4);
            let clipped = i32::from(s).clamp(-CLIP, CLIP);
            assert!((i32::from(decode_ulaw(code)) - clipped).abs() <= half, "µ-law {s}");
            let code = encode_alaw(s);
            let half = 8 << (((code ^ 0x55) & 0x70) >> 4).saturating_sub(1);
            assert!((i32::from(decode_alaw(code)) - i32::from(s)).abs() <= half, "A-law {s}");
        }
    }

    #[test]
    fn every_code_survives() {
        for code in 0..=255 {
            assert_eq!(encode_alaw(decode_alaw(code)), code);
            // µ-law has two zeros; 0x7f (minus zero) comes back as plus zero.
            assert_eq!(encode_ulaw(decode_ulaw(code)), if code == 0x7f { 0xff } else { code });
        }
    }

    #[test]
    fn known_points() {
        // G.711 tables 1 and 2 in 16-bit scale.
        assert_eq!((encode_ulaw(0), decode_ulaw(0xff)), (0xff, 0));
        assert_eq!((decode_ulaw(0x80), decode_ulaw(0x00)), (32_124, -32_124));
        assert_eq!((decode_ulaw(0xfe), decode_ulaw(0x7e)), (8, -8));
        assert_eq!((encode_alaw(0), encode_alaw(-1)), (0xd5, 0x55));
        assert_eq!((decode_alaw(0xd5), decode_alaw(0x55)), (8, -8));
        assert_eq!((decode_alaw(0xaa), decode_alaw(0x2a)), (32_256, -32_256));
        assert_eq!((encode_ulaw(i16::MAX), encode_ulaw(i16::MIN)), (0x80, 0x00));
        assert_eq!((encode_alaw(i16::MAX), encode_alaw(i16::MIN)), (0xaa, 0x2a));
    }

    #[test]
    fn codes_grow_with_the_sample() {
        for s in i16::MIN..i16::MAX {
            assert!(decode_ulaw(encode_ulaw(s)) <= decode_ulaw(encode_ulaw(s + 1)));
            assert!(decode_alaw(encode_alaw(s)) <= decode_alaw(encode_alaw(s + 1)));
        }
    }
}
