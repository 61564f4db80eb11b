//! Refusals in Google's words (guide "Handle API errors").

use crate::provider::Answer;
use serde_json::json;

/// A refusal.
#[derive(Debug, Clone)]
pub(crate) struct Refused {
    pub status: u16,
    domain: &'static str,
    pub reason: String,
    pub message: String,
    location: Option<(&'static str, &'static str)>,
    retry_after_s: Option<u32>,
}

impl Refused {
    pub fn new(status: u16, domain: &'static str, reason: &str, message: &str) -> Self {
        let (reason, message) = (reason.to_owned(), message.to_owned());
        Self { status, domain, reason, message, location: None, retry_after_s: None }
    }

    fn at(mut self, kind: &'static str, name: &'static str) -> Self {
        self.location = Some((kind, name));
        self
    }

    pub fn after(mut self, seconds: Option<u32>) -> Self {
        self.retry_after_s = seconds;
        self
    }

    pub fn invalid(message: &str) -> Self {
        Self::new(400, "global", "invalid", message)
    }

    pub fn required(message: &str) -> Self {
        Self::new(400, "global", "required", message)
    }

    pub fn range_empty() -> Self {
        Self::new(400, "calendar", "timeRangeEmpty", "The specified time range is empty.").at("parameter", "timeMax")
    }

    pub fn unauthorized() -> Self {
        Self::new(401, "global", "authError", "Invalid Credentials").at("header", "Authorization")
    }

    pub fn scopes() -> Self {
        let message = "Request had insufficient authentication scopes.";
        Self::new(403, "global", "insufficientPermissions", message)
    }

    pub fn writer() -> Self {
        Self::new(403, "calendar", "requiredAccessLevel", "You need to have writer access to this calendar.")
    }

    pub fn organizer() -> Self {
        let message = "Shared properties can only be changed by the organizer of the event.";
        Self::new(403, "calendar", "forbiddenForNonOrganizer", message)
    }

    pub fn not_found() -> Self {
        Self::new(404, "global", "notFound", "Not Found")
    }

    pub fn duplicate() -> Self {
        Self::new(409, "global", "duplicate", "The requested identifier already exists.")
    }

    pub fn deleted() -> Self {
        Self::new(410, "global", "deleted", "Resource has been deleted")
    }

    pub fn full_sync() -> Self {
        let message = "Sync token is no longer valid, a full sync is required.";
        Self::new(410, "calendar", "fullSyncRequired", message).at("parameter", "syncToken")
    }

    pub fn updated_min() -> Self {
        let message = "The requested minimum modification time lies too far in the past.";
        Self::new(410, "calendar", "updatedMinTooLongAgo", message).at("parameter", "updatedMin")
    }

    pub fn precondition() -> Self {
        Self::new(412, "global", "conditionNotMet", "Precondition Failed").at("header", "If-Match")
    }

    /// 403 or 429 with `rateLimitExceeded`, `userRateLimitExceeded` or `quotaExceeded`.
    pub fn throttled(status: u16, reason: Option<&str>, retry_after_s: Option<u32>) -> Self {
        let (reason, message) = match reason {
            Some("userRateLimitExceeded") => ("userRateLimitExceeded", "User Rate Limit Exceeded"),
            Some("quotaExceeded") => ("quotaExceeded", "Calendar usage limits exceeded."),
            _ => ("rateLimitExceeded", "Rate Limit Exceeded"),
        };
        Self::new(status, "usageLimits", reason, message).after(retry_after_s)
    }

    pub fn backend(status: u16) -> Self {
        Self::new(status, "global", "backendError", "Backend Error")
    }

    pub fn answer(&self) -> Answer {
        let mut error = json!({"domain": self.domain, "reason": self.reason, "message": self.message});
        if let Some((kind, name)) = self.location {
            error["locationType"] = kind.into();
            error["location"] = name.into();
        }
        let body = json!({"error": {"errors": [error], "code": self.status, "message": self.message}});
        let mut answer = Answer::json(self.status, &body);
        if self.status == 401 {
            let challenge = "Bearer realm=\"https://accounts.google.com/\", error=\"invalid_token\"";
            answer = answer.with("www-authenticate", challenge);
        }
        if let Some(seconds) = self.retry_after_s {
            answer = answer.with("retry-after", &seconds.to_string());
        }
        answer
    }
}
