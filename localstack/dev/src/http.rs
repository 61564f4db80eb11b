//! HTTP to services on this machine.

use std::time::Duration;

use serde_json::Value;

use crate::error::{Error, Result};

/// An answer of any status.
#[derive(Debug, Clone)]
pub struct Answer {
    /// HTTP status.
    pub status: u16,
    /// Body.
    pub body: Vec<u8>,
}

impl Answer {
    /// 2xx.
    pub fn ok(&self) -> bool {
        (200..300).contains(&self.status)
    }

    /// The body as text.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// The body as JSON; null when it is none.
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or(Value::Null)
    }

    /// Fails on any status but 2xx.
    pub fn success(self, call: &str) -> Result<Self> {
        if self.ok() {
            return Ok(self);
        }
        let body: String = self.text().chars().take(600).collect();
        Err(Error::Refused { call: call.into(), status: self.status, body })
    }
}

/// Sends one request on a connection of its own. `seconds` limits the whole call.
pub fn send(method: &str, url: &str, headers: &[(&str, &str)], body: &[u8], seconds: u64) -> Result<Answer> {
    let mut response = call(method, url, headers, body, seconds)?;
    let body = response
        .body_mut()
        .with_config()
        .limit(512 * 1024 * 1024)
        .read_to_vec()
        .map_err(|error| Error::Http { method: method.into(), url: url.into(), reason: error.to_string() })?;
    Ok(Answer { status: response.status().as_u16(), body })
}

fn call(
    method: &str,
    url: &str,
    headers: &[(&str, &str)],
    body: &[u8],
    seconds: u64,
) -> Result<ureq::http::Response<ureq::Body>> {
    let failure = |reason: String| Error::Http { method: method.into(), url: url.into(), reason };
    let agent: ureq::Agent = ureq::Agent::config_builder()
        .http_status_as_error(false)
        .timeout_global(Some(Duration::from_secs(seconds)))
        .max_redirects(0)
        .proxy(None)
        .build()
        .into();
    let mut request = ureq::http::Request::builder().method(method).uri(url);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let request = request.body(body).map_err(|error| failure(error.to_string()))?;
    agent.run(request).map_err(|error| failure(error.to_string()))
}

/// One header of the answer to a request without a body, whatever its status; none when the answer lacks it.
pub fn header(method: &str, url: &str, headers: &[(&str, &str)], name: &str) -> Result<Option<String>> {
    let answer = call(method, url, headers, &[], 10)?;
    Ok(answer.headers().get(name).and_then(|value| value.to_str().ok()).map(str::to_owned))
}

/// Whether `GET url` answers 2xx within a second or two.
pub fn answers(url: &str) -> bool {
    send("GET", url, &[], &[], 2).is_ok_and(|answer| answer.ok())
}
