//! The body of a response that is written piece by piece.

use crate::{Error, Result, wait};
use wasm_bindgen::prelude::{JsValue, wasm_bindgen};
use worker::js_sys::Promise;
use worker::js_sys::futures::JsFuture;
use worker::worker_sys::web_sys;

#[wasm_bindgen(module = "/js/runtime.js")]
extern "C" {
    #[wasm_bindgen(js_name = Pieces)]
    type Raw;
    #[wasm_bindgen(constructor, js_class = "Pieces")]
    fn new() -> Raw;
    #[wasm_bindgen(method, getter)]
    fn gone(this: &Raw) -> Promise;
    #[wasm_bindgen(method, getter)]
    fn body(this: &Raw) -> web_sys::ReadableStream;
    #[wasm_bindgen(method)]
    fn write(this: &Raw, text: &str) -> f64;
    #[wasm_bindgen(method)]
    fn end(this: &Raw);
}

/// The stream. What is written waits in memory until the client takes it.
pub struct Pieces(Raw);

impl std::fmt::Debug for Pieces {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Pieces")
    }
}

impl Default for Pieces {
    fn default() -> Self {
        Self(Raw::new())
    }
}

impl Pieces {
    /// The response with this stream as its body.
    ///
    /// # Errors
    /// [`Error::Runtime`].
    pub fn response(&self) -> Result<web_sys::Response> {
        web_sys::Response::new_with_opt_readable_stream(Some(&self.0.body())).map_err(|e| Error::thrown("stream", &e))
    }

    /// Writes a piece. Gives the bytes that wait to be taken; `None`: the stream has ended, or nobody reads it any more.
    pub fn write(&self, text: &str) -> Option<f64> {
        Some(self.0.write(text)).filter(|waiting| *waiting >= 0.0)
    }

    /// Ends it after what waits.
    pub fn end(&self) {
        self.0.end();
    }

    /// Waits until nobody reads it any more, at most `milliseconds`. Is it over?
    pub async fn is_over_within(&self, milliseconds: u32) -> bool {
        wait::within(milliseconds, JsFuture::<JsValue>::from(self.0.gone())).await.is_some()
    }
}
