//! Alphabets, the checksum, and unbiased choice of characters.

use crate::{Error, Result};

/// Digits, capitals, small letters: in the order of ASCII, so that encoded numbers sort like numbers.
pub(super) const BASE62: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
/// Crockford's base32 in lowercase (no i, l, o, u).
pub(super) const CROCKFORD: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";

pub(super) fn is_crockford(text: &str) -> bool {
    text.bytes().all(|byte| CROCKFORD.contains(&byte))
}

pub(super) fn is_base62(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_alphanumeric())
}

/// 26 lowercase Crockford characters whose value fits 128 bits (the first is at most `7`).
pub(super) fn is_ulid(text: &str) -> bool {
    text.len() == 26 && is_crockford(text) && text.as_bytes()[0] <= b'7'
}

/// A cell's name: a small letter, then 1 to 9 small letters or digits (`eu1`, `us1`).
pub(super) fn is_cell(text: &str) -> bool {
    (2..=10).contains(&text.len())
        && text.as_bytes()[0].is_ascii_lowercase()
        && text.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit())
}

/// `count` characters of `alphabet`, each equally likely: a byte above the largest multiple of the alphabet's size is
/// thrown away (rejection sampling), because a plain remainder would prefer the first characters.
pub(super) fn choose(alphabet: &[u8], count: usize, entropy: &mut impl Iterator<Item = u8>) -> Result<String> {
    let limit = 256 - 256 % alphabet.len();
    let mut text = String::with_capacity(count);
    while text.len() < count {
        let byte = usize::from(entropy.next().ok_or(Error::Entropy)?);
        if byte < limit {
            text.push(char::from(alphabet[byte % alphabet.len()]));
        }
    }
    Ok(text)
}

/// CRC-32 (IEEE 802.3, reflected). Bit by bit: a key has 90 bytes, and tables would cost the Worker 16 KB.
fn crc32(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(u32::MAX, |crc, byte| {
        (0..8).fold(crc ^ u32::from(*byte), |crc, _| crc >> 1 ^ if crc & 1 == 1 { 0xEDB8_8320 } else { 0 })
    })
}

/// The checksum of `text` as 6 base62 digits (62^6 > 2^32).
pub(super) fn checksum(text: &str) -> [u8; 6] {
    let mut rest = crc32(text.as_bytes());
    let mut digits = [b'0'; 6];
    for digit in digits.iter_mut().rev() {
        *digit = BASE62[(rest % 62) as usize];
        rest /= 62;
    }
    digits
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn crc_has_the_published_check_value() {
        assert_eq!(crc32(b"123456789"), 0xCBF4_3926);
        assert_eq!(crc32(b""), 0);
    }

    #[test]
    fn choice_rejects_what_would_bias() {
        // 248 = 4 × 62 is the first byte that is thrown away.
        let text = choose(BASE62, 3, &mut [255, 248, 247, 0, 61].into_iter());
        assert_eq!(text.as_deref(), Ok("z0z"));
        assert_eq!(choose(BASE62, 1, &mut [250, 251].into_iter()), Err(Error::Entropy));
    }

    #[test]
    fn every_character_is_equally_likely() {
        let mut counts = [0_u32; 128];
        for byte in 0..=255_u8 {
            for alphabet in [&BASE62[..], &CROCKFORD[..]] {
                if let Ok(text) = choose(alphabet, 1, &mut [byte].into_iter()) {
                    counts[usize::from(text.as_bytes()[0])] += u32::from(alphabet.len() == 62);
                }
            }
        }
        assert!(BASE62.iter().all(|letter| counts[usize::from(*letter)] == 4));
    }
}
