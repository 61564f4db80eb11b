//! Refusals in Graph's words ("Microsoft Graph error responses and resource types").

use crate::provider::Answer;
use serde_json::json;

/// A refusal.
#[derive(Debug, Clone)]
pub(crate) struct Refused {
    pub status: u16,
    pub code: String,
    pub message: String,
    headers: Vec<(&'static str, String)>,
}

impl Refused {
    pub fn new(status: u16, code: &str, message: &str) -> Self {
        Self { status, code: code.to_owned(), message: message.to_owned(), headers: Vec::new() }
    }

    pub fn with(mut self, name: &'static str, value: String) -> Self {
        self.headers.push((name, value));
        self
    }

    pub fn property(message: &str) -> Self {
        Self::new(400, "ErrorPropertyValidationFailure", message)
    }

    pub fn parameter(message: &str) -> Self {
        Self::new(400, "ErrorInvalidParameter", message)
    }

    pub fn request(message: &str) -> Self {
        Self::new(400, "ErrorInvalidRequest", message)
    }

    pub fn unauthorized() -> Self {
        let challenge =
            "Bearer realm=\"\", authorization_uri=\"https://login.microsoftonline.com/common/oauth2/authorize\"";
        Self::new(401, "InvalidAuthenticationToken", "Access token has expired or is not yet valid.")
            .with("www-authenticate", challenge.to_owned())
    }

    pub fn denied() -> Self {
        Self::new(403, "ErrorAccessDenied", "Access is denied. Check credentials and try again.")
    }

    pub fn not_found() -> Self {
        Self::new(404, "ErrorItemNotFound", "The specified object was not found in the store.")
    }

    pub fn changed() -> Self {
        let message = "The send or update operation could not be performed because the change key passed in the request does not \
                       match the current change key for the item.";
        Self::new(412, "ErrorIrresolvableConflict", message)
    }

    pub fn throttled(retry_after_s: Option<u32>, message: &str) -> Self {
        let refused = Self::new(429, "ApplicationThrottled", message);
        match retry_after_s {
            Some(seconds) => refused.with("retry-after", seconds.to_string()),
            None => refused,
        }
    }

    pub fn service(status: u16, retry_after_s: Option<u32>) -> Self {
        let (code, message) = match status {
            503 => ("serviceNotAvailable", "The service is temporarily unavailable."),
            504 => ("UnknownError", "Gateway Timeout"),
            _ => ("generalException", "An unexpected error occurred."),
        };
        let refused = Self::new(status, code, message);
        match retry_after_s {
            Some(seconds) => refused.with("retry-after", seconds.to_string()),
            None => refused,
        }
    }

    pub fn answer(&self) -> Answer {
        let inner = json!({"date": "2026-01-01T00:00:00", "request-id": "test", "client-request-id": "test"});
        let body = json!({"error": {"code": self.code, "message": self.message, "innerError": inner}});
        let answer = Answer::json(self.status, &body);
        self.headers.iter().fold(answer, |answer, (name, value)| answer.with(name, value))
    }
}
