//! What holds for every route.

use crate::world::{World, good, refused, snapshot};
use attune_contract_tests::http::Request;

pub const TESTS: &[crate::Test] = &[
    ("unknown_paths_are_not_found", unknown_paths),
    ("other_methods_are_refused_with_allow", methods),
    ("the_alias_serves_the_same_routes", alias),
    ("head_is_get_without_a_body", head),
    ("internal_routes_ask_for_a_signature", internal),
];

fn unknown_paths(world: &World) {
    for path in [
        "/",
        "/v1",
        "/v1/",
        "/v2/stations/snapshot",
        "/v1/stations/snapshot/",
        "/api/healthz",
        "/v1/config/",
        "/internal",
        "/%00",
    ] {
        for method in ["GET", "POST", "DELETE"] {
            let request = Request::new(method, path).bearer(&world.a.key);
            refused(&world.send(&request), 404, "not_found", None);
        }
    }
}

/// The document says for each path which methods there are; `send` compares `Allow` with that. (A method that HTTP does not know
/// never reaches a Worker: workerd answers 501 by itself.)
fn methods(world: &World) {
    let operations = world.contract.operations();
    for (_, template) in &operations {
        let path = template
            .replace("{station}", "4")
            .replace("{tenant}", &world.a.id)
            .replace("{code}", "forbidden")
            .replace("{id}", "run_01k5nq3e5v0000000000000003")
            .replace("{key_id}", "x");
        // `send` compares Allow with the document
        assert_eq!(world.send(&Request::new("OPTIONS", &path)).status, 204, "{path}");
        for method in ["GET", "POST", "PUT", "PATCH", "DELETE"] {
            if !operations.iter().any(|(m, t)| m == method && t == template) {
                let answer = world.send(&Request::new(method, &path));
                refused(&answer, 405, "method_not_allowed", None);
            }
        }
    }
}

fn alias(world: &World) {
    let body = snapshot();
    let first = good(&world.post(&world.a.key, "/v1/stations/snapshot", &body), 202);
    let again = good(&world.post(&world.a.key, "/api/v1/stations/snapshot", &body), 202);
    assert_eq!(first, again, "one route under two addresses");
    good(&world.get(&world.a.key, "/api/v1/config/4"), 200);
}

fn head(world: &World) {
    for path in ["/healthz", "/openapi.json", "/v1/config/4", "/problems/forbidden"] {
        let get = world.get(&world.a.key, path);
        let head = world.send(&Request::new("HEAD", path).bearer(&world.a.key));
        assert_eq!((head.status, head.header("content-type")), (get.status, get.header("content-type")), "{path}");
        assert_eq!(head.header("etag"), get.header("etag"), "{path}");
    }
}

fn internal(world: &World) {
    for (method, path) in [
        ("POST", "/internal/v1/control/config"),
        ("POST", "/internal/v1/control/propose"),
        ("GET", "/internal/v1/outbox/stats"),
        ("GET", "/internal/v1/outbox/rejected"),
        ("POST", "/internal/v1/outbox/retry"),
    ] {
        for key in [None, Some(&world.a.key)] {
            let mut request = Request::new(method, path);
            if method == "POST" {
                request = request.json(&serde_json::json!({"schema_version": 1}));
            }
            if let Some(key) = key {
                request = request.bearer(key);
            }
            let answer = world.send_unchecked(&request);
            refused(&answer, 401, "unauthenticated", None);
        }
    }
}
