//! One-time passwords by time: RFC 6238 with SHA-1, 30 seconds and 6 digits, which is what authenticator apps know.

mod base32;

use core::fmt;
use hmac::{Hmac, Mac};
use sha1::Sha1;
use subtle::ConstantTimeEq;

/// Bytes of a secret: the length of the hash (RFC 4226, section 4, R6).
pub const SECRET: usize = 20;
/// Seconds of a step (RFC 6238, section 5.2).
pub const STEP_S: u64 = 30;
const DIGITS: usize = 6;
/// Steps before and after the present one that are good too: clocks of telephones are off, and typing takes time.
const WINDOW: u64 = 1;

/// Why a code or a secret was not taken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// Not 6 digits.
    #[error("a code has 6 digits")]
    Form,
    /// Not a code of this time.
    #[error("the code is wrong")]
    Wrong,
    /// A code of this time that was used before (RFC 6238, section 5.2).
    #[error("the code was used already")]
    Used,
    /// Not the base32 of a secret.
    #[error("the secret cannot be read")]
    Secret,
    /// An issuer or an account with a colon or control character, empty, or longer than 100 bytes.
    #[error("an issuer or account has 1 to 100 bytes and no colon")]
    Label,
}

/// A shared secret.
#[derive(Clone)]
pub struct Secret([u8; SECRET]);

impl Secret {
    /// From random bytes, or those that were kept.
    pub const fn new(bytes: [u8; SECRET]) -> Self {
        Self(bytes)
    }

    /// From base32 (RFC 4648, section 6): capitals or small letters, without padding.
    ///
    /// # Errors
    /// [`Error::Secret`].
    pub fn from_base32(text: &str) -> Result<Self, Error> {
        base32::decode(text).map(Self).ok_or(Error::Secret)
    }

    /// The bytes, to be sealed.
    pub const fn expose(&self) -> &[u8; SECRET] {
        &self.0
    }

    /// Base32, for who types it.
    pub fn base32(&self) -> String {
        base32::encode(&self.0)
    }

    /// The address in the QR code (Key URI Format of Google Authenticator); a secret.
    ///
    /// # Errors
    /// [`Error::Label`].
    pub fn uri(&self, issuer: &str, account: &str) -> Result<String, Error> {
        let good = |label: &str| (1..=100).contains(&label.len()) && !label.chars().any(|c| c == ':' || c.is_control());
        if !good(issuer) || !good(account) {
            return Err(Error::Label);
        }
        let [issuer, account] = [issuer, account].map(percent);
        let secret = self.base32();
        Ok(format!(
            "otpauth://totp/{issuer}:{account}?secret={secret}&issuer={issuer}&algorithm=SHA1&digits=6&period=30"
        ))
    }

    /// Judges a code. Gives the step that it belongs to, which has to be kept as `last_used` before anything else is done.
    ///
    /// # Errors
    /// [`Error::Form`], [`Error::Wrong`], [`Error::Used`].
    pub fn verify(&self, code: &str, now_s: u64, last_used: Option<u64>) -> Result<u64, Error> {
        if code.len() != DIGITS || !code.bytes().all(|b| b.is_ascii_digit()) {
            return Err(Error::Form);
        }
        let now = now_s / STEP_S;
        let mut found = None;
        // all steps are tried, whichever fits; of two with one code the later counts
        for step in now.saturating_sub(WINDOW)..=now.saturating_add(WINDOW) {
            if bool::from(self.code(step).as_bytes().ct_eq(code.as_bytes())) {
                found = Some(step);
            }
        }
        let step = found.ok_or(Error::Wrong)?;
        if last_used.is_some_and(|last| step <= last) { Err(Error::Used) } else { Ok(step) }
    }

    /// The code of a step (RFC 4226, section 5.3).
    pub fn code(&self, step: u64) -> String {
        // HMAC takes keys of any length
        let Ok(mut mac) = Hmac::<Sha1>::new_from_slice(&self.0) else { return String::new() };
        mac.update(&step.to_be_bytes());
        let hash = mac.finalize().into_bytes();
        let at = usize::from(hash[19] & 15);
        let word = u32::from_be_bytes([hash[at] & 0x7f, hash[at + 1], hash[at + 2], hash[at + 3]]);
        format!("{:06}", word % 1_000_000)
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Secret([secret])")
    }
}

/// RFC 3986, section 2.1.
fn percent(text: &str) -> String {
    text.bytes().fold(String::new(), |mut out, byte| {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            out.push(char::from(byte));
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
        out
    })
}
