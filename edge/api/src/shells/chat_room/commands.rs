//! What a chat room and the list of chat rooms are told, and what they say when they refuse.

use attune_contracts::{Problem, ProblemCode};
use attune_objects::chat::{NewChat, Refusal, Ticket};
use serde::{Deserialize, Serialize};

/// All that a chat room is told to do or asked for, path `/do`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ChatCommand {
    /// Makes it, unless it is there, and a ticket for its visitor.
    Open(NewChat, Ticket),
    /// Makes a ticket.
    Ticket(Ticket),
    /// A frame of a member that has no socket.
    Say(Ticket, String),
    /// Takes note of a picture of a member: its id, its type, its size; of size 0: asks for it. The answer is a `ChatAttachmentV1`.
    Picture(Ticket, String, String, u64),
    /// The room.
    Get,
    /// A member of the staff answers.
    TakeOver(String),
    /// The assistant answers again.
    HandBack(String),
    /// Ends it.
    End(String),
}

/// By whose proof a stream of events is opened, and the number of the last event that it has; header of path `/events`.
pub type Listen = (Ticket, u64);

/// The same of the list of chat rooms, path `/list`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ChatListCommand {
    /// The room that is open for a visitor.
    Claim {
        /// Member id.
        visitor: String,
        /// The widget's key.
        widget: String,
        /// The id of a new room, where none is open.
        room_id: String,
        /// A room that was given before and has ended.
        #[serde(default)]
        ended: Option<String>,
    },
    /// A page.
    Rooms {
        /// Only those that have not ended?
        live: bool,
        /// Only those whose visitor waits for a person?
        waits: bool,
        /// From the page before.
        #[serde(default)]
        cursor: Option<String>,
        /// At most so many.
        limit: u32,
    },
}

/// The problem of a refusal.
pub fn problem(refusal: Refusal) -> Problem {
    let code = match refusal {
        Refusal::NotFound => ProblemCode::NotFound,
        Refusal::Ended => ProblemCode::RoomEnded,
        Refusal::NotMember => ProblemCode::Forbidden,
        Refusal::ProofKnown => ProblemCode::InvalidDpopProof,
        Refusal::TooManyTickets => return Problem::new(ProblemCode::RateLimited, refusal.to_string()).retry_after(30),
        Refusal::TooManyAttachments => {
            return Problem::new(ProblemCode::RateLimited, refusal.to_string()).retry_after(3_600);
        }
        Refusal::TicketInvalid => ProblemCode::InvalidTicket,
        _ => ProblemCode::Conflict,
    };
    Problem::new(code, refusal.to_string())
}
