//! Clocks of places. The runtime has the IANA time zone database; a second one would make the Worker larger.

use wasm_bindgen::prelude::wasm_bindgen;

#[wasm_bindgen(module = "/js/runtime.js")]
extern "C" {
    #[wasm_bindgen(js_name = zoneOffset)]
    fn zone_offset(zone: &str, at: f64) -> f64;
}

/// Minutes that the clocks of an IANA zone are ahead of UTC at a moment (ms since 1970); `None`: there is no such zone. Links of the
/// database such as `Europe/Kiev` are zones too; an offset such as `+01:00` is none, because it knows no summer.
pub fn offset(zone: &str, at_ms: i64) -> Option<i64> {
    let named = zone.len() <= 64
        && zone.starts_with(|first: char| first.is_ascii_alphabetic())
        && zone.bytes().all(|b| b.is_ascii_alphanumeric() || b"/_+-".contains(&b));
    if !named {
        return None;
    }
    #[expect(clippy::cast_precision_loss, reason = "milliseconds since 1970 stay below 2^53 for 285,000 years")]
    let minutes = zone_offset(zone, at_ms as f64);
    #[expect(clippy::cast_possible_truncation, reason = "a whole number of minutes, at most some days")]
    minutes.is_finite().then_some(minutes as i64)
}
