//! Secrets at rest: XChaCha20-Poly1305 under a key of the tenant, which HKDF-SHA-256 makes from a master key with an id.
//!
//! Written `s1.<id of the master key>.<base64url of nonce, ciphertext and tag>`. Tenant, field and key id are authenticated, so
//! what was sealed for one tenant or field opens for no other. XChaCha20 because its nonce of 24 bytes may be random for any
//! number of messages (draft-irtf-cfrg-xchacha, section 2.1); AES-GCM's 12 bytes may not.

mod hkdf;

use attune_domain::Secret;
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use chacha20poly1305::aead::{AeadInPlace, KeyInit};
use chacha20poly1305::{Tag, XChaCha20Poly1305, XNonce};
use core::fmt;

/// Random bytes of a nonce.
pub const NONCE: usize = 24;
/// Largest secret, bytes.
pub const LARGEST: usize = 65_536;

const PREFIX: &str = "s1.";
const TAG: usize = 16;
/// Shortest accepted master key, bytes.
const SHORTEST_KEY: usize = 32;

/// Why something cannot be sealed or opened.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A master key is not hexadecimal of at least 32 bytes, its id is not 1 to 16 small letters, digits and dashes, or there is
    /// no current one.
    #[error("a master key is not hexadecimal of at least 32 bytes, or the current one is not among them")]
    KeyInvalid,
    /// The text names a master key that is not configured.
    #[error("the master key of this secret is not configured")]
    KeyMissing,
    /// Not a sealed text.
    #[error("the text is not a sealed secret")]
    Form,
    /// Above 64 KiB.
    #[error("a secret to be sealed has at most 64 KiB")]
    TooLarge,
    /// Changed, or sealed for another tenant or field, or under another key of the same id.
    #[error("the sealed secret does not open here")]
    Refused,
}

/// All configured master keys by id. New secrets use the current one; former ones stay until nothing is sealed under them.
#[derive(Clone)]
pub struct MasterKeys {
    by_id: Vec<(String, Vec<u8>)>,
    current: String,
}

impl MasterKeys {
    /// From pairs (id, hexadecimal of at least 32 bytes) and the id of the one that new secrets use.
    ///
    /// # Errors
    /// [`Error::KeyInvalid`].
    pub fn new<I, S, H>(keys: I, current: &str) -> Result<Self, Error>
    where
        I: IntoIterator<Item = (S, H)>,
        S: Into<String>,
        H: AsRef<str>,
    {
        let mut by_id = Vec::new();
        for (id, text) in keys {
            let id = id.into();
            let bytes = crate::hex::decode(text.as_ref()).filter(|bytes| bytes.len() >= SHORTEST_KEY && is_id(&id));
            by_id.push((id, bytes.ok_or(Error::KeyInvalid)?));
        }
        let keys = Self { by_id, current: current.to_owned() };
        if keys.get(current).is_some() { Ok(keys) } else { Err(Error::KeyInvalid) }
    }

    /// Seals a secret for one field of one tenant. Every call needs new random bytes.
    ///
    /// # Errors
    /// [`Error::TooLarge`]; [`Error::KeyMissing`], which [`MasterKeys::new`] has ruled out for the current key.
    pub fn seal(&self, tenant: &str, field: &str, secret: &[u8], nonce: [u8; NONCE]) -> Result<String, Error> {
        if secret.len() > LARGEST {
            return Err(Error::TooLarge);
        }
        let cipher = self.cipher(&self.current, tenant)?;
        let mut buffer = secret.to_vec();
        let context = context(&self.current, tenant, field);
        let tag = cipher.encrypt_in_place_detached(XNonce::from_slice(&nonce), &context, &mut buffer);
        let tag = tag.map_err(|_| Error::TooLarge)?;
        let bytes = [&nonce[..], &buffer, &tag].concat();
        Ok(format!("{PREFIX}{}.{}", self.current, URL_SAFE_NO_PAD.encode(bytes)))
    }

