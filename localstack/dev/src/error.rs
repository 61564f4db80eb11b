//! Why a command of `cargo dev` could not do its work.

use std::path::{Path, PathBuf};

/// The result of everything in this crate.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// One error type: each variant says what to look at next.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A file or folder could not be read or written.
    #[error("{}: {source}", path.display())]
    Io {
        /// What was touched.
        path: PathBuf,
        /// The system's answer.
        source: std::io::Error,
    },
    /// A file has not the shape that it must have.
    #[error("{}: {source}", path.display())]
    Shape {
        /// The file.
        path: PathBuf,
        /// Where and why.
        source: serde_json::Error,
    },
    /// A program could not be started.
    #[error("cannot start `{program}`: {source}")]
    Start {
        /// The program as called.
        program: String,
        /// The system's answer.
        source: std::io::Error,
    },
    /// A program ended with a failure.
    #[error("`{program}` failed ({status}){}", log_hint(log.as_deref()))]
    Failed {
        /// The program as called.
        program: String,
        /// Exit status or signal.
        status: String,
        /// Where its output is, when it went to a file.
        log: Option<PathBuf>,
    },
    /// Something that the user has to install.
    #[error("{what} is missing: {how}")]
    Missing {
        /// The thing.
        what: String,
        /// How to get it.
        how: String,
    },
    /// A service did not come up in time.
    #[error("{what} was not ready after {seconds} s{}", log_hint(log.as_deref()))]
    NotReady {
        /// The service.
        what: String,
        /// How long was waited.
        seconds: u64,
        /// Its log.
        log: Option<PathBuf>,
    },
    /// A local HTTP call failed before an answer came.
    #[error("{method} {url}: {reason}")]
    Http {
        /// The method.
        method: String,
        /// The address.
        url: String,
        /// Why.
        reason: String,
    },
    /// A service answered with an error.
    #[error("{call} answered {status}: {body}")]
    Refused {
        /// The call.
        call: String,
        /// HTTP status.
        status: u16,
        /// The answer, shortened.
        body: String,
    },
    /// SIGINT or SIGTERM arrived.
    #[error("interrupted")]
    Interrupted,
    /// Something else, said in words.
    #[error("{0}")]
    Other(String),
}

fn log_hint(log: Option<&Path>) -> String {
    log.map(|path| format!("; see {}", path.display())).unwrap_or_default()
}

impl Error {
    /// An error in words.
    pub fn other(text: impl Into<String>) -> Self {
        Self::Other(text.into())
    }
}

/// Adds the path to an I/O error.
pub trait IoContext<T> {
    /// Names the file or folder that was touched.
    fn at(self, path: impl AsRef<Path>) -> Result<T>;
}

impl<T> IoContext<T> for std::io::Result<T> {
    fn at(self, path: impl AsRef<Path>) -> Result<T> {
        self.map_err(|source| Error::Io { path: path.as_ref().to_owned(), source })
    }
}
