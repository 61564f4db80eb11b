//! A request as it came in.

use crate::{Error, Result};
use worker::js_sys::futures::JsFuture;
use worker::js_sys::{self, Uint8Array};
use worker::wasm_bindgen::{JsCast, JsValue};
use worker::worker_sys::web_sys;

/// Below this no field is looked at by itself.
const SMALL_HEADER: usize = 4_096;

/// A request of the runtime. Reading a header crosses into JavaScript, so nothing is read before it is asked for.
#[derive(Debug, Clone)]
pub struct Incoming {
    request: web_sys::Request,
    headers: web_sys::Headers,
}

impl From<web_sys::Request> for Incoming {
    fn from(request: web_sys::Request) -> Self {
        let headers = request.headers();
        Self { request, headers }
    }
}

impl Incoming {
    /// The method, in capitals for the known ones.
    pub fn method(&self) -> String {
        self.request.method()
    }

    /// The absolute address.
    pub fn url(&self) -> String {
        self.request.url()
    }

    /// A header's value, several of one name joined by a comma.
    pub fn header(&self, name: &str) -> Option<String> {
        self.headers.get(name).ok().flatten()
    }

    /// Lengths of the header fields: all together, and the longest. Names and values count, and one for each comma between them;
    /// fields of one name are one. What is small as a whole is measured without looking at each.
    pub fn header_lengths(&self) -> (usize, usize) {
        let fields = js_sys::Array::from(&self.headers);
        let all = fields.join(",").length() as usize;
        if all <= SMALL_HEADER {
            return (all, all);
        }
        let length = |field: JsValue| js_sys::Array::from(&field).join(",").length() as usize;
        (all, fields.iter().map(length).max().unwrap_or(all))
    }

    /// The runtime's request, to pass it on whole (a WebSocket upgrade).
    pub fn raw(&self) -> &web_sys::Request {
        &self.request
    }

    /// The body, at most `limit` bytes. A longer one is given up as soon as that is known, declared length or not.
    ///
    /// # Errors
    /// [`Error::BodyTooLong`], [`Error::Runtime`] when the client went away.
    pub async fn body(&self, limit: usize) -> Result<Vec<u8>> {
        let declared = self.header("content-length").and_then(|text| text.parse::<u64>().ok());
        match declared {
            Some(length) if length > limit as u64 => Err(Error::BodyTooLong(limit)),
            // The HTTP layer below us ends the body at the declared length.
            Some(_) => {
                let promise = self.request.array_buffer().map_err(|e| Error::thrown("body", &e))?;
                let buffer = JsFuture::from(promise).await.map_err(|e| Error::thrown("body", &e))?;
                Ok(Uint8Array::new(&buffer).to_vec())
            }
            None => self.counted(limit).await,
        }
    }

    /// Reads a body of unknown length piece by piece.
    async fn counted(&self, limit: usize) -> Result<Vec<u8>> {
        let Some(stream) = self.request.body() else {
            return Ok(Vec::new());
        };
        let reader: web_sys::ReadableStreamDefaultReader = stream.get_reader().unchecked_into();
        let mut body = Vec::new();
        loop {
            let piece = JsFuture::from(reader.read()).await.map_err(|e| Error::thrown("body", &e))?;
            let field = |name: &str| js_sys::Reflect::get(&piece, &name.into()).map_err(|e| Error::thrown("body", &e));
            if field("done")?.is_truthy() {
                return Ok(body);
            }
            let bytes = Uint8Array::new(&field("value")?);
            if body.len() + bytes.length() as usize > limit {
                // Tells the sender to stop; whether that succeeds does not matter any more.
                drop(reader.cancel());
                return Err(Error::BodyTooLong(limit));
            }
            body.extend(bytes.to_vec());
        }
    }
}
