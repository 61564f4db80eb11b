//! Answers as values, and the one place where they become the runtime's.

use crate::{Error, Result};
use attune_contracts::{Problem, ProblemCode};
use serde::Serialize;
use std::borrow::Cow;
use wasm_bindgen::prelude::{JsValue, wasm_bindgen};
use worker::worker_sys::web_sys;

#[wasm_bindgen(module = "/js/runtime.js")]
extern "C" {
    #[wasm_bindgen(catch)]
    fn respond(
        base: Option<&web_sys::Headers>,
        status: u16,
        fields: &str,
        body: Option<&str>,
    ) -> core::result::Result<web_sys::Response, JsValue>;
    #[wasm_bindgen(catch, js_name = respond)]
    fn respond_stream(
        base: Option<&web_sys::Headers>,
        status: u16,
        fields: &str,
        body: Option<web_sys::ReadableStream>,
    ) -> core::result::Result<web_sys::Response, JsValue>;
}

/// Media type of problems (RFC 9457).
pub const PROBLEM_JSON: &str = "application/problem+json";

/// An HTTP answer in the making.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// 200 to 599.
    pub status: u16,
    /// Names in lowercase.
    pub headers: Vec<(&'static str, Cow<'static, str>)>,
    /// The body; `None` for 204 and 304.
    pub body: Option<String>,
}

impl Answer {
    /// An answer without a body.
    pub const fn empty(status: u16) -> Self {
        Self { status, headers: Vec::new(), body: None }
    }

    /// A text of the given media type.
    pub fn text(status: u16, media_type: &'static str, body: impl Into<String>) -> Self {
        Self { status, headers: vec![("content-type", media_type.into())], body: Some(body.into()) }
    }

    /// JSON that is text already.
    pub fn json_text(status: u16, body: impl Into<String>) -> Self {
        Self::text(status, "application/json", body)
    }

    /// A value as JSON.
    pub fn json<T: Serialize>(status: u16, value: &T) -> Self {
        match serde_json::to_string(value) {
            Ok(text) => Self::json_text(status, text),
            Err(_) => Self::problem(Problem::new(ProblemCode::Internal, "the answer could not be written")),
        }
    }

    /// A problem with its media type, and `retry-after` where it says so.
    pub fn problem(problem: Problem) -> Self {
        let mut answer = Self {
            status: problem.status,
            headers: vec![("content-type", PROBLEM_JSON.into()), ("cache-control", "no-store".into())],
            // Strings, numbers and arrays of them always serialise.
            body: serde_json::to_string(&problem).ok(),
        };
        if let Some(seconds) = problem.retry_after_s {
            answer.headers.push(("retry-after", seconds.to_string().into()));
        }
        if problem.status == 401 {
            // RFC 9110, section 11.6.1: a 401 names a scheme. RFC 9449, section 7.1, has its own words.
            let challenge = match problem.code {
                ProblemCode::UseDpopNonce => r#"DPoP error="use_dpop_nonce", algs="ES256""#,
                ProblemCode::InvalidDpopProof => r#"DPoP error="invalid_dpop_proof", algs="ES256""#,
                ProblemCode::InvalidToken
                | ProblemCode::TokenExpired
                | ProblemCode::DeviceRevoked
                | ProblemCode::SessionEnded => r#"DPoP error="invalid_token", algs="ES256""#,
                _ => "Bearer",
            };
            answer.headers.push(("www-authenticate", challenge.into()));
        }
        answer
    }

    /// The same answer with one more header.
    #[must_use]
    pub fn with(mut self, name: &'static str, value: impl Into<Cow<'static, str>>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    /// The runtime's response, over headers that every answer has. The answer's own win.
    ///
    /// # Errors
    /// [`Error::Runtime`] for a status or header that HTTP does not carry.
    pub fn into_response(self, base: Option<&web_sys::Headers>) -> Result<web_sys::Response> {
        let fields = self.fields()?;
        respond(base, self.status, &fields, self.body.as_deref()).map_err(|e| Error::thrown("response", &e))
    }

    /// The same with the body of another response, which goes through as it comes.
    ///
    /// # Errors
    /// As [`Answer::into_response`].
    pub fn into_stream(self, base: Option<&web_sys::Headers>, from: &web_sys::Response) -> Result<web_sys::Response> {
        let fields = self.fields()?;
        respond_stream(base, self.status, &fields, from.body()).map_err(|e| Error::thrown("response", &e))
    }

    fn fields(&self) -> Result<String> {
        let mut fields = String::new();
        for (name, value) in &self.headers {
            if value.contains(['\r', '\n']) {
                return Err(Error::Runtime { at: "header", message: (*name).to_owned() });
            }
            let between = if fields.is_empty() { "" } else { "\n" };
            fields.extend([between, name, ":", value]);
        }
        Ok(fields)
    }
}

impl From<Problem> for Answer {
    fn from(problem: Problem) -> Self {
        Self::problem(problem)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn problems_carry_their_media_type_and_retry_after() {
        let answer = Answer::problem(Problem::new(ProblemCode::Overloaded, "full").retry_after(7));
        assert_eq!(answer.status, 503);
        assert!(answer.headers.contains(&("content-type", PROBLEM_JSON.into())));
        assert!(answer.headers.contains(&("retry-after", "7".into())));
        let answer = Answer::problem(Problem::new(ProblemCode::Unauthenticated, ""));
        assert!(answer.headers.contains(&("www-authenticate", "Bearer".into())));
    }
}
