//! G.711, levels, quality measures, the E-model and the DSP chain of a station.
//!
//! Everything here is synchronous, takes neither clock nor randomness, and gives the same bits for the same input: transcendental
//! functions come from `libm`, never from the platform. The streaming path ([`Chain::process`]) does not allocate.
//!
//! Levels are in dBFS with 0 dBFS = the mean square of a full-scale square wave (amplitude 32768). That is the dBov of
//! ITU-T G.100.1: a full-scale sine reads −3.01.
//!
//! | Module | What |
//! |---|---|
//! | [`chain`] | the DSP chain of a station and its knobs |
//! | [`measure`] | measures of one segment of PCM: P.56, noise floor, SNR, hum, clipping … |
//! | [`rtp`] | RFC 3550 jitter, loss, reordering, duplicates |
//! | [`emodel`] | ITU-T G.107: R and MOS |
//! | [`g711`] | A-law and µ-law |
//! | [`line`] | a seeded simulator of a bad line, for tests and demonstrations |

pub mod chain;
pub mod emodel;
mod error;
pub mod g711;
pub mod line;
pub mod measure;
pub mod rtp;
mod units;

pub use chain::{AdcStats, Chain, ChainParams, KNOBS, KnobSpec};
pub use error::ParamError;
pub use measure::{Measures, Reading, measure};
pub use units::{db_to_amplitude, i16_to_f32};
