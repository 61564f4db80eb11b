//! The signature base (RFC 9421, section 2.5) and the one set of parameters that is spoken here.

use crate::{Error, Result};

/// The signature base of components (name without quotes, canonical value) and the serialised parameters.
///
/// Each component gives a line `"name": value`; the last line is `"@signature-params": …` and has no line feed.
pub fn signature_base(components: &[(&str, &str)], params: &str) -> String {
    let mut base = String::new();
    for (name, value) in components {
        base.extend(["\"", name, "\": ", value, "\n"]);
    }
    base.extend(["\"@signature-params\": ", params]);
    base
}

/// The base of a request, its parts checked so that none can bring a line of its own into it.
pub(super) fn request_base(method: &str, target: &str, digest: &str, params: &str) -> Result<String> {
    let token = !method.is_empty() && method.bytes().all(|byte| byte.is_ascii_alphabetic() || byte == b'-');
    let visible = target.starts_with('/') && target.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'#');
    if !token || !visible {
        return Err(Error::Target);
    }
    let Some((path, _)) = target.split_once('?') else {
        return Ok(signature_base(&[("@method", method), ("@path", target), ("content-digest", digest)], params));
    };
    // Section 2.2.7: the value of @query includes its question mark.
    let query = &target[path.len()..];
    let components = [("@method", method), ("@path", path), ("@query", query), ("content-digest", digest)];
    Ok(signature_base(&components, params))
}

/// The parameters of a signature.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Params<'a> {
    pub created: u64,
    pub keyid: &'a str,
    pub query: bool,
}

const PLAIN: &str = r#"("@method" "@path" "content-digest")"#;
const WITH_QUERY: &str = r#"("@method" "@path" "@query" "content-digest")"#;

impl<'a> Params<'a> {
    pub fn to_text(&self) -> String {
        let components = if self.query { WITH_QUERY } else { PLAIN };
        format!(r#"{components};created={};keyid="{}";alg="ed25519""#, self.created, self.keyid)
    }

    /// Reads exactly what [`Params::to_text`] writes: reading and writing again gives the same text, so the received text
    /// can be used in the base as it is.
    pub fn parse(text: &'a str) -> Option<Self> {
        let (query, rest) = match text.strip_prefix(PLAIN) {
            Some(rest) => (false, rest),
            None => (true, text.strip_prefix(WITH_QUERY)?),
        };
        let (created, rest) = rest.strip_prefix(";created=")?.split_once(';')?;
        let keyid = rest.strip_prefix("keyid=\"")?.strip_suffix("\";alg=\"ed25519\"")?;
        let plain_number = created.bytes().all(|byte| byte.is_ascii_digit()) && !created.starts_with('0');
        if !plain_number || created.len() > 15 || !is_kid(keyid) {
            return None;
        }
        Some(Self { created: created.parse().ok()?, keyid, query })
    }
}

/// Key ids need no quoting: 1 to 64 letters, digits, `.`, `_`, `-`.
pub(super) fn is_kid(text: &str) -> bool {
    (1..=64).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._-".contains(&byte))
}
