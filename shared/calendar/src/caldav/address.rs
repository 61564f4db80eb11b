//! Addresses of resources. A resource is known by its path, in one spelling: servers differ in what they percent-encode.

/// The scheme and the authority of an absolute address: `https://example.com:8443`.
pub(crate) fn origin(url: &str) -> Option<&str> {
    let (scheme, rest) = url.split_once("://")?;
    let scheme_is_fine = scheme.eq_ignore_ascii_case("https") || scheme.eq_ignore_ascii_case("http");
    let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    if !scheme_is_fine || end == 0 {
        return None;
    }
    url.get(..scheme.len().checked_add(3)?.checked_add(end)?)
}

/// The path of an address or of a reference to one: without origin, query and fragment, and with every byte but letters, digits,
/// `-._~/` percent-encoded. A reference without a leading slash is taken from the root.
pub fn path(reference: &str) -> String {
    let reference = reference.trim();
    let rest = origin(reference).and_then(|origin| reference.get(origin.len()..)).unwrap_or(reference);
    let rest = rest.split(['?', '#']).next().unwrap_or_default();
    let mut path = String::with_capacity(rest.len().saturating_add(1));
    if !rest.starts_with('/') {
        path.push('/');
    }
    let mut bytes = rest.as_bytes();
    while let [byte, after @ ..] = bytes {
        let decoded = match after {
            [high, low, ..] if *byte == b'%' => hex(*high, *low),
            _ => None,
        };
        // a slash within a name stays one
        push(decoded.unwrap_or(*byte), decoded == Some(b'/'), &mut path);
        bytes = if decoded.is_some() { after.get(2..).unwrap_or_default() } else { after };
    }
    path
}

fn hex(high: u8, low: u8) -> Option<u8> {
    let digit = |byte: u8| char::from(byte).to_digit(16);
    u8::try_from(digit(high)?.checked_mul(16)?.checked_add(digit(low)?)?).ok()
}

fn push(byte: u8, encoded: bool, out: &mut String) {
    if !encoded && (byte.is_ascii_alphanumeric() || b"-._~/".contains(&byte)) {
        out.push(char::from(byte));
        return;
    }
    out.push('%');
    for digit in [byte >> 4, byte & 15] {
        out.extend(char::from_digit(digit.into(), 16).map(|digit| digit.to_ascii_uppercase()));
    }
}

/// The absolute address that a reference means on the server of `base`. `None` when `base` is not absolute.
pub fn join(base: &str, reference: &str) -> Option<String> {
    let reference = reference.trim();
    let origin = match origin(reference) {
        Some(other) => other,
        // "//host/path" would leave the server without saying so
        None if reference.starts_with("//") => return None,
        None => origin(base)?,
    };
    Some(format!("{origin}{}", path(reference)))
}

/// The path of the resource for a UID in a collection: always the same, so that creating twice creates once.
pub fn resource_path(collection: &str, uid: &str) -> String {
    let mut out = path(collection);
    if !out.ends_with('/') {
        out.push('/');
    }
    uid.bytes().for_each(|byte| push(byte, byte == b'/', &mut out));
    out.push_str(".ics");
    out
}

/// The origin may not change to another server without somebody's consent: credentials go there.
pub fn same_origin(one: &str, other: &str) -> bool {
    match (origin(one), origin(other)) {
        (Some(one), Some(other)) => one.eq_ignore_ascii_case(other),
        _ => false,
    }
}
