//! Time as signatures write it.

use crate::{Error, Result};

/// `yyyymmddThhmmssZ`, UTC.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct AmzTime(String);

const DAY_MS: u64 = 86_400_000;
/// 9999-12-31T23:59:59.999Z
const LAST_MS: u64 = 253_402_300_799_999;

impl AmzTime {
    /// From milliseconds since 1970.
    pub fn from_ms(now_ms: u64) -> Result<Self> {
        if now_ms > LAST_MS {
            return Err(Error::Time);
        }
        let seconds = now_ms / 1000 % 86_400;
        let (year, month, day) = civil(now_ms / DAY_MS);
        let (hour, minute, second) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
        Ok(Self(format!("{year:04}{month:02}{day:02}T{hour:02}{minute:02}{second:02}Z")))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// `yyyymmdd`
    pub fn date(&self) -> &str {
        &self.0[..8]
    }
}

/// Year, month, day of the Gregorian calendar for days since 1970-01-01 (Howard Hinnant's `civil_from_days`, whose years begin
/// in March so that the leap day is the last).
fn civil(days: u64) -> (u64, u64, u64) {
    let shifted = days + 719_468;
    let era = shifted / 146_097;
    let day_of_era = shifted % 146_097;
    let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted_month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * shifted_month + 2) / 5 + 1;
    let month = if shifted_month < 10 { shifted_month + 3 } else { shifted_month - 9 };
    (year_of_era + era * 400 + u64::from(month <= 2), month, day)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_moments() {
        for (ms, text) in [
            (0, "19700101T000000Z"),
            (951_782_399_999, "20000228T235959Z"),
            (951_782_400_000, "20000229T000000Z"),
            (1_440_938_160_000, "20150830T123600Z"),
            (4_107_542_400_000, "21000301T000000Z"),
            (LAST_MS, "99991231T235959Z"),
        ] {
            assert_eq!(AmzTime::from_ms(ms).unwrap().as_str(), text);
        }
        assert_eq!(AmzTime::from_ms(LAST_MS + 1), Err(Error::Time));
    }
}
