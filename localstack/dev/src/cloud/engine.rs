//! The DynamoDB engine that runs beside LocalStack.

use std::path::Path;
use std::time::Duration;

use crate::error::Result;
use crate::http;
use crate::process::{Managed, Service};

/// Starts the engine, in memory, and waits until it answers.
pub fn start(binary: &Path, port: u16, service: Service) -> Result<Managed> {
    let command = vec![
        binary.as_os_str().to_owned(),
        "--host".into(),
        "127.0.0.1".into(),
        "--port".into(),
        port.to_string().into(),
    ];
    let mut engine = Service { command, grace: Duration::from_secs(2), ..service }.start()?;
    let url = format!("http://127.0.0.1:{port}/");
    let headers = [
        ("content-type", "application/x-amz-json-1.0"),
        ("x-amz-target", "DynamoDB_20120810.ListTables"),
        ("authorization", "AWS4-HMAC-SHA256 Credential=test/20260101/eu-west-1/dynamodb/aws4_request"),
    ];
    engine.wait_until(20, || http::send("POST", &url, &headers, b"{}", 2).is_ok_and(|answer| answer.status < 500))?;
    Ok(engine)
}
