//! Sends the request values of `attune-aws`.

use crate::{Error, Result};
use attune_aws::{HttpRequest, HttpResponse};
use futures_util::future::join_all;
use wasm_bindgen::JsCast;
use wasm_bindgen::prelude::{JsValue, wasm_bindgen};
use worker::js_sys::futures::JsFuture;
use worker::js_sys::{Promise, Uint8Array};
use worker::worker_sys::web_sys;

/// Outgoing connections that one event may hold at a time (a limit of the platform; more would queue unseen).
pub const MAX_CONNECTIONS: usize = 6;

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(catch, js_name = fetch)]
    fn fetch_with_init(url: &str, init: &web_sys::RequestInit) -> core::result::Result<Promise, JsValue>;
    #[wasm_bindgen(js_namespace = AbortSignal, js_name = timeout)]
    fn abort_after(milliseconds: u32) -> web_sys::AbortSignal;
}

/// Sends one request and reads its answer to the end, both within `timeout_ms`. Redirects are not followed: a signature is
/// good for one host.
///
/// # Errors
/// [`Error::Timeout`], [`Error::Runtime`]; in both cases nobody knows whether the call had its effect.
pub async fn send(request: HttpRequest, timeout_ms: u32) -> Result<HttpResponse> {
    let at = |fault: &JsValue| {
        let name = fault.dyn_ref::<worker::js_sys::Error>().map(|e| String::from(e.name()));
        match name.as_deref() {
            Some("TimeoutError" | "AbortError") => Error::Timeout(timeout_ms),
            _ => Error::thrown("fetch", fault),
        }
    };
    let headers = web_sys::Headers::new().map_err(|e| at(&e))?;
    for (name, value) in &request.headers {
        headers.set(name, value).map_err(|e| at(&e))?;
    }
    let init = web_sys::RequestInit::new();
    init.set_method(request.method);
    init.set_headers(&headers);
    init.set_redirect(web_sys::RequestRedirect::Manual);
    init.set_signal(Some(&abort_after(timeout_ms)));
    if !request.body.is_empty() {
        init.set_body(&Uint8Array::from(request.body.as_slice()));
    }
    let promise = fetch_with_init(&request.url, &init).map_err(|e| at(&e))?;
    let response: web_sys::Response = JsFuture::from(promise).await.map_err(|e| at(&e))?.unchecked_into();
    let buffer = response.array_buffer().map_err(|e| at(&e))?;
    let buffer = JsFuture::from(buffer).await.map_err(|e| at(&e))?;
    let got = response.headers();
    let headers = ["retry-after", "x-amzn-errortype", "x-amzn-query-error"]
        .into_iter()
        .filter_map(|name| Some((name.to_owned(), got.get(name).ok().flatten()?)))
        .collect();
    Ok(HttpResponse { status: response.status(), headers, body: Uint8Array::new(&buffer).to_vec() })
}

/// Sends requests, at most [`MAX_CONNECTIONS`] at a time, and gives the answers in their order.
pub async fn send_all(requests: Vec<HttpRequest>, timeout_ms: u32) -> Vec<Result<HttpResponse>> {
    let mut answers = Vec::with_capacity(requests.len());
    let mut requests = requests.into_iter();
    loop {
        let round: Vec<_> = requests.by_ref().take(MAX_CONNECTIONS).map(|r| send(r, timeout_ms)).collect();
        if round.is_empty() {
            return answers;
        }
        answers.extend(join_all(round).await);
    }
}
