//! What holds for every answer: security headers, CORS, limits of headers and bodies, Server-Timing.

use crate::world::{World, good, refused, snapshot};
use attune_contract_tests::http::{Request, Response};
use serde_json::json;

pub const TESTS: &[crate::Test] = &[
    ("every_answer_has_security_headers", security),
    ("a_preflight_is_answered_for_its_route", preflight),
    ("pages_read_only_what_is_meant_for_them", pages),
    ("long_headers_are_refused", headers),
    ("a_body_of_ten_megabytes_is_not_read", ten_megabytes),
    ("the_time_of_waiting_is_told", timing),
];

const PAGE: &str = "https://shop.example";

fn security(world: &World) {
    let key = &world.a.key;
    let answers = [
        world.get(key, "/v1/config/4"),
        world.get(key, "/v1/nowhere"),
        world.get("x", "/v1/config/4"),
        world.send(&Request::new("PUT", "/v1/config/4")),
        world.send(&Request::new("OPTIONS", "/v1/config/4")),
        world.send(&Request::new("GET", "/healthz")),
        world.post(key, "/v1/stations/snapshot", &snapshot()),
        world.post(key, "/v1/stations/snapshot", &json!({})),
    ];
    for answer in answers {
        for (name, value) in [
            ("x-content-type-options", "nosniff"),
            ("referrer-policy", "no-referrer"),
            ("content-security-policy", "default-src 'none'; frame-ancestors 'none'"),
        ] {
            assert_eq!(answer.header(name), Some(value), "{}", answer.status);
        }
        assert!(answer.header("permissions-policy").is_some() && answer.header("vary").unwrap().contains("origin"));
        // a browser that once saw it would never again speak plain HTTP with this machine
        assert_eq!(answer.header("strict-transport-security"), None);
        assert_eq!(answer.header("access-control-allow-origin"), None, "nobody asked");
    }
}

fn preflight(world: &World) {
    let ask = |target: &str, origin: &str| {
        let request = Request::new("OPTIONS", target).header("origin", origin);
        world.send(&request.header("access-control-request-method", "POST"))
    };
    let answer = ask("/v1/stations/snapshot", PAGE);
    assert_eq!((answer.status, answer.header("access-control-allow-origin")), (204, Some(PAGE)));
    assert_eq!(answer.header("access-control-allow-methods"), Some("POST, OPTIONS"));
    assert!(answer.header("access-control-allow-headers").unwrap().contains("dpop"));
    assert_eq!(answer.header("access-control-allow-credentials"), None);
    for bad in ["null", "*", "https://shop.example/x", "http://shop.example", "x"] {
        assert_eq!(ask("/v1/stations/snapshot", bad).header("access-control-allow-origin"), None, "{bad}");
    }
    refused(&ask("/v1/nowhere", PAGE), 404, "not_found", None);
}

fn pages(world: &World) {
    let from_page = |request: Request| world.send_unchecked(&request.header("origin", PAGE));
    let allowed = |answer: &Response| answer.header("access-control-allow-origin").map(str::to_owned);
    let open = from_page(Request::new("GET", "/problems/forbidden"));
    assert_eq!(allowed(&open).as_deref(), Some(PAGE));
    for exposed in ["dpop-nonce", "ratelimit", "retry-after", "x-request-id"] {
        assert!(open.header("access-control-expose-headers").unwrap().contains(exposed), "{exposed}");
    }
    // the key of a server does not belong into a page, nor does the operator's
    assert_eq!(allowed(&from_page(Request::new("GET", "/v1/config/4").bearer(&world.a.key))), None);
    assert_eq!(allowed(&from_page(Request::new("GET", "/v1/config/4").bearer("x"))), None);
    let keys = format!("/v1/admin/tenants/{}/keys", world.a.id);
    assert_eq!(allowed(&from_page(Request::new("GET", &keys).bearer(world.operator()))), None);
    // a device has to read why its proof was refused, and the nonce
    let refresh = from_page(Request::new("POST", "/v1/auth/refresh").json(&json!({})));
    assert_eq!((refresh.status, allowed(&refresh).as_deref()), (401, Some(PAGE)));
}

fn headers(world: &World) {
    let get = |target: &str| Request::new("GET", target).bearer(&world.a.key);
    let long = "x".repeat(8_300);
    refused(&world.send(&get("/v1/outbox/depth").header("x-long", &long)), 431, "headers_too_large", None);
    let many = (0..5).fold(get("/v1/outbox/depth"), |all, n| all.header(&format!("x-{n}"), &"y".repeat(7_000)));
    refused(&world.send(&many), 431, "headers_too_large", None);
    good(&world.send(&get("/v1/outbox/depth").header("x-long", &"x".repeat(7_000))), 200);
    // the routes of stations read single fields, each with its own bound
    let bomb = world.send_unchecked(&Request::new("GET", "/v1/config/4").bearer(&"k".repeat(20_000)));
    assert!(matches!(bomb.status, 401 | 431), "{}", bomb.status);
    let bomb = world.send_unchecked(&get("/v1/config/4").header("if-none-match", &"\"a\", ".repeat(2_000)));
    assert!(matches!(bomb.status, 200 | 431), "{}", bomb.status);
}

fn ten_megabytes(world: &World) {
    for target in ["/v1/stations/snapshot", "/v1/config/freeze"] {
        let mut request = world.request(&world.a.key, target, &json!(null));
        request.body = Some(vec![b' '; 10_000_000]);
        refused(&answered(world, &request), 413, "payload_too_large", None);
        request.chunked = true;
        refused(&answered(world, &request), 413, "payload_too_large", None);
    }
}

/// The answer to a request whose body is not read to its end: the connection is then closed, and the end of a connection may overtake
/// the answer on its way, here or at the proxy of `wrangler dev` (RFC 9112, section 9.6). Then the request is sent again; an answer of
/// ours carries its request id.
fn answered(world: &World, request: &Request) -> Response {
    let authority = format!("127.0.0.1:{}", world.stack.ports.worker);
    let ours = |answer: &Response| answer.header("x-request-id").is_some();
    (0..20).find_map(|_| request.send(&authority).ok().filter(ours)).expect("one of twenty answers arrives")
}

fn timing(world: &World) {
    let answer = world.post(&world.a.key, "/v1/stations/snapshot", &snapshot());
    let timing = answer.header("server-timing").unwrap();
    assert!(timing.starts_with("door;dur=") && timing.contains(", object;dur="), "{timing}");
    assert!(world.send(&Request::new("GET", "/healthz")).header("server-timing").unwrap().starts_with("door;dur="));
}
