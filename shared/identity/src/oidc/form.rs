//! `application/x-www-form-urlencoded` (WHATWG URL, section 5), written and read strictly.

/// Appends `name=value`.
pub(super) fn append(form: &mut String, name: &str, value: &str) {
    if !form.is_empty() && !form.ends_with(['?', '&']) {
        form.push('&');
    }
    form.push_str(name);
    form.push('=');
    encode(value, form);
}

/// Percent-encodes everything but unreserved characters (RFC 3986, section 2.3), which every reader understands.
pub(super) fn encode(value: &str, out: &mut String) {
    const HEX: &[u8; 16] = b"0123456789ABCDEF";
    for byte in value.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~') {
            out.push(char::from(byte));
        } else {
            out.extend(['%', char::from(HEX[usize::from(byte >> 4)]), char::from(HEX[usize::from(byte & 15)])]);
        }
    }
}

/// The pairs of a form; `None` for bad percent signs, bytes that are no UTF-8, or more than 32 pairs.
pub(super) fn parse(form: &str) -> Option<Vec<(String, String)>> {
    let pairs: Vec<&str> = form.split('&').filter(|pair| !pair.is_empty()).take(33).collect();
    if pairs.len() > 32 {
        return None;
    }
    pairs
        .into_iter()
        .map(|pair| pair.split_once('=').unwrap_or((pair, "")))
        .map(|(name, value)| Some((decode(name)?, decode(value)?)))
        .collect()
}

fn decode(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        let mut digit = || char::from(rest.next()?).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
        bytes.push(match byte {
            b'+' => b' ',
            b'%' => digit()? << 4 | digit()?,
            other => other,
        });
    }
    String::from_utf8(bytes).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn what_is_written_is_read(pairs in proptest::collection::vec(("[a-z_]{1,8}", any::<String>()), 0..8)) {
            let mut form = String::new();
            for (name, value) in &pairs {
                append(&mut form, name, value);
            }
            prop_assert!(form.is_ascii());
            prop_assert_eq!(parse(&form), Some(pairs));
        }
    }

    #[test]
    fn odd_forms() {
        let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        assert_eq!(parse("a=%2b+1&&b"), Some(vec![pair("a", "+ 1"), pair("b", "")]));
        for bad in ["a=%", "a=%2", "a=%zz", "a=%+1", "a=%ff", "%=1"] {
            assert_eq!(parse(bad), None, "{bad}");
        }
        assert_eq!(parse(&"a&".repeat(33)), None);
        assert_eq!(parse(&"a&".repeat(32)).map(|pairs| pairs.len()), Some(32));
    }
}
