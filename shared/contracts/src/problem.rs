//! Every error of the API: RFC 9457 problems with a stable `type`, and JSON Pointers to the offending fields.

use serde::{Deserialize, Serialize};

/// One offending field.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FieldError {
    /// RFC 6901 JSON Pointer into the body; `""` is the whole body. For a query parameter or a header: its name behind `?` or `header:`.
    pub pointer: String,
    /// Stable word for programs, such as `unknown`, `out_of_range`.
    pub code: String,
    /// What is wrong and what would be right.
    pub detail: String,
}

impl FieldError {
    /// Names a field and what is wrong with it.
    pub fn new(pointer: impl Into<String>, code: &str, detail: impl Into<String>) -> Self {
        Self { pointer: pointer.into(), code: code.to_owned(), detail: detail.into() }
    }
}

macro_rules! problems {
    ($($variant:ident = $code:literal, $status:literal, $retryable:literal, $title:literal, $help:literal;)*) => {
        /// All problems the API knows. `type` is `/problems/<code>`, and that address explains it.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
        pub enum ProblemCode {
            $(#[doc = $title] #[serde(rename = $code)] $variant,)*
        }

        impl ProblemCode {
            /// All of them, for the explaining pages and the OpenAPI document.
            pub const ALL: &[Self] = &[$(Self::$variant),*];

            /// The stable word in `type`.
            pub const fn code(self) -> &'static str {
                match self { $(Self::$variant => $code),* }
            }

            /// HTTP status.
            pub const fn status(self) -> u16 {
                match self { $(Self::$variant => $status),* }
            }

            /// Does repeating the same request later make sense?
            pub const fn retryable(self) -> bool {
                match self { $(Self::$variant => $retryable),* }
            }

            /// A short title.
            pub const fn title(self) -> &'static str {
                match self { $(Self::$variant => $title),* }
            }

            /// What to do about it.
            pub const fn help(self) -> &'static str {
                match self { $(Self::$variant => $help),* }
            }
        }
    };
}

