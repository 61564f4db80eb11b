//! What a failed call means for the caller.

use crate::HttpResponse;
use serde::Deserialize;

/// What to do after a call failed as a whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FailureClass {
    /// Too many calls: send again later, and fewer.
    Throttled,
    /// The service has a passing fault: send again later.
    RetryLater,
    /// Our side is wrong, not this content: credentials, permissions, clock, region, or a missing queue or table. The same call
    /// succeeds once that is repaired, so nothing may be given up; an alarm should sound.
    Misconfigured,
    /// The service refuses this content; the same call never succeeds.
    Rejected,
    /// Nobody knows whether the call had its effect (unreadable answer): send again with the same ids.
    Unknown,
}

/// A call that failed as a whole.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{class:?}: status {status}, code {code:?}")]
pub struct Failure {
    /// What to do.
    pub class: FailureClass,
    /// The answer's status.
    pub status: u16,
    /// The service's code without namespace, for example `QueueDoesNotExist`; empty when there is none.
    pub code: String,
    /// The service's text, for people. It may name resources, so it goes to logs and not to clients.
    pub message: String,
    /// `Retry-After` in seconds, when given as a number.
    pub retry_after_s: Option<u64>,
}

#[derive(Deserialize, Default)]
struct ErrorBody {
    #[serde(rename = "__type", default)]
    kind: String,
    #[serde(default)]
    code: String,
    #[serde(alias = "Message", default)]
    message: String,
}

impl Failure {
    /// Reads an answer whose status is not 2xx.
    pub(crate) fn of(response: &HttpResponse) -> Self {
        let body: ErrorBody = serde_json::from_slice(&response.body).unwrap_or_default();
        let header = response.header("x-amzn-errortype").unwrap_or_default();
        let raw = [body.kind.as_str(), body.code.as_str(), header].into_iter().find(|code| !code.is_empty());
        // Forms in use: "com.amazonaws.sqs#QueueDoesNotExist", "AWS.SimpleQueueService.X", "X:http://internal…".
        let code = raw.unwrap_or_default();
        let code = code.rsplit_once('#').map_or(code, |(_, code)| code);
        let code = code.split_once(':').map_or(code, |(code, _)| code);
        let code = code.rsplit_once('.').map_or(code, |(_, code)| code);
        Self {
            class: classify(response.status, code),
            status: response.status,
            code: code.to_owned(),
            message: body.message,
            retry_after_s: response.header("retry-after").and_then(|value| value.trim().parse().ok()),
        }
    }

    /// A successful answer that cannot be read.
    pub(crate) fn unreadable(response: &HttpResponse) -> Self {
        Self {
            class: FailureClass::Unknown,
            status: response.status,
            code: String::new(),
            message: "the answer cannot be read".to_owned(),
            retry_after_s: None,
        }
    }

    /// Whether the same call may succeed later, that is, everything but [`FailureClass::Rejected`].
    pub fn is_retryable(&self) -> bool {
        self.class != FailureClass::Rejected
    }
}

/// Whether a code, of a call or of one entry, means throttling.
pub(crate) fn is_throttle(code: &str) -> bool {
    // "Throttl" covers Throttling, ThrottlingException, ThrottledException, RequestThrottled, KmsThrottled.
    code.contains("hrottl")
        || matches!(
            code,
            "ProvisionedThroughputExceededException"
                | "RequestLimitExceeded"
                | "TooManyRequestsException"
                | "SlowDown"
                | "OverLimit"
        )
}

fn classify(status: u16, code: &str) -> FailureClass {
    if is_throttle(code) || status == 429 {
        return FailureClass::Throttled;
    }
    match code {
        "InternalError"
        | "InternalFailure"
        | "InternalServerError"
        | "ServiceUnavailable"
        | "RequestTimeout"
        | "RequestTimeoutException" => FailureClass::RetryLater,
        "AccessDenied"
        | "AccessDeniedException"
        | "InvalidClientTokenId"
        | "UnrecognizedClientException"
        | "IncompleteSignature"
        | "IncompleteSignatureException"
        | "InvalidSignature"
        | "InvalidSignatureException"
        | "SignatureDoesNotMatch"
        | "MissingAuthenticationToken"
        | "MissingAuthenticationTokenException"
        | "ExpiredToken"
        | "ExpiredTokenException"
        | "RequestExpired"
        | "RequestTimeTooSkewed"
        | "OptInRequired"
        | "NotAuthorized"
        | "InvalidAddress"
        | "InvalidSecurity"
        | "InvalidAccessKeyId"
        | "NoSuchBucket"
        | "NonExistentQueue"
        | "QueueDoesNotExist"
        | "ResourceNotFoundException"
        | "KmsAccessDenied"
        | "KmsDisabled"
        | "KmsInvalidState"
        | "KmsNotFound"
        | "KmsOptInRequired" => FailureClass::Misconfigured,
        _ => match status {
            401 | 403 | 404 => FailureClass::Misconfigured,
            408 | 425 | 500.. => FailureClass::RetryLater,
            400..=499 => FailureClass::Rejected,
            _ => FailureClass::Unknown,
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(status: u16, body: &str) -> Failure {
        Failure::of(&HttpResponse { status, body: body.as_bytes().to_vec(), ..Default::default() })
    }

    #[test]
    fn codes_and_statuses_become_classes() {
        use FailureClass::*;
        for (status, body, class, code) in [
            (
                400,
                r#"{"__type":"com.amazonaws.sqs#QueueDoesNotExist","message":"no"}"#,
                Misconfigured,
                "QueueDoesNotExist",
            ),
            (400, r#"{"__type":"com.amazonaws.sqs#RequestThrottled"}"#, Throttled, "RequestThrottled"),
            (400, r#"{"__type":"com.amazon.coral.service#ThrottlingException"}"#, Throttled, "ThrottlingException"),
            (
                400,
                r#"{"__type":"com.amazonaws.sqs#BatchRequestTooLong","Message":"x"}"#,
                Rejected,
                "BatchRequestTooLong",
            ),
            (400, r#"{"__type":"AWS.SimpleQueueService.NonExistentQueue"}"#, Misconfigured, "NonExistentQueue"),
            (403, r#"{"__type":"InvalidClientTokenId"}"#, Misconfigured, "InvalidClientTokenId"),
            (403, "<html>", Misconfigured, ""),
            (503, "", RetryLater, ""),
            (429, "", Throttled, ""),
            (400, "not json", Rejected, ""),
            (302, "", Unknown, ""),
            (0, "", Unknown, ""),
        ] {
            let failure = of(status, body);
            assert_eq!((failure.class, failure.code.as_str()), (class, code), "{status} {body}");
        }
    }

    #[test]
    fn headers_speak_when_the_body_does_not() {
        let headers = [("X-Amzn-ErrorType", "ThrottlingException:http://internal/"), ("Retry-After", "7")];
        let headers = headers.map(|(name, value)| (name.to_owned(), value.to_owned())).to_vec();
        let failure = Failure::of(&HttpResponse { status: 400, headers, body: vec![] });
        assert_eq!((failure.class, failure.retry_after_s), (FailureClass::Throttled, Some(7)));
        assert!(failure.is_retryable());
    }
}
