//! What holds for every request and every answer besides what it is about: header limits, security headers, CORS.

use crate::auth::Caller;
use crate::headers::Headers;
use attune_contracts::{Problem, ProblemCode};
use attune_edge_kit::Answer;
use attune_identity::api_key::{KeyKind, Origin};

/// Longest header field.
const MAX_FIELD: usize = 8_192;
/// Longest header.
const MAX_HEADER: usize = 32_768;

/// What every answer carries. An answer's own value of the same field wins: a page may need to allow itself something.
pub const SECURITY: [(&str, &str); 5] = [
    ("x-content-type-options", "nosniff"),
    ("referrer-policy", "no-referrer"),
    ("content-security-policy", "default-src 'none'; frame-ancestors 'none'"),
    ("permissions-policy", "camera=(), geolocation=(), microphone=()"),
    // Whether a page may read an answer depends on the page, so no cache may mix them up.
    ("vary", "origin"),
];

/// Everywhere but on a developer's machine (RFC 6797).
pub const TRANSPORT: (&str, &str) = ("strict-transport-security", "max-age=63072000; includeSubDomains");

/// What a page may read of an answer besides its body.
const EXPOSED: &str = "dpop-nonce, etag, location, preference-applied, ratelimit, ratelimit-policy, retry-after, server-timing, x-request-id";
/// What a page may send.
const TAKEN: &str =
    "authorization, content-type, dpop, idempotency-key, if-match, if-none-match, last-event-id, prefer, traceparent";

/// Refuses a header that is too long.
///
/// # Errors
/// `headers_too_large`.
pub fn check_lengths((all, longest): (usize, usize)) -> Result<(), Problem> {
    let refuse = |what: &str, most: usize| {
        Err(Problem::new(ProblemCode::HeadersTooLarge, format!("{what} has more than {most} bytes")))
    };
    if longest > MAX_FIELD {
        return refuse("a header field", MAX_FIELD);
    }
    if all > MAX_HEADER { refuse("the header", MAX_HEADER) } else { Ok(()) }
}

/// Whose pages may read the answer.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Readers {
    /// Nobody's: credentials that do not belong into a page, or that were refused.
    #[default]
    Nobody,
    /// Those of the origin in the request. Either the key names it, or the request carries nothing that a browser adds by itself
    /// (no cookie counts here, and `Access-Control-Allow-Credentials` is never sent), so another page could not make it.
    Caller,
}

impl Readers {
    /// Those of a request that was let in. A publishable key was let in because it names the very origin.
    pub const fn of(caller: &Caller) -> Self {
        match caller {
            Caller::Tenant { kind: KeyKind::Publishable, .. }
            | Caller::User(_)
            | Caller::Proven(_)
            | Caller::Anyone => Self::Caller,
            _ => Self::Nobody,
        }
    }

    /// Adds what a browser needs.
    pub fn tell(self, answer: Answer, headers: &impl Headers) -> Answer {
        if self == Self::Nobody {
            return answer;
        }
        match origin(headers) {
            Some(origin) => {
                answer.with("access-control-allow-origin", origin).with("access-control-expose-headers", EXPOSED)
            }
            None => answer,
        }
    }
}

/// The `Origin` of a request, if it is one. `null` is not.
fn origin(headers: &impl Headers) -> Option<String> {
    headers.get("origin").filter(|text| Origin::parse(text).is_ok())
}

/// `OPTIONS` of a path that there is: its methods, and the answer to a preflight if it is one. A preflight carries no key, so it
/// cannot be judged by one; it opens nothing: the request that follows is.
pub fn options(allow: String, headers: &impl Headers) -> Answer {
    let answer = Answer::empty(204).with("cache-control", "no-store");
    let preflight = headers.get("access-control-request-method").and_then(|_| origin(headers));
    let answer = match preflight {
        Some(origin) => answer
            .with("vary", "origin, access-control-request-method, access-control-request-headers")
            .with("access-control-allow-origin", origin)
            .with("access-control-allow-methods", allow.clone())
            .with("access-control-allow-headers", TAKEN)
            .with("access-control-max-age", "600"),
        None => answer,
    };
    answer.with("allow", allow)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::headers::tests::given;

    fn of<'a>(answer: &'a Answer, name: &str) -> Option<&'a str> {
        answer.headers.iter().find(|(known, _)| *known == name).map(|(_, value)| value.as_ref())
    }

    #[test]
    fn long_headers_are_refused_at_the_limits() {
        assert!(check_lengths((MAX_HEADER, MAX_FIELD)).is_ok());
        for bad in [(MAX_HEADER + 1, 10), (MAX_FIELD + 1, MAX_FIELD + 1)] {
            assert_eq!(check_lengths(bad).unwrap_err().status, 431);
        }
    }

    #[test]
    fn only_origins_are_echoed_and_only_where_pages_may_read() {
        let good = given(&[("origin", "https://shop.example")]);
        let answer = Readers::Caller.tell(Answer::empty(204), &good);
        assert_eq!(of(&answer, "access-control-allow-origin"), Some("https://shop.example"));
        for bad in ["null", "*", "https://shop.example/", "http://shop.example", "https://a, https://b", ""] {
            let answer = Readers::Caller.tell(Answer::empty(204), &given(&[("origin", bad)]));
            assert_eq!(of(&answer, "access-control-allow-origin"), None, "{bad}");
        }
        assert_eq!(of(&Readers::Nobody.tell(Answer::empty(204), &good), "access-control-allow-origin"), None);
        assert_eq!(Readers::of(&Caller::Operator), Readers::Nobody);
        assert_eq!(Readers::of(&Caller::Anyone), Readers::Caller);
    }

    #[test]
    fn a_preflight_is_told_the_methods_and_plain_options_only_allow() {
        let preflight = given(&[("origin", "https://shop.example"), ("access-control-request-method", "POST")]);
        let answer = options("POST, OPTIONS".to_owned(), &preflight);
        assert_eq!((answer.status, of(&answer, "access-control-allow-methods")), (204, Some("POST, OPTIONS")));
        assert_eq!(of(&answer, "access-control-allow-credentials"), None);
        let plain = options("POST, OPTIONS".to_owned(), &given(&[("origin", "https://shop.example")]));
        assert_eq!((of(&plain, "allow"), of(&plain, "access-control-allow-origin")), (Some("POST, OPTIONS"), None));
    }
}
