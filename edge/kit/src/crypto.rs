//! Signatures by the runtime's WebCrypto: P-256 in wasm costs ten times as much (decision 6).

use crate::{Error, Result};
use attune_identity::jose::{PublicAlg, SignatureCheck};
use std::cell::RefCell;
use std::collections::HashMap;
use wasm_bindgen::prelude::{JsValue, wasm_bindgen};
use worker::js_sys::futures::JsFuture;
use worker::js_sys::{JSON, Promise};

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(catch, js_namespace = ["crypto", "subtle"], js_name = importKey)]
    fn import_key(
        format: &str,
        key: &JsValue,
        algorithm: &JsValue,
        extractable: bool,
        usages: &JsValue,
    ) -> core::result::Result<Promise, JsValue>;
    #[wasm_bindgen(catch, js_namespace = ["crypto", "subtle"], js_name = verify)]
    fn subtle_verify(
        algorithm: &JsValue,
        key: &JsValue,
        signature: &[u8],
        data: &[u8],
    ) -> core::result::Result<Promise, JsValue>;
}

/// Most keys kept in an isolate; then all are forgotten, which costs an import each and nothing else.
const MOST: usize = 1_024;

/// What WebCrypto is told, made once: each object that is built crosses into JavaScript.
struct Words {
    es256: JsValue,
    rs256: JsValue,
    usages: JsValue,
}

impl Words {
    fn new() -> core::result::Result<Self, JsValue> {
        Ok(Self {
            es256: JSON::parse(r#"{"name":"ECDSA","namedCurve":"P-256","hash":"SHA-256"}"#)?,
            rs256: JSON::parse(r#"{"name":"RSASSA-PKCS1-v1_5","hash":"SHA-256"}"#)?,
            usages: JSON::parse(r#"["verify"]"#)?,
        })
    }

    fn of(&self, alg: PublicAlg) -> JsValue {
        match alg {
            PublicAlg::Es256 => self.es256.clone(),
            PublicAlg::Rs256 => self.rs256.clone(),
        }
    }
}

thread_local! {
    static WORDS: core::result::Result<Words, JsValue> = Words::new();
    static KEYS: RefCell<HashMap<String, JsValue>> = RefCell::default();
}

/// Does the signature match? A key that the runtime cannot import is one that no signature matches.
///
/// # Errors
/// [`Error::Runtime`] when the runtime itself fails.
pub async fn verify(check: &SignatureCheck<'_>) -> Result<bool> {
    let fail = |thrown: &JsValue| Error::thrown("crypto", thrown);
    let (algorithm, usages) = WORDS
        .with(|words| words.as_ref().map(|w| (w.of(check.alg), w.usages.clone())).map_err(Clone::clone))
        .map_err(|e| fail(&e))?;
    let jwk = check.key.to_jwk();
    let known = KEYS.with_borrow(|keys| keys.get(&jwk).cloned());
    let key = match known {
        Some(key) => key,
        None => {
            let parsed = JSON::parse(&jwk).map_err(|e| fail(&e))?;
            let promise = import_key("jwk", &parsed, &algorithm, false, &usages).map_err(|e| fail(&e))?;
            let Ok(key) = JsFuture::from(promise).await else { return Ok(false) };
            KEYS.with_borrow_mut(|keys| {
                if keys.len() >= MOST {
                    keys.clear();
                }
                keys.insert(jwk, key.clone());
            });
            key
        }
    };
    // Both are read before the call gives its promise (Web Cryptography API, section 14.3.4), so views of our memory will do.
    let promise = subtle_verify(&algorithm, &key, check.signature, check.input).map_err(|e| fail(&e))?;
    Ok(JsFuture::from(promise).await.map_err(|e| fail(&e))?.is_truthy())
}
