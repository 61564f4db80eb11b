//! Requests and responses as values.

use std::borrow::Cow;

/// A request to be sent as it is: every header, and no other of those that are signed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HttpRequest {
    /// `GET`, `POST`, `PUT` or `DELETE`.
    pub method: &'static str,
    /// Absolute and percent-encoded.
    pub url: String,
    /// Names in lowercase. `host` is not among them: the client writes it from `url`.
    pub headers: Vec<(Cow<'static, str>, String)>,
    /// Empty for `GET`.
    pub body: Vec<u8>,
}

/// An answer, read to its end.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct HttpResponse {
    /// The status code.
    pub status: u16,
    /// Names in any case; only `retry-after`, `x-amzn-errortype` and `x-amzn-query-error` are looked at, so a caller may pass only those.
    pub headers: Vec<(String, String)>,
    /// The body; at most a few MiB.
    pub body: Vec<u8>,
}

impl HttpResponse {
    /// The first value of a header, by name in any case.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }
}

/// A call by the AWS JSON 1.0 protocol, not yet signed.
pub(crate) fn json_call(url: String, target: &'static str, body: Vec<u8>) -> HttpRequest {
    let headers = vec![
        ("content-type".into(), "application/x-amz-json-1.0".to_owned()),
        ("x-amz-target".into(), target.to_owned()),
    ];
    HttpRequest { method: "POST", url, headers, body }
}
