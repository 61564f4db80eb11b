//! Functions on the local cloud: real programs under a Runtime API host, a real DynamoDB engine, LocalStack's S3, SQS and
//! Secrets Manager.

#![expect(clippy::expect_used, reason = "only tests use it, and there a failure is to be loud")]

pub mod cloud;
pub mod edge;
pub mod messages;
