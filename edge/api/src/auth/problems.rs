//! What faults of credentials look like from outside.

use attune_contracts::{Problem, ProblemCode};
use attune_identity::Error as Fault;
use attune_identity::access::AccessError;
use attune_identity::dpop::DpopError;
use attune_objects::session::Refusal;

/// The problem of a fault that `attune-identity` found in a key.
pub fn fault(fault: &Fault) -> Problem {
    let code = match fault {
        Fault::KeyRevoked => ProblemCode::KeyRevoked,
        Fault::KeyExpired => ProblemCode::KeyExpired,
        Fault::KeyOrigin | Fault::KeyNetwork => ProblemCode::OriginRefused,
        Fault::MissingScope(_) => ProblemCode::Forbidden,
        Fault::PepperMissing | Fault::PepperInvalid => ProblemCode::Misconfigured,
        _ => ProblemCode::Unauthenticated,
    };
    Problem::new(code, fault.to_string())
}

/// The problem of an access token.
pub fn access_fault(fault: AccessError) -> Problem {
    let code = match fault {
        AccessError::Expired => ProblemCode::TokenExpired,
        _ => ProblemCode::InvalidToken,
    };
    Problem::new(code, fault.to_string())
}

/// The problem of a proof.
pub fn dpop_fault(fault: DpopError) -> Problem {
    let code = match fault.code() {
        "use_dpop_nonce" => ProblemCode::UseDpopNonce,
        "invalid_token" => ProblemCode::InvalidToken,
        _ => ProblemCode::InvalidDpopProof,
    };
    Problem::new(code, fault.to_string())
}

/// The problem of what a `Session` refuses. `now_ms` is for the time to wait.
pub fn refused(refusal: &Refusal, now_ms: i64) -> Problem {
    let code = match refusal {
        Refusal::Suspended => ProblemCode::UserSuspended,
        Refusal::DeviceRevoked => ProblemCode::DeviceRevoked,
        Refusal::WrongKey => ProblemCode::InvalidToken,
        Refusal::ProofReused | Refusal::ProofStale => ProblemCode::InvalidDpopProof,
        Refusal::NonceNeeded { .. } => ProblemCode::UseDpopNonce,
        Refusal::RefreshReused { .. } => ProblemCode::RefreshReused,
        Refusal::TicketUnknown | Refusal::TicketUsed | Refusal::TicketExpired => ProblemCode::InvalidTicket,
        Refusal::NameInvalid => ProblemCode::InvalidBody,
        Refusal::TooManyDevices => ProblemCode::Conflict,
        Refusal::TooManyProofs | Refusal::TooManyTickets | Refusal::TooManySockets => {
            return Problem::new(ProblemCode::RateLimited, refusal.to_string()).retry_after(30);
        }
        Refusal::Locked { until } => {
            let seconds = u32::try_from((until - now_ms).max(0) / 1_000 + 1).unwrap_or(u32::MAX);
            return Problem::new(ProblemCode::TooManyTries, refusal.to_string()).retry_after(seconds);
        }
        Refusal::SecondFactorNeeded => ProblemCode::SecondFactorRequired,
        Refusal::WrongSecret | Refusal::NotSet | Refusal::CodeReplayed | Refusal::CodeExpired => {
            // Which of them it was is nobody's business.
            return Problem::new(ProblemCode::InvalidCredentials, "the credentials are not accepted");
        }
        _ => ProblemCode::SessionEnded,
    };
    Problem::new(code, refusal.to_string())
}