problems! {
    InvalidBody = "invalid_body", 400, false, "The body is not what the route expects", "Mend the fields that `errors` points at and send it again.";
    UnknownSchemaVersion = "unknown_schema_version", 400, false, "The schema version is unknown", "Send one of the versions in `known_versions`.";
    InvalidParameter = "invalid_parameter", 400, false, "A query parameter, path part or header is wrong", "Mend what `errors` names.";
    IdempotencyKeyRequired = "idempotency_key_required", 400, false, "This route needs an Idempotency-Key header", "Send a key of 1 to 255 visible ASCII characters, a new one per intended effect, the same one for a repeat.";
    Unauthenticated = "unauthenticated", 401, false, "No valid API key", "Send `Authorization: Bearer atn_…` with a live key of this environment.";
    KeyExpired = "key_expired", 401, false, "The API key has expired", "Make a new key.";
    KeyRevoked = "key_revoked", 401, false, "The API key was revoked", "Make a new key.";
    InvalidToken = "invalid_token", 401, false, "The access token is not valid here", "Refresh it, or sign in again; a token works only on the device that it was made for.";
    TokenExpired = "token_expired", 401, false, "The access token has expired", "Refresh it.";
    InvalidDpopProof = "invalid_dpop_proof", 401, false, "The DPoP proof is not accepted", "Make a new proof (RFC 9449, section 4.2) for this request, as `detail` says.";
    UseDpopNonce = "use_dpop_nonce", 401, true, "The DPoP proof needs the nonce of the server", "Make a new proof with the value of the DPoP-Nonce header as `nonce`.";
    DeviceRevoked = "device_revoked", 401, false, "The device was revoked", "Sign in again with a new device key.";
    SessionEnded = "session_ended", 401, false, "The session has ended", "Sign in again.";
    RefreshReused = "refresh_reused", 401, false, "The refresh token was used before", "It was copied or used twice, so its whole family has ended: sign in again.";
    InvalidCredentials = "invalid_credentials", 401, false, "The credentials are not accepted", "Check them; the answer is the same whichever of them is wrong.";
    SecondFactorRequired = "second_factor_required", 401, false, "A second factor is needed", "Send it again with `code`: six digits of the authenticator, or a recovery code.";
    InvalidTicket = "invalid_ticket", 401, false, "The ticket is not valid", "Ask POST /v1/stream-tickets for a new one: it is good once, for 30 seconds.";
    UserSuspended = "user_suspended", 403, false, "The user may not sign in", "Ask an administrator of the tenant.";
    OriginRefused = "origin_refused", 403, false, "The key may not be used from here", "Add the page's exact origin, or the caller's network, to the key.";
    Forbidden = "forbidden", 403, false, "The key may not do this", "Use a key with the scope, or of the role, that `detail` names.";
    NotFound = "not_found", 404, false, "There is no such thing", "Check the address and the id; another tenant's ids are not found either.";
    MethodNotAllowed = "method_not_allowed", 405, false, "The route does not know this method", "Use one of the methods in the Allow header.";
    VersionConflict = "version_conflict", 409, false, "The base version is no longer the current one", "Read the configuration again and decide anew.";
    Conflict = "conflict", 409, false, "The state does not allow it", "See `detail`; read the resource again and decide anew.";
    RoomFull = "room_full", 409, true, "The room is full", "Wait until somebody leaves, or use another room.";
    RoomEnded = "room_ended", 410, false, "The room has ended", "Make a new room.";
    Frozen = "frozen", 409, false, "Configuration is frozen", "Lift the freeze, or roll back, which works while frozen.";
    PreconditionFailed = "precondition_failed", 412, false, "The resource has changed since it was read", "Read it again: another has written it meanwhile; then send the change with the new ETag in If-Match.";
    PayloadTooLarge = "payload_too_large", 413, false, "The body is too large", "Send less: most routes read 1 MiB; audio goes to a presigned address.";
    UnsupportedMediaType = "unsupported_media_type", 415, false, "The body is not of a type that the route takes", "Send `Content-Type: application/json`; where a picture is taken, the type that its bytes have.";
    HeadersTooLarge = "headers_too_large", 431, false, "The header of the request is too large", "Send less: one field has at most 8 KiB, all together at most 32 KiB.";
    IdempotencyMismatch = "idempotency_mismatch", 422, false, "The key was used with another body", "Use a new Idempotency-Key, or send the first body again.";
    UnsafeParameters = "unsafe_parameters", 422, false, "The safety gate refuses the change", "Mend what `errors` names: bounds, step, interval, cross rules.";
    TooManyTries = "too_many_tries", 429, true, "Too many wrong tries", "Wait for the seconds in Retry-After; tries before that are not looked at.";
    RateLimited = "rate_limited", 429, true, "Too many requests", "Repeat the request after the seconds in Retry-After; the RateLimit header says what is left.";
    Overloaded = "overloaded", 503, true, "The hand-off is full", "Repeat the request after the seconds in Retry-After; nothing was accepted.";
    Unavailable = "unavailable", 503, true, "A part this needs cannot be reached", "Repeat the request after the seconds in Retry-After.";
    Misconfigured = "misconfigured", 503, false, "The service is not configured", "The operator finds the reason at /readyz and in the logs.";
    Internal = "internal", 500, true, "Something failed on our side", "Repeat the request; quote the request id when you report it.";
}

/// A problem document.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Problem {
    /// `/problems/<code>`.
    #[serde(rename = "type")]
    pub kind: String,
    /// Short title.
    pub title: String,
    /// HTTP status.
    pub status: u16,
    /// The stable word.
    pub code: ProblemCode,
    /// What happened this time. Never holds a secret or personal data.
    pub detail: String,
    /// Does repeating make sense?
    pub retryable: bool,
    /// The offending fields.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub errors: Vec<FieldError>,
    /// With `unknown_schema_version`: the versions this service reads.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub known_versions: Vec<u32>,
    /// Seconds after which to repeat; also the Retry-After header.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retry_after_s: Option<u32>,
    /// Id of the request, for reports.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request_id: Option<String>,
    /// With `use_dpop_nonce`, in the header `DPoP-Nonce` and not in the body: the nonce to use, where it has to be a certain one.
    #[serde(skip)]
    pub nonce: Option<String>,
}

impl Problem {
    /// A problem with the words of this occurrence.
    pub fn new(code: ProblemCode, detail: impl Into<String>) -> Self {
        Self {
            kind: format!("/problems/{}", code.code()),
            title: code.title().to_owned(),
            status: code.status(),
            code,
            detail: detail.into(),
            retryable: code.retryable(),
            errors: Vec::new(),
            known_versions: Vec::new(),
            retry_after_s: None,
            nonce: None,
            request_id: None,
        }
    }

    /// The same problem with its offending fields.
    #[must_use]
    pub fn with_errors(mut self, errors: Vec<FieldError>) -> Self {
        self.errors = errors;
        self
    }

    /// The same problem with a time after which to repeat.
    #[must_use]
    pub const fn retry_after(mut self, seconds: u32) -> Self {
        self.retry_after_s = Some(seconds);
        self
    }
}
