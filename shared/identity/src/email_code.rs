//! Codes sent by e-mail, for end users of the widget.
//!
//! Eight digits, ten minutes, five tries. NIST SP 800-63B, section 3.1.3.2, wants at least six digits and a limit of tries; but
//! who asks for a new code every few minutes has thousands of tries in a month, and six digits give way to that: eight do not.
//! Such a code proves that somebody reads the mailbox, no more: it is a sign-in for visitors, never a second factor.

use crate::api_key::Peppers;
use core::fmt;
use serde::{Deserialize, Serialize};
use subtle::ConstantTimeEq;

/// How long a code is good, ms.
pub const LIFETIME_MS: i64 = 600_000;
/// How often one may try.
pub const TRIES: u32 = 5;
/// Random bytes of a code.
pub const ENTROPY: usize = 8;

const DIGITS: usize = 8;

/// Why a code was not taken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// Not 8 digits. No try is lost.
    #[error("a code has 8 digits")]
    Form,
    /// Too late.
    #[error("the code has expired")]
    Expired,
    /// Five wrong ones were tried, or the right one was used.
    #[error("the code can be tried no more")]
    Spent,
    /// Not the code that was sent.
    #[error("the code is wrong")]
    Wrong,
    /// The pepper of the record is not configured: answer 503, never a judgement on the code.
    #[error("the pepper of this record is not configured")]
    PepperMissing,
}

/// A new code, to be sent.
#[derive(Clone, PartialEq, Eq)]
pub struct Code(String);

impl Code {
    /// The digits, for the mail; never logged.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Code {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Code([secret])")
    }
}

/// What is kept of a code.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sent {
    /// Which pepper made the hash.
    pub pepper_id: String,
    /// HMAC-SHA-256 of subject and code, lowercase hexadecimal.
    pub hash: String,
    /// From this moment on it is refused, ms since 1970.
    pub expires_at: i64,
    /// Tries that are left.
    pub tries: u32,
}

impl Sent {
    /// Makes a code. `subject` says for whom and what (tenant, address, attempt): a code is good for nothing else.
    ///
    /// # Errors
    /// Only [`Error::PepperMissing`], which [`Peppers::new`] has ruled out for the current pepper.
    pub fn generate(
        subject: &str,
        peppers: &Peppers,
        entropy: [u8; ENTROPY],
        now_ms: i64,
    ) -> Result<(Code, Self), Error> {
        // of 2^64 numbers some remainders come once more than others: one part in 10^11
        let code = format!("{:08}", u64::from_le_bytes(entropy) % 100_000_000);
        let pepper_id = peppers.current_id().to_owned();
        let hash = hash(peppers, &pepper_id, subject, &code)?;
        let expires_at = now_ms.saturating_add(LIFETIME_MS);
        Ok((Code(code), Self { pepper_id, hash, expires_at, tries: TRIES }))
    }

    /// Judges a code. Whatever the outcome, the record has changed and has to be stored before anything else is done.
    ///
    /// # Errors
    /// [`Error::Form`], [`Error::Spent`], [`Error::Expired`], [`Error::PepperMissing`], [`Error::Wrong`], in this order.
    pub fn check(&mut self, subject: &str, text: &str, peppers: &Peppers, now_ms: i64) -> Result<(), Error> {
        if !is_code(text) {
            return Err(Error::Form);
        }
        let text = text.trim();
        if self.tries == 0 {
            return Err(Error::Spent);
        }
        if now_ms >= self.expires_at {
            return Err(Error::Expired);
        }
        let found = hash(peppers, &self.pepper_id, subject, text)?;
        if bool::from(found.as_bytes().ct_eq(self.hash.as_bytes())) {
            self.tries = 0;
            return Ok(());
        }
        self.tries -= 1;
        Err(Error::Wrong)
    }
}

/// Has a text the form of a code? White space around it does not count.
pub fn is_code(text: &str) -> bool {
    let text = text.trim();
    text.len() == DIGITS && text.bytes().all(|b| b.is_ascii_digit())
}

fn hash(peppers: &Peppers, id: &str, subject: &str, code: &str) -> Result<String, Error> {
    peppers.hash(id, &format!("email-code|{subject}|{code}")).map_err(|_| Error::PepperMissing)
}
