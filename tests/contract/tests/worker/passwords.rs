//! Passwords, second factors, recovery codes.

use crate::sign_in::user;
use crate::user::{User, as_user, proven, sign_up};
use crate::world::{Tenant, World, refused};
use attune_contract_tests::http::Response;
use attune_identity::totp::{STEP_S, Secret};
use attune_test_support::device::Device;
use attune_test_support::oidc::now_s;
use serde_json::{Value, json};
use std::time::{Duration, Instant};

pub const TESTS: &[crate::Test] = &[
    ("a_password_signs_in_and_its_change_signs_others_out", password),
    ("wrong_passwords_lock_and_tell_nothing", wrong),
    ("a_code_of_the_authenticator_is_good_once", totp),
    ("a_recovery_code_is_good_once", recovery),
    ("what_a_person_does_to_credentials_is_recorded", recorded),
];

const PASSWORD: &str = "correct horse battery staple";

fn me(world: &World, user: &User) -> Value {
    as_user(world, user, "GET", "/v1/me", None).json()
}

fn email(world: &World, user: &User) -> String {
    me(world, user)["person"]["email"].as_str().unwrap().to_owned()
}

fn set(world: &World, user: &User, old: Option<&str>, new: &str) -> Response {
    let mut body = json!({"schema_version": 1, "new": new});
    if let Some(old) = old {
        body["old"] = json!(old);
    }
    as_user(world, user, "PUT", "/v1/me/password", Some(&body))
}

/// A person of a tenant with a password, and the address.
fn person(world: &World, tenant: &Tenant) -> (User, String) {
    let user = sign_up(world, tenant, "member");
    assert_eq!(set(world, &user, None, PASSWORD).status, 204);
    let email = email(world, &user);
    (user, email)
}

fn try_in(
    world: &World,
    tenant: &Tenant,
    device: &Device,
    (email, password, code): (&str, &str, Option<&str>),
) -> Response {
    let mut body = json!({"schema_version": 1, "tenant_id": tenant.id, "email": email, "password": password});
    if let Some(code) = code {
        body["code"] = json!(code);
    }
    proven(world, device, "POST", "/v1/auth/password", &body)
}

fn password(world: &World) {
    let (first, email) = person(world, &world.a);
    assert_eq!(me(world, &first)["has_password"], true);
    let device = Device::new();
    let answer = try_in(world, &world.a, &device, (&email.to_uppercase(), PASSWORD, None));
    let second = user(device, &answer);
    assert_eq!(second.user_id, first.user_id);
    assert_eq!(as_user(world, &second, "GET", "/v1/config/4", None).status, 200);
    // the password is of this tenant, and as it was typed
    refused(&try_in(world, &world.b, &Device::new(), (&email, PASSWORD, None)), 401, "invalid_credentials", None);
    let loud = PASSWORD.to_uppercase();
    refused(&try_in(world, &world.a, &Device::new(), (&email, &loud, None)), 401, "invalid_credentials", None);
    // changed: by the old one only, and only the device that did it stays
    refused(&set(world, &first, None, "another good one"), 401, "invalid_credentials", None);
    refused(&set(world, &first, Some("a wrong one"), "another good one"), 401, "invalid_credentials", None);
    for bad in ["short", &"x".repeat(129), "with a \u{0} in it"] {
        refused(&set(world, &first, Some(PASSWORD), bad), 400, "invalid_body", Some("/new"));
    }
    // what everybody tries first, the tenant's name, and one's own address
    let local = email.split('@').next().unwrap();
    for bad in ["Password", "12345678", "qwertyuiop", &email, &format!("{local}-2026!")] {
        let answer = set(world, &first, Some(PASSWORD), bad);
        refused(&answer, 400, "invalid_body", Some("/new"));
        assert_eq!(answer.json()["errors"][0]["code"], "too_common", "{bad}");
    }
    let tenant = world.tenant("Aardvark Telephony");
    let other = sign_up(world, &tenant, "member");
    refused(&set(world, &other, None, "AardvarkTelephony1"), 400, "invalid_body", Some("/new"));
    assert_eq!(set(world, &first, Some(PASSWORD), "another good one").status, 204);
    assert_eq!(as_user(world, &first, "GET", "/v1/config/4", None).status, 200);
    refused(&as_user(world, &second, "GET", "/v1/config/4", None), 401, "session_ended", None);
    refused(&try_in(world, &world.a, &Device::new(), (&email, PASSWORD, None)), 401, "invalid_credentials", None);
    let device = Device::new();
    assert_eq!(try_in(world, &world.a, &device, (&email, "another good one", None)).status, 200);
}

