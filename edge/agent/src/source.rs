//! The line: recordings in the place of a telephone line, as frames of 20 ms in real time.

use crate::error::AgentError;
use std::path::PathBuf;

/// Length of a frame, ms.
pub const FRAME_MS: u32 = 20;

/// Endless audio out of a list of recordings.
pub struct Source {
    samples: Vec<f32>,
    rate: u32,
    position: usize,
}

impl Source {
    /// Reads all recordings; they must be mono and of one sample rate.
    ///
    /// # Errors
    /// [`AgentError::Source`] that names the file.
    pub fn open(paths: &[PathBuf]) -> Result<Self, AgentError> {
        let mut source = Self { samples: Vec::new(), rate: 0, position: 0 };
        for path in paths {
            let wrong = |detail: String| AgentError::Source { path: path.clone(), detail };
            let reader = hound::WavReader::open(path).map_err(|e| wrong(e.to_string()))?;
            let spec = reader.spec();
            if spec.channels != 1 {
                return Err(wrong(format!("has {} channels, expected 1", spec.channels)));
            }
            if source.rate != 0 && source.rate != spec.sample_rate {
                return Err(wrong(format!("has {} Hz, the recordings before have {}", spec.sample_rate, source.rate)));
            }
            source.rate = spec.sample_rate;
            let read = match (spec.sample_format, spec.bits_per_sample) {
                (hound::SampleFormat::Float, 32) => reader.into_samples::<f32>().collect::<Result<Vec<_>, _>>(),
                (hound::SampleFormat::Int, 16) => {
                    reader.into_samples::<i16>().map(|s| s.map(attune_audio::i16_to_f32)).collect()
                }
                (format, bits) => {
                    return Err(wrong(format!("is {format:?} with {bits} bits, expected 32-bit float or 16-bit PCM")));
                }
            };
            source.samples.extend(read.map_err(|e| wrong(e.to_string()))?);
        }
        if source.samples.len() < source.frame_len() {
            return Err(AgentError::Source {
                path: paths[0].clone(),
                detail: "shorter than one frame of 20 ms".into(),
            });
        }
        Ok(source)
    }

    /// Sample rate, Hz.
    pub const fn rate(&self) -> u32 {
        self.rate
    }

    /// Samples in a frame.
    pub const fn frame_len(&self) -> usize {
        (self.rate * FRAME_MS / 1000) as usize
    }

    /// The next frame; after the last recording comes the first again.
    pub fn next_frame(&mut self, frame: &mut [f32]) {
        for slot in frame {
            *slot = self.samples[self.position];
            self.position = (self.position + 1) % self.samples.len();
        }
    }
}
