//! Addresses and forms: percent-encoding (RFC 3986) and its way back.

/// Appends a text of which only the unreserved characters stay as they are.
pub(crate) fn encode(text: &str, out: &mut String) {
    const HEX: &[u8; 16] = b"0123456789ABCDEF";
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            out.push(char::from(byte));
        } else {
            out.push('%');
            for digit in [byte >> 4, byte & 15] {
                out.push(HEX.get(usize::from(digit)).copied().map_or('0', char::from));
            }
        }
    }
}

/// An address under a base, from segments of a path (each encoded) and parameters of a query.
pub(crate) struct Url {
    text: String,
    query: bool,
}

impl Url {
    /// `base` is absolute; a slash at its end is dropped.
    pub(crate) fn new(base: &str, path: &[&str]) -> Self {
        let mut text = base.trim_end_matches('/').to_owned();
        for segment in path {
            text.push('/');
            encode(segment, &mut text);
        }
        Self { text, query: base.contains('?') }
    }

    pub(crate) fn with(mut self, name: &str, value: &str) -> Self {
        self.text.push(if self.query { '&' } else { '?' });
        self.query = true;
        // `$top` and the like are written as the documentation does: a dollar sign is allowed in a query
        self.text.push_str(name);
        self.text.push('=');
        encode(value, &mut self.text);
        self
    }

    pub(crate) fn with_some(self, name: &str, value: Option<&str>) -> Self {
        match value {
            Some(value) => self.with(name, value),
            None => self,
        }
    }

    pub(crate) fn text(self) -> String {
        self.text
    }
}

/// A body of `application/x-www-form-urlencoded`.
pub(crate) fn form(fields: &[(&str, &str)]) -> Vec<u8> {
    let mut text = String::new();
    for (name, value) in fields {
        if !text.is_empty() {
            text.push('&');
        }
        encode(name, &mut text);
        text.push('=');
        encode(value, &mut text);
    }
    text.into_bytes()
}

/// The first value of a name in a query or form, decoded. `None` where it is missing or no UTF-8.
pub(crate) fn parameter(query: &str, name: &str) -> Option<String> {
    let (_, value) =
        query.split('&').map(|pair| pair.split_once('=').unwrap_or((pair, ""))).find(|(n, _)| *n == name)?;
    let mut bytes = Vec::with_capacity(value.len());
    let mut rest = value.bytes();
    while let Some(byte) = rest.next() {
        bytes.push(match byte {
            b'+' => b' ',
            b'%' => {
                let mut digit =
                    || rest.next().and_then(|d| char::from(d).to_digit(16)).and_then(|d| u8::try_from(d).ok());
                digit()? << 4 | digit()?
            }
            other => other,
        });
    }
    String::from_utf8(bytes).ok()
}

/// `scheme://authority` of an absolute address.
pub(crate) fn origin(url: &str) -> Option<&str> {
    let start = url.find("://")? + 3;
    let length = url.get(start..)?.find(['/', '?', '#']).unwrap_or(url.len() - start);
    url.get(..start + length)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn segments_and_values_are_encoded() {
        let url =
            Url::new("https://x/v3/", &["calendars", "a b/c@d.ø"]).with("$top", "1&2").with_some("q", None).text();
        assert_eq!(url, "https://x/v3/calendars/a%20b%2Fc%40d.%C3%B8?$top=1%262");
        assert_eq!(form(&[("a", "b c"), ("d", "ü")]), b"a=b%20c&d=%C3%BC");
    }

    #[test]
    fn parameters_are_decoded() {
        let query = "x=1&validationToken=Validation%3a+a%2Bb&y";
        assert_eq!(parameter(query, "validationToken").as_deref(), Some("Validation: a+b"));
        assert_eq!(parameter(query, "y").as_deref(), Some(""));
        for bad in ["a=%", "a=%4", "a=%zz", "a=%ff", "b=1", "", "a=%+1"] {
            assert_eq!(parameter(bad, "a"), None, "{bad}");
        }
    }

    #[test]
    fn an_origin_ends_with_the_authority() {
        assert_eq!(origin("https://graph.microsoft.com/v1.0/me"), Some("https://graph.microsoft.com"));
        assert_eq!(origin("http://localhost:8080?x"), Some("http://localhost:8080"));
        assert_eq!(origin("https://a@b/c"), Some("https://a@b"));
        assert_eq!(origin("/v1.0/me"), None);
    }
}
