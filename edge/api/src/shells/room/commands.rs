//! What a room and the list of rooms are told, and what they say when they refuse.

use attune_contracts::{FieldError, Problem, ProblemCode};
use attune_edge_kit::Answer;
use attune_objects::room::{Event, Join, NewRoom, Refusal};
use serde::{Deserialize, Serialize};

/// All that a room is told to do or asked for, path `/do`. Methods of `attune_objects::room::Room` of the same names.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RoomCommand {
    /// Makes it.
    Create(NewRoom),
    /// The room.
    Get,
    /// Who has a seat.
    Participants,
    /// Removes an identity.
    Remove(String),
    /// Ends it.
    End,
    /// Reserves a seat.
    Join(Join),
    /// Makes another token for a seat.
    Renew(Join),
    /// Takes a verified webhook.
    Event(Event),
}

/// The same of the list of rooms, path `/list`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ListCommand {
    /// Lists a room that is about to be made.
    Claim {
        /// `Idempotency-Key` of the request, with whose it is.
        key: String,
        /// Fingerprint of route and body.
        fingerprint: String,
        /// The room to be made.
        room: NewRoom,
    },
    /// A page.
    Rooms {
        /// Only those that have not ended?
        live: bool,
        /// From the page before.
        #[serde(default)]
        cursor: Option<String>,
        /// At most so many.
        limit: u32,
    },
}

/// There is no such room.
pub const NONE: Refusal = Refusal::NotFound;

/// The problem of a refusal.
pub fn problem(refusal: Refusal) -> Problem {
    let field = |pointer: &str| {
        let error = FieldError::new(pointer, "out_of_range", refusal.to_string());
        Problem::new(ProblemCode::InvalidBody, "1 field(s) of the body are wrong").with_errors(vec![error])
    };
    let code = match refusal {
        Refusal::NotFound | Refusal::NoParticipant => ProblemCode::NotFound,
        Refusal::Ended => ProblemCode::RoomEnded,
        Refusal::Full => return Problem::new(ProblemCode::RoomFull, refusal.to_string()).retry_after(5),
        Refusal::DeviceRevoked => ProblemCode::DeviceRevoked,
        Refusal::NotInRoom => ProblemCode::Forbidden,
        Refusal::TokenKnown => {
            return Problem::new(ProblemCode::InvalidDpopProof, "the proof was used before");
        }
        Refusal::WindowInvalid => return field("/join_window_s"),
        Refusal::Invalid => return field("/capacity"),
        _ => ProblemCode::Conflict,
    };
    Problem::new(code, refusal.to_string())
}

/// An answer of the logic without its own errors.
pub fn judged<T>(
    answer: attune_objects::room::Answer<T>,
    fail: impl FnOnce(attune_objects::Error) -> Problem,
) -> Result<Result<T, Refusal>, Problem> {
    answer.map_err(fail)
}

/// A value with its status, or the problem of a refusal. Both are answers: what was written with a refusal stays written.
pub fn said<T: Serialize>(answer: Result<T, Refusal>, status: u16) -> Answer {
    match answer {
        Ok(value) => Answer::json(status, &value),
        Err(refusal) => Answer::problem(problem(refusal)),
    }
}
