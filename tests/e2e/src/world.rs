//! The running system.

use crate::wait::until;
use attune_dev::cloud::deploy;
use attune_dev::http::{self, Answer};
use attune_dev::keys::random_hex;
use attune_dev::process::ports;
use attune_dev::stack::{ENVIRONMENT, Functions, Options, Stack, WantedPorts};
use attune_domain::{CallId, TenantId};
use attune_local_tests::cloud::programs;
use attune_local_tests::messages::Snapshot;
use attune_test_support::proxy::Proxy;
use attune_test_support::tap::Call;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::sync::Mutex;

/// Stands in the name of every tenant and in every free text that tests send, and must be in no log.
pub const MARKER: &str = "Canary-Zauberfloete-7351";
/// Seconds until a message that failed comes again.
pub const VISIBILITY_S: u32 = 6;

/// A tenant with a key of all scopes.
#[derive(Debug, Clone)]
pub struct Tenant {
    /// Its id.
    pub id: TenantId,
    /// A key of all scopes.
    pub key: String,
}

/// The running system.
#[derive(Debug)]
pub struct World {
    /// Everything that runs.
    pub stack: Stack,
    /// From the Worker to LocalStack.
    pub worker_aws: Proxy,
    /// From the functions to LocalStack.
    pub functions_aws: Proxy,
    /// From the Worker and the functions to the DynamoDB engine.
    pub dynamodb: Proxy,
    /// All keys that were made.
    pub keys: Mutex<Vec<String>>,
    folder: PathBuf,
}

impl World {
    /// Starts it.
    pub fn start() -> Self {
        let localstack = ports::free(None).expect("a port");
        let engine = ports::free(None).expect("a port");
        let proxy = |port| Proxy::start(port).expect("a proxy");
        let (worker_aws, functions_aws, dynamodb) = (proxy(localstack), proxy(localstack), proxy(engine));
        let config = json!({
            "sqs_queue_url_prefix": format!("{}/000000000000/attune-{ENVIRONMENT}-", worker_aws.url()),
            "s3_endpoint": worker_aws.url(),
            "dynamodb_endpoint": dynamodb.url(),
        });
        let options = Options {
            ports: WantedPorts { localstack: Some(localstack), dynamodb: Some(engine), ..WantedPorts::default() },
            functions: Functions::None,
            worker_config: config,
            visibility_timeout_s: Some(VISIBILITY_S),
            ..Options::new(format!("e2e-{}", std::process::id()))
        };
        let programs = programs();
        let stack = Stack::start(options).expect("the system starts");
        assert_eq!((stack.ports.localstack, stack.ports.dynamodb), (localstack, engine), "the proxies lead there");
        let folder = stack.run_folder().join("wrappers");
        std::fs::create_dir_all(&folder).expect("a folder");
        let world = Self { stack, worker_aws, functions_aws, dynamodb, keys: Mutex::default(), folder };
        for name in programs.keys() {
            let wrapped = BTreeMap::from([(name.clone(), world.wrapper(name, &[]))]);
            let stack = &world.stack;
            deploy::all(&stack.api, &stack.resources, ENVIRONMENT, &wrapped, &stack.function_environment())
                .expect("the functions are deployed");
        }
        world
    }

