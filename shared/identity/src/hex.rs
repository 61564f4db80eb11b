//! Lowercase hexadecimal, so that the Worker carries no crate for twenty lines.

const DIGITS: &[u8; 16] = b"0123456789abcdef";

/// Lowercase hexadecimal of `bytes`.
pub(crate) fn encode(bytes: &[u8]) -> String {
    bytes
        .iter()
        .flat_map(|byte| [DIGITS[usize::from(byte >> 4)], DIGITS[usize::from(byte & 15)]])
        .map(char::from)
        .collect()
}

/// The bytes of a hexadecimal text of either case, or `None` when it is not one.
pub(crate) fn decode(text: &str) -> Option<Vec<u8>> {
    if !text.len().is_multiple_of(2) {
        return None;
    }
    let digit = |byte: u8| char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
    text.as_bytes().chunks_exact(2).map(|pair| Some(digit(pair[0])? << 4 | digit(pair[1])?)).collect()
}

#[cfg(test)]
mod tests {
    #[test]
    fn round_trip_and_refusals() {
        assert_eq!(super::encode(&[0, 0x9f, 0xff]), "009fff");
        assert_eq!(super::decode("009FfF"), Some(vec![0, 0x9f, 0xff]));
        for bad in ["0", "0g", "+1", "é"] {
            assert_eq!(super::decode(bad), None, "{bad}");
        }
    }
}
