//! Addresses of issuers. They come from administrators of tenants, and the Worker will fetch them.

use super::{OidcError, Result};

/// Where an issuer may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reach {
    /// https, at a name with a dot that is not one of a local network, on any port.
    Public,
    /// `http://127.0.0.1` and `http://localhost` as well: local environment and tests only.
    LocalToo,
}

/// An issuer's identifier, compared byte by byte with `iss`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Issuer {
    text: String,
    reach: Reach,
}

impl Issuer {
    /// Reads an identifier (OpenID Connect Discovery 1.0, section 2: https, no query, no fragment), 255 bytes at most.
    ///
    /// # Errors
    /// [`OidcError::IssuerAddress`].
    pub fn parse(text: &str, reach: Reach) -> Result<Self> {
        if text.len() > 255 || text.contains(['?', '#']) || !is_address(text, reach) {
            return Err(OidcError::IssuerAddress);
        }
        Ok(Self { text: text.to_owned(), reach })
    }

    /// The identifier.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    pub(super) fn reach(&self) -> Reach {
        self.reach
    }
}

/// Names that resolve inside a network or a machine (RFC 6761, RFC 6762, RFC 8375, RFC 9476, and ICANN's `internal`).
const LOCAL: [&str; 7] = ["localhost", "local", "internal", "arpa", "alt", "invalid", "onion"];

/// Whether an address may be fetched. Not a parser of all URLs: what is not plain is refused.
pub(super) fn is_address(url: &str, reach: Reach) -> bool {
    if url.len() > 2048
        || !url.bytes().all(|byte| byte.is_ascii_graphic() && !matches!(byte, b'\\' | b'"' | b'<' | b'>'))
    {
        return false;
    }
    let (scheme, rest) = match url.split_once("://") {
        Some(parts) => parts,
        None => return false,
    };
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let (host, port) = match authority.split_once(':') {
        Some((host, port)) => (host, Some(port)),
        None => (authority, None),
    };
    let port_ok =
        port.is_none_or(|port| port.parse::<u16>().is_ok_and(|number| number > 0 && port == number.to_string()));
    let label = |label: &str| {
        (1..=63).contains(&label.len())
            && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    if !port_ok || host.len() > 253 || !host.split('.').all(label) {
        return false;
    }
    let last = host.rsplit('.').next().unwrap_or_default();
    match scheme {
        // A last label with a digit first is a number: an IPv4 address in one of its spellings.
        "https" => {
            host.contains('.')
                && !last.starts_with(|first: char| first.is_ascii_digit())
                && !LOCAL.iter().any(|local| last.eq_ignore_ascii_case(local))
        }
        "http" => reach == Reach::LocalToo && matches!(host, "127.0.0.1" | "localhost"),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses() {
        for good in [
            "https://accounts.google.com",
            "https://login.microsoftonline.com/9188040d-6c67-4c5b-b112-36a304b66dad/v2.0",
            "https://clerk.example.dev:8443/",
            "https://xn--bcher-kva.example/a",
        ] {
            assert!(is_address(good, Reach::Public), "{good}");
        }
        for bad in [
            "",
            "accounts.google.com",
            "http://accounts.google.com",
            "HTTPS://accounts.google.com",
            "https://",
            "https:///a",
            "https://localhost",
            "https://x.localhost",
            "https://metadata.google.internal/",
            "https://printer.LOCAL",
            "https://127.0.0.1",
            "https://2130706433",
            "https://0x7f.1",
            "https://10.0.0.0x1",
            "https://[::1]",
            "https://a.example.",
            "https://a..example",
            "https://-a.example",
            "https://user@a.example",
            "https://a.example:0",
            "https://a.example:",
            "https://a.example:65536",
            "https://a.example:+80",
            "https://a.example:0443",
            "https://a.example\\@b.example",
            "https://a.example/ x",
            "https://ä.example",
            "http://127.0.0.1:9000",
        ] {
            assert!(!is_address(bad, Reach::Public), "{bad}");
        }
        assert!(is_address("http://127.0.0.1:9000/realms/a", Reach::LocalToo));
        assert!(is_address("http://localhost:9000", Reach::LocalToo));
        for bad in
            ["http://127.0.0.2", "http://127.0.0.1.example.com", "http://localhost.example.com", "http://a.example"]
        {
            assert!(!is_address(bad, Reach::LocalToo), "{bad}");
        }
    }

    #[test]
    fn issuers_have_no_query() {
        assert_eq!(Issuer::parse("https://a.example?x", Reach::Public), Err(OidcError::IssuerAddress));
        assert_eq!(Issuer::parse("https://a.example/#", Reach::Public), Err(OidcError::IssuerAddress));
        assert_eq!(
            Issuer::parse(&format!("https://a.example/{}", "a".repeat(300)), Reach::Public),
            Err(OidcError::IssuerAddress)
        );
        assert_eq!(Issuer::parse("https://a.example/t", Reach::Public).unwrap().as_str(), "https://a.example/t");
    }
}
