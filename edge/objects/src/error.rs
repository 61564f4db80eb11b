//! The one error type of this crate.

use attune_contracts::{Problem, ProblemCode};

/// Short form for results of this crate.
pub type Result<T> = core::result::Result<T, Error>;

/// Why a command was not carried out.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The database refused a statement.
    #[error("storage: {0}")]
    Store(String),
    /// A newer build has written here (decision 8): this one must not.
    #[error("{class} is at schema {found}, this build knows {known}")]
    Newer {
        /// Which steps.
        class: &'static str,
        /// Number of steps that were run.
        found: i64,
        /// Number of steps of this build.
        known: i64,
    },
    /// A stored value is not what its column should hold.
    #[error("stored {0} cannot be read")]
    Stored(&'static str),
    /// The caller's fault, or one that the caller can wait for.
    #[error("{}", .0.detail)]
    Refused(Box<Problem>),
}

impl Error {
    /// A refusal with the words of this occurrence.
    pub fn refused(code: ProblemCode, detail: impl Into<String>) -> Self {
        Self::from(Problem::new(code, detail))
    }
}

impl From<Problem> for Error {
    fn from(problem: Problem) -> Self {
        Self::Refused(Box::new(problem))
    }
}

impl From<Error> for Problem {
    /// What a client hears. Causes inside stay inside.
    fn from(error: Error) -> Self {
        match error {
            Error::Refused(problem) => *problem,
            Error::Newer { .. } => {
                Self::new(ProblemCode::Unavailable, "an older version answers for a moment").retry_after(10)
            }
            Error::Store(_) | Error::Stored(_) => Self::new(ProblemCode::Internal, "the object could not do it"),
        }
    }
}
