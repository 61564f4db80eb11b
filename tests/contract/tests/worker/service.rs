//! The service about itself.

use crate::world::{World, good, id, refused};
use attune_contract_tests::http::Request;
use attune_contract_tests::openapi;
use attune_contracts::ProblemCode;
use attune_test_support::proxy::Fate;
use serde_json::json;

pub const TESTS: &[crate::Test] = &[
    ("it_is_healthy_and_ready", health),
    ("the_document_is_the_committed_one", document),
    ("every_problem_explains_itself", problems),
    ("the_outbox_tells_its_depth", depth),
    ("what_cannot_be_reached_says_when_to_come_again", away),
    ("a_trace_is_continued_and_strange_headers_do_no_harm", headers),
];

fn health(world: &World) {
    good(&world.send(&Request::new("GET", "/healthz")), 200);
    assert_eq!(good(&world.send(&Request::new("GET", "/healthz?x=1")), 200)["status"], "ok");
    good(&world.send(&Request::new("GET", "/readyz")), 200);
}

fn document(world: &World) {
    let served = world.send(&Request::new("GET", "/openapi.json"));
    assert_eq!(served.header("content-type"), Some("application/json"));
    assert!(good(&served, 200) == openapi::document(), "the Worker serves another document than the committed one");
}

fn problems(world: &World) {
    for code in ProblemCode::ALL {
        let page = good(&world.send(&Request::new("GET", &format!("/problems/{}", code.code()))), 200);
        assert_eq!((&page["status"], &page["title"]), (&json!(code.status()), &json!(code.title())));
    }
    for word in ["nonsense", "..", "Forbidden", "%66orbidden"] {
        refused(&world.send(&Request::new("GET", &format!("/problems/{word}x"))), 404, "not_found", None);
    }
}

fn depth(world: &World) {
    good(&world.get(&world.a.key, "/v1/outbox/depth"), 200);
}

/// The table is away for one tenant; what its room knows is answered all the same.
fn away(world: &World) {
    let tenant = world.tenant("away");
    let doomed = tenant.id.clone();
    world.dynamodb.judge(
        move |call| {
            if call.body.to_string().contains(&doomed) { Fate::CutBefore } else { Fate::Pass }
        },
    );
    for target in ["/v1/config/changes".to_owned(), format!("/v1/optimizer/runs/{}", id("run"))] {
        let answer = world.get(&tenant.key, &target);
        refused(&answer, 503, "unavailable", None);
        let seconds: u32 = answer.header("retry-after").expect("a time to come again").parse().expect("seconds");
        let body = answer.json();
        assert_eq!((&body["retry_after_s"], &body["retryable"]), (&json!(seconds), &json!(true)), "{target}");
        assert!((1..=60).contains(&seconds), "{seconds} s");
    }
    good(&world.get(&tenant.key, "/v1/config/4"), 200);
    world.dynamodb.pardon();
    good(&world.get(&tenant.key, "/v1/config/changes"), 200);
}

fn headers(world: &World) {
    for (name, value) in [
        ("traceparent", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"),
        ("traceparent", "nonsense"),
        ("accept", "text/html"),
        ("x-forwarded-host", "example.org"),
        ("x-http-method-override", "DELETE"),
        ("cookie", "a=b"),
    ] {
        good(&world.send(&Request::new("GET", "/v1/config/4").bearer(&world.a.key).header(name, value)), 200);
    }
}
