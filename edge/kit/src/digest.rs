//! SHA-256 by the runtime's WebCrypto: native, where the same in wasm costs ten times as much. Worth the wait of a call from some
//! kilobytes on.

use crate::{Error, Result};
use wasm_bindgen::prelude::{JsValue, wasm_bindgen};
use worker::js_sys::futures::JsFuture;
use worker::js_sys::{Promise, Uint8Array};

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(catch, js_namespace = ["crypto", "subtle"], js_name = digest)]
    fn subtle_digest(algorithm: &str, data: &Uint8Array) -> core::result::Result<Promise, JsValue>;
}

/// SHA-256 as lowercase hex.
///
/// # Errors
/// [`Error::Runtime`].
pub async fn sha256_hex(bytes: &[u8]) -> Result<String> {
    Ok(attune_contracts::canonical::hex(&sha256(bytes).await?))
}

/// SHA-256.
///
/// # Errors
/// [`Error::Runtime`].
pub async fn sha256(bytes: &[u8]) -> Result<[u8; 32]> {
    let thrown = |fault: &JsValue| Error::thrown("digest", fault);
    let digest = subtle_digest("SHA-256", &Uint8Array::from(bytes)).map_err(|e| thrown(&e))?;
    let digest = JsFuture::from(digest).await.map_err(|e| thrown(&e))?;
    let mut hash = [0; 32];
    Uint8Array::new(&digest).copy_to(&mut hash);
    Ok(hash)
}
