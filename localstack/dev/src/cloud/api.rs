//! The few AWS calls that set up a local cloud.
//!
//! LocalStack does not check signatures of calls, only their credential scope: enough to name account and region.

use serde_json::Value;

use crate::error::Result;
use crate::http::{self, Answer};

/// Account of everything local.
pub const ACCOUNT: &str = "000000000000";

/// Addresses of a local cloud.
#[derive(Debug, Clone)]
pub struct Api {
    /// LocalStack.
    pub endpoint: String,
    /// The DynamoDB engine, or LocalStack where there is none beside it.
    pub dynamodb: String,
    /// Region of the cell.
    pub region: String,
}

impl Api {
    fn scope(&self, service: &str) -> String {
        format!(
            "AWS4-HMAC-SHA256 Credential=test/20260101/{}/{service}/aws4_request, SignedHeaders=host, Signature=0",
            self.region
        )
    }

    fn target(&self, endpoint: &str, service: &str, version: &str, target: &str, body: &Value) -> Result<Answer> {
        let headers = [
            ("content-type", version),
            ("x-amz-target", target),
            ("authorization", &self.scope(service)),
            ("x-amz-date", "20260101T000000Z"),
        ];
        http::send("POST", endpoint, &headers, body.to_string().as_bytes(), 60)
    }

    /// `SQS.<action>`.
    pub fn sqs(&self, action: &str, body: &Value) -> Result<Value> {
        let target = format!("AmazonSQS.{action}");
        let answer = self.target(&self.endpoint, "sqs", "application/x-amz-json-1.0", &target, body)?;
        Ok(answer.success(&target)?.json())
    }

    /// `Secrets Manager <action>`.
    pub fn secrets(&self, action: &str, body: &Value) -> Result<Value> {
        let target = format!("secretsmanager.{action}");
        let answer = self.target(&self.endpoint, "secretsmanager", "application/x-amz-json-1.1", &target, body)?;
        Ok(answer.success(&target)?.json())
    }

    /// `DynamoDB <action>`, at the engine.
    pub fn dynamodb(&self, action: &str, body: &Value) -> Result<Value> {
        let target = format!("DynamoDB_20120810.{action}");
        Ok(self.dynamodb_call(&target, body)?.success(&target)?.json())
    }

    /// A call to the engine by its whole target, with an answer of any status.
    pub fn dynamodb_call(&self, target: &str, body: &Value) -> Result<Answer> {
        self.target(&self.dynamodb, "dynamodb", "application/x-amz-json-1.0", target, body)
    }

    /// A REST call of Lambda; `path` begins after the host.
    pub fn lambda(&self, method: &str, path: &str, body: &Value) -> Result<Answer> {
        let url = format!("{}{path}", self.endpoint);
        let scope = self.scope("lambda");
        let headers = [("content-type", "application/json"), ("authorization", scope.as_str())];
        let bytes = if body.is_null() { Vec::new() } else { body.to_string().into_bytes() };
        http::send(method, &url, &headers, &bytes, 120)
    }

    /// A REST call of S3; `path` is `/<bucket>[/<key>][?query]`.
    pub fn s3(&self, method: &str, path: &str, body: &[u8]) -> Result<Answer> {
        self.s3_with(method, path, &[], body)
    }

    /// The same with more headers.
    pub fn s3_with(&self, method: &str, path: &str, more: &[(&str, &str)], body: &[u8]) -> Result<Answer> {
        let url = format!("{}{path}", self.endpoint);
        let scope = self.scope("s3");
        let mut headers = vec![
            ("authorization", scope.as_str()),
            ("content-type", "application/xml"),
            ("x-amz-date", "20260101T000000Z"),
        ];
        headers.extend(more);
        http::send(method, &url, &headers, body, 60)
    }

    /// Address of a queue.
    pub fn queue_url(&self, name: &str) -> String {
        format!("{}/{ACCOUNT}/{name}", self.endpoint)
    }

    /// ARN of a queue.
    pub fn queue_arn(&self, name: &str) -> String {
        format!("arn:aws:sqs:{}:{ACCOUNT}:{name}", self.region)
    }
}
