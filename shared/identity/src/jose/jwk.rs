//! Public keys as JSON Web Keys (RFC 7517; RFC 7518, section 6), and their thumbprints (RFC 7638).

use super::json::Object;
use super::write::Writer;
use super::{JoseError, PublicAlg, Result, base64url};
use core::fmt;
use sha2::{Digest, Sha256};

/// Smallest RSA modulus in bits (RFC 7518, section 3.3), and the largest, so that nobody makes us compute for long.
const RSA_BITS: core::ops::RangeInclusive<usize> = 2048..=8192;
/// Longest base64url text of a modulus of 8192 bits.
const LONGEST_N: usize = 1366;
/// Members of private and symmetric keys (RFC 7518, sections 6.2.2, 6.3.2 and 6.4.1).
const PRIVATE: [&str; 8] = ["d", "p", "q", "dp", "dq", "qi", "oth", "k"];

/// A public key whose parts have the right form. That the point is on the curve is for who checks the signature.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublicKey(Parts);

#[derive(Debug, Clone, PartialEq, Eq)]
enum Parts {
    P256 { x: [u8; 32], y: [u8; 32] },
    Rsa { n: Vec<u8>, e: Vec<u8> },
}

impl PublicKey {
    /// Reads a JWK. `kid`, `use` and unknown members are of no account; private members are refused.
    ///
    /// # Errors
    /// The variants of [`JoseError`] on JSON and keys.
    pub fn from_jwk(json: &[u8]) -> Result<Self> {
        if json.len() > 8192 {
            return Err(JoseError::TooLong);
        }
        Self::from_object(&Object::parse(json)?)
    }

    pub(crate) fn from_object(jwk: &Object<'_>) -> Result<Self> {
        if PRIVATE.iter().any(|name| jwk.has(name)) {
            return Err(JoseError::PrivateMember);
        }
        let coordinate = |name| {
            let text = jwk.needed(name, 43)?;
            base64url::decode_array(text).ok_or(JoseError::Member(name))
        };
        match jwk.needed("kty", 16)? {
            "EC" if jwk.needed("crv", 16)? == "P-256" => {
                Ok(Self(Parts::P256 { x: coordinate("x")?, y: coordinate("y")? }))
            }
            "RSA" => {
                // Base64urlUInt: the least number of bytes (RFC 7518, section 2).
                let number = |name, longest| {
                    let bytes = base64url::decode(jwk.needed(name, longest)?)?;
                    if bytes.first() == Some(&0) { Err(JoseError::Member(name)) } else { Ok(bytes) }
                };
                let (n, e) = (number("n", LONGEST_N)?, number("e", 6)?);
                let top = n.first().map_or(0, |byte| byte.leading_zeros() as usize);
                let odd = |bytes: &[u8]| bytes.last().is_some_and(|byte| byte & 1 == 1);
                if !RSA_BITS.contains(&(n.len() * 8 - top)) || !odd(&n) || !odd(&e) || e == [1] {
                    return Err(JoseError::RsaSize);
                }
                Ok(Self(Parts::Rsa { n, e }))
            }
            _ => Err(JoseError::KeyType),
        }
    }

    /// The one algorithm that this key is for here.
    pub fn alg(&self) -> PublicAlg {
        match self.0 {
            Parts::P256 { .. } => PublicAlg::Es256,
            Parts::Rsa { .. } => PublicAlg::Rs256,
        }
    }

    /// How long its signatures are, in bytes.
    pub fn signature_len(&self) -> usize {
        match &self.0 {
            Parts::P256 { .. } => 64,
            Parts::Rsa { n, .. } => n.len(),
        }
    }

    /// The required members only, in the order of RFC 7638: for WebCrypto's `importKey`, and to keep.
    pub fn to_jwk(&self) -> String {
        let mut writer = Writer::default();
        writer.open();
        match &self.0 {
            Parts::P256 { x, y } => {
                writer.text("crv", "P-256").text("kty", "EC");
                writer.text("x", &base64url::encode(x)).text("y", &base64url::encode(y))
            }
            Parts::Rsa { n, e } => {
                writer.text("e", &base64url::encode(e)).text("kty", "RSA").text("n", &base64url::encode(n))
            }
        };
        writer.close().take()
    }

    /// The parts `x` and `y` of a P-256 key, base64url, for who builds the JWK itself.
    pub fn p256_coordinates(&self) -> Option<(String, String)> {
        match &self.0 {
            Parts::P256 { x, y } => Some((base64url::encode(x), base64url::encode(y))),
            Parts::Rsa { .. } => None,
        }
    }

    /// RFC 7638 with SHA-256.
    pub fn thumbprint(&self) -> Thumbprint {
        Thumbprint(Sha256::digest(self.to_jwk()).into())
    }
}

/// The name of a key: the SHA-256 of its required members. `cnf.jkt` (RFC 9449, section 6.1) is its text form.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Thumbprint([u8; 32]);

impl Thumbprint {
    /// From 43 characters of base64url.
    ///
    /// # Errors
    /// [`JoseError::Base64`].
    pub fn parse(text: &str) -> Result<Self> {
        base64url::decode_array(text).map(Self).ok_or(JoseError::Base64)
    }
}

impl fmt::Display for Thumbprint {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&base64url::encode(&self.0))
    }
}

impl fmt::Debug for Thumbprint {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Thumbprint({self})")
    }
}
