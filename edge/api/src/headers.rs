//! Reading of request headers. No runtime types: tested on the host.

use attune_contracts::{FieldError, Problem, ProblemCode};

/// Where headers come from.
pub trait Headers {
    /// The value of a header by its lowercase name.
    fn get(&self, name: &str) -> Option<String>;
}

impl Headers for attune_edge_kit::Incoming {
    fn get(&self, name: &str) -> Option<String> {
        self.header(name)
    }
}

/// The credential of `Authorization: Bearer …`.
///
/// # Errors
/// `unauthenticated` when it is missing or of another scheme.
pub fn bearer(headers: &impl Headers) -> Result<String, Problem> {
    let refuse = |detail: &str| Problem::new(ProblemCode::Unauthenticated, detail);
    let value = headers.get("authorization").ok_or_else(|| refuse("there is no Authorization header"))?;
    match value.split_once(' ') {
        Some((scheme, rest)) if scheme.eq_ignore_ascii_case("bearer") && !rest.trim().is_empty() => {
            Ok(rest.trim().to_owned())
        }
        _ => Err(refuse("the Authorization header is not of the form Bearer and a key")),
    }
}

/// Refuses a body that does not call itself JSON.
///
/// # Errors
/// `unsupported_media_type`.
pub fn require_json(headers: &impl Headers) -> Result<(), Problem> {
    let value = headers.get("content-type").unwrap_or_default();
    let media_type = value.split(';').next().unwrap_or_default().trim();
    if media_type.eq_ignore_ascii_case("application/json") {
        Ok(())
    } else {
        Err(Problem::new(ProblemCode::UnsupportedMediaType, "Content-Type has to be application/json"))
    }
}

/// The header `Idempotency-Key`: 1 to 255 visible ASCII characters.
///
/// # Errors
/// `idempotency_key_required`, `invalid_parameter`.
pub fn idempotency_key(headers: &impl Headers) -> Result<String, Problem> {
    let value = headers.get("idempotency-key").filter(|value| !value.is_empty()).ok_or_else(|| {
        Problem::new(ProblemCode::IdempotencyKeyRequired, "send a new Idempotency-Key per intended effect")
    })?;
    if value.len() <= 255 && value.bytes().all(|b| b.is_ascii_graphic()) {
        return Ok(value);
    }
    let error = FieldError::new("header:idempotency-key", "invalid", "expected 1 to 255 visible ASCII characters");
    Err(Problem::new(ProblemCode::InvalidParameter, "the Idempotency-Key cannot be used").with_errors(vec![error]))
}

/// Longest wait that is granted, seconds.
pub const MAX_WAIT_S: u32 = 20;

/// The seconds of `Prefer: wait=N` (RFC 7240), at most [`MAX_WAIT_S`]; 0 without. A preference that cannot be read is ignored, as
/// section 2 of the RFC wants.
pub fn prefer_wait(headers: &impl Headers) -> u32 {
    let value = headers.get("prefer").unwrap_or_default();
    let wait = value.split([',', ';']).filter_map(|part| part.trim().split_once('=')).find_map(|(name, value)| {
        name.trim().eq_ignore_ascii_case("wait").then(|| value.trim().trim_matches('"').parse::<u32>().ok())?
    });
    wait.unwrap_or(0).min(MAX_WAIT_S)
}

/// Does `If-None-Match` (RFC 9110, section 13.1.2) name this entity tag? Weak comparison (section 8.8.3.2): whether one of the two
/// is marked weak does not count.
pub fn none_match(headers: &impl Headers, etag: &str) -> bool {
    fn opaque(tag: &str) -> &str {
        tag.strip_prefix("W/").unwrap_or(tag)
    }
    let value = headers.get("if-none-match").unwrap_or_default();
    value.trim() == "*" || value.split(',').any(|tag| opaque(tag.trim()) == opaque(etag))
}

/// The entity tag of a version.
pub fn version_tag(version: u64) -> String {
    format!("\"{version}\"")
}

