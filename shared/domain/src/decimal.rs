//! Numbers with a declared resolution: integers inside, decimal strings where they are stored or hashed (decision 4).

use crate::DomainError;

/// A number as an integer count of its finest unit: `units / 10^places`. `places` is at most 6.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Decimal {
    places: u8,
    units: i64,
}

/// The finest resolution, in decimal places.
pub const MAX_PLACES: u8 = 6;

impl Decimal {
    /// `units` of 10^-`places`. More than [`MAX_PLACES`] places are cut to that many.
    pub const fn new(units: i64, places: u8) -> Self {
        Self { places: if places > MAX_PLACES { MAX_PLACES } else { places }, units }
    }

    /// The integer count of the finest unit.
    pub const fn units(self) -> i64 {
        self.units
    }

    /// The number of decimal places.
    pub const fn places(self) -> u8 {
        self.places
    }

    /// Reads a decimal such as `-6.5` at the given resolution; trailing zeros are accepted, a finer value is not.
    ///
    /// # Errors
    /// [`DomainError::Decimal`] for other text (also exponents), [`DomainError::Resolution`] when it is finer.
    pub fn parse(text: &str, places: u8) -> Result<Self, DomainError> {
        let (negative, digits) = match text.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, text),
        };
        let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
        let plain = |s: &str| s.bytes().all(|b| b.is_ascii_digit());
        if whole.is_empty()
            || whole.len() > 12
            || fraction.len() > 12
            || !plain(whole)
            || !plain(fraction)
            || digits.ends_with('.')
        {
            return Err(DomainError::Decimal);
        }
        let kept = fraction.trim_end_matches('0');
        if kept.len() > usize::from(places) {
            return Err(DomainError::Resolution(places));
        }
        let text = format!("{whole}{kept:0<width$}", width = usize::from(places));
        let units: i64 = text.parse().map_err(|_| DomainError::Decimal)?;
        Ok(Self::new(if negative { -units } else { units }, places))
    }

    /// The nearest value at the given resolution; `None` for NaN, infinities and numbers beyond 10^12.
    pub fn nearest(value: f64, places: u8) -> Option<Self> {
        let scaled = (value * 10f64.powi(i32::from(places))).round();
        #[expect(clippy::cast_possible_truncation, reason = "checked to be within ±10^18")]
        (value.is_finite() && value.abs() <= 1e12).then(|| Self::new(scaled as i64, places))
    }

    /// The value as a floating-point number.
    pub fn to_f64(self) -> f64 {
        #[expect(clippy::cast_precision_loss, reason = "values are far below 2^53")]
        let units = self.units as f64;
        units / 10f64.powi(i32::from(self.places))
    }
}

impl std::fmt::Display for Decimal {
    /// Always with all its decimal places: `6.0` at a resolution of 0.1. This form is stored and hashed.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let scale = 10u64.pow(u32::from(self.places));
        let magnitude = self.units.unsigned_abs();
        let sign = if self.units < 0 { "-" } else { "" };
        if self.places == 0 {
            write!(f, "{sign}{magnitude}")
        } else {
            write!(f, "{sign}{}.{:0width$}", magnitude / scale, magnitude % scale, width = usize::from(self.places))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_and_writes_at_its_resolution() {
        assert_eq!(Decimal::parse("-6.5", 1).unwrap().units(), -65);
        assert_eq!(Decimal::parse("6", 1).unwrap().to_string(), "6.0");
        assert_eq!(Decimal::parse("-0.05", 2).unwrap().to_string(), "-0.05");
        assert_eq!(Decimal::parse("6.500", 1).unwrap().to_string(), "6.5");
        assert_eq!(Decimal::parse("6.55", 1), Err(DomainError::Resolution(1)));
        for text in ["", "-", ".5", "5.", "1e3", "+1", "0x1", "１", "9999999999999", "1.0000000000000"] {
            assert_eq!(Decimal::parse(text, 1), Err(DomainError::Decimal), "{text}");
        }
    }

    #[test]
    fn nearest_refuses_what_is_not_a_number() {
        assert_eq!(Decimal::nearest(-17.26, 1).unwrap().to_string(), "-17.3");
        assert!(Decimal::nearest(f64::NAN, 1).is_none());
        assert!(Decimal::nearest(f64::INFINITY, 1).is_none());
    }
}
