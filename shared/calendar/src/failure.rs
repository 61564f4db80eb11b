//! What to do after a call to a provider that did not do what it was asked.

use crate::http::Response;

/// Every documented error of a provider is one of these.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Failure {
    /// Later the same request may succeed.
    #[error("to be tried again later")]
    Retry {
        /// The provider's own word (`Retry-After`), seconds; without one the caller's back-off decides.
        after_s: Option<u32>,
    },
    /// The sync token or delta link is no longer good: read everything anew, and remove what is known here and absent there.
    #[error("the provider asks for a full synchronization")]
    FullResync,
    /// The credentials are no longer good: refresh them, or ask the person.
    #[error("the credentials are not accepted")]
    Reauthorize,
    /// It was changed there meanwhile, or its id or UID is taken: read it and decide anew.
    #[error("the provider has another version of it")]
    Conflict,
    /// It is not there (any more).
    #[error("there is no such thing at the provider")]
    NotFound,
    /// The same request will never succeed.
    #[error("the provider refuses: {reason} ({detail})")]
    GiveUp {
        /// Why, for code.
        reason: Reason,
        /// Why, in the provider's own word: its code or the name of its precondition, never a text that may quote an event.
        detail: String,
    },
}

/// Why a request is given up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Reason {
    /// The provider does not understand the request, or the data in it are not valid there.
    #[error("the request is not valid there")]
    Invalid,
    /// The account may not do this.
    #[error("the account may not do this")]
    Forbidden,
    /// The provider does not know this kind of request.
    #[error("the provider does not know this")]
    Unsupported,
    /// The request, the resource or the expected answer is larger than the provider allows.
    #[error("it is more than the provider allows")]
    TooLarge,
    /// The answer could not be read.
    #[error("the answer cannot be read")]
    Unreadable,
}

impl Failure {
    /// Given up, with the provider's word for it (cut at 200 bytes).
    pub fn give_up(reason: Reason, detail: &str) -> Self {
        let mut end = detail.len().min(200);
        while !detail.is_char_boundary(end) {
            end = end.saturating_sub(1);
        }
        Self::GiveUp { reason, detail: detail.get(..end).unwrap_or_default().to_owned() }
    }

    /// Retry, with the delay that the answer asks for: `Retry-After` in seconds (RFC 9110, section 10.2.3). Its other form, a date,
    /// needs a clock: `None`.
    pub fn retry(response: &Response) -> Self {
        Self::Retry { after_s: response.header("retry-after").and_then(|value| value.trim().parse().ok()) }
    }
}
