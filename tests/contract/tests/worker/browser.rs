//! The code flow of a browser: PKCE, state, nonce, cookies, and who may complete it.

use crate::sign_in::{Company, address, company, invite, user};
use crate::user::{as_user, prove, sign_up};
use crate::world::{World, refused};
use attune_contract_tests::http::{Request, Response};
use attune_test_support::device::Device;
use attune_test_support::oidc::encode;
use serde_json::json;

pub const TESTS: &[crate::Test] = &[
    ("a_browser_signs_in_and_its_code_is_good_once", whole),
    ("a_sign_in_begins_only_for_known_addresses", begins),
    ("who_comes_back_with_something_else_is_refused", comes_back),
    ("only_the_tenants_pages_complete_it", completes),
];

const ORIGIN: &str = "https://app.example.com";
const RETURN: &str = "https://app.example.com/in?tab=1";

fn ready(world: &World, name: &str) -> Company {
    let company = company(world, name);
    let owner = sign_up(world, &company.tenant, "owner");
    let body = json!({"schema_version": 1, "settings": {"return_origins": [ORIGIN]}});
    let answer = as_user(world, &owner, "PATCH", "/v1/tenant", Some(&body));
    assert_eq!(answer.status, 200, "{:?}", answer.json());
    let email = address();
    invite(world, &company.tenant, &email, "member");
    company.provider.person(json!({"sub": "b-1", "email": email, "email_verified": true, "name": "Bo"}));
    company
}

fn start(company: &Company, return_to: &str) -> String {
    let (tenant, issuer) = (&company.tenant.id, encode(company.provider.url()));
    format!("/v1/auth/oidc/start?tenant_id={tenant}&issuer={issuer}&return_to={}", encode(return_to))
}

/// The cookies of an answer as a browser sends them back: those that were not taken away.
fn cookies(answer: &Response) -> String {
    let set = answer.headers.iter().filter(|(name, _)| name == "set-cookie").map(|(_, value)| value.as_str());
    let kept = set.filter(|value| !value.contains("Max-Age=0")).map(|value| {
        assert!(value.starts_with("__Host-"), "{value}");
        for word in ["; Path=/", "; Secure", "; HttpOnly", "; SameSite=Lax"] {
            assert!(value.contains(word), "{value}");
        }
        value.split(';').next().unwrap_or_default().to_owned()
    });
    kept.collect::<Vec<_>>().join("; ")
}

fn location(answer: &Response) -> String {
    answer.header("location").unwrap_or_default().to_owned()
}

/// Where a browser goes: path and query of an address of the authority.
fn target(url: &str) -> (&str, &str) {
    let rest = url.strip_prefix("http://").unwrap();
    let at = rest.find('/').unwrap();
    (&rest[..at], &rest[at..])
}

/// From the start to where the issuer sends the browser: the callback's target, and the cookie.
fn begun(world: &World, company: &Company) -> (String, String) {
    let answer = world.send(&Request::new("GET", &start(company, RETURN)));
    assert_eq!(answer.status, 302, "{:?}", answer.json());
    let to = location(&answer);
    let (authority, path) = target(&to);
    let back = Request::new("GET", path).send(authority).unwrap();
    assert_eq!(back.status, 302, "{:?}", back.json());
    let back = location(&back);
    (target(&back).1.to_owned(), cookies(&answer))
}

fn come_back(world: &World, target: &str, cookie: &str) -> Response {
    world.send(&Request::new("GET", target).header("cookie", cookie))
}

fn complete(world: &World, device: &Device, cookie: &str, origin: Option<&str>) -> Response {
    let body = json!({"schema_version": 1, "device_name": "Browser"});
    let mut request = Request::new("POST", "/v1/auth/oidc/complete").json(&body).header("cookie", cookie);
    if let Some(origin) = origin {
        request = request.header("origin", origin);
    }
    prove(world, device, None, &request)
}

fn whole(world: &World) {
    let company = ready(world, "browser whole");
    let (back, pending) = begun(world, &company);
    let answer = come_back(world, &back, &pending);
    assert_eq!((answer.status, location(&answer)), (303, RETURN.to_owned()), "{:?}", answer.json());
    let cleared = answer.headers.iter().any(|(n, v)| n == "set-cookie" && v.contains("Max-Age=0"));
    assert!(cleared, "the sign-in under way is over");
    let code = cookies(&answer);
    let device = Device::new();
    let answer = complete(world, &device, &code, Some(ORIGIN));
    assert_eq!(answer.header("access-control-allow-origin"), Some(ORIGIN));
    let bo = user(device, &answer);
    assert_eq!(as_user(world, &bo, "GET", "/v1/me", None).json()["person"]["name"], "Bo");
    // once: neither the code of ours, nor that of the issuer, is good again
    refused(&complete(world, &Device::new(), &code, Some(ORIGIN)), 401, "invalid_credentials", None);
    refused(&come_back(world, &back, &pending), 401, "invalid_credentials", None);
}

