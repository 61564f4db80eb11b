//! Waiting with an end.

use futures_util::future::{Either, select};
use std::pin::pin;
use std::time::Duration;

/// The output of `future`, or `None` when it did not come within `milliseconds`.
pub async fn within<F: Future>(milliseconds: u64, future: F) -> Option<F::Output> {
    let end = worker::Delay::from(Duration::from_millis(milliseconds));
    match select(pin!(future), pin!(end)).await {
        Either::Left((output, _)) => Some(output),
        Either::Right(_) => None,
    }
}

/// Lets `milliseconds` go by.
pub async fn pause(milliseconds: u64) {
    worker::Delay::from(Duration::from_millis(milliseconds)).await;
}
