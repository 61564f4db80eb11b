//! Answers that are problems, grouped by status as OpenAPI wants it.

use attune_contracts::{Problem, ProblemCode};
use serde_json::{Map, Value, json};

/// One response per status, naming the problems that are possible there.
pub fn by_status(codes: &[ProblemCode]) -> Vec<(String, Value)> {
    let mut statuses: Vec<u16> = codes.iter().map(|c| c.status()).collect();
    statuses.sort_unstable();
    statuses.dedup();
    statuses
        .into_iter()
        .map(|status| {
            // in the order of the list of problems, whatever the caller's order
            let here = ProblemCode::ALL.iter().filter(|c| c.status() == status && codes.contains(c));
            (status.to_string(), response(&here.copied().collect::<Vec<_>>()))
        })
        .collect()
}

/// What every answer may carry.
pub fn common_headers() -> Value {
    json!({
        "x-request-id": {"$ref": "#/components/headers/RequestId"},
        "server-timing": {"$ref": "#/components/headers/ServerTiming"},
        "ratelimit": {"$ref": "#/components/headers/RateLimit"},
        "ratelimit-policy": {"$ref": "#/components/headers/RateLimitPolicy"},
    })
}

/// A response that is one of these problems of one status.
pub fn response(codes: &[ProblemCode]) -> Value {
    let titles: Vec<String> = codes.iter().map(|c| format!("`{}`: {}", c.code(), c.title())).collect();
    let words: Vec<&str> = codes.iter().map(|c| c.code()).collect();
    let examples: Map<String, Value> = codes
        .iter()
        .map(|c| (c.code().to_owned(), json!({"$ref": format!("#/components/examples/{}", c.code())})))
        .collect();
    let mut headers = common_headers();
    if codes.iter().any(|c| c.status() == 401) {
        headers["www-authenticate"] = json!({"$ref": "#/components/headers/WwwAuthenticate"});
    }
    if codes.iter().any(|c| c.retryable() && c.status() != 500) {
        headers["retry-after"] = json!({"$ref": "#/components/headers/RetryAfter"});
    }
    if codes.contains(&ProblemCode::MethodNotAllowed) {
        headers["allow"] = json!({"$ref": "#/components/headers/Allow"});
    }
    let statuses: Vec<u16> = codes.iter().map(|c| c.status()).take(1).collect();
    json!({
        "description": titles.join("; "),
        "headers": headers,
        "content": {"application/problem+json": {
            "schema": {"$ref": "#/components/schemas/Problem", "properties": {"code": {"enum": words}, "status": {"enum": statuses}}},
            "examples": examples,
        }},
    })
}

/// `components.examples`: one problem of each kind.
pub fn examples() -> Value {
    let example = |code: ProblemCode| {
        let mut problem = Problem::new(code, code.title());
        if code == ProblemCode::UnknownSchemaVersion {
            problem.known_versions = attune_contracts::KNOWN_VERSIONS.to_vec();
        }
        problem.retry_after_s = code.retryable().then_some(1);
        json!({"summary": code.help(), "value": problem})
    };
    Value::Object(ProblemCode::ALL.iter().map(|c| (c.code().to_owned(), example(*c))).collect())
}
