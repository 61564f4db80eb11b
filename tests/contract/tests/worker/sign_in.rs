//! Sign-in with a token of one of the tenant's issuers, against a provider over HTTP.

use crate::user::{User, as_user, proven};
use crate::world::{Tenant, World, refused};
use attune_contract_tests::http::Response;
use attune_dev::keys::random_hex;
use attune_test_support::device::Device;
use attune_test_support::oidc::{Key, Provider, hmac_token, now_s};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as B64;
use serde_json::{Value, json};
use std::cell::RefCell;
use std::sync::Arc;
use std::time::{Duration, Instant};

pub const TESTS: &[crate::Test] = &[
    ("an_invited_person_signs_in_with_a_token", invited),
    ("who_is_not_known_is_not_let_in", unknown),
    ("bad_tokens_are_refused_each_for_its_cause", bad),
    ("a_token_is_good_for_its_tenant_only", foreign),
    ("keys_are_rotated", rotated),
    ("an_issuer_that_is_away_is_not_a_wrong_token", away),
    ("a_stolen_refresh_token_ends_the_family_on_either_side", stolen),
];

/// What tokens are for.
pub const AUDIENCE: &str = "attune-api";

/// A tenant with an issuer of its own.
pub struct Company {
    pub tenant: Tenant,
    pub provider: Provider,
}

/// Makes one.
pub fn company(world: &World, name: &str) -> Company {
    let company = Company { tenant: world.tenant(name), provider: Provider::start() };
    company.provider.client("attune", Some("a secret: of many/characters"));
    trust(world, &company.tenant, &company.provider);
    company
}

fn trust(world: &World, tenant: &Tenant, provider: &Provider) {
    let target = format!("/v1/admin/tenants/{}/issuers", tenant.id);
    let body = json!({
        "schema_version": 1, "issuer": provider.url(), "audiences": [AUDIENCE], "client_id": "attune",
        "client_secret": "a secret: of many/characters",
    });
    let request = world.request(world.operator(), &target, &body);
    let answer = world.send(&attune_contract_tests::http::Request { method: "PUT".to_owned(), ..request });
    assert_eq!(answer.status, 200, "{:?}", answer.json());
}

/// Invites an address.
pub fn invite(world: &World, tenant: &Tenant, email: &str, role: &str) {
    let target = format!("/v1/admin/tenants/{}/invitations", tenant.id);
    let answer = world.post(world.operator(), &target, &json!({"schema_version": 1, "email": email, "role": role}));
    assert_eq!(answer.status, 201, "{:?}", answer.json());
}

/// A new address.
pub fn address() -> String {
    format!("{}@example.com", random_hex(8).unwrap())
}

/// A signed-in person of an answer with tokens.
pub fn user(device: Device, answer: &Response) -> User {
    assert_eq!(answer.status, 200, "{:?}", answer.json());
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    let tokens = answer.json();
    let text = |name: &str| tokens[name].as_str().unwrap().to_owned();
    let (user_id, device_id) = (text("user_id"), text("device_id"));
    let (access, refresh) = (RefCell::new(text("access_token")), RefCell::new(text("refresh_token")));
    User { device, user_id, device_id, access, refresh }
}

/// Signs in with a token of an issuer.
pub fn sign_in(world: &World, tenant: &Tenant, device: &Device, token: &str) -> Response {
    let body = json!({"schema_version": 1, "tenant_id": tenant.id, "token": token, "device_name": "Laptop"});
    proven(world, device, "POST", "/v1/auth/oidc", &body)
}

/// A good token of an issuer that no tenant names.
pub fn other_issuers_token() -> String {
    Provider::start().token(AUDIENCE, "u")
}

/// Claims with more of them.
pub fn with(claims: &Value, more: &Value) -> Value {
    let mut claims = claims.clone();
    for (name, value) in more.as_object().unwrap() {
        claims[name] = value.clone();
    }
    claims
}

/// The first token accepts the invitation of the verified address; later ones are of the person who is linked.
fn invited(world: &World) {
    let company = company(world, "oidc invited");
    let (tenant, provider, email) = (&company.tenant, &company.provider, address());
    invite(world, tenant, &email, "manager");
    let claims = provider.claims(AUDIENCE, "u-1");
    let verified = with(&claims, &json!({"email": email.to_uppercase(), "email_verified": true, "name": "Ada"}));
    let device = Device::new();
    let answer = sign_in(world, tenant, &device, &provider.key(0).token(&verified));
    let ada = user(device, &answer);
    let me = as_user(world, &ada, "GET", "/v1/me", None).json();
    assert_eq!(me["person"]["user_id"], ada.user_id.as_str());
    assert_eq!((&me["person"]["name"], &me["person"]["role"]), (&json!("Ada"), &json!("manager")));
    assert_eq!((&me["has_password"], &me["has_totp"]), (&json!(false), &json!(false)));
    // without an address, by an RS256 key, for several audiences, on another device: the subject is who it is
    let phone = Device::new();
    let token = provider.key(1).token(&with(&claims, &json!({"aud": ["other", AUDIENCE]})));
    let again = user(phone, &sign_in(world, tenant, &Device::new(), &token));
    assert_eq!(again.user_id, ada.user_id);
    assert_ne!(again.device_id, ada.device_id);
    assert_eq!((provider.seen("/jwks"), provider.seen("/.well-known/openid-configuration")), (1, 1), "kept");
}

