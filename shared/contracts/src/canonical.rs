//! Fingerprints and message ids (decision 3).

use serde::Serialize;
use sha1::Sha1;
use sha2::{Digest, Sha256};

/// UUIDv5 namespace of Attune's message ids.
pub const NAMESPACE: uuid::Uuid = uuid::uuid!("a77c0de5-0000-5000-8000-617474756e65");

/// RFC 8785 JSON of a value.
///
/// # Errors
/// When the value is not JSON (a map with keys that are not text).
pub fn canonical_json<T: Serialize>(value: &T) -> Result<String, serde_json::Error> {
    crate::jcs::to_string(value)
}

/// SHA-256 as lowercase hex.
pub fn sha256_hex(bytes: &[u8]) -> String {
    hex(&Sha256::digest(bytes))
}

/// Lowercase hex.
pub fn hex(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    bytes.iter().flat_map(|b| [DIGITS[usize::from(b >> 4)] as char, DIGITS[usize::from(b & 15)] as char]).collect()
}

/// Fingerprint of an accept: SHA-256 of the route and the RFC 8785 form of the parsed body, computed once at the door.
///
/// # Errors
/// When the body is not JSON.
pub fn fingerprint<T: Serialize>(route: &str, body: &T) -> Result<String, serde_json::Error> {
    Ok(fingerprint_of(route, &canonical_json(body)?))
}

/// [`fingerprint`] of a body whose RFC 8785 form is there already.
pub fn fingerprint_of(route: &str, canonical: &str) -> String {
    let mut hash = Sha256::new();
    hash.update(route.as_bytes());
    hash.update(b"\n");
    hash.update(canonical.as_bytes());
    hex(&hash.finalize())
}

/// Id of the message of an accept: the same tenant, route and key always give the same id, so repeats meet one marker.
pub fn message_id(tenant: &str, route: &str, key: &str) -> String {
    // RFC 9562, section 5.5
    let hash =
        Sha1::new().chain_update(NAMESPACE.as_bytes()).chain_update(format!("{tenant}|{route}|{key}")).finalize();
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&hash[..16]);
    uuid::Builder::from_sha1_bytes(bytes).into_uuid().to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn the_fingerprint_ignores_order_and_space_but_not_the_route() {
        let one: serde_json::Value = serde_json::from_str(r#"{"b":1,"a":[1.0,"x"]}"#).unwrap();
        let two = json!({"a": [1, "x"], "b": 1});
        assert_eq!(fingerprint("/r", &one).unwrap(), fingerprint("/r", &two).unwrap());
        assert_ne!(fingerprint("/r", &one).unwrap(), fingerprint("/s", &two).unwrap());
    }

    #[test]
    fn known_digests() {
        assert_eq!(sha256_hex(b"abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
        assert_eq!(message_id("t", "/r", "k"), message_id("t", "/r", "k"));
        assert_ne!(message_id("t", "/r", "k"), message_id("u", "/r", "k"));
    }
}
