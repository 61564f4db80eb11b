use super::*;
use crate::headers::tests::{Given, given};
use attune_identity::api_key::{ENTROPY, Environment, OPERATOR_ENTROPY, OperatorKey, Scope};
use attune_identity::signature::{PrivateKey, sign};
use futures_util::FutureExt;
use std::cell::Cell;

const NOW: u64 = 1_700_000_000_000;
const CELL: &str = "eu1";
const ULID: &str = "01hzzzzzzzzzzzzzzzzzzzzzzz";

struct World {
    settings: Settings,
    operator: OperatorKey,
    function: PrivateKey,
    key: ApiKey,
    record: ApiKeyRecord,
}

struct Keys<'a>(Result<Option<&'a ApiKeyRecord>, Problem>);

impl KeySource for Keys<'_> {
    async fn find(&self, key: &ApiKey) -> Result<Option<Rc<ApiKeyRecord>>, Problem> {
        let found = self.0.clone()?;
        Ok(found.filter(|r| r.key_id == key.key_id()).cloned().map(Rc::new))
    }
}

struct Bytes<'a>(&'a [u8], Cell<bool>);

impl BodySource for Bytes<'_> {
    async fn read(&self, limit: usize) -> Result<Vec<u8>, Problem> {
        self.1.set(true);
        if self.0.len() > limit {
            return Err(Problem::new(ProblemCode::PayloadTooLarge, ""));
        }
        Ok(self.0.to_vec())
    }
}

fn world() -> World {
    let operator = OperatorKey::generate(&[7; OPERATOR_ENTROPY]).unwrap();
    let function = PrivateKey::from_seed("k1", &[5; 32]).unwrap();
    let config = serde_json::json!({
        "environment": "local", "cell": CELL, "region": "eu-west-1",
        "sqs_queue_url_prefix": "http://127.0.0.1:4566/0/x-", "dynamodb_endpoint": "http://127.0.0.1:4567",
        "s3_endpoint": "http://127.0.0.1:4566", "s3_path_style": true, "bucket_audio": "attune-local-audio",
        "table_prefix": "attune-local-", "outbox_shards": 4, "outbox_generation": 1,
        "internal_keys": {"k1": function.public_key_base64url()}
    });
    let secrets = serde_json::json!({
        "aws_access_key_id": "a", "aws_secret_access_key": "b", "current_pepper": "p",
        "peppers": {"p": "ab".repeat(32)}, "operator_key_sha256": operator.sha256_hex()
    });
    let settings = Settings::parse(&config.to_string(), &secrets.to_string()).unwrap();
    let key = ApiKey::generate(Environment::Test, CELL, ULID, &[9; ENTROPY]).unwrap();
    let scopes = [Scope::SnapshotsWrite].into_iter().collect();
    let record = ApiKeyRecord::new(&key, &settings.peppers, "test", scopes, NOW - 1, None).unwrap();
    World { settings, operator, function, key, record }
}

impl World {
    fn call(
        &self,
        rule: (Auth, Body),
        headers: &Given,
        keys: Result<Option<&ApiKeyRecord>, Problem>,
        body: &Bytes<'_>,
    ) -> Result<(Caller, Vec<u8>), Problem> {
        let line = Line { method: "POST", target: "/internal/v1/control/propose" };
        admit(rule, line, headers, &Keys(keys), body, &self.settings, NOW).now_or_never().unwrap()
    }

    fn with_key(&self, scope: Scope, record: Option<&ApiKeyRecord>, key: &str) -> Result<Caller, ProblemCode> {
        let headers = given(&[("authorization", &format!("Bearer {key}")), ("content-type", "application/json")]);
        let body = Bytes(b"{}", Cell::new(false));
        self.call((Auth::Key(scope), Body::Json), &headers, Ok(record), &body).map(|(c, _)| c).map_err(|p| p.code)
    }
}

#[test]
fn a_good_key_is_let_in_for_its_scope_only() {
    let w = world();
    let caller = w.with_key(Scope::SnapshotsWrite, Some(&w.record), w.key.expose()).unwrap();
    assert_eq!(caller.tenant().unwrap().0.ulid(), ULID);
    assert_eq!(w.with_key(Scope::RunsRead, Some(&w.record), w.key.expose()), Err(ProblemCode::Forbidden));
}

#[test]
fn wrong_expired_and_revoked_keys_get_their_problem() {
    let w = world();
    let text = w.key.expose();
    let scope = Scope::SnapshotsWrite;
    assert_eq!(w.with_key(scope, None, text), Err(ProblemCode::Unauthenticated));
    let other = ApiKey::generate(Environment::Test, CELL, ULID, &[8; ENTROPY]).unwrap();
    assert_eq!(w.with_key(scope, Some(&w.record), other.expose()), Err(ProblemCode::Unauthenticated));
    for (environment, cell) in [(Environment::Live, CELL), (Environment::Test, "us1")] {
        let foreign = ApiKey::generate(environment, cell, ULID, &[9; ENTROPY]).unwrap();
        assert_eq!(w.with_key(scope, Some(&w.record), foreign.expose()), Err(ProblemCode::Unauthenticated));
    }
    let flipped = if text.ends_with('0') { "1" } else { "0" };
    let typo = format!("{}{flipped}", &text[..text.len() - 1]);
    for bad in ["x", "atn_test_eu1_x_y", typo.as_str()] {
        assert_eq!(w.with_key(scope, Some(&w.record), bad), Err(ProblemCode::Unauthenticated), "{bad}");
    }
    let mut record = w.record.clone();
    record.expires_at = Some(NOW);
    assert_eq!(w.with_key(scope, Some(&record), text), Err(ProblemCode::KeyExpired));
    record.revoked_at = Some(NOW);
    assert_eq!(w.with_key(scope, Some(&record), text), Err(ProblemCode::KeyRevoked));
    record.pepper_id = "gone".to_owned();
    assert_eq!(w.with_key(scope, Some(&record), text), Err(ProblemCode::Misconfigured));
}

