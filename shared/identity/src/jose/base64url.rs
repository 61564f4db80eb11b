//! base64url without padding (RFC 7515, section 2), one spelling per value.

use super::{JoseError, Result};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};

/// As text.
pub fn encode(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

/// Appends to a text.
pub fn append(bytes: &[u8], text: &mut String) {
    URL_SAFE_NO_PAD.encode_string(bytes, text);
}

/// The bytes. Padding, white space and set spare bits are refused: the engine's own strictness, which the tests below hold.
///
/// # Errors
/// [`JoseError::Base64`].
pub fn decode(text: &str) -> Result<Vec<u8>> {
    URL_SAFE_NO_PAD.decode(text).map_err(|_| JoseError::Base64)
}

/// Exactly `N` bytes.
pub(crate) fn decode_array<const N: usize>(text: &str) -> Option<[u8; N]> {
    if text.len() != (N * 8).div_ceil(6) {
        return None;
    }
    let mut bytes = [0; N];
    (URL_SAFE_NO_PAD.decode_slice(text, &mut bytes) == Ok(N)).then_some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_spelling_per_value() {
        assert_eq!(decode("AQAB"), Ok(vec![1, 0, 1]));
        assert_eq!(decode("_-8"), Ok(vec![0xff, 0xef]));
        for bad in ["A", "AQ==", "AQ=", "AR", "_-9", "+/8", " AQAB", "AQAB\n", "AQ AB", "ÄQAB"] {
            assert_eq!(decode(bad), Err(JoseError::Base64), "{bad}");
        }
        assert_eq!(decode_array::<3>("AQAB"), Some([1, 0, 1]));
        assert_eq!((decode_array::<2>("AQAB"), decode_array::<4>("AQAB"), decode_array::<1>("AR")), (None, None, None));
    }
}
