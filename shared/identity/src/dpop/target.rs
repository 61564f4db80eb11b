//! Comparing `htu` with the address of the request (RFC 9449, section 4.3, item 9).

/// Whether `htu` is `url` without its query and fragment. Normalised as RFC 3986, sections 6.2.2.1 and 6.2.3, say: case of scheme and
/// host, a default port, an empty path. Nothing is decoded and no dot segment removed: an address is what was sent.
pub(super) fn is_same(htu: &str, url: &str) -> bool {
    let url = url.find(['?', '#']).map_or(url, |end| &url[..end]);
    // One in `htu` stays there, and is nowhere in the other.
    matches!((split(htu), split(url)), (Some(one), Some(other)) if one == other)
}

/// Scheme, authority and path. Addresses with user information have no business here.
fn split(url: &str) -> Option<(String, String, &str)> {
    let (scheme, rest) = url.split_once("://")?;
    let scheme = scheme.to_ascii_lowercase();
    let (authority, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
    let port = match scheme.as_str() {
        "https" => ":443",
        "http" => ":80",
        _ => return None,
    };
    let authority = authority.to_ascii_lowercase();
    let authority = authority.strip_suffix(port).unwrap_or(&authority);
    if authority.is_empty() || authority.contains('@') || !authority.bytes().all(|byte| byte.is_ascii_graphic()) {
        return None;
    }
    Some((scheme, authority.to_owned(), if path.is_empty() { "/" } else { path }))
}

#[cfg(test)]
mod tests {
    use super::is_same;

    #[test]
    fn the_address_and_no_other() {
        let url = "https://api.example.com/v1/voice/token?x=1";
        for good in [
            "https://api.example.com/v1/voice/token",
            "HTTPS://API.example.COM/v1/voice/token",
            "https://api.example.com:443/v1/voice/token",
        ] {
            assert!(is_same(good, url), "{good}");
        }
        for bad in [
            "",
            "https://api.example.com/v1/voice/token?x=1",
            "https://api.example.com/v1/voice/token#x",
            "https://api.example.com/v1/voice/token/",
            "https://api.example.com/v1/voice/Token",
            "https://api.example.com/v1/voice/%74oken",
            "https://api.example.com/v1/./voice/token",
            "https://api.example.com/api/v1/voice/token",
            "http://api.example.com/v1/voice/token",
            "https://api.example.com:80/v1/voice/token",
            "https://api.example.com:8443/v1/voice/token",
            "https://x@api.example.com/v1/voice/token",
            "https://api.example.com.evil.example/v1/voice/token",
            "//api.example.com/v1/voice/token",
            "/v1/voice/token",
            "https:///v1/voice/token",
        ] {
            assert!(!is_same(bad, url), "{bad}");
        }
        assert!(is_same("https://api.example.com", "https://api.example.com/?a"));
        assert!(is_same("http://127.0.0.1:8787/x", "http://127.0.0.1:8787/x#y"));
        assert!(!is_same("ftp://a/", "ftp://a/") && !is_same("", "") && !is_same("https://a?b", "https://a?b"));
        assert!(!is_same("https://x@a/", "https://x@a/"));
    }
}
