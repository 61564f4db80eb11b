//! Does an answer conform to the document?

use crate::http::Response;
use crate::openapi;
use crate::validate::{faults, validator};
use serde_json::{Value, json};

/// The committed document, ready for checks.
#[derive(Debug)]
pub struct Contract {
    document: Value,
}

/// Headers that the document speaks of: where one is sent, it has to be described.
const SPOKEN_OF: &[&str] = &[
    "x-request-id",
    "etag",
    "retry-after",
    "preference-applied",
    "www-authenticate",
    "allow",
    "dpop-nonce",
    "audit-seq",
    "audit-hash",
    "link",
];

impl Default for Contract {
    fn default() -> Self {
        Self { document: openapi::document() }
    }
}

impl Contract {
    /// The document.
    pub fn document(&self) -> &Value {
        &self.document
    }

    /// All operations as method in capitals and path template.
    pub fn operations(&self) -> Vec<(String, String)> {
        let paths = self.document["paths"].as_object().into_iter().flatten();
        paths
            .flat_map(|(path, item)| {
                item.as_object().into_iter().flatten().map(|(method, _)| (method.to_uppercase(), path.clone()))
            })
            .collect()
    }

    /// The template of a path (without query), literal ones first; `/api` before `/v1` does not count.
    pub fn template(&self, path: &str) -> Option<&str> {
        let path = path.strip_prefix("/api").filter(|rest| rest.starts_with("/v1/")).unwrap_or(path);
        let paths = self.document["paths"].as_object()?;
        if let Some((template, _)) = paths.get_key_value(path) {
            return Some(template);
        }
        let fits = |template: &str| {
            let (want, have): (Vec<&str>, Vec<&str>) = (template.split('/').collect(), path.split('/').collect());
            let same = |(w, h): (&&str, &&str)| w == h || (w.starts_with('{') && !h.is_empty());
            want.len() == have.len() && want.iter().zip(&have).all(same)
        };
        paths.keys().map(String::as_str).find(|template| fits(template))
    }

