//! Why a figure could not be taken.

/// Result of this crate.
pub type Result<T> = core::result::Result<T, Error>;

/// Why a figure could not be taken.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A file, a socket or a process.
    #[error("{what}: {source}")]
    Io {
        /// What was tried.
        what: String,
        /// What the system says.
        source: std::io::Error,
    },
    /// Set-up: tools, services, builds.
    #[error(transparent)]
    Dev(#[from] attune_dev::Error),
    /// JSON of another shape.
    #[error("{0}")]
    Json(#[from] serde_json::Error),
    /// What was measured did not do its work, so its time says nothing.
    #[error("{0}")]
    Wrong(String),
}

impl Error {
    /// A [`Error::Wrong`].
    pub fn wrong(text: impl Into<String>) -> Self {
        Self::Wrong(text.into())
    }
}

/// Says what was tried.
pub trait At<T> {
    /// The same result, with `what` in its error.
    ///
    /// # Errors
    /// [`Error::Io`].
    fn at(self, what: &str) -> Result<T>;
}

impl<T> At<T> for std::io::Result<T> {
    fn at(self, what: &str) -> Result<T> {
        self.map_err(|source| Error::Io { what: what.to_owned(), source })
    }
}
