//! What an answer must not be.

use super::credentials::GOOD;
use super::requests::Operation;
use super::side::Side;
use crate::http::{Request, Response};

/// What everybody may read.
const OPEN: [&str; 4] = ["/healthz", "/readyz", "/openapi.json", "/problems/{code}"];

/// What is wrong with an answer; `of_own` when the request asks for things of the side that sends it.
pub fn fault(
    operation: &Operation,
    kind: &str,
    of_own: bool,
    (own, other): (&Side, &Side),
    request: &Request,
    answer: &Response,
) -> Option<String> {
    // it says whether all is well, and here nobody sweeps
    if answer.status >= 500 && operation.path != "/readyz" {
        return Some("it broke".to_owned());
    }
    let good = answer.status < 400;
    if good && !GOOD.contains(&kind) && !OPEN.contains(&operation.path.as_str()) {
        return Some("a stranger was let in".to_owned());
    }
    if good && !of_own && operation.names_things() {
        return Some("another's was reached".to_owned());
    }
    if answer.status == 429 && answer.code() == "rate_limited" {
        return Some("a limit was met, so the answer tells nothing".to_owned());
    }
    let text = String::from_utf8_lossy(&answer.body);
    if let Some(canary) = other.canaries.iter().find(|canary| text.contains(canary.as_str())) {
        return Some(format!("{canary} leaked"));
    }
    // who sends an id gets it back, as a name or in words about what is wrong, and later from where it was written
    let body = String::from_utf8_lossy(request.body.as_deref().unwrap_or_default());
    let mut written = own.written.borrow_mut();
    for mark in other.marks.iter().filter(|mark| text.contains(mark.as_str()) || body.contains(mark.as_str())) {
        if body.contains(mark.as_str()) {
            written.insert(mark.clone());
        } else if !request.target.contains(mark.as_str()) && !written.contains(mark) {
            return Some(format!("{mark} leaked"));
        }
    }
    None
}
