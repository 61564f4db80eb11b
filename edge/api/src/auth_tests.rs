use super::*;
use crate::headers::tests::{Given, given};
use attune_contracts::people::PersonStatus;
use attune_identity::access::AccessClaims;
use attune_identity::api_key::{ENTROPY, Environment, OPERATOR_ENTROPY, OperatorKey, Scope};
use attune_identity::dpop::access_token_hash;
use attune_identity::jose::PublicKey;
use attune_identity::signature::{PrivateKey, sign};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as B64;
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

impl Outside for Keys<'_> {
    async fn key(&self, key: &ApiKey) -> Result<Option<Rc<ApiKeyRecord>>, Problem> {
        let found = self.0.clone()?;
        Ok(found.filter(|r| r.key_id == key.key_id()).cloned().map(Rc::new))
    }

    async fn standing(&self, _: &TenantId, user_id: &str) -> Result<Option<Rc<Standing>>, Problem> {
        Ok(Some(Rc::new(standing(user_id, "member", PersonStatus::Active, 3))))
    }

    async fn signature(&self, _: &SignatureCheck<'_>) -> Result<bool, Problem> {
        Ok(true)
    }

    async fn ticket(&self, _: &TenantId, _: &str, ticket: &str) -> Result<Result<Ticket, Refusal>, Problem> {
        let ticket = Ticket { device_id: "dev_1".to_owned(), purpose: ticket.to_owned() };
        Ok(if ticket.purpose.ends_with('0') { Err(Refusal::TicketUsed) } else { Ok(ticket) })
    }

    async fn session(&self, _: &TenantId, _: &str, check: &Check) -> Result<Result<(), Refusal>, Problem> {
        Ok(if check.device_id.ends_with('x') { Err(Refusal::DeviceRevoked) } else { Ok(()) })
    }
}

fn standing(user_id: &str, role: &str, status: PersonStatus, epoch: u64) -> Standing {
    let (user_id, role) = (user_id.to_owned(), role.to_owned());
    Standing { user_id, role, permissions: None, status, epoch, plan: "free".to_owned() }
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
        "peppers": {"p": "ab".repeat(32)}, "operator_key_sha256": operator.sha256_hex(),
        "token_keys": {"t": "cd".repeat(32)}, "current_token_key": "t",
        "master_keys": {"m": "ef".repeat(32)}, "current_master_key": "m"
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
        let target = "/internal/v1/control/propose";
        let line = Line { method: "POST", url: "https://api.example/internal/v1/control/propose", target };
        let admitted = admit(rule, line, headers, &Keys(keys), body, &self.settings, NOW).now_or_never().unwrap();
        admitted.map(|admitted| (admitted.caller, admitted.body))
    }

    fn with_key(&self, scope: Scope, record: Option<&ApiKeyRecord>, key: &str) -> Result<Caller, ProblemCode> {
        let headers = given(&[("authorization", &format!("Bearer {key}")), ("content-type", "application/json")]);
        let body = Bytes(b"{}", Cell::new(false));
        self.call((Auth::May(scope), Body::Json), &headers, Ok(record), &body).map(|(c, _)| c).map_err(|p| p.code)
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
    let rule = (Auth::May(Scope::SnapshotsWrite), Body::Json);
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
    let answer = w.call((Auth::Member, Body::None), &headers, down, &Bytes(b"", Cell::new(false)));
    assert_eq!(answer.unwrap_err().code, ProblemCode::Unavailable);
}