fn unknown(world: &World) {
    let company = company(world, "oidc unknown");
    let (tenant, provider, email) = (&company.tenant, &company.provider, address());
    invite(world, tenant, &email, "member");
    let key = provider.key(0);
    for more in [
        json!({}),
        json!({"email": address(), "email_verified": true}),
        // an address that nobody verified proves nothing
        json!({"email": email}),
        json!({"email": email, "email_verified": false}),
    ] {
        let token = key.token(&with(&provider.claims(AUDIENCE, "u-2"), &more));
        refused(&sign_in(world, tenant, &Device::new(), &token), 401, "invalid_credentials", None);
    }
    let body = json!({"schema_version": 1, "tenant_id": "tnt_x", "token": "x"});
    refused(&proven(world, &Device::new(), "POST", "/v1/auth/oidc", &body), 400, "invalid_body", Some("/tenant_id"));
    let body = json!({"schema_version": 1, "tenant_id": tenant.id, "token": "x", "role": "owner"});
    refused(&proven(world, &Device::new(), "POST", "/v1/auth/oidc", &body), 400, "invalid_body", Some("/role"));
}

/// Each bad token with the words of its cause.
fn bad(world: &World) {
    let company = company(world, "oidc bad");
    let (tenant, provider) = (&company.tenant, &company.provider);
    let (key, now) = (provider.key(0), now_s());
    let claims = provider.claims(AUDIENCE, "u-3");
    let good = key.token(&claims);
    let header = |more: Value| key.sign(&with(&key.header(), &more).to_string(), &claims.to_string());
    let claim = |more: Value| key.token(&with(&claims, &more));
    let twice = claims.to_string().replacen('{', r#"{"sub":"u-9","#, 1);
    let public = key.jwk();
    let spki = [B64.decode(public["x"].as_str().unwrap()).unwrap(), B64.decode(public["y"].as_str().unwrap()).unwrap()];
    let confusion = |secret: &[u8]| hmac_token(secret, &json!({"alg": "HS256", "kid": "es-1", "typ": "JWT"}), &claims);
    let without = |name: &str| {
        let mut less = claims.clone();
        less.as_object_mut().unwrap().remove(name);
        key.token(&less)
    };
    let unsigned = format!("{}.{}.", B64.encode(r#"{"alg":"none"}"#), B64.encode(claims.to_string()));
    let cases: Vec<(&str, String, &str)> = vec![
        ("empty", String::new(), "three parts"),
        ("words", "not a token".to_owned(), "three parts"),
        ("two parts", good.rsplit_once('.').unwrap().0.to_owned(), "three parts"),
        ("not base64", format!("{good}="), "base64url"),
        ("truncated", good[..good.len() - 10].to_owned(), "wrong length"),
        ("oversized", claim(json!({"groups": "g".repeat(20_000)})), "too long"),
        ("not yet valid", claim(json!({"nbf": now + 600})), "not yet valid"),
        ("issued in the future", claim(json!({"iat": now + 600})), "not yet valid"),
        ("wrong issuer", claim(json!({"iss": "https://issuer.example.com"})), "another issuer"),
        ("issuer with a slash", claim(json!({"iss": format!("{}/", provider.url())})), "another issuer"),
        ("wrong audience", claim(json!({"aud": "somebody"})), "another audience"),
        ("wrong audiences", claim(json!({"aud": ["somebody", "else"]})), "another audience"),
        ("audience of a wrong type", claim(json!({"aud": 7})), "aud has a wrong value"),
        ("no audience", without("aud"), "aud is missing"),
        ("no subject", without("sub"), "sub is missing"),
        ("no end", without("exp"), "exp is missing"),
        ("end as text", claim(json!({"exp": "soon"})), "exp has a wrong value"),
        ("no algorithm", unsigned, "without a signature"),
        ("other algorithm", header(json!({"alg": "ES384"})), "algorithm is not accepted"),
        ("key confusion by point", confusion(&spki.concat()), "HMAC algorithm is not accepted"),
        ("key confusion by JWK", confusion(public.to_string().as_bytes()), "HMAC algorithm is not accepted"),
        ("embedded key", header(json!({"jwk": public})), "key embedded in the token"),
        ("address of keys", header(json!({"jku": format!("{}/jwks", provider.url())})), "address of a key set"),
        ("critical", header(json!({"crit": ["exp"], "exp": 1})), "critical header parameters"),
        ("other type", header(json!({"typ": "dpop+jwt"})), "type of the token"),
        ("claim twice", key.sign(&key.header().to_string(), &twice), "member twice"),
        (
            "deep",
            key.sign(&key.header().to_string(), &format!("{{\"a\":{}{}}}", "[".repeat(5_000), "]".repeat(5_000))),
            "nested too deep",
        ),
        ("key of another", Key::es256("es-1").token(&claims), "signature of the token does not match"),
        ("unknown key", Key::es256("es-9").token(&claims), "key of the token is not known"),
    ];
    let device = Device::new();
    for (name, token, detail) in cases {
        let answer = sign_in(world, tenant, &device, &token);
        refused(&answer, 401, "invalid_token", None);
        let said = answer.json()["detail"].as_str().unwrap_or_default().to_owned();
        assert!(said.contains(detail), "{name}: {said}");
        assert!(token.len() < 20 || !said.contains(&token), "{name}: a token is not repeated");
    }
    refused(&sign_in(world, tenant, &device, &claim(json!({"exp": now - 90}))), 401, "token_expired", None);
    // within the tolerance of clocks it is a good token of somebody unknown
    refused(&sign_in(world, tenant, &device, &claim(json!({"exp": now - 20}))), 401, "invalid_credentials", None);
}

/// The same issuer's token is nothing to a tenant that does not name the issuer, and for a tenant that is not there.
fn foreign(world: &World) {
    let company = company(world, "oidc foreign");
    let token = company.provider.token(AUDIENCE, "u-4");
    refused(&sign_in(world, &world.b, &Device::new(), &token), 401, "invalid_token", None);
    let nowhere = Tenant { id: format!("tnt_eu1_{}", "0".repeat(26)), key: String::new() };
    refused(&sign_in(world, &nowhere, &Device::new(), &token), 401, "invalid_token", None);
    // the same subject at another issuer is another person
    let email = address();
    invite(world, &company.tenant, &email, "member");
    let verified = json!({"email": email, "email_verified": true});
    let claims = with(&company.provider.claims(AUDIENCE, "u-4"), &verified);
    let first = sign_in(world, &company.tenant, &Device::new(), &company.provider.key(0).token(&claims));
    assert_eq!(first.status, 200, "{:?}", first.json());
    let other = Provider::start();
    trust(world, &company.tenant, &other);
    let answer = sign_in(world, &company.tenant, &Device::new(), &other.token(AUDIENCE, "u-4"));
    refused(&answer, 401, "invalid_credentials", None);
}

/// A key that is not known makes one fetch, not more often than once a minute; keys that are gone are good no more.
fn rotated(world: &World) {
    let company = company(world, "oidc rotated");
    let (tenant, provider, email) = (&company.tenant, &company.provider, address());
    invite(world, tenant, &email, "member");
    let claims = || provider.claims(AUDIENCE, "u-5");
    let old = provider.key(0);
    let verified = with(&claims(), &json!({"email": email, "email_verified": true}));
    assert_eq!(sign_in(world, tenant, &Device::new(), &old.token(&verified)).status, 200);
    let new = Arc::new(Key::es256("es-2"));
    provider.publish(vec![Arc::clone(&new)]);
    let end = Instant::now() + Duration::from_secs(90);
    loop {
        let answer = sign_in(world, tenant, &Device::new(), &new.token(&claims()));
        if answer.status == 200 {
            break;
        }
        refused(&answer, 401, "invalid_token", None);
        assert_eq!(provider.seen("/jwks"), 1, "unknown keys make no traffic");
        assert!(Instant::now() < end, "the new key is not taken");
        std::thread::sleep(Duration::from_secs(5));
    }
    assert_eq!(provider.seen("/jwks"), 2, "one fetch");
    refused(&sign_in(world, tenant, &Device::new(), &old.token(&claims())), 401, "invalid_token", None);
    provider.away(true);
    let answer = sign_in(world, tenant, &Device::new(), &new.token(&claims()));
    assert_eq!(answer.status, 200, "known keys are good while the issuer is away");
}

fn away(world: &World) {
    let company = company(world, "oidc away");
    let (tenant, provider) = (&company.tenant, &company.provider);
    provider.away(true);
    let token = provider.token(AUDIENCE, "u-6");
    let answer = sign_in(world, tenant, &Device::new(), &token);
    refused(&answer, 503, "unavailable", None);
    assert!(answer.header("retry-after").is_some());
    provider.away(false);
    world.until("the issuer", || {
        let answer = sign_in(world, tenant, &Device::new(), &token);
        (answer.code() == "invalid_credentials").then_some(())
    });
}

/// The owner refreshes, then the thief comes with the old token: both are out.
fn stolen(world: &World) {
    let owner = crate::user::sign_up(world, &world.a, "member");
    let first = owner.refresh.borrow().clone();
    let body = |token: &str| json!({"schema_version": 1, "refresh_token": token});
    let tokens = proven(world, &owner.device, "POST", "/v1/auth/refresh", &body(&first));
    assert_eq!(tokens.status, 200);
    owner.take(&tokens.json());
    let thief = proven(world, &Device::new(), "POST", "/v1/auth/refresh", &body(&first));
    refused(&thief, 401, "refresh_reused", None);
    let second = owner.refresh.borrow().clone();
    refused(&proven(world, &owner.device, "POST", "/v1/auth/refresh", &body(&second)), 401, "session_ended", None);
    refused(&as_user(world, &owner, "GET", "/v1/me", None), 401, "session_ended", None);
}
