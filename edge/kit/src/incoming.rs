//! A request as it came in.

use crate::{Error, Result};
use std::cell::OnceCell;
use wasm_bindgen::prelude::wasm_bindgen;
use worker::js_sys::futures::JsFuture;
use worker::js_sys::{self, Uint8Array};
use worker::wasm_bindgen::JsCast;
use worker::worker_sys::web_sys;

#[wasm_bindgen(module = "/js/runtime.js")]
extern "C" {
    fn head(request: &web_sys::Request) -> String;
}

/// A request of the runtime. Its head crosses from JavaScript as one text, when something of it is asked for.
#[derive(Debug, Clone)]
pub struct Incoming {
    request: web_sys::Request,
    url: OnceCell<String>,
    head: OnceCell<Head>,
}

/// Method, address and header fields (names in lowercase), a line each.
#[derive(Debug, Clone)]
struct Head(String);

impl Head {
    fn fields(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.split('\n').skip(2).filter_map(|line| line.split_once(':'))
    }
}

impl From<web_sys::Request> for Incoming {
    fn from(request: web_sys::Request) -> Self {
        Self { request, url: OnceCell::new(), head: OnceCell::new() }
    }
}

impl Incoming {
    fn head(&self) -> &Head {
        self.head.get_or_init(|| Head(head(&self.request)))
    }

    /// The method, in capitals for the known ones.
    pub fn method(&self) -> &str {
        self.head().0.split('\n').next().unwrap_or_default()
    }

    /// The absolute address.
    pub fn url(&self) -> &str {
        match self.head.get() {
            Some(head) => head.0.split('\n').nth(1).unwrap_or_default(),
            // objects look at nothing else
            None => self.url.get_or_init(|| self.request.url()),
        }
    }

    /// Path and query of the address, as received.
    pub fn target(&self) -> &str {
        let url = self.url();
        let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
        let target = rest.find('/').and_then(|at| rest.get(at..)).unwrap_or_default();
        target.split('#').next().unwrap_or_default()
    }

    /// The path of the address.
    pub fn path(&self) -> &str {
        self.target().split('?').next().unwrap_or_default()
    }

    /// A header's value by its lowercase name, several of one name joined by a comma.
    pub fn header(&self, name: &str) -> Option<String> {
        self.head().fields().find(|(known, _)| *known == name).map(|(_, value)| value.to_owned())
    }

    /// Lengths of the header fields: all together, and the longest. Names and values count, and one for each comma between them;
    /// fields of one name are one.
    pub fn header_lengths(&self) -> (usize, usize) {
        let lengths = self.head().fields().map(|(name, value)| name.len() + 1 + value.len());
        lengths.fold((0, 0), |(all, longest), length| (all + length + 1, longest.max(length)))
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