/// Five tries cost nothing, then one waits; for an address that nobody has it is the same, and as much work.
fn wrong(world: &World) {
    let (_, known) = person(world, &world.a);
    let nobody = crate::sign_in::address();
    let device = Device::new();
    let mut fastest = Vec::new();
    for email in [&known, &nobody] {
        let mut took = Duration::MAX;
        for _ in 0..5 {
            let begun = Instant::now();
            let answer = try_in(world, &world.a, &device, (email, "wrong horse", None));
            took = took.min(begun.elapsed());
            refused(&answer, 401, "invalid_credentials", None);
        }
        fastest.push(took);
        let answer = try_in(world, &world.a, &device, (email, PASSWORD, None));
        refused(&answer, 429, "too_many_tries", None);
        let wait: u32 = answer.header("retry-after").unwrap().parse().unwrap();
        assert!((1..=31).contains(&wait), "{wait}");
    }
    assert!(fastest[1] * 4 > fastest[0], "nobody's password is judged too quickly: {fastest:?}");
}

fn authenticator(world: &World, user: &User) -> Secret {
    let begun = as_user(world, user, "POST", "/v1/me/totp", None);
    assert_eq!(begun.status, 201, "{:?}", begun.json());
    let otpauth = begun.json()["otpauth"].as_str().unwrap().to_owned();
    let secret = otpauth.split("secret=").nth(1).unwrap().split('&').next().unwrap().to_owned();
    Secret::from_base32(&secret).unwrap()
}

fn confirm(world: &World, user: &User, code: &str) -> Response {
    let body = json!({"schema_version": 1, "code": code});
    as_user(world, user, "POST", "/v1/me/totp/confirm", Some(&body))
}

/// A confirmed second factor: the secret, the step after that which confirmed it, and the recovery codes.
fn confirmed(world: &World, user: &User) -> (Secret, u64, Vec<String>) {
    let secret = authenticator(world, user);
    // the step before is good as well: this one and the next stay for the test
    let step = now_s() / STEP_S;
    let codes = codes(&confirm(world, user, &secret.code(step - 1)));
    (secret, step, codes)
}

/// Ten recovery codes.
fn codes(answer: &Response) -> Vec<String> {
    assert_eq!(answer.status, 201, "{:?}", answer.json());
    let codes: Vec<String> =
        answer.json()["codes"].as_array().unwrap().iter().map(|c| c.as_str().unwrap().to_owned()).collect();
    assert_eq!(codes.len(), 10);
    codes
}

/// What a code of the second factor is asked for.
fn by_code(world: &World, user: &User, target: &str, code: &str) -> Response {
    as_user(world, user, "POST", target, Some(&json!({"schema_version": 1, "code": code})))
}