#[test]
fn any_key_means_any_scope_but_still_a_good_key() {
    let w = world();
    let headers = given(&[("authorization", &format!("Bearer {}", w.key.expose()))]);
    let rule = (Auth::Member, Body::None);
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
    let rule = (Auth::MayOrOperator(Scope::SnapshotsWrite), Body::None);
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

/// The public key of RFC 7515, appendix A.3; signatures are judged by the test's runtime.
const JWK: &str = r#"{"kty":"EC","crv":"P-256","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU","y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"}"#;

fn proof(w: &World, token: Option<&str>, change: impl FnOnce(&mut serde_json::Value)) -> String {
    let jwk: serde_json::Value = serde_json::from_str(JWK).unwrap();
    let header = serde_json::json!({"typ": "dpop+jwt", "alg": "ES256", "jwk": jwk});
    let mut claims = serde_json::json!({
        "jti": "j1", "htm": "POST", "htu": "https://api.example/internal/v1/control/propose", "iat": NOW / 1000,
        "nonce": w.settings.nonce_key.current(NOW / 1000)
    });
    if let Some(token) = token {
        claims["ath"] = access_token_hash(token).into();
    }
    change(&mut claims);
    let part = |value: &serde_json::Value| B64.encode(value.to_string());
    format!("{}.{}.{}", part(&header), part(&claims), B64.encode([1; 64]))
}

fn access(w: &World, device: &str, epoch: u64, age_s: u64) -> String {
    let now_s = NOW / 1000 - age_s;
    let claims = AccessClaims {
        cell: CELL.to_owned(),
        user: format!("usr_{ULID}"),
        tenant: format!("tnt_{CELL}_{ULID}"),
        device: device.to_owned(),
        epoch,
        jti: "a".to_owned(),
        key: PublicKey::from_jwk(JWK.as_bytes()).unwrap().thumbprint(),
        issued_at_s: now_s,
        expires_at_s: now_s + 300,
    };
    w.settings.access_keys.mint(&claims, now_s)
}

fn as_user(w: &World, scope: Scope, token: &str, proof: &str) -> Result<Caller, ProblemCode> {
    let headers = given(&[("authorization", &format!("DPoP {token}")), ("dpop", proof)]);
    let body = Bytes(b"", Cell::new(false));
    w.call((Auth::May(scope), Body::None), &headers, Ok(None), &body).map(|(c, _)| c).map_err(|p| p.code)
}

#[test]
fn a_user_is_a_token_a_proof_a_live_device_and_a_role() {
    let w = world();
    let token = access(&w, "dev_1", 3, 0);
    let caller = as_user(&w, Scope::RunsRead, &token, &proof(&w, Some(&token), |_| {})).unwrap();
    assert_eq!(caller.user().unwrap().user_id, format!("usr_{ULID}"));
    assert_eq!(caller.tenant().unwrap().1, format!("usr_{ULID}"));
    let forbidden = as_user(&w, Scope::TenantWrite, &token, &proof(&w, Some(&token), |_| {}));
    assert_eq!(forbidden, Err(ProblemCode::Forbidden));
}

#[test]
fn each_fault_of_a_user_has_its_problem() {
    let w = world();
    let token = access(&w, "dev_1", 3, 0);
    let code = |token: &str, proof: &str| as_user(&w, Scope::RunsRead, token, proof).unwrap_err();
    let with =
        |change: &dyn Fn(&mut serde_json::Value)| code(&token, &proof(&w, Some(&token), |claims| change(claims)));
    assert_eq!(with(&|c| c["htm"] = "GET".into()), ProblemCode::InvalidDpopProof);
    assert_eq!(with(&|c| c["htu"] = "https://other.example/".into()), ProblemCode::InvalidDpopProof);
    assert_eq!(with(&|c| c["iat"] = (NOW / 1000 - 61).into()), ProblemCode::InvalidDpopProof);
    assert_eq!(with(&|c| c["ath"] = "x".into()), ProblemCode::InvalidDpopProof);
    assert_eq!(with(&|c| drop(c.as_object_mut().unwrap().remove("nonce"))), ProblemCode::UseDpopNonce);
    assert_eq!(with(&|c| c["nonce"] = "AAAAAAAAAAAAAAAAAAAAAA".into()), ProblemCode::UseDpopNonce);
    assert_eq!(code(&token, ""), ProblemCode::InvalidDpopProof);
    assert_eq!(code("x.y.z", &proof(&w, Some("x.y.z"), |_| {})), ProblemCode::InvalidToken);
    let old = access(&w, "dev_1", 3, 300);
    assert_eq!(code(&old, &proof(&w, Some(&old), |_| {})), ProblemCode::TokenExpired);
    let revoked = access(&w, "dev_x", 3, 0);
    assert_eq!(code(&revoked, &proof(&w, Some(&revoked), |_| {})), ProblemCode::DeviceRevoked);
    let ended = access(&w, "dev_1", 2, 0);
    assert_eq!(code(&ended, &proof(&w, Some(&ended), |_| {})), ProblemCode::SessionEnded);
}

#[test]
fn an_upgrade_takes_a_ticket_once() {
    let w = world();
    let ticket = |end: &str| format!("attune.v1, attune.ticket.tkt.{ULID}.{ULID}.{}{end}", "a".repeat(63));
    let come = |protocols: &str| {
        let headers = given(&[("sec-websocket-protocol", protocols)]);
        let body = Bytes(b"", Cell::new(false));
        let rule = (Auth::Socket(Scope::StreamConnect), Body::None);
        w.call(rule, &headers, Ok(None), &body).map(|(c, _)| c).map_err(|p| p.code)
    };
    assert_eq!(come(&ticket("1")).unwrap().user().unwrap().device_id, "dev_1");
    assert_eq!(come(&ticket("0")), Err(ProblemCode::InvalidTicket));
    assert_eq!(come("attune.v1, attune.ticket.x"), Err(ProblemCode::InvalidTicket));
    assert_eq!(come("attune.v1"), Err(ProblemCode::Unauthenticated));
}

#[test]
fn a_custom_role_may_what_it_says_and_an_unreadable_one_nothing() {
    let mut custom = standing("u", "rol_01hzzzzzzzzzzzzzzzzzzzzzzz", PersonStatus::Active, 1);
    assert_eq!(user::permissions(&custom), Scopes::NONE);
    custom.permissions = Some(vec!["runs:read".to_owned(), "no:such".to_owned()]);
    assert_eq!(user::permissions(&custom), [Scope::RunsRead].into_iter().collect());
    assert_eq!(user::permissions(&standing("u", "emperor", PersonStatus::Active, 1)), Scopes::NONE);
}
