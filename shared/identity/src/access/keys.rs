//! The keys that sign access tokens.

use super::{AccessError, Result};
use crate::hex;
use crate::jose::write::Writer;
use crate::jose::{HmacKey, base64url};
use core::fmt;

/// A current key, which signs, and former ones, which only verify: five minutes after a rotation no token needs them.
#[derive(Clone)]
pub struct AccessKeys {
    current: Key,
    former: Vec<Key>,
}

#[derive(Clone)]
pub(super) struct Key {
    pub kid: String,
    /// The header of its tokens, base64url.
    pub header: String,
    pub key: HmacKey,
}

impl AccessKeys {
    /// From pairs (id, hexadecimal of at least 32 bytes) and the id of the one that signs. An id is 1 to 64 letters, digits, `.`, `_`, `-`.
    ///
    /// # Errors
    /// [`AccessError::KeyInvalid`].
    pub fn new<I, S, H>(keys: I, current: &str) -> Result<Self>
    where
        I: IntoIterator<Item = (S, H)>,
        S: Into<String>,
        H: AsRef<str>,
    {
        let mut list: Vec<Key> = Vec::new();
        for (kid, secret) in keys {
            let kid = kid.into();
            let named = (1..=64).contains(&kid.len())
                && kid.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-'))
                && list.iter().all(|other| other.kid != kid);
            let key = hex::decode(secret.as_ref()).filter(|_| named).and_then(|secret| HmacKey::new(&secret).ok());
            let header =
                Writer::default().open().text("alg", "HS256").text("kid", &kid).text("typ", "at+jwt").close().take();
            let header = base64url::encode(header.as_bytes());
            list.push(Key { kid, header, key: key.ok_or(AccessError::KeyInvalid)? });
        }
        let at = list.iter().position(|key| key.kid == current).ok_or(AccessError::KeyInvalid)?;
        Ok(Self { current: list.swap_remove(at), former: list })
    }

    /// The id of the key that signs.
    pub fn current_id(&self) -> &str {
        &self.current.kid
    }

    pub(super) fn current(&self) -> &Key {
        &self.current
    }

    pub(super) fn get(&self, kid: &str) -> Result<&Key> {
        self.all().find(|key| key.kid == kid).ok_or(AccessError::KeyUnknown)
    }

    fn all(&self) -> impl Iterator<Item = &Key> {
        core::iter::once(&self.current).chain(&self.former)
    }
}

impl fmt::Debug for AccessKeys {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ids: Vec<_> = self.all().map(|key| &key.kid).collect();
        formatter.debug_struct("AccessKeys").field("ids", &ids).field("current", &self.current_id()).finish()
    }
}
