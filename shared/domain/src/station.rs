//! The seven places of a call's audio path where Attune listens and tunes.

use crate::DomainError;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A measuring and tuning point of the audio path, written as its number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum Station {
    /// 1: telephony, inbound.
    TelephonyIn = 1,
    /// 2: media gateway, inbound.
    GatewayIn = 2,
    /// 3: speech server, inbound.
    SpeechServerIn = 3,
    /// 4: the input of speech-to-text.
    SpeechToText = 4,
    /// 9: the output of text-to-speech.
    TextToSpeechOut = 9,
    /// 10: media gateway, outbound.
    GatewayOut = 10,
    /// 11: before emotion analysis.
    EmotionIn = 11,
}

/// What the sound at a station is for. Recognition and listening have different objectives and are never scored alike.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Objective {
    /// A machine recognises the words (stations 3, 4, 11).
    Recognition,
    /// A person listens (stations 1, 2, 9, 10).
    Listening,
}

impl Station {
    /// All stations in the order of the path.
    pub const ALL: [Self; 7] = [
        Self::TelephonyIn,
        Self::GatewayIn,
        Self::SpeechServerIn,
        Self::SpeechToText,
        Self::TextToSpeechOut,
        Self::GatewayOut,
        Self::EmotionIn,
    ];

    /// The number used on the wire.
    pub const fn number(self) -> u8 {
        self as u8
    }

    /// The station of a number.
    ///
    /// # Errors
    /// [`DomainError::Station`] when there is none.
    pub fn from_number(number: u64) -> Result<Self, DomainError> {
        Self::ALL.into_iter().find(|s| u64::from(s.number()) == number).ok_or(DomainError::Station(number))
    }

    /// A few words for people.
    pub const fn label(self) -> &'static str {
        match self {
            Self::TelephonyIn => "telephony in",
            Self::GatewayIn => "gateway in",
            Self::SpeechServerIn => "speech server in",
            Self::SpeechToText => "speech-to-text",
            Self::TextToSpeechOut => "text-to-speech out",
            Self::GatewayOut => "gateway out",
            Self::EmotionIn => "before emotion analysis",
        }
    }

    /// What the sound here is for.
    pub const fn objective(self) -> Objective {
        match self {
            Self::SpeechServerIn | Self::SpeechToText | Self::EmotionIn => Objective::Recognition,
            Self::TelephonyIn | Self::GatewayIn | Self::TextToSpeechOut | Self::GatewayOut => Objective::Listening,
        }
    }
}

impl std::fmt::Display for Station {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}", self.number())
    }
}

impl Serialize for Station {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_u8(self.number())
    }
}

impl<'de> Deserialize<'de> for Station {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::from_number(u64::deserialize(deserializer)?).map_err(serde::de::Error::custom)
    }
}

/// A leg of a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Leg {
    /// The caller's side.
    A,
    /// The other side.
    B,
}

impl Leg {
    /// `a` or `b`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::A => "a",
            Self::B => "b",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stations_are_numbers_on_the_wire() {
        assert_eq!(serde_json::to_string(&Station::GatewayOut).unwrap(), "10");
        assert_eq!(serde_json::from_str::<Station>("11").unwrap(), Station::EmotionIn);
        let error = serde_json::from_str::<Station>("5").unwrap_err().to_string();
        assert!(error.contains("expected 1, 2, 3, 4, 9, 10 or 11"), "{error}");
    }
}
