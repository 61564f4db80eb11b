//! The few AWS calls that the edge makes, as values: a request is built and signed here, sent by the caller, and the answer
//! is read here. No network, no clock, no environment.
//!
//! The edge has a budget of code size in which no AWS SDK fits; that is why signing is written here. It is tested against
//! AWS's published signing vectors and against the crate `aws-sigv4`.

pub mod dynamodb;
mod error;
mod failure;
mod hex;
mod http;
pub mod s3;
pub mod sigv4;
pub mod sqs;

pub use error::{Error, Result};
pub use failure::{Failure, FailureClass};
pub use http::{HttpRequest, HttpResponse};
