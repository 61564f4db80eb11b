//! Who an issuer vouches for, and what is good once.
#![allow(clippy::unwrap_used, reason = "a helper of a test fails like the test itself")]

use attune_domain::{Cell, TenantId};
use attune_objects::session::{NewDevice, Proof, Refusal, Session, SignIn};
use attune_objects::store::sqlite::SqliteStore;
use attune_objects::tenant::{By, Identity, NewInvitation, Tenant, Vouched};
use std::rc::Rc;

const NOW: i64 = 1_790_000_000_000;
const USER: &str = "usr_01k5nq3e5v0000000000000009";

fn tenant() -> Tenant {
    let store = Rc::new(SqliteStore::memory().unwrap());
    let id = TenantId::new(&Cell::parse("eu1").unwrap(), NOW, 7);
    let tenant = Tenant::open(store, id.as_str()).unwrap();
    tenant.create(&id, "Acme", NOW).unwrap();
    tenant
}

fn invite(tenant: &Tenant, n: u32, at: i64) {
    let new = NewInvitation {
        invitation_id: format!("inv_{n}"),
        token_hash: format!("hash{n}"),
        email: "ada@example.org".into(),
        role: "member".into(),
    };
    tenant.invite(&By::operator(at), None, &new).unwrap();
}

fn vouched(subject: &str, email: Option<&str>) -> Vouched {
    Vouched {
        identity: Identity { issuer: "https://issuer.example".into(), subject: subject.into() },
        verified_email: email.map(str::to_owned),
        name: "Ada".into(),
        user_id: USER.into(),
    }
}

#[test]
fn who_was_invited_under_a_verified_address_joins_once_and_is_known_from_then_on() {
    let tenant = tenant();
    let email = Some("ADA@example.org");
    assert_eq!(tenant.person_vouched_for(&vouched("s", email), NOW).unwrap(), None, "nobody was invited");
    invite(&tenant, 1, NOW);
    assert_eq!(tenant.person_vouched_for(&vouched("s", None), NOW).unwrap(), None, "an address proves it");
    let late = NOW + attune_objects::tenant::INVITATION_MS;
    assert_eq!(tenant.person_vouched_for(&vouched("s", email), late).unwrap(), None, "the invitation is too old");
    let joined = tenant.person_vouched_for(&vouched("s", email), NOW).unwrap().unwrap();
    assert_eq!((joined.user_id.as_str(), joined.role.as_str()), (USER, "member"));
    let again = Vouched { user_id: "usr_01k5nq3e5v000000000000000a".into(), ..vouched("s", None) };
    assert_eq!(tenant.person_vouched_for(&again, NOW).unwrap().unwrap().user_id, USER);
    // another subject with the same address is somebody else
    assert_eq!(tenant.person_vouched_for(&vouched("t", email), NOW).unwrap(), None);
    tenant.remove_person(&By::operator(NOW), USER).unwrap();
    assert_eq!(tenant.person_vouched_for(&vouched("s", email), NOW).unwrap(), None, "gone");
}

fn sign_in(n: u32) -> SignIn {
    let device = NewDevice {
        device_id: format!("dev_{n}"),
        jkt: format!("jkt{n}"),
        name: "Phone".into(),
        agent: "Other".into(),
    };
    SignIn { device, family_id: format!("fam{n}"), tenant_epoch: 1, proof: None }
}

#[test]
fn a_code_signs_in_once_and_others_end() {
    let store = Rc::new(SqliteStore::memory().unwrap());
    let session = Session::open(store, "tnt_eu1_01hzzzzzzzzzzzzzzzzzzzzzzz", USER, 1, NOW).unwrap();
    let code = Proof::once("code.1".into(), NOW + 60_000);
    assert!(session.sign_in_once(&sign_in(1), &code, NOW).unwrap().is_ok());
    assert_eq!(session.sign_in_once(&sign_in(2), &code, NOW + 1).unwrap(), Err(Refusal::CodeReplayed));
    let old = Proof::once("code.2".into(), NOW - 60_000);
    assert_eq!(session.sign_in_once(&sign_in(2), &old, NOW).unwrap(), Err(Refusal::CodeExpired));
    assert_eq!(session.devices().len(), 1);
    let second = session.sign_in(&sign_in(3), NOW + 2).unwrap().unwrap();
    session.end_others(&second.device_id, NOW + 3).unwrap();
    let check = |device: &str, jkt: &str| {
        let check = attune_objects::session::Check {
            device_id: device.into(),
            jkt: jkt.into(),
            tenant_epoch: 1,
            issued_at_s: NOW / 1_000,
            proof: None,
        };
        session.check(&check, NOW + 4).unwrap().map(drop)
    };
    assert_eq!(check("dev_1", "jkt1"), Err(Refusal::SignedOut));
    assert_eq!(check("dev_3", "jkt3"), Ok(()));
}
