//! The one error type of this crate.

/// Short form for results of this crate.
pub type Result<T> = core::result::Result<T, Error>;

/// Why the runtime, the configuration or a call failed. Messages hold no secret; they go to logs, not to clients.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// `CONFIG` or `SECRETS` is missing.
    #[error("{0} is not bound")]
    Missing(&'static str),
    /// `CONFIG` or `SECRETS` does not have its documented shape. Positions only: the text may be secret.
    #[error("{name} cannot be read: line {line}, column {column}, {category:?}")]
    Shape {
        /// Which of the two.
        name: &'static str,
        /// Line in the text.
        line: usize,
        /// Column in the text.
        column: usize,
        /// Kind of fault.
        category: serde_json::error::Category,
    },
    /// A value of the configuration cannot be used.
    #[error("{0} of the configuration cannot be used")]
    Value(&'static str),
    /// A call did not end in time; whether it had an effect is unknown.
    #[error("no answer within {0} ms")]
    Timeout(u32),
    /// The runtime threw.
    #[error("{at}: {message}")]
    Runtime {
        /// What was being done.
        at: &'static str,
        /// What the runtime says.
        message: String,
    },
    /// The body of a request is longer than allowed.
    #[error("the body is longer than {0} bytes")]
    BodyTooLong(usize),
}

impl Error {
    /// A fault that the runtime threw, with what was being done.
    pub fn thrown(at: &'static str, fault: &wasm_bindgen::JsValue) -> Self {
        use wasm_bindgen::JsCast;
        let message = fault
            .dyn_ref::<worker::js_sys::Error>()
            .map(|error| String::from(error.message()))
            .or_else(|| fault.as_string())
            .unwrap_or_else(|| "no text".to_owned());
        Self::Runtime { at, message }
    }

    /// The same for an error of the crate `worker`.
    pub fn worker(at: &'static str, fault: &worker::Error) -> Self {
        Self::Runtime { at, message: fault.to_string() }
    }
}
