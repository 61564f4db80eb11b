//! The compact form (RFC 7515, section 7.1) and the header (section 4).

use super::json::Object;
use super::{JoseError, PublicKey, Result, SignatureCheck, base64url};
use core::fmt;

/// Longest key id, bytes.
pub(super) const LONGEST_KID: usize = 256;

/// An algorithm with a public key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PublicAlg {
    /// ECDSA with P-256 and SHA-256.
    Es256,
    /// RSASSA-PKCS1-v1_5 with SHA-256.
    Rs256,
}

impl PublicAlg {
    /// The name in `alg`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Es256 => "ES256",
            Self::Rs256 => "RS256",
        }
    }
}

impl fmt::Display for PublicAlg {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.name())
    }
}

/// What one kind of token must be like. Made per use, in code: never from input.
#[derive(Debug, Clone, Copy)]
pub struct Rules {
    /// Longest token, bytes.
    pub max_len: usize,
    /// Accepted values of `typ`, without `application/` and in lowercase: it is a media type (RFC 7515, section 4.1.9).
    pub typ: &'static [&'static str],
    /// Whether `typ` may be absent. Only for tokens of others, who made them before RFC 8725.
    pub typ_optional: bool,
    /// Whether the key is in the header as `jwk`, which is then needed: DPoP proofs only.
    pub jwk: bool,
}

/// The outer form, before the header was judged.
pub(super) struct Compact<'a> {
    /// Header and payload as they were signed.
    pub input: &'a str,
    pub header: Vec<u8>,
    pub payload: Vec<u8>,
    pub signature: &'a str,
}

impl<'a> Compact<'a> {
    pub fn split(text: &'a str, max_len: usize) -> Result<Self> {
        if text.len() > max_len {
            return Err(JoseError::TooLong);
        }
        let (input, signature) = text.rsplit_once('.').ok_or(JoseError::Parts)?;
        let (header, payload) = input.split_once('.').ok_or(JoseError::Parts)?;
        if header.is_empty() || payload.is_empty() || payload.contains('.') {
            return Err(JoseError::Parts);
        }
        Ok(Self { input, header: base64url::decode(header)?, payload: base64url::decode(payload)?, signature })
    }
}

/// A header that keeps the rules, with its `alg` still as text.
pub(super) struct Header<'a>(Object<'a>);

impl<'a> Header<'a> {
    pub fn parse(json: &'a [u8], rules: &Rules) -> Result<Self> {
        let header = Self(Object::parse(json)?);
        if header.alg()?.eq_ignore_ascii_case("none") {
            return Err(JoseError::AlgNone);
        }
        for (name, fault) in [
            ("crit", JoseError::Crit),
            ("jku", JoseError::HeaderJku),
            ("x5u", JoseError::HeaderX5u),
            ("x5c", JoseError::HeaderX5c),
            ("b64", JoseError::HeaderEncoding),
            ("enc", JoseError::HeaderEncoding),
            ("zip", JoseError::HeaderEncoding),
        ] {
            if header.0.has(name) {
                return Err(fault);
            }
        }
        if !rules.jwk && header.0.has("jwk") {
            return Err(JoseError::HeaderJwk);
        }
        match header.0.text("typ", 64)? {
            None if rules.typ_optional => {}
            Some(typ) if rules.typ.iter().any(|accepted| is_typ(typ, accepted)) => {}
            _ => return Err(JoseError::Typ),
        }
        Ok(header)
    }

    pub fn alg(&self) -> Result<&str> {
        self.0.needed("alg", 32)
    }

    pub fn kid(&self) -> Result<Option<String>> {
        match self.0.text("kid", LONGEST_KID)? {
            Some("") => Err(JoseError::Member("kid")),
            kid => Ok(kid.map(str::to_owned)),
        }
    }
}

fn is_typ(typ: &str, accepted: &str) -> bool {
    const PREFIX: &str = "application/";
    let short = match typ.get(..PREFIX.len()) {
        Some(start) if start.eq_ignore_ascii_case(PREFIX) => &typ[PREFIX.len()..],
        _ => typ,
    };
    short.eq_ignore_ascii_case(accepted)
}

/// A token signed with a public-key algorithm, of the right form, **not verified**: its key has to be found and its
/// [`SignatureCheck`] executed first.
#[derive(Clone)]
pub struct PublicJws {
    input: String,
    alg: PublicAlg,
    kid: Option<String>,
    jwk: Option<PublicKey>,
    payload: Vec<u8>,
    signature: Vec<u8>,
}

impl PublicJws {
    /// Reads a token. `algs`: the accepted algorithms.
    ///
    /// # Errors
    /// The variants of [`JoseError`] on the outer form, JSON, the header, and on keys where the rules want one.
    pub fn parse(text: &str, rules: &Rules, algs: &[PublicAlg]) -> Result<Self> {
        let compact = Compact::split(text, rules.max_len)?;
        let header = Header::parse(&compact.header, rules)?;
        let name = header.alg()?;
        if name.starts_with("HS") {
            return Err(JoseError::AlgSymmetric);
        }
        let alg = algs.iter().copied().find(|alg| alg.name() == name).ok_or(JoseError::AlgNotAllowed)?;
        let kid = header.kid()?;
        let jwk = if rules.jwk {
            let jwk = header.0.object("jwk")?.ok_or(JoseError::Missing("jwk"))?;
            Some(PublicKey::from_object(jwk)?)
        } else {
            None
        };
        let signature = base64url::decode(compact.signature)?;
        let fits = match alg {
            PublicAlg::Es256 => signature.len() == 64,
            PublicAlg::Rs256 => (256..=1024).contains(&signature.len()),
        };
        if !fits {
            return Err(JoseError::SignatureLength);
        }
        Ok(Self { input: compact.input.to_owned(), alg, kid, jwk, payload: compact.payload, signature })
    }

    /// The algorithm of the header, one of those that were accepted.
    pub fn alg(&self) -> PublicAlg {
        self.alg
    }

    /// The key id of the header.
    pub fn kid(&self) -> Option<&str> {
        self.kid.as_deref()
    }

    /// The key of the header, where the rules want one.
    pub(crate) fn jwk(&self) -> Option<&PublicKey> {
        self.jwk.as_ref()
    }

    /// The payload, which anybody may have written.
    pub(crate) fn payload(&self) -> &[u8] {
        &self.payload
    }

    /// What has to be checked for this to be the word of the key's holder.
    ///
    /// # Errors
    /// [`JoseError::KeyMismatch`], [`JoseError::SignatureLength`].
    pub fn check<'a>(&'a self, key: &'a PublicKey) -> Result<SignatureCheck<'a>> {
        if key.alg() != self.alg {
            return Err(JoseError::KeyMismatch);
        }
        if key.signature_len() != self.signature.len() {
            return Err(JoseError::SignatureLength);
        }
        Ok(self.check_fitting(key))
    }

    /// As [`PublicJws::check`], with a key that was seen to fit.
    pub(crate) fn check_fitting<'a>(&'a self, key: &'a PublicKey) -> SignatureCheck<'a> {
        SignatureCheck { alg: self.alg, key, input: self.input.as_bytes(), signature: &self.signature }
    }
}

impl fmt::Debug for PublicJws {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("PublicJws").field("alg", &self.alg).field("kid", &self.kid).finish_non_exhaustive()
    }
}
