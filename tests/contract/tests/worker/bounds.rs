//! The bounds of texts and lists that the document says, which stand at the types of the bodies, are those that the Worker holds:
//! what lies beyond one is refused and its field is named, what lies on it is not blamed for its length.

use crate::user::{User, as_user, proven, sign_up};
use crate::world::{Tenant, World, good};
use attune_contract_tests::http::{Request, Response};
use attune_test_support::device::Device;
use serde_json::{Value, json};

pub const TESTS: &[crate::Test] = &[
    ("what_is_beyond_a_bound_is_refused_by_name", administration),
    ("credentials_beyond_a_bound_are_refused", credentials),
];

const PASSWORD: &str = "correct horse battery";

/// The fields of a schema with values on its bounds and beyond them.
struct Bound {
    field: String,
    value: Value,
    beyond: bool,
}

fn bounds(world: &World, schema: &str) -> Vec<Bound> {
    let document = world.contract.document();
    let fields = document["components"]["schemas"][schema]["properties"].as_object().unwrap();
    let mut all = Vec::new();
    for (field, rules) in fields {
        let mut add = |value: Value, beyond: bool| all.push(Bound { field: field.clone(), value, beyond });
        let number = |rules: &Value, name: &str| rules[name].as_u64().map(|n| usize::try_from(n).unwrap());
        let text = |length: usize| json!("x".repeat(length));
        if let Some(most) = number(rules, "maxLength") {
            add(text(most + 1), true);
            add(text(most), false);
        }
        if let Some(least) = number(rules, "minLength").filter(|least| *least > 0) {
            add(text(least - 1), true);
        }
        if rules["pattern"].is_string() {
            add(json!("no \u{e9}"), true);
        }
        if let Some(most) = number(rules, "maxItems") {
            add((0..=most).map(|n| item(field, n)).collect(), true);
        }
        if number(rules, "minItems").is_some_and(|least| least > 0) {
            add(json!([]), true);
        }
        if let Some(most) = number(&rules["items"], "maxLength") {
            add(json!([text(most + 1)]), true);
        }
        if rules["items"]["pattern"].is_string() {
            add(json!(["no \u{e9}"]), true);
        }
    }
    assert!(!all.is_empty(), "{schema} has no bounds");
    all
}

/// The `n`th good item of a list.
fn item(field: &str, n: usize) -> Value {
    json!(match field {
        "permissions" | "scopes" => "rooms:read".to_owned(),
        "origins" => format!("https://o{n}.example"),
        "networks" => format!("192.0.2.{n}"),
        _ => format!("a{n}"),
    })
}

fn send(world: &World, tenant: &Tenant, owner: &User, (method, target, body): (&str, &str, &Value)) -> Response {
    if !target.starts_with("/v1/admin/") {
        return as_user(world, owner, method, target, Some(body));
    }
    let target = target.replace("{tenant}", &tenant.id);
    world.send(&Request::new(method, &target).bearer(world.operator()).json(body))
}

fn administration(world: &World) {
    let tenant = world.tenant("bounds");
    let (owner, member) = (sign_up(world, &tenant, "owner"), sign_up(world, &tenant, "member"));
    let password = json!({"schema_version": 1, "new": PASSWORD});
    assert_eq!(as_user(world, &owner, "PUT", "/v1/me/password", Some(&password)).status, 204);
    let (person, device) = (format!("/v1/people/{}", member.user_id), format!("/v1/devices/{}", owner.device_id));
    let key = json!({"name": "n", "scopes": ["voice:join"], "kind": "publishable", "origins": ["https://a.example"]});
    let routes = [
        ("UpdateTenant", "PATCH", "/v1/tenant", json!({"name": "n"})),
        ("SetPlan", "PUT", "/v1/admin/tenants/{tenant}/plan", json!({"plan": "enterprise", "region": "eu"})),
        ("ChangePerson", "PATCH", &person, json!({"name": "n"})),
        ("Invite", "POST", "/v1/invitations", json!({"email": "a@example.com", "role": "member"})),
        ("PutRole", "POST", "/v1/roles", json!({"name": "n", "permissions": ["rooms:read"]})),
        ("MakeKey", "POST", "/v1/keys", key),
        ("PutIssuer", "PUT", "/v1/issuers", json!({"issuer": "https://i.example", "audiences": ["a"]})),
        ("NameDevice", "PATCH", &device, json!({"name": "n"})),
        ("SetPassword", "PUT", "/v1/me/password", json!({"old": PASSWORD, "new": "another good one"})),
    ];
    for (schema, method, target, mut body) in routes {
        body["schema_version"] = json!(1);
        for Bound { field, value, beyond } in bounds(world, schema) {
            let mut body = body.clone();
            body[&field] = value;
            let answer = send(world, &tenant, &owner, (method, target, &body));
            let shown: String = format!("{schema} {field} = {}", body[&field]).chars().take(90).collect();
            let blamed = answer.status == 400 && answer.pointers().iter().any(|p| p.starts_with(&format!("/{field}")));
            // a wrong old password is told apart from a bad one by nobody, and a device has only its name
            let nameless = (schema, field.as_str()) == ("NameDevice", "name") && answer.status == 400;
            let secret = (schema, field.as_str()) == ("SetPassword", "old") && answer.status == 401;
            if beyond {
                assert!(blamed || nameless || secret, "{shown}: {} {:?}", answer.status, answer.json());
            } else if schema != "Invite" && schema != "PutIssuer" {
                assert!(!blamed && !nameless, "{shown}: {:?}", answer.json());
            }
        }
    }
    let body = json!({"schema_version": 1, "settings": {"no name": 1}});
    let answer = as_user(world, &owner, "PATCH", "/v1/tenant", Some(&body));
    assert_eq!((answer.status, answer.pointers()), (400, vec!["/settings".to_owned()]));
}

/// What is wrong with a credential is not told by its field; it lets nobody in, and nothing breaks.
fn credentials(world: &World) {
    let user = sign_up(world, &world.a, "member");
    let email = good(&as_user(world, &user, "GET", "/v1/me", None), 200)["person"]["email"].clone();
    let sign_in = json!({"tenant_id": world.a.id, "email": email, "password": "not the password"});
    let routes = [
        ("OidcSignIn", "/v1/auth/oidc", json!({"tenant_id": world.a.id, "token": "x"})),
        ("PasswordSignIn", "/v1/auth/password", sign_in),
        ("Refresh", "/v1/auth/refresh", json!({"refresh_token": "x"})),
        ("AcceptInvitation", "/v1/invitations/accept", json!({"token": "x", "name": "n"})),
        ("LinkIdentity", "/v1/me/identities", json!({"token": "x"})),
        ("TotpCode", "/v1/me/totp/confirm", json!({"code": "000000"})),
        ("SecondFactor", "/v1/me/totp/remove", json!({"code": "000000"})),
    ];
    for (schema, target, mut body) in routes {
        body["schema_version"] = json!(1);
        for bound in bounds(world, schema) {
            let mut body = body.clone();
            body[&bound.field] = bound.value;
            let answer = if target.starts_with("/v1/me/") {
                as_user(world, &user, "POST", target, Some(&body))
            } else {
                proven(world, &Device::new(), "POST", target, &body)
            };
            assert!((400..500).contains(&answer.status), "{schema} {}: {:?}", bound.field, answer.json());
        }
    }
}
