//! The one place that draws randomness: `crypto.getRandomValues`.

use wasm_bindgen::prelude::wasm_bindgen;

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(js_namespace = crypto, js_name = getRandomValues)]
    fn get_random_values(buffer: &mut [u8]);
}

/// `N` bytes of the runtime's cryptographic source. `N` is at most 65,536, a limit of the Web Crypto API.
pub fn bytes<const N: usize>() -> [u8; N] {
    let mut buffer = [0; N];
    get_random_values(&mut buffer);
    buffer
}

/// 128 random bits, as ids take them.
pub fn u128() -> u128 {
    u128::from_le_bytes(bytes())
}

/// 64 random bits, for jitter.
pub fn u64() -> u64 {
    u64::from_le_bytes(bytes())
}
