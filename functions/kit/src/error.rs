//! Errors of the kit.

/// The environment is not what the function needs; it does not start.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ConfigError {
    /// A variable is not set or empty.
    #[error("environment variable {0} is missing")]
    Missing(&'static str),
    /// A variable is set to something unusable.
    #[error("environment variable {0} is invalid: expected {1}")]
    Invalid(&'static str, &'static str),
}

/// Why a function did not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The environment.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// The asynchronous runtime could not be made.
    #[error("the asynchronous runtime could not be started")]
    Io(#[from] std::io::Error),
    /// The Runtime API failed.
    #[error("the Runtime API failed: {0}")]
    Runtime(String),
}

/// A call to another service failed. What it means for the record is for the caller; as a rule it is tried again.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CallError {
    /// DynamoDB.
    #[error("{query}: {code}")]
    Store {
        /// Name of the query in `migrations/ACCESS.md`.
        query: &'static str,
        /// The service's error code, or what kind of failure it was.
        code: String,
    },
    /// SQS.
    #[error("queue: {0}")]
    Queue(String),
    /// S3.
    #[error("bucket: {0}")]
    Bucket(String),
    /// Secrets Manager, or the secret in it.
    #[error("secret: {0}")]
    Secret(String),
    /// The mail server, or the way there.
    #[error("mail: {0}")]
    Mail(String),
    /// The edge could not be reached, or answered with something unexpected.
    #[error("edge: {0}")]
    Edge(String),
    /// The edge refused for good.
    #[error("edge refused with {status}: {code}")]
    EdgeRefused {
        /// HTTP status.
        status: u16,
        /// Code of the problem.
        code: String,
    },
}

/// Code of a failed SDK call: the service's where there is one, else the kind of failure. No message: it may hold ids.
pub(crate) fn sdk_code<E, R>(error: &aws_sdk_dynamodb::error::SdkError<E, R>) -> String
where
    E: aws_sdk_dynamodb::error::ProvideErrorMetadata,
{
    use aws_sdk_dynamodb::error::SdkError;
    match error {
        SdkError::ServiceError(inner) => inner.err().code().unwrap_or("unknown_service_error").to_owned(),
        SdkError::TimeoutError(_) => "timeout".to_owned(),
        SdkError::DispatchFailure(_) => "unreachable".to_owned(),
        SdkError::ResponseError(_) => "unreadable_answer".to_owned(),
        _ => "not_sent".to_owned(),
    }
}
