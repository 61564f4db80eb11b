//! Peppers: the server-side secrets under which keys are hashed.

use crate::{Error, Result, hex};
use core::fmt;
use hmac::{Hmac, Mac};
use sha2::Sha256;
use std::collections::BTreeMap;
use subtle::ConstantTimeEq;

/// Shortest accepted pepper in bytes: the strength of the hash (RFC 2104, section 3).
const SHORTEST: usize = 32;

/// All configured peppers by id. New keys use the current one; old ones stay until no record names them.
#[derive(Clone)]
pub struct Peppers {
    by_id: BTreeMap<String, Hmac<Sha256>>,
    current: String,
}

impl Peppers {
    /// From pairs (id, hexadecimal of at least 32 bytes) and the id of the one that new keys use.
    ///
    /// # Errors
    /// [`Error::PepperInvalid`].
    pub fn new<I, S, H>(peppers: I, current: &str) -> Result<Self>
    where
        I: IntoIterator<Item = (S, H)>,
        S: Into<String>,
        H: AsRef<str>,
    {
        let mut by_id = BTreeMap::new();
        for (id, text) in peppers {
            let id = id.into();
            let bytes = hex::decode(text.as_ref()).filter(|bytes| bytes.len() >= SHORTEST && !id.is_empty());
            let keyed = bytes.and_then(|bytes| Hmac::<Sha256>::new_from_slice(&bytes).ok());
            by_id.insert(id, keyed.ok_or(Error::PepperInvalid)?);
        }
        if !by_id.contains_key(current) {
            return Err(Error::PepperInvalid);
        }
        Ok(Self { by_id, current: current.to_owned() })
    }

    /// The id that new records carry.
    pub fn current_id(&self) -> &str {
        &self.current
    }

    /// HMAC-SHA-256 of `text` under the pepper `id`, in lowercase hexadecimal.
    ///
    /// # Errors
    /// [`Error::PepperMissing`].
    pub fn hash(&self, id: &str, text: &str) -> Result<String> {
        let mut mac = self.by_id.get(id).ok_or(Error::PepperMissing)?.clone();
        mac.update(text.as_bytes());
        Ok(hex::encode(&mac.finalize().into_bytes()))
    }

    /// Whether `expected` (hexadecimal) is the hash of `text` under the pepper `id`, compared in constant time.
    ///
    /// # Errors
    /// [`Error::PepperMissing`].
    pub fn matches(&self, id: &str, text: &str, expected: &str) -> Result<bool> {
        Ok(self.hash(id, text)?.as_bytes().ct_eq(expected.as_bytes()).into())
    }
}

impl fmt::Debug for Peppers {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ids: Vec<_> = self.by_id.keys().collect();
        formatter.debug_struct("Peppers").field("ids", &ids).field("current", &self.current).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hash_is_hmac_sha256() {
        // RFC 4231, test case 3, has a key of 20 bytes; case 6 one of 131, which is long enough here.
        let peppers = Peppers::new([("p1", "aa".repeat(131))], "p1").unwrap();
        let hash = peppers.hash("p1", "Test Using Larger Than Block-Size Key - Hash Key First").unwrap();
        assert_eq!(hash, "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
        assert_eq!(peppers.hash("p2", ""), Err(Error::PepperMissing));
        assert!(!format!("{peppers:?}").contains("aaaa"));
    }

    #[test]
    fn weak_or_missing_peppers_stop_the_start() {
        let good = "00".repeat(32);
        for (id, text, current) in
            [("p", "00".repeat(31), "p"), ("p", "zz".repeat(32), "p"), ("p", good.clone(), "q"), ("", good, "")]
        {
            assert_eq!(Peppers::new([(id, text)], current).map(|_| ()), Err(Error::PepperInvalid));
        }
    }
}
