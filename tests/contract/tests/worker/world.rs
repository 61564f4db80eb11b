//! The running system and what the tests share.

use attune_contract_tests::conform::Contract;
use attune_contract_tests::golden::golden;
use attune_contract_tests::http::{Request, Response};
use attune_contract_tests::unlimited;
use attune_dev::keys::random_hex;
use attune_dev::process::ports;
use attune_dev::stack::{Options, Stack, WantedPorts};
use attune_test_support::proxy::Proxy;
use serde_json::{Value, json};
use std::time::{Duration, Instant};

/// A tenant with a key of all scopes.
#[derive(Debug)]
pub struct Tenant {
    pub id: String,
    pub key: String,
}

/// The running system.
#[derive(Debug)]
pub struct World {
    pub stack: Stack,
    pub contract: Contract,
    /// From the Worker to the DynamoDB engine.
    pub dynamodb: Proxy,
    /// Two tenants that most tests share.
    pub a: Tenant,
    pub b: Tenant,
}

impl World {
    /// Starts the system.
    ///
    /// # Errors
    /// Why it does not start: every test fails with it, none tries again.
    pub fn start() -> Result<Self, String> {
        let engine = ports::free(None).map_err(|e| e.to_string())?;
        let dynamodb = Proxy::start(engine).map_err(|e| e.to_string())?;
        let options = Options {
            ports: WantedPorts { dynamodb: Some(engine), ..WantedPorts::default() },
            worker_config: json!({"dynamodb_endpoint": dynamodb.url(), "limits": limits()}),
            ..Options::new("contract")
        };
        let stack = Stack::start(options).map_err(|e| e.to_string())?;
        if stack.ports.dynamodb != engine {
            return Err("the proxy does not lead to the DynamoDB engine".to_owned());
        }
        let tenant = |name: &str| {
            let made = stack.create_tenant(name).map_err(|e| e.to_string());
            made.map(|(id, key)| Tenant { id, key })
        };
        let (a, b) = (tenant("a")?, tenant("b")?);
        Ok(Self { contract: Contract::default(), dynamodb, a, b, stack })
    }

    /// A tenant of a test's own.
    pub fn tenant(&self, name: &str) -> Tenant {
        let (id, key) = self.stack.create_tenant(name).expect("a tenant is made");
        Tenant { id, key }
    }

    /// A tenant of a plan whose limits are those of the standard table.
    pub fn tenant_of(&self, plan: &str, name: &str) -> Tenant {
        let (id, key) = self.stack.create_tenant_of(plan, name).expect("a tenant is made");
        Tenant { id, key }
    }

    /// Sends a request; the answer conforms to the document, whatever it is.
    pub fn send(&self, request: &Request) -> Response {
        let answer = self.send_unchecked(request);
        if let Err(wrong) = self.contract.conforms(&request.method, &request.target, &answer) {
            let body = String::from_utf8_lossy(&answer.body).chars().take(800).collect::<String>();
            panic!("{} {}: {} {:?}\n{body}\n{wrong}", request.method, request.target, answer.status, answer.headers);
        }
        answer
    }

    /// Sends a request.
    pub fn send_unchecked(&self, request: &Request) -> Response {
        let authority = format!("127.0.0.1:{}", self.stack.ports.worker);
        request.send(&authority).unwrap_or_else(|e| panic!("{e}"))
    }

    /// `GET` with a key.
    pub fn get(&self, key: &str, target: &str) -> Response {
        self.send(&Request::new("GET", target).bearer(key))
    }

    /// `POST` of JSON with a key and a new Idempotency-Key.
    pub fn post(&self, key: &str, target: &str, body: &Value) -> Response {
        self.send(&self.request(key, target, body))
    }

    /// The request of [`World::post`].
    pub fn request(&self, key: &str, target: &str, body: &Value) -> Request {
        Request::new("POST", target).bearer(key).header("idempotency-key", &random_hex(16).unwrap()).json(body)
    }

    /// The operator's key.
    pub fn operator(&self) -> &str {
        &self.stack.keys.operator_key
    }

    /// Asks again until an answer is right, at most 30 s.
    pub fn until<T>(&self, what: &str, mut ask: impl FnMut() -> Option<T>) -> T {
        let end = Instant::now() + Duration::from_secs(30);
        loop {
            if let Some(found) = ask() {
                return found;
            }
            assert!(Instant::now() < end, "{what} does not come");
            std::thread::sleep(Duration::from_millis(100));
        }
    }
}

/// The standard table of limits, but the plan of the tests' tenants has rates that no test reaches: those that look for limits make a
/// tenant of another plan.
fn limits() -> Value {
    let mut table: Value = serde_json::from_str(attune_identity::limits::STANDARD).unwrap();
    unlimited::raise(&mut table["plans"]["enterprise"], 1);
    table
}

/// A new id with a prefix.
pub fn id(prefix: &str) -> String {
    let bytes = attune_dev::keys::random::<16>().unwrap();
    format!("{prefix}_{}", attune_domain::id::ulid_text(1_790_000_000_000, u128::from_le_bytes(bytes)))
}

/// A good snapshot of a new call at station 4, without audio.
pub fn snapshot() -> Value {
    let mut body = golden("snapshot.v1");
    body["call_id"] = json!(id("call"));
    body.as_object_mut().unwrap().remove("audio");
    body
}

/// A good body of a golden file for a new call, where it names one.
pub fn body(name: &str) -> Value {
    let mut body = golden(name);
    if body.get("call_id").is_some() {
        body["call_id"] = json!(id("call"));
    }
    if name == "snapshot.v1" { snapshot() } else { body }
}

/// Checks status and code of a problem, and that its errors point there.
#[track_caller]
pub fn refused(answer: &Response, status: u16, code: &str, pointer: Option<&str>) {
    let seen = (answer.status, answer.code());
    assert_eq!(seen, (status, code.to_owned()), "{}", String::from_utf8_lossy(&answer.body));
    if let Some(pointer) = pointer {
        let pointers = answer.pointers();
        assert!(pointers.iter().any(|p| p == pointer), "{pointer:?} in {pointers:?}");
    }
}

/// Checks the status of an answer and gives its body.
#[track_caller]
pub fn good(answer: &Response, status: u16) -> Value {
    assert_eq!(answer.status, status, "{}", String::from_utf8_lossy(&answer.body));
    answer.json()
}