    /// A `bootstrap` that becomes the real program, with its calls led through the proxies and its process id in its name: who
    /// makes a call is known from its signature.
    fn wrapper(&self, function: &str, changes: &[(&str, &str)]) -> PathBuf {
        let mut text = format!(
            "#!/bin/sh\nexport AWS_ACCESS_KEY_ID={function}-$$ AWS_ENDPOINT_URL={} AWS_ENDPOINT_URL_DYNAMODB={}\n",
            self.functions_aws.url(),
            self.dynamodb.url()
        );
        for (name, value) in changes {
            let _ = writeln!(text, "export {name}={value}");
        }
        let _ = writeln!(text, "exec '{}'", programs()[function].display());
        let path = self.folder.join(function);
        std::fs::write(&path, text).expect("a file");
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).expect("a file");
        path
    }

    /// Deploys a function again, with changes to its environment.
    pub fn deploy(&self, function: &str, changes: &[(&str, &str)]) {
        let wrapper = self.wrapper(function, changes);
        self.stack.deploy_function(function, &wrapper).expect("the function is deployed");
    }

    /// A tenant of a test's own.
    pub fn tenant(&self, name: &str) -> Tenant {
        let (id, key) = self.stack.create_tenant(&format!("{MARKER} {name}")).expect("a tenant is made");
        self.keys.lock().unwrap().push(key.clone());
        Tenant { id: TenantId::parse(&id).expect("an id"), key }
    }

    /// `POST` with an Idempotency-Key of its own and headers.
    pub fn post(&self, tenant: &Tenant, path: &str, body: &Value, more: &[(&str, &str)]) -> Answer {
        let authorization = format!("Bearer {}", tenant.key);
        let key = format!("{MARKER}-{}", random_hex(8).expect("random numbers"));
        let mut headers = vec![
            ("authorization", authorization.as_str()),
            ("content-type", "application/json"),
            ("idempotency-key", key.as_str()),
        ];
        headers.extend(more);
        let url = format!("{}{path}", self.stack.url());
        http::send("POST", &url, &headers, body.to_string().as_bytes(), 30).expect("an answer")
    }

    /// `GET`.
    pub fn get(&self, tenant: &Tenant, path: &str) -> Answer {
        let authorization = format!("Bearer {}", tenant.key);
        let url = format!("{}{path}", self.stack.url());
        http::send("GET", &url, &[("authorization", &authorization)], &[], 20).expect("an answer")
    }

    /// Posts a snapshot; it is accepted under the id that its natural key gives.
    pub fn snapshot(&self, tenant: &Tenant, snapshot: &Snapshot) {
        let answer = self.post(tenant, "/v1/stations/snapshot", &body(snapshot), &[]);
        assert_eq!((answer.status, &answer.json()["id"]), (202, &json!(snapshot.id())), "{}", answer.text());
    }

    /// The effective configuration of station 4 in a call.
    pub fn config(&self, tenant: &Tenant, call: &CallId) -> Value {
        good(&self.get(tenant, &format!("/v1/config/4?call_id={call}")), 200)
    }

    /// All changes of the history, newest first.
    pub fn changes(&self, tenant: &Tenant) -> Vec<Value> {
        let (mut changes, mut path) = (Vec::new(), "/v1/config/changes?limit=50".to_owned());
        loop {
            let page = good(&self.get(tenant, &path), 200);
            changes.extend(page["changes"].as_array().cloned().unwrap_or_default());
            match page["next_cursor"].as_str() {
                Some(cursor) => path = format!("/v1/config/changes?limit=50&cursor={cursor}"),
                None => return changes,
            }
        }
    }

    /// Waits for a change in the history.
    #[track_caller]
    pub fn change(&self, tenant: &Tenant, what: &str, seconds: u64, is: impl Fn(&Value) -> bool) -> Value {
        until(what, seconds, || {
            let changes = self.changes(tenant);
            changes.iter().find(|change| is(change)).cloned().ok_or_else(|| format!("the history is {changes:?}"))
        })
    }

    /// The mails that the SMTP server has taken for an address.
    pub fn mails(&self, address: &str) -> Vec<String> {
        let files = std::fs::read_dir(self.stack.mail_folder()).expect("a folder").flatten().map(|file| file.path());
        let mails = files.filter(|path| path.extension().is_some_and(|kind| kind == "eml"));
        let mails = mails.map(|path| std::fs::read_to_string(path).expect("a mail"));
        mails.filter(|mail| mail.contains(&format!("\r\nTo: {address}\r\n"))).collect()
    }

    /// Sends to a queue, past the proxies.
    pub fn send(&self, queue: &str, body: &str) {
        let request = json!({"QueueUrl": self.stack.queue_url(queue), "MessageBody": body});
        self.stack.api.sqs("SendMessage", &request).expect("a send");
    }

    /// All calls to AWS that went through the proxies.
    pub fn calls(&self) -> Vec<Call> {
        [&self.worker_aws, &self.functions_aws, &self.dynamodb].map(Proxy::calls).concat()
    }

    /// Everything that the Worker and the functions have written, by the name of the log.
    pub fn logs(&self) -> BTreeMap<String, String> {
        let folder = self.stack.log_folder();
        let functions = self.stack.function_logs();
        let mut logs = BTreeMap::new();
        for path in std::fs::read_dir(functions)
            .expect("a folder")
            .flatten()
            .map(|entry| entry.path())
            .chain([folder.join("worker.log")])
        {
            let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            logs.insert(name, String::from_utf8_lossy(&std::fs::read(&path).expect("a log")).into_owned());
        }
        logs
    }
}

/// A snapshot's body, with the marker in its free texts.
pub fn body(snapshot: &Snapshot) -> Value {
    let mut body = snapshot.body();
    for metric in body["metrics"].as_object_mut().into_iter().flat_map(|metrics| metrics.values_mut()) {
        metric["method"] = MARKER.into();
    }
    body
}

/// Checks the status of an answer and gives its body.
#[track_caller]
pub fn good(answer: &Answer, status: u16) -> Value {
    assert_eq!(answer.status, status, "{}", answer.text());
    answer.json()
}
