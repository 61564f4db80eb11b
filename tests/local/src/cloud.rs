//! One local cloud for all tests that run at the same time.

use attune_dev::paths::Paths;
use attune_dev::stack::{ENVIRONMENT, Functions, Options, Stack, function_binaries};
use attune_test_support::runtime_api::{InvokeError, Running, RuntimeApi, sqs_event};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, OnceLock, PoisonError, Weak};
use std::time::{Duration, Instant};

/// What a condition may take to become true.
pub const PATIENCE: Duration = Duration::from_secs(30);

/// A folder with the functions' programs; without it they are built in release.
pub const PROGRAMS: &str = "ATTUNE_FUNCTION_PROGRAMS";

/// The cloud of the tests that run now: started by the first, stopped by the last.
pub fn cloud() -> Arc<Stack> {
    static SHARED: Mutex<Weak<Stack>> = Mutex::new(Weak::new());
    let mut shared = SHARED.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(stack) = shared.upgrade() {
        return stack;
    }
    let options = Options::cloud_only(format!("functions-{}", std::process::id()));
    let stack = Arc::new(Stack::start(options).expect("the local cloud starts"));
    *shared = Arc::downgrade(&stack);
    stack
}

/// The functions' programs by name.
pub fn programs() -> &'static BTreeMap<String, PathBuf> {
    static PROGRAM: OnceLock<BTreeMap<String, PathBuf>> = OnceLock::new();
    PROGRAM.get_or_init(|| match std::env::var_os(PROGRAMS) {
        Some(folder) => {
            ["ingest-snapshot", "optimize-run", "record-change", "record-chat", "send-mail", "park-dead-letters"]
                .into_iter()
                .map(|name| (name.to_owned(), PathBuf::from(&folder).join(name)))
                .collect()
        }
        None => {
            let paths = Paths::find().expect("the tree");
            function_binaries(&paths, &Functions::Build).expect("the functions build")
        }
    })
}

/// A running function under a host of its own.
pub struct Function {
    api: RuntimeApi,
    running: Running,
}

impl Function {
    /// Starts a function in the environment that the local cloud gives it, with `changes` (`None` takes a variable out).
    pub fn start(stack: &Stack, name: &str, changes: &[(&str, Option<&str>)]) -> Self {
        Self::start_into(stack, name, changes, None)
    }

    /// The same, with its output in a file.
    pub fn start_into(
        stack: &Stack,
        name: &str,
        changes: &[(&str, Option<&str>)],
        output: Option<std::fs::File>,
    ) -> Self {
        let api = RuntimeApi::start().expect("a port");
        let mut environment: BTreeMap<String, String> = stack.function_environment().into_iter().collect();
        let more = [
            ("AWS_REGION", "eu-west-1"),
            ("AWS_ACCESS_KEY_ID", "test"),
            ("AWS_SECRET_ACCESS_KEY", "test"),
            ("AWS_ENDPOINT_URL", stack.aws_endpoint()),
        ];
        environment.extend(more.map(|(name, value)| (name.to_owned(), value.to_owned())));
        for (name, value) in changes {
            match value {
                Some(value) => environment.insert((*name).to_owned(), (*value).to_owned()),
                None => environment.remove(*name),
            };
        }
        let environment: Vec<_> = environment.into_iter().collect();
        let running = api.spawn(&programs()[name], &environment, output).expect("the program starts");
        Self { api, running }
    }

    /// Hands records over; the ids of those that failed.
    pub fn deliver(&self, records: Vec<Value>) -> Vec<String> {
        self.try_deliver(records, PATIENCE).expect("an answer")
    }

    /// The same, with what may go wrong.
    ///
    /// # Errors
    /// [`InvokeError`].
    pub fn try_deliver(&self, records: Vec<Value>, within: Duration) -> Result<Vec<String>, InvokeError> {
        self.api.invoke(sqs_event(records), within).map(|answer| attune_test_support::runtime_api::failures(&answer))
    }

    /// Hands records over and does not wait for an answer.
    pub fn hand_over(&self, records: Vec<Value>) {
        self.api.hand_over(sqs_event(records), PATIENCE);
    }

    /// The process.
    pub fn running(&mut self) -> &mut Running {
        &mut self.running
    }

    /// Time from spawn to the first poll.
    pub fn first_poll(&self) -> Option<Duration> {
        self.api.first_poll(&self.running, PATIENCE)
    }
}

/// Waits for a condition, and fails with `what` when it does not come.
pub fn until<T>(what: &str, mut condition: impl FnMut() -> Option<T>) -> T {
    let started = Instant::now();
    loop {
        if let Some(value) = condition() {
            return value;
        }
        assert!(started.elapsed() < PATIENCE, "{what} did not happen");
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// All items of a table under a partition key, by sort key, as plain JSON.
pub fn items(stack: &Stack, table: &str, pk: &str) -> BTreeMap<String, Value> {
    let request = json!({
        "TableName": stack.name(table), "ConsistentRead": true,
        "KeyConditionExpression": "pk = :pk", "ExpressionAttributeValues": {":pk": {"S": pk}},
    });
    let answer = stack.api.dynamodb("Query", &request).expect("a query");
    let plain = |item: &Value| -> Value {
        let map = item.as_object().cloned().unwrap_or_default();
        let value = |value: Value| match (value["S"].as_str(), value["N"].as_str()) {
            (Some(text), _) => json!(text),
            (_, Some(number)) => json!(number.parse::<i64>().unwrap_or_default()),
            _ => Value::Null,
        };
        map.into_iter().map(|(name, v)| (name, value(v))).collect::<serde_json::Map<_, _>>().into()
    };
    let items = answer["Items"].as_array().cloned().unwrap_or_default();
    items.iter().map(plain).map(|item| (item["sk"].as_str().unwrap_or_default().to_owned(), item)).collect()
}

/// Makes a queue of the environment that only one test uses, and answers with the prefix that makes `<prefix><queue>` its address.
pub fn private_queues(stack: &Stack, test: &str, queues: &[&str]) -> String {
    for queue in queues {
        let request = json!({"QueueName": format!("attune-{ENVIRONMENT}-{test}-{queue}")});
        stack.api.sqs("CreateQueue", &request).expect("a queue");
    }
    stack.queue_url(&format!("{test}-"))
}

/// Takes all messages that a queue holds now, until `count` are there: body, attributes.
pub fn take(stack: &Stack, url: &str, count: usize) -> Vec<(Value, BTreeMap<String, String>)> {
    let mut taken = Vec::new();
    until("messages", || {
        let request = json!({"QueueUrl": url, "MaxNumberOfMessages": 10, "MessageAttributeNames": ["All"], "VisibilityTimeout": 600});
        let answer = stack.api.sqs("ReceiveMessage", &request).expect("a receive");
        for message in answer["Messages"].as_array().into_iter().flatten() {
            let text = message["Body"].as_str().unwrap_or_default();
            let attributes = message["MessageAttributes"].as_object().cloned().unwrap_or_default();
            let attributes = attributes
                .into_iter()
                .map(|(name, value)| (name, value["StringValue"].as_str().unwrap_or_default().to_owned()))
                .collect();
            taken.push((serde_json::from_str(text).unwrap_or_else(|_| json!(text)), attributes));
        }
        (taken.len() >= count).then_some(())
    });
    taken
}

/// An object's text; `None` when it is not there.
pub fn object(stack: &Stack, bucket: &str, key: &str) -> Option<String> {
    let answer = stack.api.s3("GET", &format!("/{}/{key}", stack.name(bucket)), &[]).expect("an answer");
    answer.ok().then(|| answer.text())
}
