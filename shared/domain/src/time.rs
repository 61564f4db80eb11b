//! Times: integer milliseconds inside, RFC 3339 UTC with milliseconds outside (decision 4).

use crate::DomainError;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Milliseconds since 1970-01-01T00:00:00Z, written as RFC 3339 with milliseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Millis(pub i64);

impl Millis {
    /// Reads an RFC 3339 time with any offset; digits finer than a millisecond are cut off.
    ///
    /// # Errors
    /// [`DomainError::Time`] when it is not one.
    pub fn parse(text: &str) -> Result<Self, DomainError> {
        let stamp: jiff::Timestamp = text.parse().map_err(|_| DomainError::Time)?;
        Ok(Self(stamp.as_millisecond()))
    }

    /// The calendar day in UTC, `yyyy-mm-dd`.
    pub fn day(self) -> String {
        self.to_string().chars().take(10).collect()
    }
}

impl std::fmt::Display for Millis {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let stamp = jiff::Timestamp::from_millisecond(self.0).unwrap_or(jiff::Timestamp::UNIX_EPOCH);
        write!(f, "{stamp:.3}")
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
}
