//! Times: integer milliseconds inside, RFC 3339 UTC with milliseconds outside (decision 4).

use crate::DomainError;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Milliseconds since 1970-01-01T00:00:00Z, written as RFC 3339 with milliseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Millis(pub i64);

impl Millis {
    /// Reads an RFC 3339 time with any offset; digits finer than a millisecond are cut off, and a leap second counts as the
    /// second before it.
    ///
    /// # Errors
    /// [`DomainError::Time`] when it is not one.
    pub fn parse(text: &str) -> Result<Self, DomainError> {
        parse(text).map(Self).ok_or(DomainError::Time)
    }

    /// The calendar day in UTC, `yyyy-mm-dd`.
    pub fn day(self) -> String {
        self.to_string().chars().take(10).collect()
    }
}

const DAY_MS: i64 = 86_400_000;
/// 9999-12-31T23:59:59.999Z, the last time that RFC 3339 can write.
const LAST: i64 = 253_402_300_799_999;
/// 0000-01-01T00:00:00.000Z, the first one.
const FIRST: i64 = -62_167_219_200_000;

// By hand rather than by a crate of dates: these are the only two operations, and the smallest such crate is 30 KB of the
// Worker's bundle. A test compares with one.
fn parse(text: &str) -> Option<i64> {
    let b = text.as_bytes();
    let number = |from: usize, to: usize| {
        let digits = b.get(from..to)?;
        digits.iter().try_fold(0_i64, |n, d| d.is_ascii_digit().then(|| n * 10 + i64::from(d - b'0')))
    };
    let marks = [(4, b'-'), (7, b'-'), (13, b':'), (16, b':')];
    let marked = marks.iter().all(|(at, mark)| b.get(*at) == Some(mark)) && matches!(b.get(10), Some(b'T' | b't'));
    let (year, month, day) = (number(0, 4)?, number(5, 7)?, number(8, 10)?);
    let (hour, minute, second) = (number(11, 13)?, number(14, 16)?, number(17, 19)?);
    if !marked || !(1..=12).contains(&month) || !(1..=days_in(year, month)).contains(&day) {
        return None;
    }
    if hour > 23 || minute > 59 || second > 60 {
        return None;
    }
    let mut at = 19;
    let mut ms = 0;
    if b.get(at) == Some(&b'.') {
        let digits = b.get(at + 1..)?.iter().take_while(|d| d.is_ascii_digit()).count();
        for place in 0..3 {
            ms = ms * 10 + if place < digits { number(at + 1 + place, at + 2 + place)? } else { 0 };
        }
        at += 1 + digits;
        if digits == 0 || digits > 9 {
            return None;
        }
    }
    let offset_minutes = match b.get(at)? {
        b'Z' | b'z' if b.len() == at + 1 => 0,
        sign @ (b'+' | b'-') if b.len() == at + 6 && b.get(at + 3) == Some(&b':') => {
            let (hours, minutes) = (number(at + 1, at + 3)?, number(at + 4, at + 6)?);
            if hours > 23 || minutes > 59 {
                return None;
            }
            (hours * 60 + minutes) * if *sign == b'-' { -1 } else { 1 }
        }
        _ => return None,
    };
    let seconds = hour * 3_600 + minute * 60 + second.min(59) - offset_minutes * 60;
    let millis = days_since_1970(year, month, day) * DAY_MS + seconds * 1_000 + ms;
    (FIRST..=LAST).contains(&millis).then_some(millis)
}

