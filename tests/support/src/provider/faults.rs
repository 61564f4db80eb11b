//! What goes wrong when a test says so.

use super::http::Request;
use serde::{Deserialize, Serialize};

/// What happens to a request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "fault")]
pub enum Fault {
    /// The connection ends before anything is done.
    DropBefore,
    /// It is done, and the connection ends without an answer.
    DropAfter,
    /// Not done: an error of the service.
    FailBefore {
        /// 500, 502, 503, 504.
        status: u16,
        /// `Retry-After`, seconds.
        #[serde(default)]
        retry_after_s: Option<u32>,
    },
    /// It is done, and the answer is an error of the service.
    FailAfter {
        /// 500, 502, 503, 504.
        status: u16,
    },
    /// Not done: too many requests, in the provider's words.
    Throttle {
        /// 403 (Google only) or 429.
        status: u16,
        /// `Retry-After`, seconds.
        #[serde(default)]
        retry_after_s: Option<u32>,
        /// Google's `reason`; `rateLimitExceeded` if none is given.
        #[serde(default)]
        reason: Option<String>,
    },
    /// Not done: the access token of the request is dead from now on.
    ExpireAccess,
    /// Not done: the sync token, delta link or page token of the request has expired.
    ExpireCursor,
    /// It takes this much longer.
    Delay {
        /// Milliseconds.
        ms: u64,
    },
}

/// Which requests have a fault.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rule {
    /// The fault.
    #[serde(flatten)]
    pub fault: Fault,
    /// Only requests of this method.
    #[serde(default)]
    pub method: Option<String>,
    /// Only requests whose path, or query after a `?`, has this text in it.
    #[serde(default)]
    pub path: Option<String>,
    /// So many of them go well before.
    #[serde(default)]
    pub skip: u32,
    /// So many of them have it.
    #[serde(default = "one")]
    pub times: u32,
}

fn one() -> u32 {
    1
}

impl Rule {
    /// The next request has it.
    pub fn next(fault: Fault) -> Self {
        Self { fault, method: None, path: None, skip: 0, times: 1 }
    }

    /// Only requests of this method.
    #[must_use]
    pub fn method(mut self, method: &str) -> Self {
        self.method = Some(method.to_owned());
        self
    }

    /// Only requests whose path or query has this text in it.
    #[must_use]
    pub fn path(mut self, part: &str) -> Self {
        self.path = Some(part.to_owned());
        self
    }

    /// So many go well before.
    #[must_use]
    pub fn skip(mut self, count: u32) -> Self {
        self.skip = count;
        self
    }

    /// So many have it.
    #[must_use]
    pub fn times(mut self, count: u32) -> Self {
        self.times = count;
        self
    }

    fn meets(&self, request: &Request) -> bool {
        let names = || request.query.iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>();
        let whole = || format!("{}?{}", request.path, names().join("&"));
        self.method.as_ref().is_none_or(|method| method.eq_ignore_ascii_case(&request.method))
            && self.path.as_ref().is_none_or(|part| whole().contains(part.as_str()))
    }
}

/// What happens to a notification.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PushFault {
    /// It is never sent.
    Lose,
    /// It is sent twice.
    Repeat,
    /// It is sent after the next one.
    HoldBack,
    /// It is sent as it should be (to let some pass before a fault).
    Pass,
}

/// The faults of requests that wait.
#[derive(Debug, Default)]
pub(crate) struct Faults {
    pub rules: Vec<Rule>,
}

/// What is in store for a request.
#[derive(Debug, Default)]
pub(crate) struct Plan {
    pub delay_ms: u64,
    pub fault: Option<Fault>,
}

impl Faults {
    /// Takes what is in store for a request: all delays, and the first other fault.
    pub fn take(&mut self, request: &Request) -> Plan {
        let mut plan = Plan::default();
        for rule in self.rules.iter_mut().filter(|rule| rule.times > 0 && rule.meets(request)) {
            let delay = matches!(rule.fault, Fault::Delay { .. });
            if !delay && plan.fault.is_some() {
                continue;
            }
            if rule.skip > 0 {
                rule.skip -= 1;
                continue;
            }
            rule.times -= 1;
            match &rule.fault {
                Fault::Delay { ms } => plan.delay_ms += ms,
                other => plan.fault = Some(other.clone()),
            }
        }
        self.rules.retain(|rule| rule.times > 0);
        plan
    }
}
