//! What can be refused.

/// A refused parameter, by its dotted knob name or the name of the argument.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum ParamError {
    /// The chain has no knob of that name.
    #[error("unknown knob `{0}`")]
    Unknown(String),
    /// The value is outside the knob's bounds (both inclusive).
    #[error("`{name}` = {value} is outside {min}..={max} {unit}")]
    OutOfRange {
        /// Dotted knob name.
        name: &'static str,
        /// The refused value.
        value: f64,
        /// Lowest allowed value.
        min: f64,
        /// Highest allowed value.
        max: f64,
        /// Unit of all three.
        unit: &'static str,
    },
    /// NaN or infinite.
    #[error("`{0}` is not a finite number")]
    NotFinite(&'static str),
    /// The sample rate is outside 8000..=48000 Hz.
    #[error("sample rate {0} Hz is outside 8000..=48000")]
    SampleRate(u32),
}

/// Refuses sample rates that the filters and frames here are not laid out for.
pub(crate) fn check_rate(sample_rate_hz: u32) -> Result<(), ParamError> {
    if (8_000..=48_000).contains(&sample_rate_hz) { Ok(()) } else { Err(ParamError::SampleRate(sample_rate_hz)) }
}
