//! Spans of time and what can be done with lists of them: sorted, disjoint, in one pass.

use attune_domain::Millis;
use serde::{Deserialize, Serialize};

/// Milliseconds of a minute.
pub const MINUTE: i64 = 60_000;
/// Milliseconds of an hour.
pub const HOUR: i64 = 60 * MINUTE;
/// Milliseconds of 24 hours, which is not every day.
pub const DAY: i64 = 24 * HOUR;

/// Half-open: `start` belongs to it, `end` does not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Span {
    /// The first instant.
    pub start: Millis,
    /// The first instant after it.
    pub end: Millis,
}

impl Span {
    /// From milliseconds since 1970.
    pub const fn new(start: i64, end: i64) -> Self {
        Self { start: Millis(start), end: Millis(end) }
    }

    /// Milliseconds; 0 where the end is not after the start.
    pub const fn length(self) -> i64 {
        let length = self.end.0.saturating_sub(self.start.0);
        if length > 0 { length } else { 0 }
    }

    /// Nothing is in it.
    pub const fn is_empty(self) -> bool {
        self.end.0 <= self.start.0
    }

    /// Do both hold some instant?
    pub const fn overlaps(self, other: Self) -> bool {
        self.start.0 < other.end.0 && other.start.0 < self.end.0 && !self.is_empty() && !other.is_empty()
    }

    /// Is the whole of `other` inside?
    pub const fn holds(self, other: Self) -> bool {
        self.start.0 <= other.start.0 && other.end.0 <= self.end.0
    }

    /// What both have; empty where that is nothing.
    #[must_use]
    pub fn clip(self, other: Self) -> Self {
        Self { start: self.start.max(other.start), end: self.end.min(other.end) }
    }

    /// Longer on both sides, by milliseconds.
    #[must_use]
    pub const fn padded(self, before: i64, after: i64) -> Self {
        Self::new(self.start.0.saturating_sub(before), self.end.0.saturating_add(after))
    }
}

/// Sorts, drops what is empty, and joins what overlaps or touches.
pub fn merge(spans: &mut Vec<Span>) {
    spans.retain(|span| !span.is_empty());
    spans.sort_unstable();
    spans.dedup_by(|next, last| {
        let touches = next.start <= last.end;
        if touches {
            last.end = last.end.max(next.end);
        }
        touches
    });
}

/// What of `from` is in none of `without`. Both merged; so is the result.
pub fn subtract(from: &[Span], without: &[Span]) -> Vec<Span> {
    let mut left = Vec::with_capacity(from.len());
    let mut others = without.iter().peekable();
    for span in from {
        let mut start = span.start;
        while let Some(other) = others.peek() {
            if other.end <= start {
                others.next();
                continue;
            }
            if other.start >= span.end {
                break;
            }
            if other.start > start {
                left.push(Span { start, end: other.start });
            }
            start = start.max(other.end);
            if other.end > span.end {
                break;
            }
            others.next();
        }
        if start < span.end {
            left.push(Span { start, end: span.end });
        }
    }
    left
}

/// What is in both. Both merged; so is the result.
pub fn intersect(one: &[Span], other: &[Span]) -> Vec<Span> {
    let mut both = Vec::new();
    let (mut i, mut j) = (0, 0);
    while let (Some(a), Some(b)) = (one.get(i), other.get(j)) {
        let common = a.clip(*b);
        if !common.is_empty() {
            both.push(common);
        }
        if a.end <= b.end {
            i += 1;
        } else {
            j += 1;
        }
    }
    both
}

/// Milliseconds of all of them.
pub fn total(spans: &[Span]) -> i64 {
    spans.iter().fold(0, |sum, span| sum.saturating_add(span.length()))
}

/// The part of a merged list that overlaps `window`, found by halving.
pub fn within(spans: &[Span], window: Span) -> &[Span] {
    let from = spans.partition_point(|span| span.end <= window.start);
    let to = spans.partition_point(|span| span.start < window.end);
    spans.get(from..to).unwrap_or_default()
}
