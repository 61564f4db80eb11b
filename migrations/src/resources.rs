//! Typed reader of `infra/resources.json`, which Terraform reads with `jsondecode`. `infra/README.md` explains each field.

use crate::DefinitionError;
use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};

mod rules;

const FILE: &str = "infra/resources.json";
const TEXT: &str = include_str!("../../infra/resources.json");

/// Actions per resource, `{"table:calls": ["dynamodb:PutItem"]}`. The kind before the colon is `queue`, `table`, `bucket` or `secret`.
pub type Permissions = BTreeMap<String, Vec<String>>;

/// The whole file. Maps are keyed by short names; the full name is `attune-<env>-<short name>`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Resources {
    /// Version of the shape, 1.
    pub version: u32,
    /// Cells: part of every tenant id.
    pub cells: BTreeMap<String, Cell>,
    /// Source queues. The dead-letter queue of `x` is `x-dlq`.
    pub queues: BTreeMap<String, Queue>,
    /// How all dead-letter queues are consumed.
    pub dead_letters: DeadLetters,
    /// Functions, each also the name of its crate and of `functions/<name>`.
    pub functions: BTreeMap<String, Function>,
    /// What all functions share.
    pub function_runtime: FunctionRuntime,
    /// Buckets.
    pub buckets: BTreeMap<String, Bucket>,
    /// Secrets in Secrets Manager; Terraform makes them, `cargo dev` fills them.
    pub secrets: BTreeMap<String, SecretDefinition>,
    /// The IAM user as which the Worker signs.
    pub edge_user: EdgeUser,
}

/// A cell.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Cell {
    /// AWS region.
    pub region: String,
    /// Jurisdiction of its Durable Objects, `eu`, or none.
    pub jurisdiction: Option<String>,
}

/// A source queue with its mapping.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Queue {
    /// The function it feeds.
    pub function: String,
    /// Seconds; at least six times the function's time-out.
    pub visibility_timeout_s: u32,
    /// Seconds, at most 14 days.
    pub retention_s: u32,
    /// Seconds, at most 14 days. Counts from the first send to the *source* queue.
    pub dlq_retention_s: u32,
    /// Receives before the move to the dead-letter queue; throttles consume them too, so at least 5.
    pub max_receive_count: u32,
    /// Messages per invocation, at most 10.
    pub batch_size: u32,
    /// Seconds to wait for a fuller batch.
    pub batch_window_s: u32,
    /// Invocations at once, 2 to 1000.
    pub maximum_concurrency: u32,
    /// Alarm when the oldest message is older, seconds.
    pub alarm_oldest_age_s: u32,
    /// Values of local runs.
    pub local: LocalQueue,
}

/// Overrides of local runs.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LocalQueue {
    /// Seconds; longer than the function usually takes. A longer one of its own only has the message come a second time.
    pub visibility_timeout_s: u32,
    /// Seconds; 0.
    pub batch_window_s: u32,
    /// Invocations at once.
    pub maximum_concurrency: u32,
}

/// Consumption of the dead-letter queues.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DeadLetters {
    /// The function that parks them.
    pub function: String,
    /// Seconds, of every dead-letter queue.
    pub visibility_timeout_s: u32,
    /// Messages per invocation.
    pub batch_size: u32,
    /// Seconds.
    pub batch_window_s: u32,
    /// Invocations at once, per dead-letter queue.
    pub maximum_concurrency: u32,
    /// Alarm when the oldest message is older, seconds: parking itself is stuck.
    pub alarm_oldest_age_s: u32,
    /// Values of local runs.
    pub local: LocalQueue,
}

/// A function.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Function {
    /// MB.
    pub memory_mb: u32,
    /// Seconds.
    pub timeout_s: u32,
    /// Invocations that are reserved; at least the sum over its mappings, or the poller is throttled.
    pub reserved_concurrency: u32,
    /// Names of the environment variables that are set for it.
    pub environment: Vec<String>,
    /// What its role may do beyond consuming its queue and writing its log.
    pub permissions: Permissions,
}

/// What all functions share.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FunctionRuntime {
    /// Identifier of the Lambda runtime.
    pub runtime: String,
    /// File in the zip.
    pub handler: String,
    /// Architecture on AWS.
    pub architecture: String,
    /// Days.
    pub log_retention_days: u32,
    /// Values of local runs.
    pub local: LocalRuntime,
}