    /// Opens what was sealed for this field of this tenant, under any of the keys.
    ///
    /// # Errors
    /// [`Error::Form`], [`Error::KeyMissing`], [`Error::Refused`].
    pub fn open(&self, tenant: &str, field: &str, text: &str) -> Result<Secret<Vec<u8>>, Error> {
        let (id, body) = split(text)?;
        let cipher = self.cipher(id, tenant)?;
        let bytes = URL_SAFE_NO_PAD.decode(body).map_err(|_| Error::Form)?;
        let (nonce, rest) = bytes.split_at_checked(NONCE).ok_or(Error::Form)?;
        let (sealed, tag) = rest.split_last_chunk::<TAG>().ok_or(Error::Form)?;
        let mut buffer = sealed.to_vec();
        let context = context(id, tenant, field);
        cipher
            .decrypt_in_place_detached(XNonce::from_slice(nonce), &context, &mut buffer, Tag::from_slice(tag))
            .map_err(|_| Error::Refused)?;
        Ok(Secret::new(buffer))
    }

    /// Whether the text should be sealed anew, because it is under a former key.
    ///
    /// # Errors
    /// [`Error::Form`].
    pub fn is_former(&self, text: &str) -> Result<bool, Error> {
        Ok(split(text)?.0 != self.current)
    }

    fn get(&self, id: &str) -> Option<&[u8]> {
        self.by_id.iter().find(|(known, _)| known == id).map(|(_, key)| key.as_slice())
    }

    fn cipher(&self, id: &str, tenant: &str) -> Result<XChaCha20Poly1305, Error> {
        let master = self.get(id).ok_or(Error::KeyMissing)?;
        let key = hkdf::derive(b"attune sealed 1", master, tenant.as_bytes());
        Ok(XChaCha20Poly1305::new(&key.into()))
    }
}

impl fmt::Debug for MasterKeys {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ids: Vec<_> = self.by_id.iter().map(|(id, _)| id).collect();
        formatter.debug_struct("MasterKeys").field("ids", &ids).field("current", &self.current).finish()
    }
}

/// The parts of a text within bounds.
fn split(text: &str) -> Result<(&str, &str), Error> {
    if text.len() > PREFIX.len() + 17 + (LARGEST + NONCE + TAG).div_ceil(3) * 4 {
        return Err(Error::Form);
    }
    let rest = text.strip_prefix(PREFIX).ok_or(Error::Form)?;
    rest.split_once('.').filter(|(id, _)| is_id(id)).ok_or(Error::Form)
}

fn is_id(text: &str) -> bool {
    (1..=16).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
}

/// What is authenticated beside the secret. Each part has its length before it: no two contexts have the same bytes.
fn context(id: &str, tenant: &str, field: &str) -> Vec<u8> {
    let parts = [id, tenant, field];
    parts.iter().flat_map(|part| [&(part.len() as u64).to_be_bytes(), part.as_bytes()].concat()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// draft-irtf-cfrg-xchacha-03, appendix A.3.1.
    #[test]
    fn the_cipher_is_the_published_one() {
        let bytes = |text: &str| crate::hex::decode(text).unwrap();
        let key: [u8; 32] =
            bytes(&(0x80..=0x9f).map(|b: u8| format!("{b:02x}")).collect::<String>()).try_into().unwrap();
        let nonce = bytes("404142434445464748494a4b4c4d4e4f5051525354555657");
        let mut buffer = b"Ladies and Gentlemen of the class of '99: If I could offer you only one tip for the future, sunscreen would be it.".to_vec();
        let cipher = XChaCha20Poly1305::new(&key.into());
        let tag = cipher.encrypt_in_place_detached(
            XNonce::from_slice(&nonce),
            &bytes("50515253c0c1c2c3c4c5c6c7"),
            &mut buffer,
        );
        assert_eq!(crate::hex::encode(&tag.unwrap()), "c0875924c1c7987947deafd8780acf49");
        assert_eq!(crate::hex::encode(&buffer[..16]), "bd6d179d3e83d43b9576579493c0e939");
    }

    #[test]
    fn contexts_differ() {
        let all = [("a", "b", "c"), ("ab", "", "c"), ("a", "", "bc"), ("", "ab", "c"), ("a", "bc", "")];
        let contexts: std::collections::BTreeSet<_> = all.iter().map(|(a, b, c)| context(a, b, c)).collect();
        assert_eq!(contexts.len(), all.len());
    }
}
