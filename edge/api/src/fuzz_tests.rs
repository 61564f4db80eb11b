//! What the door reads before it knows anybody, on texts made from good ones: request lines, query strings, header fields.

use crate::headers::{Headers, bearer, idempotency_key, match_version, none_match, prefer_wait};
use crate::query::Query;
use crate::router::{resolve, rewrite};
use crate::routes::auth::oidc::cookie;
use crate::{auth, ticket};
use attune_domain::Cell;
use attune_edge_kit::trace;
use attune_test_support::fuzz::{self, Target};

/// Every header field has the same value.
struct All<'a>(&'a str);

impl Headers for All<'_> {
    fn get(&self, _: &str) -> Option<String> {
        Some(self.0.to_owned())
    }
}

fn on(bytes: &[u8], target: impl Fn(&str) -> bool) -> bool {
    core::str::from_utf8(bytes).is_ok_and(target)
}

const TARGETS: &[Target] = &[
    ("path", |bytes| on(bytes, |text| resolve("GET", rewrite(text), false).is_ok())),
    ("query", |bytes| on(bytes, |text| Query::parse(text, &["limit", "cursor"]).is_ok())),
    ("authorization", |bytes| on(bytes, |text| bearer(&All(text)).is_ok() || auth::is_dpop(&All(text)))),
    ("idempotency-key", |bytes| on(bytes, |text| idempotency_key(&All(text)).is_ok())),
    ("prefer", |bytes| on(bytes, |text| prefer_wait(&All(text)) > 0)),
    ("if-none-match", |bytes| on(bytes, |text| none_match(&All(text), "\"a\""))),
    ("if-match", |bytes| on(bytes, |text| match_version(&All(text)).is_some_and(|version| version > 0))),
    ("traceparent", |bytes| {
        on(bytes, |text| {
            let made = trace::Trace::new(Some(text), 0, &[7; trace::ENTROPY]);
            assert!(trace::is_valid(&made.traceparent), "{text:?}");
            trace::is_valid(text)
        })
    }),
    ("ticket", |bytes| {
        on(bytes, |text| {
            let Ok(cell) = Cell::parse("eu1") else { return false };
            text.strip_prefix("attune.ticket.").is_some_and(|text| ticket::owner(text, &cell).is_some())
        })
    }),
    ("return_to", |bytes| on(bytes, |text| cookie::origin(text).is_some_and(|origin| text.starts_with(origin)))),
];

fn seeds(name: &str) -> Vec<Vec<u8>> {
    let texts: &[&str] = match name {
        "path" => {
            &["/api/v1/config/4", "/v1/people/usr_01k5nq3e5v0000000000000004/devices/x", "/v1/rooms/%2e%2e/remove"]
        }
        "query" => &["limit=10&cursor=a%20b", "limit=%31&cursor=+"],
        "authorization" => &["Bearer atn_live_eu1_x_y", "DPoP abc.def.ghi"],
        "idempotency-key" => &["0190a5f0-7b3c-7cc0-9d3c-1f2e3d4c5b6a"],
        "prefer" => &["respond-async, wait=7", "wait=\"3\";x=y"],
        "if-none-match" => &["\"b\", W/\"a\"", "*"],
        "if-match" => &["\"7\"", "W/\"7\""],
        "traceparent" => &[
            "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
            "01-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-x",
        ],
        "ticket" => &[
            "attune.ticket.tkt.01k5nq3e5v0000000000000001.01k5nq3e5v0000000000000004.0000000000000000000000000000000000000000000000000000000000000000",
        ],
        _ => &["https://app.example.com/in?x=1#y", "http://127.0.0.1:8080"],
    };
    texts.iter().map(|text| text.as_bytes().to_vec()).collect()
}

#[test]
fn good_texts_are_taken() {
    for (name, target) in TARGETS {
        assert!(seeds(name).iter().any(|seed| target(seed)), "{name}");
        assert!(!target(b"\xff"), "{name}");
    }
}

#[test]
fn what_is_made_from_good_texts_does_not_panic() {
    fuzz::run(TARGETS, seeds);
}
