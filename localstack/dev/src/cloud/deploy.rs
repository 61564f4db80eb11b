//! Functions and their queues' mappings.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::api::{ACCOUNT, Api};
use super::create::prefix;
use super::zip;
use crate::error::{Error, IoContext, Result};
use crate::process::signals;
use crate::resources::{Local, Mapping};

/// What functions find in their environment, by name.
pub type Environment = BTreeMap<String, String>;

/// Deploys every function whose binary is in `binaries`, and feeds it from its queues.
pub fn all(
    api: &Api,
    resources: &Local,
    environment: &str,
    binaries: &BTreeMap<String, std::path::PathBuf>,
    values: &Environment,
) -> Result<()> {
    for (name, binary) in binaries {
        function(api, resources, environment, name, binary, values)?;
    }
    for name in binaries.keys() {
        wait_until_active(api, &format!("{}{name}", prefix(environment)))?;
    }
    let prefix = prefix(environment);
    for queue in resources.all.queues.keys() {
        let (own, dead) = (resources.of_queue(queue)?, resources.of_dead_letters());
        for (name, feed) in [(format!("{prefix}{queue}"), own), (format!("{prefix}{queue}-dlq"), dead)] {
            if binaries.contains_key(feed.function) {
                mapping(api, &prefix, &name, feed)?;
            }
        }
    }
    Ok(())
}

/// Deploys one function, or replaces its code and configuration.
pub fn function(
    api: &Api,
    resources: &Local,
    environment: &str,
    name: &str,
    binary: &Path,
    values: &Environment,
) -> Result<()> {
    let definition = resources.all.function(name).map_err(|error| Error::other(error.to_string()))?;
    let runtime = &resources.all.function_runtime;
    let bytes = std::fs::read(binary).at(binary)?;
    let code = STANDARD.encode(zip::single_executable("bootstrap", &bytes));
    let mut variables = BTreeMap::new();
    for variable in definition.environment.iter().chain(&runtime.local.environment) {
        match values.get(variable) {
            Some(value) => _ = variables.insert(variable.clone(), value.clone()),
            // with LocalStack's own DynamoDB there is no second endpoint
            None if variable == "AWS_ENDPOINT_URL_DYNAMODB" => {}
            None => return Err(Error::other(format!("no value for {variable} of function {name}"))),
        }
    }
    if let Some(mark) = values.get(crate::process::MARK) {
        variables.insert(crate::process::MARK.into(), mark.clone());
    }
    let full = format!("{}{name}", prefix(environment));
    let body = json!({
        "FunctionName": full,
        "Runtime": runtime.runtime,
        "Handler": runtime.handler,
        "Role": format!("arn:aws:iam::{ACCOUNT}:role/{full}"),
        "Architectures": [runtime.local.architecture],
        "MemorySize": definition.memory_mb,
        "Timeout": definition.timeout_s,
        "Environment": {"Variables": variables},
        "Code": {"ZipFile": code},
    });
    let created = api.lambda("POST", "/2015-03-31/functions", &body)?;
    if created.status == 409 {
        wait_until_active(api, &full)?;
        let path = format!("/2015-03-31/functions/{full}");
        let configuration = json!({"Environment": {"Variables": variables}, "Timeout": definition.timeout_s});
        api.lambda("PUT", &format!("{path}/configuration"), &configuration)?.success("UpdateFunctionConfiguration")?;
        wait_until_active(api, &full)?;
        api.lambda("PUT", &format!("{path}/code"), &json!({"ZipFile": body["Code"]["ZipFile"]}))?
            .success("UpdateFunctionCode")?;
        return Ok(());
    }
    created.success(&format!("CreateFunction {full}")).map(|_| ())
}

fn wait_until_active(api: &Api, name: &str) -> Result<()> {
    let end = Instant::now() + Duration::from_secs(60);
    loop {
        let path = format!("/2015-03-31/functions/{name}/configuration");
        let state = api.lambda("GET", &path, &Value::Null)?.success("GetFunctionConfiguration")?.json();
        let updating = state["LastUpdateStatus"] == "InProgress";
        match state["State"].as_str() {
            Some("Active") if !updating => return Ok(()),
            Some("Failed") => return Err(Error::other(format!("function {name}: {}", state["StateReason"]))),
            _ if Instant::now() > end => {
                return Err(Error::NotReady { what: format!("function {name}"), seconds: 60, log: None });
            }
            _ => {}
        }
        signals::check()?;
        std::thread::sleep(Duration::from_millis(50));
    }
}

fn mapping(api: &Api, prefix: &str, queue: &str, definition: Mapping<'_>) -> Result<()> {
    let function = format!("{prefix}{}", definition.function);
    let arn = api.queue_arn(queue);
    let path = format!("/2015-03-31/event-source-mappings?FunctionName={function}&EventSourceArn={arn}");
    let known = api.lambda("GET", &path, &Value::Null)?.success("ListEventSourceMappings")?.json();
    if known["EventSourceMappings"].as_array().is_some_and(|list| !list.is_empty()) {
        return Ok(());
    }
    let body = json!({
        "FunctionName": function,
        "EventSourceArn": arn,
        "BatchSize": definition.batch_size,
        "MaximumBatchingWindowInSeconds": definition.batch_window_s,
        "FunctionResponseTypes": ["ReportBatchItemFailures"],
        "ScalingConfig": {"MaximumConcurrency": definition.maximum_concurrency.max(2)},
    });
    api.lambda("POST", "/2015-03-31/event-source-mappings", &body)?
        .success(&format!("CreateEventSourceMapping {queue}"))
        .map(|_| ())
}
