//! Passwords: Argon2id (RFC 9106) with the parameters of OWASP's Password Storage Cheat Sheet: 19 MiB, 2 passes, 1 lane.
//!
//! A hash takes 20 MB and 34 ms of CPU, so it is made in the person's own object, one at a time, behind the limit of sign-ins
//! (decision 6). Whoever asks for an unknown person does the same work by [`verify_absent`].

mod common;
mod phc;

pub use common::{BITS, PROBES, probes};

use argon2::{Algorithm, Argon2, Block, Params, Version};
use core::fmt;
use phc::Phc;
use subtle::ConstantTimeEq;

/// Random bytes of a salt (RFC 9106, section 3.1, recommends 16).
pub const SALT: usize = 16;

/// Fewest characters (NIST SP 800-63B, section 3.1.1).
pub const SHORTEST: usize = 8;
/// Most characters: more costs time and adds nothing.
pub const LONGEST: usize = 128;

const OUTPUT: usize = 32;
/// KiB.
const MEMORY: u32 = 19_456;
const PASSES: u32 = 2;
const LANES: u32 = 1;

/// Why a password was not taken, or could not be judged.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// Fewer than 8 characters.
    #[error("a password has at least 8 characters")]
    TooShort,
    /// More than 128 characters.
    #[error("a password has at most 128 characters")]
    TooLong,
    /// A control character: nobody types one on purpose.
    #[error("a password has no control characters")]
    ControlCharacter,
    /// One that everybody tries first.
    #[error("this password is among the first that are tried: take another")]
    Common,
    /// The tenant's name, or the person's address.
    #[error("a password is not the name of the company or one's own address: take another")]
    Named,
    /// The stored hash is not an Argon2id hash within our bounds.
    #[error("the stored password hash cannot be read")]
    StoredHash,
    /// Argon2 refused; cannot happen with the parameters here.
    #[error("the password cannot be hashed")]
    Hashing,
}

/// A password as somebody typed it, of acceptable form.
#[derive(Clone)]
pub struct Password(String);

impl Password {
    /// Checks the form. Any characters but control characters are good, none is demanded, and nothing is changed: what was set
    /// is what must be typed.
    ///
    /// # Errors
    /// [`Error::TooShort`], [`Error::TooLong`], [`Error::ControlCharacter`].
    pub fn parse(text: &str) -> Result<Self, Error> {
        // four bytes at most are one character: megabytes are not counted
        if text.len() > 4 * LONGEST {
            return Err(Error::TooLong);
        }
        match text.chars().count() {
            ..SHORTEST => return Err(Error::TooShort),
            SHORTEST..=LONGEST => {}
            _ => return Err(Error::TooLong),
        }
        if text.chars().any(char::is_control) {
            return Err(Error::ControlCharacter);
        }
        Ok(Self(text.to_owned()))
    }

    /// Judges a new password of somebody who goes by these names: their e-mail address, the tenant's name.
    ///
    /// # Errors
    /// [`Error::Common`], [`Error::Named`].
    pub fn judge(&self, names: &[&str]) -> Result<(), Error> {
        if common::is_common(&self.0) {
            return Err(Error::Common);
        }
        if common::is_named(&self.0, names) { Err(Error::Named) } else { Ok(()) }
    }
}

impl fmt::Debug for Password {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Password([secret])")
    }
}

/// The judgement on a password.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Verdict {
    /// Whether it is the one.
    pub matches: bool,
    /// Whether to make a new hash, now that the password is here: the stored one has other parameters.
    pub rehash: bool,
}

/// A new hash as a PHC string (`$argon2id$v=19$m=19456,t=2,p=1$…$…`). Every call needs new random bytes.
///
/// # Errors
/// [`Error::Hashing`].
pub fn hash(password: &Password, salt: [u8; SALT]) -> Result<String, Error> {
    let mut phc = Phc { memory: MEMORY, passes: PASSES, lanes: LANES, salt: salt.to_vec(), output: vec![0; OUTPUT] };
    phc.output = derive(password, &phc)?;
    Ok(phc.to_string())
}

/// Compares a password with a stored hash, in constant time where secrets are compared.
///
/// # Errors
/// [`Error::StoredHash`], [`Error::Hashing`].
pub fn verify(password: &Password, stored: &str) -> Result<Verdict, Error> {
    let stored = Phc::parse(stored).ok_or(Error::StoredHash)?;
    let matches = derive(password, &stored)?.ct_eq(&stored.output).into();
    let present = (stored.memory, stored.passes, stored.lanes) == (MEMORY, PASSES, LANES)
        && (stored.salt.len(), stored.output.len()) == (SALT, OUTPUT);
    Ok(Verdict { matches, rehash: matches && !present })
}

/// The work of [`verify`] where there is no hash, so that the time of an answer does not tell who exists.
///
/// # Errors
/// [`Error::Hashing`].
pub fn verify_absent(password: &Password) -> Result<(), Error> {
    core::hint::black_box(hash(password, [0; SALT])?);
    Ok(())
}

fn derive(password: &Password, phc: &Phc) -> Result<Vec<u8>, Error> {
    let params = Params::new(phc.memory, phc.passes, phc.lanes, Some(phc.output.len())).map_err(|_| Error::Hashing)?;
    let mut blocks = vec![Block::default(); params.block_count()];
    let mut output = vec![0; phc.output.len()];
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
        .hash_password_into_with_memory(password.0.as_bytes(), &phc.salt, &mut output, &mut blocks)
        .map_err(|_| Error::Hashing)?;
    Ok(output)
}
