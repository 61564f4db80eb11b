//! How long to wait after a fault.

/// Longest wait, ms.
pub const MAX_BACKOFF_MS: i64 = 60_000;

/// The wait after the given number of faults in a row (1: the first): 250 ms, doubled each time up to a minute, and of that a
/// random part between half and all ("equal jitter"), so that objects which failed together do not come back together.
pub fn backoff_ms(attempts: i64, random: u64) -> i64 {
    let doublings = attempts.saturating_sub(1).clamp(0, 16);
    let full = (250_i64 << doublings).min(MAX_BACKOFF_MS);
    let half = full / 2;
    half + i64::try_from(random % half.unsigned_abs().max(1)).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn doubles_to_a_minute_with_jitter() {
        assert_eq!((backoff_ms(1, 0), backoff_ms(1, 124)), (125, 249));
        assert_eq!(backoff_ms(4, 0), 1_000);
        assert_eq!(backoff_ms(50, 0), 30_000);
        assert!((0..1_000).all(|r| (125..250).contains(&backoff_ms(0, r * 7_919))));
        assert!(backoff_ms(i64::MAX, u64::MAX) < MAX_BACKOFF_MS);
    }
}