fn totp(world: &World) {
    let (user, email) = person(world, &world.a);
    refused(&confirm(world, &user, "000000"), 401, "invalid_credentials", None);
    // one that was begun and not confirmed keeps nobody out
    let _ = authenticator(world, &user);
    assert_eq!(try_in(world, &world.a, &Device::new(), (&email, PASSWORD, None)).status, 200);
    let (secret, step, recovery) = confirmed(world, &user);
    assert_eq!(me(world, &user)["has_totp"], true);
    refused(&as_user(world, &user, "POST", "/v1/me/totp", None), 409, "conflict", None);
    let attempt = |code: Option<&str>| try_in(world, &world.a, &Device::new(), (&email, PASSWORD, code));
    refused(&attempt(None), 401, "second_factor_required", None);
    refused(&attempt(Some(&secret.code(step - 1))), 401, "invalid_credentials", None);
    refused(&attempt(Some("000 000")), 401, "invalid_credentials", None);
    refused(&attempt(Some(&secret.code(step + 100))), 401, "invalid_credentials", None);
    let code = secret.code(step);
    assert_eq!(attempt(Some(&code)).status, 200);
    refused(&attempt(Some(&code)), 401, "invalid_credentials", None);
    // a wrong password is not told apart by the code
    let wrong = try_in(world, &world.a, &Device::new(), (&email, "wrong horse", Some(&secret.code(step + 1))));
    refused(&wrong, 401, "invalid_credentials", None);
    // who has found an unlocked device, or has seen a code, does not take it away
    let remove = |code: &str| by_code(world, &user, "/v1/me/totp/remove", code);
    for bad in ["", "000000", code.as_str(), "0000-0000-0000-0000"] {
        refused(&remove(bad), 401, "invalid_credentials", None);
    }
    assert_eq!(me(world, &user)["has_totp"], true);
    assert_eq!(remove(&recovery[0]).status, 204);
    assert_eq!((&me(world, &user)["has_totp"], &me(world, &user)["recovery_codes_left"]), (&json!(false), &json!(0)));
    assert_eq!(attempt(None).status, 200);
    refused(&remove(&recovery[1]), 401, "invalid_credentials", None);
    // by a code of the authenticator
    let (secret, step, _) = confirmed(world, &user);
    assert_eq!(remove(&secret.code(step)).status, 204);
}

fn recovery(world: &World) {
    let (user, email) = person(world, &world.a);
    let make = |code: &str| by_code(world, &user, "/v1/me/recovery-codes", code);
    refused(&make("000000"), 409, "conflict", None);
    let (_, _, old) = confirmed(world, &user);
    assert_eq!(me(world, &user)["recovery_codes_left"], 10);
    // with new ones the second factor could be taken away: they need a code of it
    refused(&make("000000"), 401, "invalid_credentials", None);
    let new = codes(&make(&old[1]));
    assert_eq!(me(world, &user)["recovery_codes_left"], 10);
    let attempt = |code: &str| try_in(world, &world.a, &Device::new(), (&email, PASSWORD, Some(code)));
    refused(&attempt(&old[0]), 401, "invalid_credentials", None);
    assert_eq!(attempt(&new[0].to_uppercase().replace('-', " ")).status, 200, "as people type");
    refused(&attempt(&new[0]), 401, "invalid_credentials", None);
    assert_eq!(me(world, &user)["recovery_codes_left"], 9);
}

fn recorded(world: &World) {
    let tenant = world.tenant("passwords recorded");
    let owner = sign_up(world, &tenant, "owner");
    assert_eq!(set(world, &owner, None, PASSWORD).status, 204);
    let (_, _, old) = confirmed(world, &owner);
    let new = codes(&by_code(world, &owner, "/v1/me/recovery-codes", &old[0]));
    refused(&by_code(world, &owner, "/v1/me/totp/remove", "000000"), 401, "invalid_credentials", None);
    assert_eq!(by_code(world, &owner, "/v1/me/totp/remove", &new[0]).status, 204);
    // the records go from the person's session to the tenant's trail
    let mut expected = ["person.password", "person.totp", "person.recovery_codes", "person.totp_remove"];
    expected.sort_unstable();
    let query = format!("/v1/audit?limit=100&target={}", owner.user_id);
    let page = world.until("the records", || {
        let page = as_user(world, &owner, "GET", &query, None).json();
        (page["rows"].as_array().unwrap().len() >= expected.len()).then_some(page)
    });
    let rows = page["rows"].as_array().unwrap();
    let mut actions: Vec<&str> = rows.iter().map(|row| row["action"].as_str().unwrap()).collect();
    actions.sort_unstable();
    assert_eq!(actions, expected, "once each");
    for row in rows {
        assert_eq!((&row["actor"], &row["detail"]["user_id"]), (&json!(owner.user_id), &json!(owner.user_id)));
        assert!(row["detail"]["done_at"].as_str().unwrap() <= row["at"].as_str().unwrap(), "{row}");
    }
    assert!(!page.to_string().contains("horse") && !page.to_string().contains('@'), "no secret and no address");
}
