//! Hibernating WebSockets of a Durable Object.

use crate::{Error, Result};
use attune_domain::json;
use serde::Serialize;
use serde::de::DeserializeOwned;
use wasm_bindgen::prelude::wasm_bindgen;
use worker::js_sys::Array;
use worker::worker_sys::WebSocketRequestResponsePair;
use worker::worker_sys::web_sys;
use worker::{ResponseBuilder, State, WebSocket, WebSocketPair};

#[wasm_bindgen(module = "/js/runtime.js")]
extern "C" {
    fn tell(sockets: &Array, text: &str);
}

/// Answers text frames `ping` with `pong` without waking the object.
///
/// # Errors
/// [`Error::Runtime`].
pub fn answer_pings(state: &State) -> Result<()> {
    let pair = WebSocketRequestResponsePair::new("ping", "pong").map_err(|e| Error::thrown("ping", &e))?;
    state.set_websocket_auto_response(&pair);
    Ok(())
}

/// Accepts a socket that outlives the object's sleep, with at most 10 tags, the subprotocol that is spoken, and what is to be
/// remembered of it (2 KB at most).
///
/// # Errors
/// [`Error::Runtime`].
pub fn accept<T: Serialize>(
    state: &State,
    tags: &[&str],
    protocol: Option<&str>,
    remember: &T,
) -> Result<web_sys::Response> {
    let pair = WebSocketPair::new().map_err(|e| Error::worker("socket", &e))?;
    state.accept_websocket_with_tags(&pair.server, tags);
    set_attachment(&pair.server, remember)?;
    let mut response = ResponseBuilder::new().with_status(101).with_websocket(pair.client);
    if let Some(protocol) = protocol {
        response =
            response.with_header("sec-websocket-protocol", protocol).map_err(|e| Error::worker("protocol", &e))?;
    }
    Ok(response.empty().into())
}

/// Replaces what is remembered of a socket.
///
/// # Errors
/// [`Error::Runtime`].
pub fn set_attachment<T: Serialize>(socket: &WebSocket, remember: &T) -> Result<()> {
    let text =
        serde_json::to_string(remember).map_err(|e| Error::Runtime { at: "attachment", message: e.to_string() })?;
    socket.serialize_attachment(text).map_err(|e| Error::worker("attachment", &e))
}

/// What is remembered of a socket, if it can be read.
pub fn attachment<T: DeserializeOwned>(socket: &WebSocket) -> Option<T> {
    let text: String = socket.deserialize_attachment().ok().flatten()?;
    json::from_str(&text).ok()
}

/// Sends a value as a JSON text frame. A socket that is gone is not a fault: its close event tells.
pub fn send<T: Serialize>(socket: &WebSocket, frame: &T) {
    if let Ok(text) = serde_json::to_string(frame) {
        drop(socket.send_with_str(text));
    }
}

/// Sends a text to many sockets; it crosses into JavaScript once. One that is gone is not a fault: its close event tells.
pub fn send_all<'a>(sockets: impl IntoIterator<Item = &'a WebSocket>, text: &str) {
    tell(&sockets.into_iter().map(AsRef::<web_sys::WebSocket>::as_ref).collect::<Array>(), text);
}
