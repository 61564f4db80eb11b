//! The local cloud: LocalStack, the DynamoDB engine, and the resources in them.

pub mod api;
pub mod create;
pub mod deploy;
pub mod engine;
pub mod localstack;
pub mod zip;

pub use api::Api;
pub mod smtp;