/// Overrides of local runs.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LocalRuntime {
    /// Architecture that local runs declare.
    pub architecture: String,
    /// Environment variables that exist only there.
    pub environment: Vec<String>,
}

/// A bucket: encrypted, public access blocked, TLS only.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Bucket {
    /// Days after which objects are deleted.
    pub expire_days: u32,
    /// Days for which nobody deletes or replaces an object (object lock, mode compliance); absent: not locked.
    #[serde(default)]
    pub lock_days: Option<u32>,
}

/// A secret.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SecretDefinition {
    /// Fields of its JSON text.
    pub holds: Vec<String>,
}

/// The Worker's IAM user.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EdgeUser {
    /// All it may do.
    pub permissions: Permissions,
}

impl Resources {
    /// The list that is compiled into this crate, checked.
    ///
    /// # Errors
    /// The file has another shape or breaks one of its rules.
    pub fn load() -> Result<Self, DefinitionError> {
        Self::parse(TEXT)
    }

    /// Reads a list from text and checks it.
    ///
    /// # Errors
    /// As [`Resources::load`].
    pub fn parse(text: &str) -> Result<Self, DefinitionError> {
        let resources: Self =
            serde_json::from_str(text).map_err(|source| DefinitionError::Shape { file: FILE, source })?;
        let problems = rules::problems(&resources);
        if problems.is_empty() { Ok(resources) } else { Err(DefinitionError::Rules { file: FILE, problems }) }
    }

    /// The function of that name.
    ///
    /// # Errors
    /// There is none.
    pub fn function(&self, name: &str) -> Result<&Function, DefinitionError> {
        let unknown = || DefinitionError::Unknown { kind: "function", name: name.to_owned() };
        self.functions.get(name).ok_or_else(unknown)
    }
}

/// Short name of the dead-letter queue of a source queue.
pub fn dlq_name(queue: &str) -> String {
    format!("{queue}-dlq")
}

/// Full name of a resource in an environment, `attune-local-ingest-snapshot`.
pub fn full_name(environment: &str, short: &str) -> String {
    format!("attune-{environment}-{short}")
}

/// The actions that a function's role allows for its own calls (the list in `resources.json`; consuming the queue and
/// writing logs are the platform's).
///
/// # Errors
/// The list is broken, or there is no such function.
pub fn role_actions(function: &str) -> Result<BTreeSet<String>, DefinitionError> {
    Ok(role_grants(function)?.into_iter().map(|(action, _)| action).collect())
}

/// The same with the resource: `("dynamodb:PutItem", "table:calls")`. `edge` names the Worker's user.
///
/// # Errors
/// As [`role_actions`].
pub fn role_grants(function: &str) -> Result<BTreeSet<(String, String)>, DefinitionError> {
    let resources = Resources::load()?;
    let permissions =
        if function == "edge" { &resources.edge_user.permissions } else { &resources.function(function)?.permissions };
    let pairs =
        permissions.iter().flat_map(|(resource, actions)| actions.iter().map(move |a| (a.clone(), resource.clone())));
    Ok(pairs.collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_is_valid_and_names_what_the_architecture_names() {
        let resources = Resources::load().unwrap();
        assert_eq!(resources.queues.len(), 5);
        assert_eq!(resources.functions.len(), 6);
        assert_eq!(full_name("local", &dlq_name("optimize-run")), "attune-local-optimize-run-dlq");
        assert!(resources.function("nobody").is_err());
    }

    #[test]
    fn roles_are_read_from_the_list() {
        let actions = role_actions("ingest-snapshot").unwrap();
        assert_eq!(
            actions.into_iter().collect::<Vec<_>>(),
            ["dynamodb:PutItem", "dynamodb:UpdateItem", "s3:GetObject", "s3:PutObject", "sqs:SendMessage"]
        );
        assert!(role_grants("edge").unwrap().contains(&("s3:PutObject".into(), "bucket:audio".into())));
        assert!(role_grants("nobody").is_err());
    }

    #[test]
    fn unknown_fields_are_refused() {
        let text = TEXT.replacen("\"batch_size\"", "\"batchsize\": 1, \"batch_size\"", 1);
        assert!(matches!(Resources::parse(&text), Err(DefinitionError::Shape { .. })));
    }
}
