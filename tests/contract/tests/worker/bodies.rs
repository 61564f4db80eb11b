//! Bodies that are wrong in the same way at every route that takes one.

use crate::world::{World, body, refused};
use attune_contract_tests::http::Request;
use serde_json::json;

pub const TESTS: &[crate::Test] = &[
    ("only_json_is_read", media_types),
    ("a_body_over_one_mebibyte_is_refused", too_large),
    ("text_that_is_not_json_is_refused", malformed),
    ("an_unknown_schema_version_is_refused_with_the_known_ones", versions),
    ("unknown_missing_and_doubled_fields_are_named", fields),
    ("the_key_is_asked_for_where_there_is_no_natural_one", idempotency_key),
];

/// Route, golden body, by the operator, needs an Idempotency-Key.
const ROUTES: &[(&str, &str, bool, bool)] = &[
    ("/v1/stations/snapshot", "snapshot.v1", false, false),
    ("/v1/stations/audio", "audio-upload.v1", false, false),
    ("/v1/optimizer/run", "run-request.v1", false, true),
    ("/v1/config/update", "config-update.v1", false, true),
    ("/v1/config/rollback", "config-rollback.v1", false, true),
    ("/v1/config/freeze", "config-freeze.v1", false, true),
    ("/v1/admin/tenants", "create-tenant.v1", true, true),
    ("/v1/admin/tenants/{tenant}/keys", "create-key.v1", true, true),
];

/// Each route as a request without a body, and its golden body.
fn routes(world: &World) -> Vec<(Request, serde_json::Value)> {
    let all = ROUTES.iter().map(|(target, golden, operator, _)| {
        let key = if *operator { world.operator() } else { &world.a.key };
        let mut request = world.request(key, &target.replace("{tenant}", &world.a.id), &json!(null));
        request.body = None;
        request.headers.retain(|(name, _)| name != "content-type");
        (request, body(golden))
    });
    all.collect()
}

fn media_types(world: &World) {
    for (request, body) in routes(world) {
        let mut none = request.clone();
        none.body = Some(body.to_string().into_bytes());
        refused(&world.send(&none), 415, "unsupported_media_type", None);
        for wrong in [
            "text/plain",
            "application/x-www-form-urlencoded",
            "application/jsonp",
            "text/json",
            "multipart/form-data; boundary=x",
        ] {
            let request = request.clone().bytes(wrong, body.to_string());
            refused(&world.send(&request), 415, "unsupported_media_type", None);
        }
    }
}

fn too_large(world: &World) {
    for (request, _) in routes(world) {
        let mut request = request.bytes("application/json", vec![b' '; 1_048_577]);
        refused(&world.send(&request), 413, "payload_too_large", None);
        request.chunked = true;
        refused(&world.send(&request), 413, "payload_too_large", None);
    }
}

fn malformed(world: &World) {
    for (request, good) in routes(world) {
        let text = good.to_string();
        let (open, inner) = text.split_at(1);
        let deep = 100_000;
        let mut bodies: Vec<Vec<u8>> = vec![
            Vec::new(),
            b"null".to_vec(),
            b"[]".to_vec(),
            b"1".to_vec(),
            b"\"x\"".to_vec(),
            b"{".to_vec(),
            b"{\"schema_version\":1,}".to_vec(),
            b"{'schema_version':1}".to_vec(),
            format!("{text}{text}").into_bytes(),
            format!("{text}x").into_bytes(),
            format!("\u{feff}{text}").into_bytes(),
            format!("{open}\"x\":NaN,{inner}").into_bytes(),
            format!("{open}\"x\":Infinity,{inner}").into_bytes(),
            format!("{open}\"x\":1e999,{inner}").into_bytes(),
            format!("{open}\"x\":{}{},{inner}", "[".repeat(deep), "]".repeat(deep)).into_bytes(),
            format!("{open}\"x\":{}1{},{inner}", "{\"a\":".repeat(deep), "}".repeat(deep)).into_bytes(),
            format!("{open}\"x\":\"\\ud800\",{inner}").into_bytes(),
            format!("{open}\"x\":\"\\u0000\",{inner}").into_bytes(),
        ];
        let mut not_utf8 = format!("{open}\"x\":\"?\",{inner}").into_bytes();
        let at = not_utf8.iter().position(|b| *b == b'?').unwrap();
        not_utf8[at] = 0xff;
        bodies.push(not_utf8);
        for bytes in bodies {
            let shown = String::from_utf8_lossy(&bytes).chars().take(60).collect::<String>();
            let answer = world.send(&request.clone().bytes("application/json", bytes));
            assert_eq!((answer.status, answer.code().as_str()), (400, "invalid_body"), "{} {shown}", request.target);
            assert!(!answer.pointers().is_empty(), "{} {shown} points nowhere", request.target);
        }
    }
}

fn versions(world: &World) {
    for (request, good) in routes(world) {
        for version in [json!(2), json!(0), json!(-1), json!(1.5), json!("1"), json!([1]), json!(1e300)] {
            let mut body = good.clone();
            body["schema_version"] = version;
            let answer = world.send(&request.clone().json(&body));
            refused(&answer, 400, "unknown_schema_version", Some("/schema_version"));
            assert_eq!(answer.json()["known_versions"], json!([1]));
        }
        let mut body = good.clone();
        body.as_object_mut().unwrap().remove("schema_version");
        refused(&world.send(&request.clone().json(&body)), 400, "invalid_body", Some("/schema_version"));
    }
}

fn fields(world: &World) {
    for (request, good) in routes(world) {
        let mut body = good.clone();
        body["a/b~c"] = json!(1);
        refused(&world.send(&request.clone().json(&body)), 400, "invalid_body", Some("/a~1b~0c"));
        let text = good.to_string();
        let doubled = format!("{},\"schema_version\":1}}", &text[..text.len() - 1]);
        let answer = world.send(&request.clone().bytes("application/json", doubled));
        refused(&answer, 400, "invalid_body", None);
        let required: Vec<String> = good.as_object().unwrap().keys().cloned().collect();
        let optional = ["schema_version", "call_id", "constraints", "targets", "ttl_s", "expires_at"];
        for name in required.iter().filter(|n| !optional.contains(&n.as_str())) {
            let mut body = good.clone();
            body.as_object_mut().unwrap().remove(name);
            let answer = world.send(&request.clone().json(&body));
            refused(&answer, 400, "invalid_body", None);
            assert!(answer.json().to_string().contains(name.as_str()), "{} names {name}", request.target);
        }
    }
}

fn idempotency_key(world: &World) {
    for ((mut request, body), (_, _, _, needed)) in routes(world).into_iter().zip(ROUTES) {
        request.headers.retain(|(name, _)| name != "idempotency-key");
        if *needed {
            refused(&world.send(&request.clone().json(&body)), 400, "idempotency_key_required", None);
            for bad in ["a b", &"x".repeat(256), "\u{e9}"] {
                let request = request.clone().header("idempotency-key", bad).json(&body);
                refused(&world.send(&request), 400, "invalid_parameter", Some("header:idempotency-key"));
            }
        } else {
            let status = world.send(&request.json(&body)).status;
            assert!((200..300).contains(&status), "{status}");
        }
    }
}