/// The version that `If-Match` (RFC 9110, section 13.1.1) asks for, if it asks for one. The comparison is strong, so a weak tag is that
/// of no version: 0.
pub fn match_version(headers: &impl Headers) -> Option<u64> {
    let tag = headers.get("if-match")?;
    let tag = tag.trim();
    if tag == "*" {
        return None;
    }
    let version = tag.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')).and_then(|text| text.parse().ok());
    Some(version.unwrap_or(0))
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use std::collections::BTreeMap;

    /// Headers of a test.
    #[derive(Default)]
    pub struct Given(pub BTreeMap<&'static str, String>);

    impl Headers for Given {
        fn get(&self, name: &str) -> Option<String> {
            self.0.get(name).cloned()
        }
    }

    /// Makes headers of pairs.
    pub fn given(pairs: &[(&'static str, &str)]) -> Given {
        Given(pairs.iter().map(|(name, value)| (*name, (*value).to_owned())).collect())
    }

    #[test]
    fn bearer_takes_the_scheme_in_any_case() {
        assert_eq!(bearer(&given(&[("authorization", "bearer  abc ")])).unwrap(), "abc");
        for bad in ["", "Bearer", "Bearer ", "Basic abc", "abc"] {
            assert_eq!(
                bearer(&given(&[("authorization", bad)])).unwrap_err().code,
                ProblemCode::Unauthenticated,
                "{bad}"
            );
        }
    }

    #[test]
    fn json_is_json_with_or_without_parameters() {
        for good in ["application/json", "Application/JSON; charset=utf-8"] {
            assert!(require_json(&given(&[("content-type", good)])).is_ok(), "{good}");
        }
        for bad in ["", "text/json", "application/jsonp", "application/x-www-form-urlencoded"] {
            assert!(require_json(&given(&[("content-type", bad)])).is_err(), "{bad}");
        }
    }

    #[test]
    fn idempotency_keys_are_visible_ascii() {
        assert!(idempotency_key(&given(&[("idempotency-key", "a-B_9/é".trim_end_matches('é'))])).is_ok());
        assert_eq!(idempotency_key(&given(&[])).unwrap_err().code, ProblemCode::IdempotencyKeyRequired);
        for bad in ["a b", "é", &"x".repeat(256)] {
            let problem = idempotency_key(&given(&[("idempotency-key", bad)])).unwrap_err();
            assert_eq!(problem.code, ProblemCode::InvalidParameter);
        }
    }

    #[test]
    fn the_wait_is_bounded_and_lenient() {
        for (text, seconds) in
            [("wait=5", 5), ("respond-async, wait=7", 7), ("WAIT=\"3\"", 3), ("wait=99", 20), ("wait=x", 0), ("", 0)]
        {
            assert_eq!(prefer_wait(&given(&[("prefer", text)])), seconds, "{text}");
        }
    }

    #[test]
    fn a_version_is_asked_for_by_its_strong_tag_only() {
        assert_eq!(match_version(&given(&[])), None);
        for (text, version) in
            [("*", None), (&*version_tag(7), Some(7)), ("W/\"7\"", Some(0)), ("7", Some(0)), ("\"7\", \"8\"", Some(0))]
        {
            assert_eq!(match_version(&given(&[("if-match", text)])), version, "{text}");
        }
    }

    #[test]
    fn entity_tags_compare_weakly() {
        for own in ["\"a\"", "W/\"a\""] {
            for text in ["\"a\"", "W/\"a\"", "\"b\", \"a\"", "\"b\",W/\"a\"", "*"] {
                assert!(none_match(&given(&[("if-none-match", text)]), own), "{text} {own}");
            }
            for text in ["\"b\"", "W/W/\"a\"", "w/\"a\"", "a", "W/"] {
                assert!(!none_match(&given(&[("if-none-match", text)]), own), "{text} {own}");
            }
            assert!(!none_match(&given(&[]), own));
        }
    }
}
