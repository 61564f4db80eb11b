//! Canonical parts of a request.

use crate::{Error, Result};
use std::borrow::Cow;

/// The parts of an absolute address that a signature covers.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Url<'a> {
    /// Everything before the path.
    pub origin: &'a str,
    /// The value of the `host` header: without the scheme's default port, which HTTP clients leave out.
    pub host: &'a str,
    /// As written, at least `/`.
    pub path: &'a str,
    /// As written, without the question mark.
    pub query: &'a str,
}

impl<'a> Url<'a> {
    pub fn parse(url: &'a str) -> Result<Self> {
        let url = url.split_once('#').map_or(url, |(url, _)| url);
        let (scheme, default_port) = match url {
            url if url.starts_with("https://") => ("https://", ":443"),
            url if url.starts_with("http://") => ("http://", ":80"),
            _ => return Err(Error::Url),
        };
        let end = url[scheme.len()..].find(['/', '?']).map_or(url.len(), |at| at + scheme.len());
        let (origin, rest) = url.split_at(end);
        let authority = &origin[scheme.len()..];
        if authority.is_empty() || authority.contains(['@', ' ']) {
            return Err(Error::Url);
        }
        let (path, query) = rest.split_once('?').unwrap_or((rest, ""));
        Ok(Self {
            origin,
            host: authority.strip_suffix(default_port).unwrap_or(authority),
            path: if path.is_empty() { "/" } else { path },
            query,
        })
    }
}

/// Percent-encodes everything but the unreserved characters of RFC 3986 (and `/` where `keep_slash`), in capitals.
pub(crate) fn encode(bytes: &[u8], keep_slash: bool, into: &mut String) {
    for byte in bytes {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => into.push(char::from(*byte)),
            b'/' if keep_slash => into.push('/'),
            _ => {
                const DIGITS: &[u8; 16] = b"0123456789ABCDEF";
                into.push('%');
                into.push(char::from(DIGITS[usize::from(byte >> 4)]));
                into.push(char::from(DIGITS[usize::from(byte & 15)]));
            }
        }
    }
}

/// Undoes percent-encoding and `+` for a space, as in forms; a `%` without two digits stays.
fn decode(text: &str) -> Cow<'_, [u8]> {
    if !text.contains(['%', '+']) {
        return Cow::Borrowed(text.as_bytes());
    }
    let bytes = text.as_bytes();
    let digit = |at: usize| bytes.get(at).and_then(|byte| char::from(*byte).to_digit(16));
    let mut decoded = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while let Some(byte) = bytes.get(at) {
        at += 1;
        decoded.push(match (byte, digit(at), digit(at + 1)) {
            (b'+', ..) => b' ',
            (b'%', Some(high), Some(low)) => {
                at += 2;
                (high << 4 | low) as u8
            }
            (byte, ..) => *byte,
        });
    }
    Cow::Owned(decoded)
}

/// The path as signed. S3 signs it as it stands; everywhere else dot segments go first (`normalize`) and what is already
/// percent-encoded is encoded once more (`double_encode`).
pub(super) fn path(path: &str, normalize: bool, double_encode: bool) -> String {
    let path = if normalize && (path.contains('.') || path.contains("//")) {
        remove_dots(path).into()
    } else {
        Cow::from(path)
    };
    if !double_encode {
        return path.into_owned();
    }
    let mut encoded = String::with_capacity(path.len());
    encode(path.as_bytes(), true, &mut encoded);
    encoded
}

/// RFC 3986, section 5.2.4; empty segments go as well.
fn remove_dots(path: &str) -> String {
    let mut kept: Vec<&str> = Vec::new();
    for segment in path.split('/') {
        match segment {
            "" | "." => {}
            ".." => {
                kept.pop();
            }
            segment => kept.push(segment),
        }
    }
    let ends_open = ["/", "/.", "/.."].iter().any(|end| path.ends_with(end));
    let mut clean = String::from("/");
    clean.push_str(&kept.join("/"));
    if ends_open && !kept.is_empty() {
        clean.push('/');
    }
    clean
}

/// The encoded parameters of a query as written.
pub(super) fn query_pairs(query: &str) -> Vec<(String, String)> {
    let parameters = query.split('&').filter(|parameter| !parameter.is_empty());
    let pair = |parameter: &str| {
        let (name, value) = parameter.split_once('=').unwrap_or((parameter, ""));
        encoded_pair(&decode(name), &decode(value))
    };
    parameters.map(pair).collect()
}

pub(super) fn encoded_pair(name: &[u8], value: &[u8]) -> (String, String) {
    let mut pair = (String::new(), String::new());
    encode(name, false, &mut pair.0);
    encode(value, false, &mut pair.1);
    pair
}

/// Sorted by their encoded form.
pub(super) fn query(mut pairs: Vec<(String, String)>) -> String {
    pairs.sort();
    let mut text = String::new();
    for (name, value) in &pairs {
        if !text.is_empty() {
            text.push('&');
        }
        text.extend([name, "=", value]);
    }
    text
}

/// A header's value as signed: without spaces around it, runs of spaces as one. Only spaces: S3 keeps other white space.
pub(super) fn header_value(value: &str) -> Cow<'_, str> {
    let value = value.trim_matches(' ');
    if !value.contains("  ") {
        return Cow::Borrowed(value);
    }
    let words = value.split(' ').filter(|word| !word.is_empty());
    Cow::Owned(words.collect::<Vec<_>>().join(" "))
}
