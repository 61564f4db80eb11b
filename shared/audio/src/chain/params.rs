//! The knobs of the chain: names, units, bounds, neutral values.

use crate::ParamError;

/// One knob of the chain. Bounds are inclusive.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct KnobSpec {
    /// Dotted name as in the catalogue of knobs.
    pub name: &'static str,
    /// Unit of value and bounds.
    pub unit: &'static str,
    /// Lowest value.
    pub min: f64,
    /// Highest value.
    pub max: f64,
    /// Value at which the stage does nothing, or its usual time constant.
    pub neutral: f64,
}

macro_rules! knobs {
    ($($(#[$doc:meta])* $field:ident = $name:literal, $unit:literal, $min:literal ..= $max:literal, $neutral:literal;)*) => {
        /// Every knob of the chain, in the order of the stages.
        pub const KNOBS: &[KnobSpec] = &[
            $(KnobSpec { name: $name, unit: $unit, min: $min, max: $max, neutral: $neutral },)*
        ];

        /// Parameters of a [`Chain`](crate::Chain). The default is neutral: what was 16-bit PCM passes bit by bit.
        #[derive(Debug, Clone, Copy, PartialEq, serde::Serialize, serde::Deserialize)]
        #[serde(deny_unknown_fields)]
        pub struct ChainParams {
            $($(#[$doc])* #[serde(rename = $name)] pub $field: f64,)*
        }

        impl Default for ChainParams {
            fn default() -> Self {
                Self { $($field: $neutral,)* }
            }
        }

        impl ChainParams {
            fn field_mut(&mut self, name: &str) -> Option<&mut f64> {
                match name {
                    $($name => Some(&mut self.$field),)*
                    _ => None,
                }
            }

            /// Value of the knob called `name`; `None` if the chain has no such knob.
            pub fn get(&self, name: &str) -> Option<f64> {
                match name {
                    $($name => Some(self.$field),)*
                    _ => None,
                }
            }
        }
    };
}

knobs! {
    /// Gain before the station's converter, in dB. What exceeds full scale after it clips.
    pcm_input_gain_db = "pcm.input_gain_db", "dB", -24.0..=24.0, 0.0;
    /// Cutoff (−3 dB) of the 4th order high-pass, in Hz; 20 switches it off.
    highpass_cutoff_hz = "highpass.cutoff_hz", "Hz", 20.0..=400.0, 20.0;
    /// Level under which the gate lowers the gain, in dBFS; −80 switches it off.
    noise_gate_threshold_dbfs = "noise_gate.threshold_dbfs", "dBFS", -80.0..=-20.0, -80.0;
    /// Time constant with which the gate opens, in ms.
    noise_gate_attack_ms = "noise_gate.attack_ms", "ms", 0.1..=1000.0, 5.0;
    /// Time constant with which the gate closes, in ms, after a hold of 50 ms.
    noise_gate_release_ms = "noise_gate.release_ms", "ms", 1.0..=10000.0, 150.0;
    /// Speech level that the AGC aims at, in dBFS.
    agc_target_level_dbfs = "agc.target_level_dbfs", "dBFS", -35.0..=-12.0, -20.0;
    /// Highest gain of the AGC, in dB; 0 switches it off. It never attenuates.
    agc_max_gain_db = "agc.max_gain_db", "dB", 0.0..=30.0, 0.0;
    /// Time constant with which the AGC takes gain back, in ms.
    agc_attack_ms = "agc.attack_ms", "ms", 0.1..=1000.0, 50.0;
    /// Time constant with which the AGC adds gain, in ms.
    agc_release_ms = "agc.release_ms", "ms", 1.0..=10000.0, 500.0;
    /// Peak level over which the compressor acts, in dBFS.
    compressor_threshold_dbfs = "compressor.threshold_dbfs", "dBFS", -40.0..=0.0, 0.0;
    /// Input dB per output dB over the threshold; 1 switches it off.
    compressor_ratio = "compressor.ratio", ":1", 1.0..=20.0, 1.0;
    /// Time constant of rising gain reduction, in ms.
    compressor_attack_ms = "compressor.attack_ms", "ms", 0.1..=1000.0, 5.0;
    /// Time constant of falling gain reduction, in ms.
    compressor_release_ms = "compressor.release_ms", "ms", 1.0..=10000.0, 100.0;
    /// Gain after the compressor, in dB.
    compressor_makeup_db = "compressor.makeup_db", "dB", 0.0..=24.0, 0.0;
    /// No sample leaves the limiter above this, in dBFS.
    limiter_threshold_dbfs = "limiter.threshold_dbfs", "dBFS", -12.0..=0.0, 0.0;
    /// Gain after the limiter, in dB. What exceeds full scale after it clips.
    pcm_output_gain_db = "pcm.output_gain_db", "dB", -24.0..=24.0, 0.0;
}

impl KnobSpec {
    fn check(&self, value: f64) -> Result<(), ParamError> {
        if !value.is_finite() {
            return Err(ParamError::NotFinite(self.name));
        }
        if value < self.min || value > self.max {
            let (name, min, max, unit) = (self.name, self.min, self.max, self.unit);
            return Err(ParamError::OutOfRange { name, value, min, max, unit });
        }
        Ok(())
    }
}

impl ChainParams {
    /// Sets the knob called `name`, in the knob's unit. On an error nothing is changed.
    ///
    /// # Errors
    /// [`ParamError::Unknown`], [`ParamError::NotFinite`], [`ParamError::OutOfRange`].
    pub fn set(&mut self, name: &str, value: f64) -> Result<(), ParamError> {
        let spec = KNOBS.iter().find(|k| k.name == name).ok_or_else(|| ParamError::Unknown(name.to_owned()))?;
        spec.check(value)?;
        if let Some(field) = self.field_mut(name) {
            *field = value;
        }
        Ok(())
    }

    /// Every knob with its value, in the order of [`KNOBS`].
    pub fn iter(&self) -> impl Iterator<Item = (&'static str, f64)> + '_ {
        KNOBS.iter().filter_map(|k| self.get(k.name).map(|v| (k.name, v)))
    }

    /// Whether every field is finite and within its bounds.
    ///
    /// # Errors
    /// [`ParamError::NotFinite`], [`ParamError::OutOfRange`] for the first that is not.
    pub fn validate(&self) -> Result<(), ParamError> {
        KNOBS.iter().try_for_each(|k| k.check(self.get(k.name).unwrap_or(f64::NAN)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_knob_can_be_set_and_read_at_its_bounds_and_not_beyond() {
        for knob in KNOBS {
            let mut p = ChainParams::default();
            for v in [knob.min, knob.max, knob.neutral] {
                p.set(knob.name, v).unwrap();
                assert_eq!(p.get(knob.name), Some(v));
            }
            for v in [knob.min - 0.01, knob.max + 0.01] {
                assert!(matches!(p.set(knob.name, v), Err(ParamError::OutOfRange { .. })), "{}", knob.name);
            }
            for v in [f64::NAN, f64::INFINITY] {
                assert_eq!(p.set(knob.name, v), Err(ParamError::NotFinite(knob.name)));
            }
            assert_eq!(p, ChainParams::default(), "a refused value must not stick");
        }
        assert_eq!(ChainParams::default().iter().count(), KNOBS.len());
    }

    #[test]
    fn unknown_names_are_refused() {
        let mut p = ChainParams::default();
        assert_eq!(p.set("eq.presence_db", 1.0), Err(ParamError::Unknown("eq.presence_db".into())));
        assert_eq!(p.get("pcm_input_gain_db"), None);
    }

    #[test]
    fn a_field_set_by_hand_is_validated() {
        assert_eq!(ChainParams::default().validate(), Ok(()));
        let bad = ChainParams { compressor_ratio: f64::NAN, ..ChainParams::default() };
        assert_eq!(bad.validate(), Err(ParamError::NotFinite("compressor.ratio")));
    }

    #[test]
    fn json_uses_the_dotted_names() {
        let json = serde_json::to_value(ChainParams::default()).unwrap();
        assert_eq!(json["highpass.cutoff_hz"], 20.0);
        assert!(serde_json::from_value::<ChainParams>(json).is_ok());
    }
}
