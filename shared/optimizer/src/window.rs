//! Does a change stay? Judged by the first window that was measured under it.

/// A window may score this much lower than the one before the change, in points of 100, and the change still stays.
///
/// Other words are spoken in each window. On real telephone speech through lines that did not change, scored in segments of
/// 2 s, neighbouring windows of noisy and humming lines differed by up to about 5 points, of very quiet ones by up to 15 and
/// of a too hot one once by 20; there each move of the gain is worth more too. A margin of 2 took good changes back.
pub const MARGIN: f64 = 5.0;

/// What becomes of a change.
#[derive(Debug, Clone, PartialEq)]
pub enum Verdict {
    /// It stays.
    Keep,
    /// Return to the version before.
    RollBack {
        /// Why, in one line.
        reason: String,
    },
    /// The window was measured before the change: wait for its own, until the time for that is over.
    Wait,
}

/// Judges by scores alone. `before`: score of the last window before the change, if there was one; `after`: score of its
/// first window, `None` if no data came in time or the window held no usable signal. No data counts as worse.
/// Without a score before there is nothing that the change could be worse than, and it stays.
pub fn verdict(before: Option<f64>, after: Option<f64>, margin: f64) -> Verdict {
    let Some(after) = after.filter(|s| s.is_finite()) else {
        return Verdict::RollBack { reason: "no usable window was measured after the change".to_owned() };
    };
    match before.filter(|s| s.is_finite()) {
        Some(before) if after < before - margin => Verdict::RollBack {
            reason: format!(
                "the first window scores {after:.2}, before the change it was {before:.2} (margin {margin:.1})"
            ),
        },
        _ => Verdict::Keep,
    }
}

/// Judges a window of known version for a change that made `change_version`.
pub fn judge_window(
    change_version: u64,
    window_version: u64,
    before: Option<f64>,
    after: Option<f64>,
    margin: f64,
) -> Verdict {
    if window_version < change_version { Verdict::Wait } else { verdict(before, after, margin) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn worse_by_more_than_the_margin_goes_back() {
        assert_eq!(verdict(Some(80.0), Some(75.0), MARGIN), Verdict::Keep);
        assert!(matches!(verdict(Some(80.0), Some(74.99), MARGIN), Verdict::RollBack { .. }));
        assert_eq!(verdict(None, Some(10.0), MARGIN), Verdict::Keep);
    }

    #[test]
    fn no_data_goes_back() {
        assert!(matches!(verdict(Some(80.0), None, MARGIN), Verdict::RollBack { .. }));
        assert!(matches!(verdict(None, None, MARGIN), Verdict::RollBack { .. }));
        assert!(matches!(verdict(Some(80.0), Some(f64::NAN), MARGIN), Verdict::RollBack { .. }));
    }

    #[test]
    fn an_older_window_is_not_the_changes_own() {
        assert_eq!(judge_window(7, 6, Some(80.0), Some(10.0), MARGIN), Verdict::Wait);
        assert!(matches!(judge_window(7, 7, Some(80.0), Some(10.0), MARGIN), Verdict::RollBack { .. }));
    }
}
