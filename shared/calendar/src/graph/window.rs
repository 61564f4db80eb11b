//! The span of time that is kept in step.

use attune_domain::Millis;

/// The span of a `calendarView`, which a delta link is bound to. The end is exclusive.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names say it")]
pub struct Window {
    pub start: Millis,
    pub end: Millis,
}

impl Window {
    const DAY: i64 = 86_400_000;
    /// How long a window stays the same.
    const PERIOD: i64 = 28 * Self::DAY;
    /// What is kept of the past, at least.
    const PAST: i64 = 91 * Self::DAY;
    /// What is known of the future, at least: a year and some days, so that a yearly event is there once.
    const FUTURE: i64 = 371 * Self::DAY;

    /// The window of an account at that time: from 91 days (at least) before to 371 days (at least) after, on UTC
    /// midnights. It moves by 28 days every 28 days; `spread` (a hash of the account's id) says on which of these
    /// days, so that not all accounts begin anew together.
    ///
    /// A sync keeps the window of its delta link. When this function gives another one, it lists the new window from
    /// the beginning and then removes what it knows **within the new window** and did not see; what lies wholly
    /// outside stays as it was last known.
    pub fn of(now: Millis, spread: u64) -> Self {
        let phase = i64::try_from(spread % 28).unwrap_or_default() * Self::DAY;
        let begun =
            now.0.saturating_sub(phase).div_euclid(Self::PERIOD).saturating_mul(Self::PERIOD).saturating_add(phase);
        Self {
            start: Millis(begun.saturating_sub(Self::PAST)),
            end: Millis(begun.saturating_add(Self::PERIOD + Self::FUTURE)),
        }
    }

    /// Does a span (the end exclusive; or a moment) lie in it, at least in part?
    pub fn overlaps(&self, start: Millis, end: Millis) -> bool {
        start < self.end && (end > self.start || start == end && start >= self.start)
    }
}
