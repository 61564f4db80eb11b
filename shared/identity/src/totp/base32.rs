//! RFC 4648, section 6, for the one length that is needed: 20 bytes are 32 characters, and nothing has to be padded.

use super::SECRET;

const ALPHABET: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

pub(super) fn encode(bytes: &[u8; SECRET]) -> String {
    let groups = bytes.chunks_exact(5).flat_map(|five| {
        let bits = five.iter().fold(0_u64, |bits, byte| bits << 8 | u64::from(*byte));
        (0..8).rev().map(move |at| ALPHABET[(bits >> (5 * at) & 31) as usize])
    });
    groups.map(char::from).collect()
}

pub(super) fn decode(text: &str) -> Option<[u8; SECRET]> {
    if text.len() != SECRET / 5 * 8 {
        return None;
    }
    let mut bytes = [0; SECRET];
    for (five, eight) in bytes.chunks_exact_mut(5).zip(text.as_bytes().chunks_exact(8)) {
        let mut bits = 0_u64;
        for letter in eight {
            let value = match letter.to_ascii_uppercase() {
                letter @ b'A'..=b'Z' => letter - b'A',
                digit @ b'2'..=b'7' => digit - b'2' + 26,
                _ => return None,
            };
            bits = bits << 5 | u64::from(value);
        }
        five.copy_from_slice(&bits.to_be_bytes()[3..]);
    }
    Some(bytes)
}
