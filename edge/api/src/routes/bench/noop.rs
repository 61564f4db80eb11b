//! `GET /v1/bench/noop`: what the way in and out costs.

use attune_edge_kit::Answer;

/// The answer.
pub const fn answer() -> Answer {
    Answer::empty(204)
}
