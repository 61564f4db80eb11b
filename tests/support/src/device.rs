//! A device that holds a P-256 key and proves it (RFC 9449), by `ring`: written from the RFC, apart from the code that judges it.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as B64;
use ring::rand::{SecureRandom, SystemRandom};
use ring::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair};
use serde_json::{Value, json};
use std::time::{SystemTime, UNIX_EPOCH};

/// A device.
pub struct Device {
    key: EcdsaKeyPair,
    random: SystemRandom,
}

impl std::fmt::Debug for Device {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Device")
    }
}

impl Default for Device {
    fn default() -> Self {
        Self::new()
    }
}

impl Device {
    /// A device with a new key.
    ///
    /// # Panics
    /// When the system has no random numbers.
    pub fn new() -> Self {
        let random = SystemRandom::new();
        let made = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &random);
        let key = made
            .and_then(|document| {
                EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, document.as_ref(), &random)
                    .map_err(|_| ring::error::Unspecified)
            })
            .unwrap_or_else(|_| panic!("no key can be made"));
        Self { key, random }
    }

    /// The public key as a JWK.
    pub fn jwk(&self) -> Value {
        let point = self.key.public_key().as_ref();
        json!({"kty": "EC", "crv": "P-256", "x": B64.encode(&point[1..33]), "y": B64.encode(&point[33..65])})
    }

    /// A JWS of any header and claims, signed ES256.
    ///
    /// # Panics
    /// When the system has no random numbers.
    pub fn sign(&self, header: &Value, claims: &Value) -> String {
        let input = format!("{}.{}", B64.encode(header.to_string()), B64.encode(claims.to_string()));
        let signed = self.key.sign(&self.random, input.as_bytes());
        let signature = signed.unwrap_or_else(|_| panic!("no signature can be made"));
        format!("{input}.{}", B64.encode(signature.as_ref()))
    }

    /// The claims of a good proof (RFC 9449, section 4.2).
    ///
    /// # Panics
    /// When the system has no random numbers.
    pub fn claims(&self, method: &str, url: &str, access_token: Option<&str>, nonce: Option<&str>) -> Value {
        let mut jti = [0; 16];
        assert!(self.random.fill(&mut jti).is_ok(), "no random numbers");
        let now = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
        let mut claims = json!({"jti": B64.encode(jti), "htm": method, "htu": url, "iat": now});
        if let Some(token) = access_token {
            let hash = ring::digest::digest(&ring::digest::SHA256, token.as_bytes());
            claims["ath"] = B64.encode(hash.as_ref()).into();
        }
        if let Some(nonce) = nonce {
            claims["nonce"] = nonce.into();
        }
        claims
    }

    /// A good proof. `url` is without query and fragment.
    pub fn proof(&self, method: &str, url: &str, access_token: Option<&str>, nonce: Option<&str>) -> String {
        self.sign(&self.header(), &self.claims(method, url, access_token, nonce))
    }

    /// The header of a good proof.
    pub fn header(&self) -> Value {
        json!({"typ": "dpop+jwt", "alg": "ES256", "jwk": self.jwk()})
    }
}
