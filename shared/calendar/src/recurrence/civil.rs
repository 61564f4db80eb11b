//! Dates as whole numbers: days since 1970-01-01, seconds since 1970-01-01T00:00:00 of a clock on a wall.
//!
//! The conversions are those of Howard Hinnant's "chrono-compatible low-level date algorithms" (years begin in March, eras of 400 years).

use jiff::civil::{Date, DateTime};

/// Seconds of a civil day.
pub(crate) const DAY: i64 = 86_400;
/// 9999-12-31, the last day that is expanded to.
pub(crate) const LAST_DAY: i32 = 2_932_896;
/// The last second of it.
pub(crate) const LAST: i64 = (LAST_DAY as i64 + 1) * DAY - 1;

/// The day of a date; `month` from 1 to 12, `day` from 1 (it may lie behind the month's end).
pub(crate) fn day_of(year: i32, month: i32, day: i32) -> i32 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let of_era = year.rem_euclid(400);
    let of_year = (153 * (if month > 2 { month - 3 } else { month + 9 }) + 2) / 5 + day - 1;
    era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468
}

/// Year, month (1 to 12) and day of the month (1 to 31) of a day.
pub(crate) fn date_of(day: i32) -> (i32, i32, i32) {
    let shifted = day + 719_468;
    let era = shifted.div_euclid(146_097);
    let of_era = shifted.rem_euclid(146_097);
    let year = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year + year / 4 - year / 100);
    let shifted_month = (5 * of_year + 2) / 153;
    let month = if shifted_month < 10 { shifted_month + 3 } else { shifted_month - 9 };
    let year = year + era * 400 + i32::from(month <= 2);
    (year, month, of_year - (153 * shifted_month + 2) / 5 + 1)
}

/// The day of the week, Monday is 0.
pub(crate) fn weekday(day: i32) -> i32 {
    (day + 3).rem_euclid(7)
}

pub(crate) fn is_leap(year: i32) -> bool {
    year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
}

/// Days of a month, 1 to 12.
pub(crate) fn month_length(year: i32, month: i32) -> i32 {
    match month {
        2 => 28 + i32::from(is_leap(year)),
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// Days of a year.
pub(crate) fn year_length(year: i32) -> i32 {
    365 + i32::from(is_leap(year))
}

/// The first day of week 1 of a year: the first week with at least four of its days in that year (RFC 5545, BYWEEKNO), where weeks
/// begin on `week_start` (Monday is 0).
pub(crate) fn week_one(year: i32, week_start: i32) -> i32 {
    // the week with January 4 has four days in the year, whichever day it begins on
    week_of(day_of(year, 1, 4), week_start)
}

/// The first day of the week with this day in it.
pub(crate) fn week_of(day: i32, week_start: i32) -> i32 {
    day - (weekday(day) - week_start).rem_euclid(7)
}

/// The year that counts the week with this day in it: from late December on it may be the next one, in early January the one before.
pub(crate) fn week_year(day: i32, week_start: i32) -> i32 {
    let (year, ..) = date_of(day);
    if day < week_one(year, week_start) {
        year - 1
    } else if day >= week_one(year + 1, week_start) {
        year + 1
    } else {
        year
    }
}

/// The day of a date.
pub(crate) fn day(date: Date) -> i32 {
    day_of(i32::from(date.year()), i32::from(date.month()), i32::from(date.day()))
}

/// Seconds of a local time; fractions of a second fall away (iCalendar has none).
pub(crate) fn seconds(local: DateTime) -> i64 {
    let time = i64::from(local.hour()) * 3600 + i64::from(local.minute()) * 60 + i64::from(local.second());
    i64::from(day(local.date())) * DAY + time
}

/// The local time of these seconds; the nearest there is beyond the years -9999 to 9999.
pub(crate) fn date_time(seconds: i64) -> DateTime {
    let seconds = seconds.clamp(-377_705_116_800, LAST);
    let (days, time) = (seconds.div_euclid(DAY), seconds.rem_euclid(DAY));
    let (year, month, day) = date_of(i32::try_from(days).unwrap_or(0));
    let (hour, minute, second) = (time / 3600, time / 60 % 60, time % 60);
    // in range by construction; a local time is made whatever happens
    DateTime::new(year as i16, month as i8, day as i8, hour as i8, minute as i8, second as i8, 0)
        .unwrap_or(DateTime::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::ToSpan;

    #[test]
    fn days_are_jiffs_days() {
        let mut date = Date::constant(1889, 12, 30);
        for _ in 0..80_000 {
            let n = day(date);
            let (y, m, d) = date_of(n);
            assert_eq!((y, m, d), (i32::from(date.year()), i32::from(date.month()), i32::from(date.day())));
            assert_eq!(weekday(n), i32::from(date.weekday().to_monday_zero_offset()));
            assert_eq!(month_length(y, m), i32::from(date.days_in_month()));
            assert_eq!(year_length(y), i32::from(date.days_in_year()));
            let iso = date.iso_week_date();
            assert_eq!(week_year(n, 0), i32::from(iso.year()));
            assert_eq!((n - week_one(week_year(n, 0), 0)) / 7 + 1, i32::from(iso.week()));
            date = date.saturating_add(1.day());
        }
    }

    #[test]
    fn the_ends_of_time() {
        assert_eq!(day(Date::MAX), LAST_DAY);
        assert_eq!(date_time(LAST).date(), Date::MAX);
        assert_eq!(date_time(i64::MAX).date(), Date::MAX);
        assert_eq!(date_time(i64::MIN).date(), Date::MIN);
        assert_eq!(seconds(date_time(i64::MIN)), i64::from(day(Date::MIN)) * DAY);
    }
}
