//! Recovery codes: ten, each good once, for who has lost the authenticator (NIST SP 800-63B, section 3.1.2: look-up secrets).
//!
//! A code has 80 random bits and is written `xxxx-xxxx-xxxx-xxxx` in Crockford's base32. At rest lies an HMAC under a pepper,
//! bound to the person; with so many bits nothing slower is needed.

use crate::api_key::Peppers;
use core::fmt;
use serde::{Deserialize, Serialize};
use subtle::ConstantTimeEq;

/// How many codes are made at once.
pub const CODES: usize = 10;
/// Random bytes for all of them.
pub const ENTROPY: usize = CODES * LETTERS;

const LETTERS: usize = 16;
const ALPHABET: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";

/// Why a code was not taken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// Not the form of a code.
    #[error("a recovery code has 16 letters and digits")]
    Form,
    /// Not one of the person's, or used before: one answer.
    #[error("the recovery code is not known")]
    Unknown,
    /// The pepper of the record is not configured: answer 503, never a judgement on the code.
    #[error("the pepper of this record is not configured")]
    PepperMissing,
}

/// A new code, to be shown once.
#[derive(Clone, PartialEq, Eq)]
pub struct Code(String);

impl Code {
    /// The text, to be shown; never logged.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Code {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Code([secret])")
    }
}

/// What is kept: the hashes of the codes that are still good.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Codes {
    /// Which pepper made the hashes.
    pub pepper_id: String,
    /// HMAC-SHA-256, lowercase hexadecimal.
    pub hashes: Vec<String>,
}

impl Codes {
    /// Makes ten codes for a person. They take the place of all earlier ones.
    ///
    /// # Errors
    /// Only [`Error::PepperMissing`], which [`Peppers::new`] has ruled out for the current pepper.
    pub fn generate(user_id: &str, peppers: &Peppers, entropy: &[u8; ENTROPY]) -> Result<(Vec<Code>, Self), Error> {
        let pepper_id = peppers.current_id().to_owned();
        let (mut codes, mut hashes) = (Vec::new(), Vec::new());
        for bytes in entropy.chunks_exact(LETTERS) {
            // 256 is a multiple of 32: each letter is equally likely
            let letters: String = bytes.iter().map(|byte| char::from(ALPHABET[usize::from(byte & 31)])).collect();
            hashes.push(hash(peppers, &pepper_id, user_id, &letters)?);
            codes.push(Code([&letters[..4], &letters[4..8], &letters[8..12], &letters[12..]].join("-")));
        }
        Ok((codes, Self { pepper_id, hashes }))
    }

    /// Takes a code, which is good no more. Gives how many are left. The record has to be stored before anything else is done.
    ///
    /// # Errors
    /// [`Error::Form`], [`Error::Unknown`], [`Error::PepperMissing`].
    pub fn redeem(&mut self, user_id: &str, text: &str, peppers: &Peppers) -> Result<usize, Error> {
        let letters = normal(text).ok_or(Error::Form)?;
        let wanted = hash(peppers, &self.pepper_id, user_id, &letters)?;
        // all are compared, so that the time does not tell which
        let mut found = None;
        for (at, stored) in self.hashes.iter().enumerate() {
            if bool::from(stored.as_bytes().ct_eq(wanted.as_bytes())) {
                found = Some(at);
            }
        }
        self.hashes.remove(found.ok_or(Error::Unknown)?);
        Ok(self.hashes.len())
    }
}

/// The hash of a code as somebody typed it, to be looked for where the record is kept one by one.
///
/// # Errors
/// [`Error::Form`], [`Error::PepperMissing`].
pub fn hash_of(user_id: &str, text: &str, peppers: &Peppers, pepper_id: &str) -> Result<String, Error> {
    hash(peppers, pepper_id, user_id, &normal(text).ok_or(Error::Form)?)
}

fn hash(peppers: &Peppers, id: &str, user_id: &str, letters: &str) -> Result<String, Error> {
    peppers.hash(id, &format!("recovery|{user_id}|{letters}")).map_err(|_| Error::PepperMissing)
}

/// As somebody types it: dashes and spaces where they like, capitals, and the letters that look like digits.
fn normal(text: &str) -> Option<String> {
    if text.len() > 3 * LETTERS {
        return None;
    }
    let letters = text.chars().filter(|c| !matches!(c, '-' | ' ')).map(|c| match c.to_ascii_lowercase() {
        'o' => '0',
        'i' | 'l' => '1',
        other => other,
    });
    let letters: String = letters.collect();
    let good = letters.len() == LETTERS && letters.bytes().all(|b| ALPHABET.contains(&b));
    good.then_some(letters)
}
