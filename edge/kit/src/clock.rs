//! The one place that reads the time.

/// Milliseconds since 1970. Inside one event the runtime's clock stands still between I/O.
pub fn now_ms() -> i64 {
    #[expect(clippy::cast_possible_truncation, reason = "milliseconds since 1970 stay below 2^53 for 285,000 years")]
    let now = worker::js_sys::Date::now() as i64;
    now
}