const fn days_in(year: i64, month: i64) -> i64 {
    match month {
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// Days since 1970-01-01 of a day of the proleptic Gregorian calendar; years begin in March, so that leap days end them.
const fn days_since_1970(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    era * 146_097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - 719_468
}

/// The inverse: year, month, day.
const fn date_of(days: i64) -> (i64, i64, i64) {
    let days = days + 719_468;
    let era = days.div_euclid(146_097);
    let day_of_era = days.rem_euclid(146_097);
    let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted = (5 * day_of_year + 2) / 153;
    let month = if shifted < 10 { shifted + 3 } else { shifted - 9 };
    (year_of_era + era * 400 + (month <= 2) as i64, month, day_of_year - (153 * shifted + 2) / 5 + 1)
}

impl std::fmt::Display for Millis {
    /// Times that RFC 3339 cannot write are written as the first or last that it can.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let millis = self.0.clamp(FIRST, LAST);
        let (year, month, day) = date_of(millis.div_euclid(DAY_MS));
        let rest = millis.rem_euclid(DAY_MS);
        let (hour, minute, second, ms) = (rest / 3_600_000, rest / 60_000 % 60, rest / 1_000 % 60, rest % 1_000);
        write!(f, "{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{ms:03}Z")
    }
}

impl Serialize for Millis {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Millis {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        Self::parse(&text).map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn written_with_milliseconds_in_utc() {
        assert_eq!(Millis(1_769_860_800_007).to_string(), "2026-01-31T12:00:00.007Z");
        assert_eq!(Millis::parse("2026-01-31T13:00:00.0079+01:00"), Ok(Millis(1_769_860_800_007)));
        assert_eq!(Millis(1_769_860_800_007).day(), "2026-01-31");
        assert!(Millis::parse("2026-01-31").is_err());
    }

    #[test]
    fn leap_days_and_borders() {
        for (text, same) in [
            ("2024-02-29T23:59:59.999Z", "2024-02-29T23:59:59.999Z"),
            ("2000-02-29t00:00:00z", "2000-02-29T00:00:00.000Z"),
            ("1969-12-31T23:59:59.999+00:00", "1969-12-31T23:59:59.999Z"),
            ("2016-12-31T23:59:60Z", "2016-12-31T23:59:59.000Z"),
            ("0000-01-01T00:00:00Z", "0000-01-01T00:00:00.000Z"),
            ("9999-12-31T23:59:59.9999Z", "9999-12-31T23:59:59.999Z"),
            ("2026-03-01T00:30:00.5-01:45", "2026-03-01T02:15:00.500Z"),
        ] {
            assert_eq!(Millis::parse(text).map(|m| m.to_string()).as_deref(), Ok(same), "{text}");
        }
        assert_eq!((Millis(i64::MIN).to_string().len(), Millis(i64::MAX).to_string().len()), (24, 24));
    }

    #[test]
    fn what_is_not_rfc_3339_is_refused() {
        for text in [
            "",
            "2026-02-29T00:00:00Z",
            "2100-02-29T00:00:00Z",
            "2026-13-01T00:00:00Z",
            "2026-00-01T00:00:00Z",
            "2026-01-00T00:00:00Z",
            "2026-04-31T00:00:00Z",
            "2026-01-01T24:00:00Z",
            "2026-01-01T00:60:00Z",
            "2026-01-01T00:00:61Z",
            "2026-01-01T00:00:00",
            "2026-01-01T00:00:00.Z",
            "2026-01-01T00:00:00.0000000000Z",
            "2026-01-01 00:00:00Z",
            "2026-01-01T00:00:00+0100",
            "2026-01-01T00:00:00+24:00",
            "2026-01-01T00:00:00Zx",
            "+026-01-01T00:00:00Z",
            "2026-01-01T00:00:00é",
            "0000-01-01T00:00:00+00:01",
            "9999-12-31T23:59:59-00:01",
        ] {
            assert_eq!(Millis::parse(text), Err(DomainError::Time), "{text}");
        }
    }

    #[test]
    fn agrees_with_a_crate_of_dates() {
        let mut at = FIRST;
        // a step without a common divisor with days, hours and leap years
        while at <= LAST {
            let stamp = jiff::Timestamp::from_millisecond(at).unwrap();
            let text = format!("{stamp:.3}");
            assert_eq!(Millis(at).to_string(), text);
            assert_eq!(Millis::parse(&text), Ok(Millis(at)));
            at += 8_191_000_999;
        }
    }
}