/// Authentication before the media type, and both before a byte of the body is read.
#[test]
fn the_checks_come_in_their_order() {
    let w = world();
    let body = Bytes(b"not json", Cell::new(false));
    let rule = (Auth::Key(Scope::SnapshotsWrite), Body::Json);
    let code = |headers: &Given| w.call(rule, headers, Ok(Some(&w.record)), &body).map(drop).map_err(|p| p.code);
    assert_eq!(code(&given(&[])), Err(ProblemCode::Unauthenticated));
    let good = format!("Bearer {}", w.key.expose());
    assert_eq!(code(&given(&[("authorization", &good)])), Err(ProblemCode::UnsupportedMediaType));
    assert!(!body.1.get(), "the body was read too early");
    let large = vec![b' '; MAX_BODY + 1];
    let headers = given(&[("authorization", &good), ("content-type", "application/json")]);
    let answer = w.call(rule, &headers, Ok(Some(&w.record)), &Bytes(&large, Cell::new(false)));
    assert_eq!(answer.unwrap_err().code, ProblemCode::PayloadTooLarge);
}

#[test]
fn an_unreachable_tenant_object_is_503_and_never_lets_in() {
    let w = world();
    let headers = given(&[("authorization", &format!("Bearer {}", w.key.expose()))]);
    let down = Err(Problem::new(ProblemCode::Unavailable, "").retry_after(1));
    let answer = w.call((Auth::AnyKey, Body::None), &headers, down, &Bytes(b"", Cell::new(false)));
    assert_eq!(answer.unwrap_err().code, ProblemCode::Unavailable);
}

#[test]
fn any_key_means_any_scope_but_still_a_good_key() {
    let w = world();
    let headers = given(&[("authorization", &format!("Bearer {}", w.key.expose()))]);
    let rule = (Auth::AnyKey, Body::None);
    let body = Bytes(b"", Cell::new(false));
    assert!(w.call(rule, &headers, Ok(Some(&w.record)), &body).is_ok());
    let mut record = w.record.clone();
    record.revoked_at = Some(1);
    assert_eq!(w.call(rule, &headers, Ok(Some(&record)), &body).unwrap_err().code, ProblemCode::KeyRevoked);
}

#[test]
fn operator_routes_take_the_operators_key_only() {
    let w = world();
    let rule = (Auth::Operator, Body::None);
    let body = Bytes(b"", Cell::new(false));
    let answer = |key: &str| {
        let headers = given(&[("authorization", &format!("Bearer {key}"))]);
        w.call(rule, &headers, Ok(Some(&w.record)), &body).map(|(c, _)| c)
    };
    assert_eq!(answer(w.operator.expose()), Ok(Caller::Operator));
    assert_eq!(answer(w.key.expose()).unwrap_err().code, ProblemCode::Unauthenticated);
}

#[test]
fn a_function_is_known_by_its_signature_over_the_body() {
    let w = world();
    let target = "/internal/v1/control/propose";
    let call = |body: &[u8], signed: &[u8], created_s: u64| {
        let fields = sign(&w.function, "POST", target, signed, created_s).unwrap();
        let mut headers = given(&[("content-type", "application/json")]);
        headers.0.extend(fields.into_pairs());
        w.call((Auth::Function, Body::Json), &headers, Ok(None), &Bytes(body, Cell::new(false))).map_err(|p| p.code)
    };
    assert_eq!(call(b"{}", b"{}", NOW / 1000), Ok((Caller::Function, b"{}".to_vec())));
    assert_eq!(call(b"{ }", b"{}", NOW / 1000), Err(ProblemCode::Unauthenticated));
    assert_eq!(call(b"{}", b"{}", NOW / 1000 - 301), Err(ProblemCode::Unauthenticated));
    let unsigned = w.call(
        (Auth::Function, Body::Json),
        &given(&[("authorization", &format!("Bearer {}", w.operator.expose()))]),
        Ok(None),
        &Bytes(b"{}", Cell::new(false)),
    );
    assert_eq!(unsigned.unwrap_err().code, ProblemCode::Unauthenticated);
}

#[test]
fn where_both_may_come_each_is_who_it_is() {
    let w = world();
    let rule = (Auth::KeyOrOperator(Scope::SnapshotsWrite), Body::None);
    let body = Bytes(b"", Cell::new(false));
    let answer = |key: &str| {
        let headers = given(&[("authorization", &format!("Bearer {key}"))]);
        w.call(rule, &headers, Ok(Some(&w.record)), &body).map(|(c, _)| c).map_err(|p| p.code)
    };
    assert_eq!(answer(w.operator.expose()), Ok(Caller::Operator));
    assert!(answer(w.key.expose()).unwrap().tenant().is_ok());
    let other = OperatorKey::generate(&[6; OPERATOR_ENTROPY]).unwrap();
    assert_eq!(answer(other.expose()), Err(ProblemCode::Unauthenticated));
}
