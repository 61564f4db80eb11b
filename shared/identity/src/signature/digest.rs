//! `Content-Digest` (RFC 9530) with SHA-256, one member, strict.

use crate::{Error, Result};
use base64::{Engine, engine::general_purpose::STANDARD};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

pub(super) const NAME: &str = "content-digest";

pub(super) fn base64(bytes: &[u8]) -> String {
    STANDARD.encode(bytes)
}

/// A byte sequence of structured fields (RFC 9651, section 3.3.5) between `prefix` and the closing colon.
pub(super) fn byte_sequence(text: &str, prefix: &str) -> Option<Vec<u8>> {
    STANDARD.decode(text.strip_prefix(prefix)?.strip_suffix(':')?).ok()
}

/// The field's value for `body`: `sha-256=:<base64>:`.
pub fn content_digest(body: &[u8]) -> String {
    format!("sha-256=:{}:", base64(&Sha256::digest(body)))
}

/// Whether the field's value is exactly one `sha-256` digest, and that of `body`.
///
/// # Errors
/// [`Error::HeaderMalformed`], [`Error::DigestMismatch`].
pub fn verify_content_digest(value: &str, body: &[u8]) -> Result<()> {
    let claimed = byte_sequence(value, "sha-256=:").filter(|bytes| bytes.len() == 32);
    let claimed = claimed.ok_or(Error::HeaderMalformed(NAME))?;
    let same: bool = Sha256::digest(body).as_slice().ct_eq(&claimed).into();
    if same { Ok(()) } else { Err(Error::DigestMismatch) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn examples_of_the_rfcs() {
        // RFC 9530, appendix B.1 (with line feed), and RFC 9421, section 1 and appendix B.2 (without).
        let with_line_feed = "sha-256=:RK/0qy18MlBSVnWgjwz6lZEWjP/lF5HF9bvEF8FabDg=:";
        let without = "sha-256=:X48E9qOokqqrvdts8nOJRJN3OWDUoyWxBf7kbu9DBPE=:";
        assert_eq!(content_digest(b"{\"hello\": \"world\"}\n"), with_line_feed);
        assert_eq!(content_digest(b"{\"hello\": \"world\"}"), without);
        assert_eq!(verify_content_digest(without, b"{\"hello\": \"world\"}"), Ok(()));
        assert_eq!(verify_content_digest(without, b"{\"hello\": \"World\"}"), Err(Error::DigestMismatch));
    }

    #[test]
    fn other_shapes_are_refused() {
        let good = content_digest(b"");
        for bad in [
            "".to_owned(),
            good.replace("sha-256", "sha-512"),
            good.replace("sha-256", "SHA-256"),
            format!("{good}, {good}"),
            format!(" {good}"),
            format!("{good};q=1"),
            good.replace("=:", "=\""),
            "sha-256=::".to_owned(),
            "sha-256=:AAAA:".to_owned(),
        ] {
            assert_eq!(verify_content_digest(&bad, b""), Err(Error::HeaderMalformed(NAME)), "{bad}");
        }
    }
}
