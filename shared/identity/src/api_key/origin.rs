//! Origins of web pages, exact (RFC 6454, section 6.2): no pattern, no path.

use crate::{Error, Result};
use core::net::{Ipv4Addr, Ipv6Addr};
use serde::{Deserialize, Deserializer, Serialize};

/// Longest text: `https://`, 253 characters of a name, `:65535`.
const LONGEST: usize = 8 + 253 + 6;

/// An origin in the one form in which a browser sends it: scheme, host in ASCII and small letters, port unless it is the
/// scheme's own. `http` is for the machine itself only, because anybody on the way can speak for such an origin.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct Origin(String);

impl Origin {
    /// Reads an origin to be allowed.
    ///
    /// # Errors
    /// [`Error::OriginInvalid`].
    pub fn parse(text: &str) -> Result<Self> {
        if text.len() <= LONGEST && is_origin(text) { Ok(Self(text.to_owned())) } else { Err(Error::OriginInvalid) }
    }

    /// The origin as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether the value of a request's `Origin` field is this one. Both are in the one form, so bytes are compared.
    pub fn matches(&self, field: &str) -> bool {
        self.0 == field
    }
}

impl<'de> Deserialize<'de> for Origin {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> core::result::Result<Self, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        Self::parse(&text).map_err(serde::de::Error::custom)
    }
}

fn is_origin(text: &str) -> bool {
    let (rest, own_port, secure) = match (text.strip_prefix("https://"), text.strip_prefix("http://")) {
        (Some(rest), _) => (rest, "443", true),
        (_, Some(rest)) => (rest, "80", false),
        _ => return false,
    };
    // an IPv6 address has colons of its own, inside its brackets
    let port_at = rest.rfind(':').filter(|at| !rest[*at..].contains(']'));
    let (host, port) = port_at.map_or((rest, None), |at| (&rest[..at], Some(&rest[at + 1..])));
    port.is_none_or(|port| is_port(port) && port != own_port) && is_host(host) && (secure || is_loopback(host))
}

fn is_port(text: &str) -> bool {
    !text.starts_with('0') && text.bytes().all(|b| b.is_ascii_digit()) && text.parse::<u16>().is_ok()
}

fn is_host(host: &str) -> bool {
    if let Some(inside) = host.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
        // written as the URL standard does; it has no dotted form, which Rust uses for mapped addresses
        return !inside.contains('.') && inside.parse::<Ipv6Addr>().is_ok_and(|address| address.to_string() == inside);
    }
    let label = |label: &str| {
        (1..=63).contains(&label.len())
            && label.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    // a host that ends in a number is an IPv4 address or nothing (URL standard, "ends in a number checker")
    let last = host.rsplit('.').next().unwrap_or(host);
    let number = last.bytes().all(|b| b.is_ascii_digit()) || last.starts_with("0x");
    host.len() <= 253 && host.split('.').all(label) && (!number || host.parse::<Ipv4Addr>().is_ok())
}

fn is_loopback(host: &str) -> bool {
    host == "localhost" || host.ends_with(".localhost") || host == "127.0.0.1" || host == "[::1]"
}
