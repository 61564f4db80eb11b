//! Calls from the Worker to a Durable Object, and from one object to another.

use crate::{Error, Result};
use attune_contracts::Problem;
use attune_domain::json;
use attune_identity::jose::base64url;
use serde::Serialize;
use serde::de::DeserializeOwned;
use wasm_bindgen::prelude::wasm_bindgen;
use worker::Env;
use worker::js_sys::Promise;
use worker::js_sys::futures::JsFuture;
use worker::wasm_bindgen::{JsCast, JsValue};
use worker::worker_sys::web_sys;

#[wasm_bindgen(module = "/js/runtime.js")]
extern "C" {
    fn ask(env: &Env, binding: &str, name: &str, url: &str, body: Option<&[u8]>) -> Promise;
    #[wasm_bindgen(catch, js_name = stubOf)]
    fn stub_of(env: &Env, binding: &str, name: &str) -> core::result::Result<RawStub, JsValue>;
    type RawStub;
    #[wasm_bindgen(method, catch, js_name = fetch)]
    fn fetch_request(this: &RawStub, request: &web_sys::Request) -> core::result::Result<Promise, JsValue>;
}

/// What an object answered.
#[derive(Debug, Clone)]
pub struct ObjectAnswer {
    /// HTTP status, by which objects tell outcomes apart.
    pub status: u16,
    /// The body, JSON.
    pub body: String,
}

impl ObjectAnswer {
    /// The body as a value.
    ///
    /// # Errors
    /// [`Error::Runtime`] when it is not of that shape, which is a fault of ours.
    pub fn read<T: DeserializeOwned>(&self) -> Result<T> {
        json::from_str(&self.body).map_err(|e| Error::Runtime { at: "answer of an object", message: e.to_string() })
    }
}

/// One object, by its name under a binding.
#[derive(Debug)]
pub struct Stub<'a> {
    env: &'a Env,
    binding: &'static str,
    name: &'a str,
}

impl<'a> Stub<'a> {
    /// The object. Nothing is called.
    pub const fn new(env: &'a Env, binding: &'static str, name: &'a str) -> Self {
        Self { env, binding, name }
    }

    /// Calls `path` of the object with JSON.
    ///
    /// # Errors
    /// [`Error::Runtime`]: the object could not be reached or threw; whether the call had its effect is unknown.
    pub async fn call<T: Serialize>(&self, path: &str, body: &T) -> Result<ObjectAnswer> {
        self.call_bytes(path, &bytes(body)?).await
    }

    /// Calls `path` of the object with bytes.
    ///
    /// # Errors
    /// As [`Stub::call`].
    pub async fn call_bytes(&self, path: &str, body: &[u8]) -> Result<ObjectAnswer> {
        // The host of the address is not looked at; the runtime wants one.
        self.send(&format!("http://o{path}"), Some(body)).await
    }

    /// Calls `path` with JSON of at most some hundred bytes, in the address: a body is a stream on both sides, which costs as much
    /// as the rest of the call. Addresses stand in the platform's logs, so only for commands of ids and numbers.
    ///
    /// # Errors
    /// As [`Stub::call`].
    pub async fn call_short<T: Serialize>(&self, path: &str, command: &T) -> Result<ObjectAnswer> {
        let mut url = format!("http://o{path}?");
        base64url::append(&bytes(command)?, &mut url);
        self.send(&url, None).await
    }

    /// The Worker's static assets, which are asked like an object. They are files beside the script: no part of its size.
    pub const fn assets(env: &'a Env) -> Self {
        Self::new(env, "ASSETS", "")
    }

    /// The file at `path` of the assets.
    ///
    /// # Errors
    /// As [`Stub::call`].
    pub async fn get(&self, path: &str) -> Result<ObjectAnswer> {
        self.send(&format!("http://o{path}"), None).await
    }

    async fn send(&self, url: &str, body: Option<&[u8]>) -> Result<ObjectAnswer> {
        let fail = |message: String| Error::Runtime { at: "object", message };
        let answer = JsFuture::from(ask(self.env, self.binding, self.name, url, body)).await;
        let answer = answer.map_err(|e| Error::thrown("object", &e))?.as_string().unwrap_or_default();
        let (status, body) = answer.split_at_checked(3).ok_or_else(|| fail("no status".to_owned()))?;
        let status = status.parse().map_err(|_| fail("no status".to_owned()))?;
        Ok(ObjectAnswer { status, body: body.to_owned() })
    }

    /// Passes a request on with headers of ours in place of the client's, and gives the object's response whole: for
    /// WebSocket upgrades.
    ///
    /// # Errors
    /// As [`Stub::call`].
    pub async fn forward(&self, path: &str, headers: &[(&str, &str)]) -> Result<web_sys::Response> {
        let own = web_sys::Headers::new().map_err(|e| Error::thrown("headers", &e))?;
        for (name, value) in headers {
            own.set(name, value).map_err(|e| Error::thrown("header", &e))?;
        }
        let init = web_sys::RequestInit::new();
        init.set_method("GET");
        init.set_headers(&own);
        let request = web_sys::Request::new_with_str_and_init(&format!("http://o{path}"), &init)
            .map_err(|e| Error::thrown("request", &e))?;
        let stub = stub_of(self.env, self.binding, self.name).map_err(|e| Error::thrown(self.binding, &e))?;
        let promise = stub.fetch_request(&request).map_err(|e| Error::thrown("object", &e))?;
        let response = JsFuture::from(promise).await.map_err(|e| Error::thrown("object", &e))?;
        Ok(response.unchecked_into())
    }
}

/// The problem that an object's response carries.
///
/// # Errors
/// [`Error::Runtime`] when it carries none, which is a fault of ours.
pub async fn problem_of(response: &web_sys::Response) -> Result<Problem> {
    let text = response.text().map_err(|e| Error::thrown("object", &e))?;
    let body = JsFuture::from(text).await.map_err(|e| Error::thrown("object", &e))?.as_string().unwrap_or_default();
    ObjectAnswer { status: response.status(), body }.read()
}

fn bytes<T: Serialize>(value: &T) -> Result<Vec<u8>> {
    serde_json::to_vec(value).map_err(|e| Error::Runtime { at: "call of an object", message: e.to_string() })
}

/// The command that [`Stub::call_short`] wrote into an address; `None` where there is none, or one that it does not write.
pub fn short_command(url: &str) -> Option<String> {
    let (_, text) = url.split_once('?')?;
    String::from_utf8(base64url::decode(text).ok()?).ok()
}

/// The name by which an object was addressed; every object of ours has one.
pub fn own_name(state: &worker::State) -> Option<String> {
    state.id().name()
}
