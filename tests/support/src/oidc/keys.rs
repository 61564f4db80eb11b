//! Keys that sign tokens (RFC 7515, RFC 7517, RFC 7518), by `ring`.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD as B64};
use ring::rand::SystemRandom;
use ring::signature::{
    ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair, RSA_PKCS1_SHA256, RsaKeyPair, RsaPublicKeyComponents,
};
use serde_json::{Value, json};

/// An RSA key of 2,048 bits for tests and nothing else: `ring` makes none.
const RS256: &str = include_str!("rs256.txt");

enum Pair {
    Es256(EcdsaKeyPair),
    Rs256(RsaKeyPair),
}

/// A key with its id.
pub struct Key {
    kid: String,
    pair: Pair,
}

impl std::fmt::Debug for Key {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Key").field("kid", &self.kid).finish_non_exhaustive()
    }
}

impl Key {
    /// A new P-256 key.
    ///
    /// # Panics
    /// When the system has no random numbers.
    pub fn es256(kid: &str) -> Self {
        let (random, algorithm) = (SystemRandom::new(), &ECDSA_P256_SHA256_FIXED_SIGNING);
        let made = EcdsaKeyPair::generate_pkcs8(algorithm, &random).ok();
        let pair = made.and_then(|document| EcdsaKeyPair::from_pkcs8(algorithm, document.as_ref(), &random).ok());
        Self { kid: kid.to_owned(), pair: Pair::Es256(pair.unwrap_or_else(|| panic!("no key can be made"))) }
    }

    /// The RSA key of all tests.
    ///
    /// # Panics
    /// When the file is not one.
    pub fn rs256(kid: &str) -> Self {
        let text: String = RS256.split_whitespace().collect();
        let pair = STANDARD.decode(text).ok().and_then(|der| RsaKeyPair::from_pkcs8(&der).ok());
        Self { kid: kid.to_owned(), pair: Pair::Rs256(pair.unwrap_or_else(|| panic!("the test's key is none"))) }
    }

    /// The name of its algorithm.
    pub fn alg(&self) -> &'static str {
        match &self.pair {
            Pair::Es256(_) => "ES256",
            Pair::Rs256(_) => "RS256",
        }
    }

    /// The public key as in a key set.
    pub fn jwk(&self) -> Value {
        let mut jwk = match &self.pair {
            Pair::Es256(pair) => {
                let point = pair.public_key().as_ref();
                json!({"kty": "EC", "crv": "P-256", "x": B64.encode(&point[1..33]), "y": B64.encode(&point[33..65])})
            }
            Pair::Rs256(pair) => {
                let parts: RsaPublicKeyComponents<Vec<u8>> = pair.public().into();
                json!({"kty": "RSA", "n": B64.encode(parts.n), "e": B64.encode(parts.e)})
            }
        };
        jwk["kid"] = json!(self.kid);
        jwk["use"] = json!("sig");
        jwk["alg"] = json!(self.alg());
        jwk
    }

    /// The header of a good token.
    pub fn header(&self) -> Value {
        json!({"alg": self.alg(), "kid": self.kid, "typ": "JWT"})
    }

    /// A token of these claims.
    pub fn token(&self, claims: &Value) -> String {
        self.sign(&self.header().to_string(), &claims.to_string())
    }

    /// A token of any two texts, signed.
    ///
    /// # Panics
    /// When the system has no random numbers.
    pub fn sign(&self, header: &str, claims: &str) -> String {
        let input = format!("{}.{}", B64.encode(header), B64.encode(claims));
        let random = SystemRandom::new();
        let signature = match &self.pair {
            Pair::Es256(pair) => pair.sign(&random, input.as_bytes()).ok().map(|s| s.as_ref().to_vec()),
            Pair::Rs256(pair) => {
                let mut signature = vec![0; pair.public().modulus_len()];
                let signed = pair.sign(&RSA_PKCS1_SHA256, &random, input.as_bytes(), &mut signature);
                signed.ok().map(|()| signature)
            }
        };
        format!("{input}.{}", B64.encode(signature.unwrap_or_else(|| panic!("no signature can be made"))))
    }
}

/// A token under HMAC-SHA-256 with any bytes as the key: what the key confusion attack sends.
pub fn hmac_token(secret: &[u8], header: &Value, claims: &Value) -> String {
    let input = format!("{}.{}", B64.encode(header.to_string()), B64.encode(claims.to_string()));
    let key = ring::hmac::Key::new(ring::hmac::HMAC_SHA256, secret);
    format!("{input}.{}", B64.encode(ring::hmac::sign(&key, input.as_bytes())))
}
