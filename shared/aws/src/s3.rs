//! Addresses of objects and presigned uploads.

use crate::sigv4::{Credentials, Options, Payload, Signable, SigningKey, presign};
use crate::{Error, HttpRequest, Result};
use base64::{Engine, engine::general_purpose::STANDARD};

/// A bucket and how to reach it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bucket {
    base: String,
}

impl Bucket {
    /// `endpoint`: for example `https://s3.eu-west-1.amazonaws.com` or `http://127.0.0.1:4566`. Path style puts the bucket's name
    /// before the key, virtual-hosted style before the host; a name with a full stop is always addressed by path, as no
    /// wildcard certificate covers it as a host.
    ///
    /// # Errors
    /// [`Error::Url`], [`Error::Bucket`].
    pub fn new(endpoint: &str, name: &str, path_style: bool) -> Result<Self> {
        let (scheme, authority) = endpoint.trim_end_matches('/').split_once("://").ok_or(Error::Url)?;
        if !matches!(scheme, "http" | "https") || authority.is_empty() || authority.contains(['/', '?', '#', '@']) {
            return Err(Error::Url);
        }
        let letters =
            name.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"-.".contains(&byte));
        let ends = name.starts_with(['-', '.']) || name.ends_with(['-', '.']) || name.contains("..");
        if !(3..=63).contains(&name.len()) || !letters || ends {
            return Err(Error::Bucket);
        }
        let base = if path_style || name.contains('.') {
            format!("{scheme}://{authority}/{name}/")
        } else {
            format!("{scheme}://{name}.{authority}/")
        };
        Ok(Self { base })
    }

    /// The address of an object, its key percent-encoded once.
    ///
    /// # Errors
    /// [`Error::ObjectKey`].
    pub fn url(&self, key: &str) -> Result<String> {
        let walks = key.split('/').any(|segment| segment == "." || segment == "..");
        if key.is_empty() || key.len() > 1024 || walks {
            return Err(Error::ObjectKey);
        }
        let mut url = self.base.clone();
        crate::sigv4::encode(key.as_bytes(), true, &mut url);
        Ok(url)
    }

    /// An unsigned `GET`; sign it for service `s3`.
    ///
    /// # Errors
    /// [`Error::ObjectKey`].
    pub fn get(&self, key: &str) -> Result<HttpRequest> {
        Ok(HttpRequest { method: "GET", url: self.url(key)?, headers: Vec::new(), body: Vec::new() })
    }

    /// An address that reads the object for `expires_s` seconds.
    ///
    /// # Errors
    /// Those of [`presign`], and [`Error::ObjectKey`].
    pub fn presign_get(
        &self,
        key: &str,
        credentials: &Credentials,
        signing_key: &SigningKey,
        now_ms: u64,
        expires_s: u32,
    ) -> Result<String> {
        self.presign_plain("GET", key, credentials, signing_key, now_ms, expires_s)
    }

    /// An address for a request of this method without headers or body of its own (`GET`, `DELETE`), for `expires_s` seconds.
    ///
    /// # Errors
    /// Those of [`presign`], and [`Error::ObjectKey`].
    pub fn presign_plain(
        &self,
        method: &str,
        key: &str,
        credentials: &Credentials,
        signing_key: &SigningKey,
        now_ms: u64,
        expires_s: u32,
    ) -> Result<String> {
        let url = self.url(key)?;
        // of the type that uploads have: signing is compiled once
        let headers: Vec<(&str, String)> = Vec::new();
        let request = Signable { method, url: &url, headers: &headers, payload: Payload::Unsigned };
        Ok(presign(&request, credentials, signing_key, now_ms, expires_s, Options::S3)?.url)
    }

    /// An address that takes exactly one upload of exactly this content, for `expires_s` seconds (decision 6).
    ///
    /// # Errors
    /// Those of [`presign`], [`Error::ObjectKey`], and [`Error::Header`] for a content type with control characters.
    pub fn presign_put(
        &self,
        upload: &Upload<'_>,
        credentials: &Credentials,
        signing_key: &SigningKey,
        now_ms: u64,
        expires_s: u32,
    ) -> Result<PresignedPut> {
        if upload.content_type.is_empty() || !upload.content_type.bytes().all(|byte| (b' '..=b'~').contains(&byte)) {
            return Err(Error::Header("content-type"));
        }
        let url = self.url(upload.key)?;
        let headers = vec![
            ("content-length", upload.content_length.to_string()),
            ("content-type", upload.content_type.trim().to_owned()),
            ("if-none-match", "*".to_owned()),
            ("x-amz-checksum-sha256", STANDARD.encode(upload.sha256)),
        ];
        let request = Signable { method: "PUT", url: &url, headers: &headers, payload: Payload::Unsigned };
        let url = presign(&request, credentials, signing_key, now_ms, expires_s, Options::S3)?.url;
        Ok(PresignedPut { url, headers, expires_at_ms: now_ms + u64::from(expires_s) * 1000 })
    }
}

/// The content to which an upload is bound.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Upload<'a> {
    /// The object's key.
    pub key: &'a str,
    /// Bytes.
    pub content_length: u64,
    /// For example `audio/L16;rate=8000`.
    pub content_type: &'a str,
    /// SHA-256 of the content; S3 computes it while receiving and refuses another.
    pub sha256: &'a [u8; 32],
}

/// A presigned upload.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PresignedPut {
    /// The address; a secret until it expires.
    pub url: String,
    /// Headers that must be sent exactly so. Clients write `content-length` themselves from the body.
    pub headers: Vec<(&'static str, String)>,
    /// When the address ends, in milliseconds since 1970.
    pub expires_at_ms: u64,
}

/// The key of a piece of sound, `tenant/call/segment/<sha256>`: the same content has the same key, other content another.
///
/// # Errors
/// [`Error::ObjectKey`] unless each id is made of letters, digits, `_`, `-`.
pub fn audio_key(tenant: &str, call: &str, segment: &str, sha256: &[u8; 32]) -> Result<String> {
    let id =
        |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_-".contains(&byte));
    if ![tenant, call, segment].into_iter().all(id) {
        return Err(Error::ObjectKey);
    }
    Ok(format!("{tenant}/{call}/{segment}/{}", crate::hex::encode(sha256)))
}