fn begins(world: &World) {
    let company = ready(world, "browser begins");
    let get = |target: &str| world.send(&Request::new("GET", target));
    for other in [
        "https://evil.example/",
        "https://app.example.com.evil.example/",
        "https://app.example.com@evil.example/",
        "https://app.example.com\\@evil.example/",
        "http://app.example.com/",
        "//app.example.com/",
        "javascript:alert(1)",
        "",
    ] {
        refused(&get(&start(&company, other)), 400, "invalid_parameter", Some("?return_to"));
    }
    let good = start(&company, RETURN);
    let issuer = encode(company.provider.url());
    refused(&get(&good.replace(&issuer, "https%3A%2F%2Fissuer.example")), 400, "invalid_parameter", Some("?issuer"));
    let nowhere = good.replace(&company.tenant.id, &format!("tnt_eu1_{}", "0".repeat(26)));
    refused(&get(&nowhere), 400, "invalid_parameter", Some("?tenant_id"));
    refused(&get(&format!("{good}&prompt=none")), 400, "invalid_parameter", Some("?prompt"));
    refused(&get("/v1/auth/oidc/start"), 400, "invalid_parameter", Some("?tenant_id"));
}

fn comes_back(world: &World) {
    let company = ready(world, "browser comes back");
    let refuse = |target: &str, cookie: &str| {
        refused(&come_back(world, target, cookie), 401, "invalid_credentials", None);
    };
    let part = |target: &str, name: &str| {
        let at = target.find(&format!("{name}=")).unwrap();
        target[at..].split('&').next().unwrap().to_owned()
    };
    let (back, pending) = begun(world, &company);
    // no cookie, one that was changed, one of another name
    refuse(&back, "a=b");
    let changed: String = pending.chars().rev().collect::<String>().replacen(|c: char| c != 'A', "A", 1);
    refuse(&back, &changed.chars().rev().collect::<String>());
    refuse(&back, &pending.replace("__Host-attune-oidc", "__Host-attune-code"));
    // state: another one, none
    let (other, _) = begun(world, &company);
    refuse(&back.replace(&part(&back, "state"), &part(&other, "state")), &pending);
    refuse(&back.replace(&part(&back, "state"), "state="), &pending);
    // the code of a sign-in in another browser: its challenge does not fit our verifier
    refuse(&back.replace(&part(&back, "code"), &part(&other, "code")), &pending);
    refuse(&back.replace(&part(&back, "code"), "code=made-up"), &pending);
    // the issuer has to say that it is it (RFC 9207), and may refuse
    refuse(&back.replace(&part(&back, "iss"), "iss=https%3A%2F%2Fissuer.example"), &pending);
    refuse(&back.replace(&format!("&{}", part(&back, "iss")), ""), &pending);
    refuse(&back.replace(&part(&back, "code"), "error=access_denied"), &pending);
    let twice = format!("{back}&{}", part(&back, "code"));
    refused(&come_back(world, &twice, &pending), 400, "invalid_parameter", None);
    // nonce, audience and time of the ID token
    for (spoiled, code) in [
        (json!({"nonce": "another"}), "invalid_token"),
        (json!({"nonce": null}), "invalid_token"),
        (json!({"aud": "somebody"}), "invalid_token"),
        (json!({"azp": "somebody"}), "invalid_token"),
        (json!({"exp": 1}), "token_expired"),
        (json!({"email_verified": false}), "invalid_credentials"),
    ] {
        company.provider.spoil(spoiled);
        let (back, pending) = begun(world, &company);
        refused(&come_back(world, &back, &pending), 401, code, None);
    }
}

fn completes(world: &World) {
    let company = ready(world, "browser completes");
    let (back, pending) = begun(world, &company);
    let code = cookies(&come_back(world, &back, &pending));
    let device = Device::new();
    for origin in [None, Some("https://evil.example"), Some("null"), Some("https://app.example.com:8443")] {
        refused(&complete(world, &device, &code, origin), 403, "origin_refused", None);
    }
    refused(&complete(world, &device, "a=b", Some(ORIGIN)), 401, "invalid_credentials", None);
    refused(&complete(world, &device, &pending, Some(ORIGIN)), 401, "invalid_credentials", None);
    let body = json!({"schema_version": 1});
    let bare =
        Request::new("POST", "/v1/auth/oidc/complete").json(&body).header("cookie", &code).header("origin", ORIGIN);
    refused(&world.send(&bare), 401, "invalid_dpop_proof", None);
    // none of that has used it up
    assert_eq!(complete(world, &device, &code, Some(ORIGIN)).status, 200);
}
