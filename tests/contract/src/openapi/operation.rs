//! One operation of the document, put together from its parts.

use super::build::schema;
use super::responses;
use crate::golden::golden;
use attune_contracts::ProblemCode;
use attune_identity::api_key::Scope;
use serde_json::{Map, Value, json};

/// Who may call it.
#[derive(Debug, Clone, Copy)]
pub enum Auth {
    /// Anyone.
    Open,
    /// An API key with a permission, or a signed-in user who has it.
    May(Scope),
    /// The same for the layers of its tenant, or the operator's key for the global layer.
    MayOrOperator(Scope),
    /// Any API key or user of the tenant.
    Member,
    /// A signed-in user.
    User,
    /// A device that proves its key.
    Proof,
    /// A device that proves its key, on a page whose API key has a permission.
    Page(Scope),
    /// The operator.
    Operator,
}

/// An operation in the making.
#[derive(Debug)]
pub struct Operation {
    value: Value,
    problems: Vec<ProblemCode>,
}

impl Operation {
    /// An operation with the problems that every route of its kind may answer.
    pub fn new(id: &str, tag: &str, summary: &str, auth: Auth) -> Self {
        let mut problems = vec![ProblemCode::Internal, ProblemCode::Misconfigured, ProblemCode::HeadersTooLarge];
        // Limits: of the caller, or of the address where there is none, or where its credentials are refused.
        problems.extend([ProblemCode::RateLimited, ProblemCode::Unavailable]);
        let keyed = [
            ProblemCode::Unauthenticated,
            ProblemCode::KeyExpired,
            ProblemCode::KeyRevoked,
            ProblemCode::OriginRefused,
        ];
        let proven = [ProblemCode::InvalidDpopProof, ProblemCode::UseDpopNonce];
        let user = [
            ProblemCode::InvalidToken,
            ProblemCode::TokenExpired,
            ProblemCode::DeviceRevoked,
            ProblemCode::SessionEnded,
            ProblemCode::UserSuspended,
            ProblemCode::RateLimited,
        ];
        let mut value =
            json!({"operationId": id, "tags": [tag], "summary": summary, "parameters": [], "responses": {}});
        match auth {
            Auth::Open => value["security"] = json!([]),
            Auth::May(scope) | Auth::MayOrOperator(scope) => {
                problems.extend(keyed.iter().chain(&proven).chain(&user));
                problems.extend([ProblemCode::Forbidden, ProblemCode::Unavailable]);
                let operator = matches!(auth, Auth::MayOrOperator(_)).then(|| json!({"operatorKey": []}));
                let keys = [json!({"apiKey": [scope.as_str()]}), json!({"dpop": [scope.as_str()]})];
                value["security"] = keys.into_iter().chain(operator).collect();
            }
            Auth::Page(scope) => {
                problems.extend(keyed.iter().chain(&proven));
                problems.extend([ProblemCode::Forbidden, ProblemCode::Unavailable]);
                value["security"] = json!([{"apiKey": [scope.as_str()], "dpopProof": []}]);
            }
            Auth::Member => {
                problems.extend(keyed.iter().chain(&proven).chain(&user));
                problems.push(ProblemCode::Unavailable);
                value["security"] = json!([{"apiKey": []}, {"dpop": []}]);
            }
            Auth::User => {
                problems.extend(proven.iter().chain(&user));
                problems.push(ProblemCode::Unavailable);
                value["security"] = json!([{"dpop": []}]);
            }
            Auth::Proof => {
                problems.extend(proven);
                problems.push(ProblemCode::Unavailable);
                value["security"] = json!([{"dpopProof": []}]);
            }
            Auth::Operator => {
                problems.extend([ProblemCode::Unauthenticated, ProblemCode::Unavailable]);
                value["security"] = json!([{"operatorKey": []}]);
            }
        }
        Self { value, problems }
    }

    /// What a summary has no room for.
    pub fn says(mut self, description: &str) -> Self {
        self.value["description"] = json!(description);
        self
    }

    /// Takes a JSON body of a schema; its golden files are the examples.
    pub fn takes(mut self, name: &str, goldens: &[&str]) -> Self {
        use ProblemCode::{InvalidBody, PayloadTooLarge, UnknownSchemaVersion, UnsupportedMediaType};
        self.value["requestBody"] =
            json!({"required": true, "content": {"application/json": json_content(name, goldens)}});
        self.may_fail(&[InvalidBody, UnknownSchemaVersion, PayloadTooLarge, UnsupportedMediaType])
    }

    /// Takes a parameter of `components.parameters`.
    pub fn param(mut self, name: &str) -> Self {
        push(&mut self.value["parameters"], json!({"$ref": format!("#/components/parameters/{name}")}));
        self
    }

    /// Needs an Idempotency-Key.
    pub fn idempotent(self) -> Self {
        use ProblemCode::{IdempotencyKeyRequired, IdempotencyMismatch, InvalidParameter};
        self.param("IdempotencyKey").may_fail(&[IdempotencyKeyRequired, InvalidParameter, IdempotencyMismatch])
    }

    /// Answers a JSON body of a schema.
    pub fn answers(self, status: u16, description: &str, name: &str, goldens: &[&str]) -> Self {
        let response = json!({
            "description": description,
            "headers": responses::common_headers(),
            "content": {"application/json": json_content(name, goldens)},
        });
        self.responds(status, response)
    }

    /// Answers without a body.
    pub fn answers_nothing(self, description: &str) -> Self {
        let headers = json!({"x-request-id": {"$ref": "#/components/headers/RequestId"}});
        self.responds(204, json!({"description": description, "headers": headers}))
    }

    /// A response as it is.
    pub fn responds(mut self, status: u16, response: Value) -> Self {
        self.value["responses"][status.to_string()] = response;
        self
    }

    /// The answer of a status carries a header of `components.headers`.
    pub fn with_header(mut self, status: u16, header: &str, component: &str) -> Self {
        self.value["responses"][status.to_string()]["headers"][header] =
            json!({"$ref": format!("#/components/headers/{component}")});
        self
    }

    /// May answer these problems too.
    pub fn may_fail(mut self, codes: &[ProblemCode]) -> Self {
        self.problems.extend(codes.iter().filter(|c| !self.problems.contains(c)).copied().collect::<Vec<_>>());
        self
    }

    /// Never answers these, although routes of its kind do.
    pub fn never(mut self, codes: &[ProblemCode]) -> Self {
        self.problems.retain(|c| !codes.contains(c));
        self
    }

    /// The operation object.
    pub fn build(mut self) -> Value {
        for (status, response) in responses::by_status(&self.problems) {
            self.value["responses"][status] = response;
        }
        // RFC 9449, section 8.2: any answer to a proof may bring a new nonce
        if self.value["security"].to_string().contains("dpop") {
            for (_, response) in self.value["responses"].as_object_mut().into_iter().flatten() {
                response["headers"]["dpop-nonce"] = json!({"$ref": "#/components/headers/DpopNonce"});
            }
        }
        if let Some(operation) = self.value.as_object_mut() {
            operation.retain(|name, value| name != "parameters" || *value != json!([]));
        }
        self.value
    }
}

fn push(array: &mut Value, item: Value) {
    if let Some(items) = array.as_array_mut() {
        items.push(item);
    }
}

fn json_content(name: &str, goldens: &[&str]) -> Value {
    let examples: Map<String, Value> = goldens.iter().map(|g| ((*g).to_owned(), json!({"value": golden(g)}))).collect();
    let mut content = json!({"schema": schema(name)});
    if !examples.is_empty() {
        content["examples"] = Value::Object(examples);
    }
    content
}
