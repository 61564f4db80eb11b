//! What an event gives to the runtime.

use std::pin::Pin;
use std::task::{Context, Poll, Waker};
use worker::js_sys::futures::future_to_promise;
use worker::wasm_bindgen::JsValue;

/// What a handler gives, or throws.
pub type Given = core::result::Result<JsValue, JsValue>;

/// The value of `future` if it is there without waiting, else a promise of it: a promise costs two turns of the runtime's loop.
///
/// # Errors
/// What `future` throws.
pub fn give(future: impl Future<Output = Given> + 'static) -> Given {
    let mut future: Pin<Box<dyn Future<Output = Given>>> = Box::pin(future);
    match future.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(given) => given,
        // The task that it becomes polls it again, with a waker of its own.
        Poll::Pending => Ok(future_to_promise(future).into()),
    }
}
