//! A tenant and its keys.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

use attune_contracts::{Problem, ProblemCode};
use attune_domain::{Cell, TenantId};
use attune_identity::api_key::{ApiKey, ApiKeyRecord, Environment, Peppers, Scope, Scopes, authenticate};
use attune_objects::Error;
use attune_objects::store::sqlite::SqliteStore;
use attune_objects::tenant::Tenant;
use std::rc::Rc;

const NOW: i64 = 1_800_000_000_000;

fn key(id: &TenantId, name: &str, salt: u8, expires_at: Option<u64>) -> (ApiKey, ApiKeyRecord) {
    let entropy: Vec<u8> = (0..64_u8).map(|b| b.wrapping_mul(31).wrapping_add(salt) % 100).collect();
    let key = ApiKey::generate(Environment::Test, "eu1", id.ulid(), &entropy).unwrap();
    let scopes: Scopes = [Scope::ConfigRead].into_iter().collect();
    let record = ApiKeyRecord::new(&key, &peppers(), name, scopes, NOW.unsigned_abs(), expires_at).unwrap();
    (key, record)
}

fn peppers() -> Peppers {
    Peppers::new([("p1", "ab".repeat(32))], "p1").unwrap()
}

fn code<T: std::fmt::Debug>(result: Result<T, Error>) -> ProblemCode {
    Problem::from(result.unwrap_err()).code
}

fn open() -> (Tenant, TenantId) {
    let id = TenantId::new(&Cell::parse("eu1").unwrap(), NOW, 7);
    (Tenant::open(Rc::new(SqliteStore::memory().unwrap()), id.as_str()).unwrap(), id)
}

#[test]
fn a_key_lives_from_creation_to_revocation() {
    let (tenant, id) = open();
    let (key, record) = key(&id, "agent", 1, None);
    assert_eq!(code(tenant.create_key(&record, NOW)), ProblemCode::NotFound);
    tenant.create(&id, "Acme", NOW).unwrap();
    assert_eq!(tenant.create(&id, "Acme", NOW + 9).unwrap().created_at.0, NOW, "a repeat");
    assert_eq!(code(tenant.create(&id, "Other", NOW)), ProblemCode::IdempotencyMismatch);
    let shown = tenant.create_key(&record, NOW).unwrap();
    assert_eq!((shown.key_id.as_str(), shown.key), (key.key_id(), None));
    let judge = |now: i64| {
        let found = tenant.lookup(key.key_id()).unwrap();
        authenticate(&key, found.as_ref(), &peppers(), now.unsigned_abs(), Scope::ConfigRead)
    };
    assert!(judge(NOW).is_ok());
    tenant.revoke_key(key.key_id(), NOW + 5).unwrap();
    assert_eq!(tenant.revoke_key(key.key_id(), NOW + 50).unwrap().revoked_at.unwrap().0, NOW + 5);
    assert_eq!(judge(NOW + 6), Err(attune_identity::Error::KeyRevoked));
    assert_eq!(code(tenant.revoke_key("nothing", NOW)), ProblemCode::NotFound);
    assert_eq!(tenant.lookup("nothing").unwrap(), None);
}

#[test]
fn two_live_keys_of_a_name_for_rotation() {
    let (tenant, id) = open();
    tenant.create(&id, "Acme", NOW).unwrap();
    let (first, record) = key(&id, "agent", 1, None);
    tenant.create_key(&record, NOW).unwrap();
    tenant.create_key(&key(&id, "agent", 2, Some(NOW.unsigned_abs() + 10)).1, NOW).unwrap();
    assert_eq!(code(tenant.create_key(&key(&id, "agent", 3, None).1, NOW)), ProblemCode::VersionConflict);
    tenant.create_key(&key(&id, "console", 4, None).1, NOW).unwrap();
    tenant.create_key(&key(&id, "agent", 5, None).1, NOW + 10).unwrap();
    tenant.revoke_key(first.key_id(), NOW + 11).unwrap();
    tenant.create_key(&key(&id, "agent", 6, None).1, NOW + 11).unwrap();
    let listed = tenant.list_keys().unwrap();
    assert_eq!(listed.len(), 5);
    assert!(!serde_json::to_string(&listed).unwrap().contains("hash"));
}

#[test]
fn names_and_expiry_are_checked() {
    let (tenant, id) = open();
    for name in ["", "a\nb", &"x".repeat(101)] {
        assert_eq!(code(tenant.create(&id, name, NOW)), ProblemCode::InvalidBody);
    }
    tenant.create(&id, "Acme", NOW).unwrap();
    assert_eq!(code(tenant.create_key(&key(&id, "a", 1, Some(NOW.unsigned_abs())).1, NOW)), ProblemCode::InvalidBody);
    let mut bare = key(&id, "a", 1, None).1;
    bare.scopes = Scopes::default();
    assert_eq!(code(tenant.create_key(&bare, NOW)), ProblemCode::InvalidBody);
}
