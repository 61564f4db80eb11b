//! `GET /openapi.json`: the description of the public routes.

use crate::call::{Call, Outcome};
use attune_contracts::{Problem, ProblemCode};
use attune_edge_kit::object::Stub;
use attune_edge_kit::{Answer, log};

/// Answers from the Worker's static assets, where the build puts the document.
///
/// # Errors
/// `unavailable`.
pub async fn handle(call: &Call<'_>) -> Outcome {
    match Stub::assets(call.env).get("/openapi.json").await {
        Ok(found) if found.status == 200 => {
            Ok(Answer::json_text(200, found.body).with("cache-control", "public, max-age=300").into())
        }
        found => {
            let reason = found.map_or_else(|e| e.to_string(), |found| format!("status {}", found.status));
            log::error("openapi.missing")
                .with("request_id", call.trace.request_id.clone())
                .with("reason", reason)
                .write();
            Err(Problem::new(ProblemCode::Unavailable, "the document cannot be read now").retry_after(1))
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::router::{Auth, Body, Endpoint};
    use serde_json::json;
    use std::collections::BTreeSet;

    const DOCUMENT: &str = include_str!("../../../../../shared/contracts/openapi.json");

    /// The document lists the public routes, all of them and no other. Internal ones and pages never appear in it.
    #[test]
    fn the_document_lists_exactly_the_public_routes() {
        let document: serde_json::Value = serde_json::from_str(DOCUMENT).unwrap();
        let described: BTreeSet<(String, String)> = document["paths"]
            .as_object()
            .unwrap()
            .iter()
            .flat_map(|(path, item)| {
                let methods = item.as_object().unwrap().keys().filter(|k| *k != "parameters");
                methods.map(|m| (m.to_uppercase(), path.clone())).collect::<Vec<_>>()
            })
            .collect();
        let hidden = |path: &str| path.starts_with("/internal/") || path.starts_with("/console/");
        let served: BTreeSet<(String, String)> = Endpoint::ALL
            .iter()
            .filter(|e| !e.is_bench() && e.auth() != Auth::Function && !hidden(e.template()))
            .map(|e| (e.method().to_owned(), e.template().to_owned()))
            .collect();
        assert_eq!(described, served);
    }

    /// The document says of each route who may call it and whether it takes a body, as the table of endpoints does.
    #[test]
    fn the_document_says_who_may_call_what() {
        let document: serde_json::Value = serde_json::from_str(DOCUMENT).unwrap();
        for endpoint in Endpoint::ALL {
            let method = endpoint.method().to_lowercase();
            let operation = &document["paths"][endpoint.template()][&method];
            if operation.is_null() {
                continue; // not public: see the other test
            }
            let expected = match endpoint.auth() {
                Auth::Open | Auth::Function => json!([]),
                Auth::May(scope) | Auth::Socket(scope) => {
                    json!([{"apiKey": [scope.as_str()]}, {"dpop": [scope.as_str()]}])
                }
                Auth::MayOrOperator(scope) => {
                    json!([{"apiKey": [scope.as_str()]}, {"dpop": [scope.as_str()]}, {"operatorKey": []}])
                }
                Auth::Member => json!([{"apiKey": []}, {"dpop": []}]),
                Auth::User => json!([{"dpop": []}]),
                Auth::Proof => json!([{"dpopProof": []}]),
                Auth::Page(scope) => json!([{"apiKey": [scope.as_str()], "dpopProof": []}]),
                Auth::Operator => json!([{"operatorKey": []}]),
            };
            assert_eq!(operation["security"], expected, "{} {}", method, endpoint.template());
            let takes = operation.get("requestBody").is_some();
            assert_eq!(takes, endpoint.body() != Body::None, "{} {}", method, endpoint.template());
        }
    }
}
