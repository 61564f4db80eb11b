//! Functions on the local cloud: real programs under a Runtime API host, a real DynamoDB engine, LocalStack's S3, SQS and
//! Secrets Manager.

pub mod cloud;
pub mod edge;
pub mod messages;
