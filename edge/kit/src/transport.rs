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

/// Sends one request to a service of ours and reads its answer to the end, both within `timeout_ms`. Redirects are not followed: a
/// signature is good for one host. Whose address somebody else has given is asked by [`send_limited`].
///
/// # Errors
/// [`Error::Timeout`], [`Error::Runtime`]; in both cases nobody knows whether the call had its effect.
pub async fn send(request: HttpRequest, timeout_ms: u32) -> Result<HttpResponse> {
    let at = |fault: &JsValue| fault_of(fault, timeout_ms);
    let response = begin(&request, timeout_ms).await?;
    let buffer = response.array_buffer().map_err(|e| at(&e))?;
    let buffer = JsFuture::from(buffer).await.map_err(|e| at(&e))?;
    Ok(answer(&response, Uint8Array::new(&buffer).to_vec()))
}

/// As [`send`], to a host that is not ours: of its answer at most `limit` bytes are taken in.
///
/// # Errors
/// As [`send`], and [`Error::BodyTooLong`].
pub async fn send_limited(request: HttpRequest, timeout_ms: u32, limit: usize) -> Result<HttpResponse> {
    let at = |fault: &JsValue| fault_of(fault, timeout_ms);
    let response = begin(&request, timeout_ms).await?;
    let mut body = Vec::new();
    if let Some(stream) = response.body() {
        let reader: web_sys::ReadableStreamDefaultReader = stream.get_reader().unchecked_into();
        loop {
            let piece = JsFuture::from(reader.read()).await.map_err(|e| at(&e))?;
            let field = |name: &str| worker::js_sys::Reflect::get(&piece, &name.into()).map_err(|e| at(&e));
            if field("done")?.is_truthy() {
                break;
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
    Ok(answer(&response, body))
}

fn fault_of(fault: &JsValue, timeout_ms: u32) -> Error {
    let name = fault.dyn_ref::<worker::js_sys::Error>().map(|e| String::from(e.name()));
    match name.as_deref() {
        Some("TimeoutError" | "AbortError") => Error::Timeout(timeout_ms),
        _ => Error::thrown("fetch", fault),
    }
}

/// Sends, and waits for the head of the answer; its body is read by whoever gets it, within `timeout_ms` as well.
///
/// # Errors
/// As [`send`].
pub async fn begin(request: &HttpRequest, timeout_ms: u32) -> Result<web_sys::Response> {
    let at = |fault: &JsValue| fault_of(fault, timeout_ms);
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
    Ok(JsFuture::from(promise).await.map_err(|e| at(&e))?.unchecked_into())
}

fn answer(response: &web_sys::Response, body: Vec<u8>) -> HttpResponse {
    let got = response.headers();
    let headers = ["retry-after", "x-amzn-errortype", "x-amzn-query-error"]
        .into_iter()
        .filter_map(|name| Some((name.to_owned(), got.get(name).ok().flatten()?)))
        .collect();
    HttpResponse { status: response.status(), headers, body }
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
