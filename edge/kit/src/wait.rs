//! Waiting with an end.

use futures_util::future::{Either, select};
use std::pin::pin;
use wasm_bindgen::prelude::wasm_bindgen;
use worker::js_sys::Promise;
use worker::js_sys::futures::JsFuture;

#[wasm_bindgen]
extern "C" {
    /// `scheduler.wait` of the runtime. Not `setTimeout` (which `worker::Delay` uses): by the date of compatibility that returns an
    /// object where the crate expects a number.
    #[wasm_bindgen(js_namespace = scheduler, js_name = wait)]
    fn scheduler_wait(milliseconds: f64) -> Promise;
}

/// The output of `future`, or `None` when it did not come within `milliseconds`.
pub async fn within<F: Future>(milliseconds: u32, future: F) -> Option<F::Output> {
    match select(pin!(future), pin!(pause(milliseconds))).await {
        Either::Left((output, _)) => Some(output),
        Either::Right(_) => None,
    }
}

/// Lets `milliseconds` go by.
pub async fn pause(milliseconds: u32) {
    // It rejects only when it is aborted, and nobody does that.
    drop(JsFuture::from(scheduler_wait(f64::from(milliseconds))).await);
}