    /// What is described for a request.
    fn described(&self, method: &str, target: &str) -> Described<'_> {
        let path = target.split(['?', '#']).next().unwrap_or_default();
        let Some(template) = self.template(path) else { return Described::Nothing };
        let item = &self.document["paths"][template];
        let wanted = if method == "HEAD" { "get".to_owned() } else { method.to_lowercase() };
        match item.get(&wanted) {
            Some(operation) => Described::Operation(operation),
            None => {
                let mut methods: Vec<String> =
                    item.as_object().into_iter().flatten().map(|(m, _)| m.to_uppercase()).collect();
                if methods.iter().any(|m| m == "GET") {
                    methods.push("HEAD".to_owned());
                }
                methods.push("OPTIONS".to_owned());
                methods.sort();
                if method == "OPTIONS" { Described::Options(methods) } else { Described::Methods(methods) }
            }
        }
    }

    /// Checks status, media type, body and headers of an answer.
    ///
    /// # Errors
    /// All that the document does not allow, in words.
    pub fn conforms(&self, method: &str, target: &str, answer: &Response) -> Result<(), String> {
        let mut wrong = Vec::new();
        let responses = &self.document["components"]["responses"];
        let response = match self.described(method, target) {
            Described::Nothing => {
                if answer.status != 404 {
                    wrong.push(format!("status {} of a path that is not described", answer.status));
                }
                &responses["NotFound"]
            }
            Described::Options(methods) => {
                let allow = allow_of(answer);
                return if answer.status == 204 && allow == methods && answer.body.is_empty() {
                    Ok(())
                } else {
                    Err(format!("status {}, Allow {allow:?} where {methods:?} are described", answer.status))
                };
            }
            Described::Methods(methods) => {
                let allow = allow_of(answer);
                if answer.status != 405 || allow != methods {
                    wrong.push(format!("status {}, Allow {allow:?} where {methods:?} are described", answer.status));
                }
                &responses["MethodNotAllowed"]
            }
            Described::Operation(operation) => &operation["responses"][answer.status.to_string()],
        };
        if response.is_null() {
            wrong.push(format!("status {} is not described", answer.status));
        } else {
            self.headers(response, answer, &mut wrong);
            if method == "HEAD" && !answer.body.is_empty() {
                wrong.push("an answer to HEAD has a body".to_owned());
            }
            if method != "HEAD" {
                self.body(response, answer, &mut wrong);
            }
        }
        if wrong.is_empty() { Ok(()) } else { Err(wrong.join("\n")) }
    }

    fn headers(&self, response: &Value, answer: &Response, wrong: &mut Vec<String>) {
        let described = response["headers"].as_object().cloned().unwrap_or_default();
        for (name, header) in &described {
            let header = self.followed(header);
            match answer.header(name) {
                None if header["required"] == json!(true) => wrong.push(format!("header {name} is missing")),
                None => {}
                Some(text) => {
                    let value = match header["schema"]["type"].as_str() {
                        Some("integer") => serde_json::from_str(text).unwrap_or_else(|_| json!(text)),
                        _ => json!(text),
                    };
                    let schema = validator(&self.document, &header["schema"], true);
                    wrong.extend(faults(&schema, &value).map(|fault| format!("header {name}: {fault}")));
                }
            }
        }
        for name in SPOKEN_OF {
            if answer.header(name).is_some() && !described.contains_key(*name) {
                wrong.push(format!("header {name} is not described"));
            }
        }
    }

    fn followed<'a>(&'a self, value: &'a Value) -> &'a Value {
        match value["$ref"].as_str() {
            Some(reference) => self.document.pointer(reference.trim_start_matches('#')).unwrap_or(value),
            None => value,
        }
    }

    fn body(&self, response: &Value, answer: &Response, wrong: &mut Vec<String>) {
        let Some(content) = response["content"].as_object() else {
            if !answer.body.is_empty() {
                wrong.push(format!("a body of {} bytes where none is described", answer.body.len()));
            }
            return;
        };
        let given = answer.header("content-type").unwrap_or_default();
        let media_type = given.split(';').next().unwrap_or_default().trim();
        let Some(described) = content.get(media_type) else {
            return wrong.push(format!("media type {given:?} is not described"));
        };
        if media_type == "application/jsonl" {
            let schema = validator(&self.document, &described["schema"], true);
            for line in answer.body.split(|b| *b == b'\n').filter(|line| !line.is_empty()) {
                let row: Value = serde_json::from_slice(line).unwrap_or_default();
                wrong.extend(faults(&schema, &row));
            }
            return;
        }
        if media_type.starts_with("image/") {
            return;
        }
        let value: Value = match serde_json::from_slice(&answer.body) {
            Ok(value) => value,
            Err(e) => return wrong.push(format!("the body is not JSON: {e}")),
        };
        wrong.extend(faults(&validator(&self.document, &described["schema"], true), &value));
        if media_type == "application/problem+json" {
            problem(&value, answer, wrong);
        }
    }
}

/// The methods of `Allow`, sorted.
fn allow_of(answer: &Response) -> Vec<String> {
    let allow = answer.header("allow").unwrap_or_default();
    let mut allow: Vec<String> = allow.split(',').map(|m| m.trim().to_owned()).collect();
    allow.sort();
    allow
}

enum Described<'a> {
    Nothing,
    Options(Vec<String>),
    Methods(Vec<String>),
    Operation(&'a Value),
}

/// What a schema cannot say of a problem: it repeats what stands in the head of the answer.
fn problem(value: &Value, answer: &Response, wrong: &mut Vec<String>) {
    let code = value["code"].as_str().unwrap_or_default();
    let mut expect = |what: &str, ok: bool| {
        if !ok {
            wrong.push(format!("{what}: {value}"));
        }
    };
    expect("`status` is not that of the answer", value["status"] == json!(answer.status));
    expect("`type` is not that of the code", value["type"] == json!(format!("/problems/{code}")));
    expect("`request_id` is not that of the header", value["request_id"].as_str() == answer.header("x-request-id"));
    let seconds = answer.header("retry-after").and_then(|text| text.parse::<u64>().ok());
    expect("`retry_after_s` is not that of the header", value["retry_after_s"].as_u64() == seconds);
    expect("a problem must not be cached", answer.header("cache-control") == Some("no-store"));
    // a nonce is asked for at once, with what the answer's header holds
    if code == "use_dpop_nonce" {
        return;
    }
    let known = attune_contracts::ProblemCode::ALL.iter().find(|c| c.code() == code);
    expect(
        "a retryable problem says when",
        // a missing nonce comes with the answer: the repeat may come at once
        seconds.is_some() || !known.is_some_and(|c| c.retryable() && ![401, 500].contains(&c.status())),
    );
}

