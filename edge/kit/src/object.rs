//! Calls from the Worker to a Durable Object, and from one object to another.

use crate::{Error, Result};
use serde::Serialize;
use serde::de::DeserializeOwned;
use worker::js_sys::futures::JsFuture;
use worker::js_sys::{Promise, Uint8Array};
use worker::wasm_bindgen::{JsCast, JsValue};
use worker::worker_sys::web_sys;
use worker::{Env, ObjectNamespace};

mod raw {
    use super::{JsValue, Promise};
    use wasm_bindgen::prelude::wasm_bindgen;
    use worker::worker_sys::web_sys;

    #[wasm_bindgen]
    extern "C" {
        /// A stub, or a namespace: whatever has the method that is called.
        pub type Target;
        #[wasm_bindgen(method, catch, js_name = fetch)]
        pub fn fetch(this: &Target, url: &str, init: &web_sys::RequestInit) -> core::result::Result<Promise, JsValue>;
        #[wasm_bindgen(method, catch, js_name = fetch)]
        pub fn fetch_request(this: &Target, request: &web_sys::Request) -> core::result::Result<Promise, JsValue>;
        #[wasm_bindgen(method, catch, js_name = getByName)]
        pub fn get_by_name(this: &Target, name: &str) -> core::result::Result<Target, JsValue>;
    }
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
        serde_json::from_str(&self.body)
            .map_err(|e| Error::Runtime { at: "answer of an object", message: e.to_string() })
    }
}

/// A stub of one object.
#[derive(Debug)]
pub struct Stub(raw::Target);

impl std::fmt::Debug for raw::Target {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Target")
    }
}

impl Stub {
    /// The object of a name under a binding. Getting a stub makes no call.
    ///
    /// # Errors
    /// [`Error::Runtime`] when the binding is missing.
    pub fn new(env: &Env, binding: &'static str, name: &str) -> Result<Self> {
        let namespace: ObjectNamespace = env.durable_object(binding).map_err(|e| Error::worker(binding, &e))?;
        let namespace: raw::Target = JsValue::from(namespace).unchecked_into();
        Ok(Self(namespace.get_by_name(name).map_err(|e| Error::thrown(binding, &e))?))
    }

    /// Calls `path` of the object with JSON.
    ///
    /// # Errors
    /// [`Error::Runtime`]: the object could not be reached or threw; whether the call had its effect is unknown.
    pub async fn call<T: Serialize>(&self, path: &str, body: &T) -> Result<ObjectAnswer> {
        let text =
            serde_json::to_vec(body).map_err(|e| Error::Runtime { at: "call of an object", message: e.to_string() })?;
        self.call_bytes(path, &text).await
    }

    /// Calls `path` of the object with bytes.
    ///
    /// # Errors
    /// As [`Stub::call`].
    pub async fn call_bytes(&self, path: &str, body: &[u8]) -> Result<ObjectAnswer> {
        let init = web_sys::RequestInit::new();
        init.set_method("POST");
        init.set_body(&Uint8Array::from(body));
        // The host of the address is not looked at; the runtime wants one.
        self.answer(path, &init).await
    }

    /// The Worker's static assets, which are asked like an object. They are files beside the script: no part of its size.
    ///
    /// # Errors
    /// [`Error::Runtime`] when the binding is missing.
    pub fn assets(env: &Env) -> Result<Self> {
        let fetcher = env.assets("ASSETS").map_err(|e| Error::worker("ASSETS", &e))?;
        Ok(Self(JsValue::from(fetcher).unchecked_into()))
    }

    /// The file at `path`.
    ///
    /// # Errors
    /// As [`Stub::call`].
    pub async fn get(&self, path: &str) -> Result<ObjectAnswer> {
        self.answer(path, &web_sys::RequestInit::new()).await
    }

    async fn answer(&self, path: &str, init: &web_sys::RequestInit) -> Result<ObjectAnswer> {
        let promise = self.0.fetch(&format!("http://o{path}"), init).map_err(|e| Error::thrown("object", &e))?;
        let response = JsFuture::from(promise).await.map_err(|e| Error::thrown("object", &e))?;
        let response: web_sys::Response = response.unchecked_into();
        let status = response.status();
        if status == 204 {
            // It says all by its status; reading nothing saves a turn of the runtime's loop.
            return Ok(ObjectAnswer { status, body: String::new() });
        }
        let text = response.text().map_err(|e| Error::thrown("object", &e))?;
        let text = JsFuture::from(text).await.map_err(|e| Error::thrown("object", &e))?;
        Ok(ObjectAnswer { status, body: text.as_string().unwrap_or_default() })
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
        let promise = self.0.fetch_request(&request).map_err(|e| Error::thrown("object", &e))?;
        let response = JsFuture::from(promise).await.map_err(|e| Error::thrown("object", &e))?;
        Ok(response.unchecked_into())
    }
}

/// The name by which an object was addressed; every object of ours has one.
pub fn own_name(state: &worker::State) -> Option<String> {
    state.id().name()
}