#[cfg(test)]
mod tests {
    use super::*;
    use attune_contracts::{Problem, ProblemCode};

    const ID: &str = "req_01k5nq3e5v0000000000000001";

    fn answer(problem: Problem) -> Response {
        let mut problem = problem;
        problem.request_id = Some(ID.to_owned());
        let mut headers = vec![
            ("x-request-id", ID.to_owned()),
            ("content-type", "application/problem+json".to_owned()),
            ("cache-control", "no-store".to_owned()),
        ];
        headers.extend(problem.retry_after_s.map(|s| ("retry-after", s.to_string())));
        headers.extend((problem.status == 405).then(|| ("allow", "POST, OPTIONS".to_owned())));
        headers.extend((problem.status == 401).then(|| ("www-authenticate", "Bearer".to_owned())));
        let headers = headers.into_iter().map(|(n, v)| (n.to_owned(), v)).collect();
        Response { status: problem.status, headers, body: serde_json::to_vec(&problem).unwrap() }
    }

    #[test]
    fn what_is_described_conforms_and_nothing_else() {
        let contract = Contract::default();
        let conforms =
            |method: &str, target: &str, answer: &Response| contract.conforms(method, target, answer).is_ok();
        let expired = answer(Problem::new(ProblemCode::KeyExpired, ""));
        assert_eq!(contract.conforms("POST", "/api/v1/stations/snapshot", &expired), Ok(()));
        assert!(!conforms("GET", "/healthz", &expired), "no key is asked for there");
        let frozen = answer(Problem::new(ProblemCode::Frozen, ""));
        assert!(conforms("POST", "/v1/config/update", &frozen));
        assert!(!conforms("POST", "/v1/config/rollback", &frozen), "a rollback works while frozen");
        let missing = answer(Problem::new(ProblemCode::NotFound, ""));
        assert!(conforms("GET", "/nowhere?x=1", &missing) && conforms("GET", "/v1/config/77", &missing));
        assert!(!conforms("GET", "/v1/config/changes", &missing), "the history is always there");
        let method = answer(Problem::new(ProblemCode::MethodNotAllowed, ""));
        assert_eq!(contract.conforms("PUT", "/v1/config/update", &method), Ok(()));
        assert!(!conforms("PUT", "/v1/config/changes", &method), "Allow names GET and HEAD there");
        let full = answer(Problem::new(ProblemCode::Overloaded, ""));
        assert!(!conforms("POST", "/v1/stations/snapshot", &full), "it does not say when to come again");
    }

    #[test]
    fn every_part_of_an_answer_counts() {
        let contract = Contract::default();
        let good = answer(Problem::new(ProblemCode::Forbidden, ""));
        let conforms = |answer: &Response| contract.conforms("GET", "/v1/outbox/depth", answer).is_ok();
        let at = |answer: &Response| contract.conforms("POST", "/v1/stations/snapshot", answer).is_ok();
        assert!(at(&good) && !conforms(&good));
        for change in [
            |a: &mut Response| a.status = 401,
            |a: &mut Response| a.headers.retain(|(n, _)| n != "x-request-id"),
            |a: &mut Response| a.headers[1].1 = "application/json".to_owned(),
            |a: &mut Response| a.headers[0].1 = "x".to_owned(),
            |a: &mut Response| a.headers.push(("etag".to_owned(), "\"a\"".to_owned())),
            |a: &mut Response| a.body.push(b'}'),
            |a: &mut Response| {
                a.body = a.body.strip_suffix(b"}").unwrap().iter().chain(b",\"more\":1}").copied().collect()
            },
        ] {
            let mut bad = good.clone();
            change(&mut bad);
            assert!(!at(&bad), "{bad:?}");
        }
    }
}
