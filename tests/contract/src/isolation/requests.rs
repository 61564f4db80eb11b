//! Requests made from the document, full of ids of one side.

use super::Dice;
use super::side::Side;
use crate::http::Request;
use serde_json::{Value, json};

/// A route with an example of its body.
pub struct Operation {
    pub method: String,
    pub path: String,
    pub body: Option<Value>,
}

impl Operation {
    /// Does its path name a thing of a tenant?
    pub fn names_things(&self) -> bool {
        self.path.contains('{') && !self.path.contains("{station}") && !self.path.contains("{code}")
    }
}

/// All operations: those of the document, and those that it does not speak of.
pub fn operations(document: &Value) -> Vec<Operation> {
    let mut all = Vec::new();
    for (path, item) in document["paths"].as_object().into_iter().flatten() {
        for (method, described) in item.as_object().into_iter().flatten() {
            let media = &described["requestBody"]["content"]["application/json"];
            let example = media["examples"].as_object().and_then(|all| all.values().next());
            let body = example.map(|example| example["value"].clone());
            let body = body.or_else(|| media.is_object().then(|| json!({"schema_version": 1})));
            all.push(Operation { method: method.to_uppercase(), path: path.clone(), body });
        }
    }
    let hidden = [
        ("POST", "/internal/v1/control/config"),
        ("POST", "/internal/v1/control/propose"),
        ("GET", "/internal/v1/outbox/stats"),
        ("GET", "/internal/v1/outbox/rejected"),
        ("POST", "/internal/v1/outbox/retry"),
    ];
    all.extend(hidden.map(|(method, path)| {
        let body = (method == "POST").then(|| json!({"schema_version": 1, "name": "x"}));
        Operation { method: method.to_owned(), path: path.to_owned(), body }
    }));
    // it would end what the others are made of
    all.retain(|operation| !["logout", "sessions"].iter().any(|end| operation.path.contains(end)));
    all
}

/// A request for things of a side.
pub fn make(operation: &Operation, of: &Side, dice: &mut Dice) -> Request {
    let mut target = operation.path.clone();
    while let (Some(open), Some(close)) = (target.find('{'), target.find('}')) {
        let value = match &target[open + 1..close] {
            "station" => (1 + dice.below(8)).to_string(),
            "code" => "forbidden".to_owned(),
            name => dice.of(of.things(name)).cloned().unwrap_or_default(),
        };
        target.replace_range(open..=close, &value);
    }
    if operation.method == "GET" && dice.one_in(3) {
        let names = ["tenant", "tenant_id", "cursor", "limit", "call_id", "user_id", "actor", "target", "manager"];
        let name = dice.of(&names).copied().unwrap_or_default();
        // mostly what fits, sometimes anything
        let fitting = match name {
            "actor" | "target" | "manager" => "user",
            name => name.trim_end_matches("_id"),
        };
        let kind = if dice.one_in(8) { "" } else { fitting };
        let value = dice.of(of.things(kind)).cloned().unwrap_or_default();
        target.push_str(&format!("?{name}={value}"));
    }
    let mut request = Request::new(&operation.method, &target);
    if operation.method == "POST" && !dice.one_in(8) {
        request = request.header("idempotency-key", &format!("{:x}", dice.next()));
    }
    if let Some(body) = &operation.body {
        let mut body = body.clone();
        spoil(&mut body, of, dice);
        request = request.json(&body);
    }
    request
}

fn mark(of: &Side, dice: &mut Dice) -> String {
    dice.of(&of.marks).cloned().unwrap_or_default()
}

/// Puts an id of the side into a body: where the field of that name wants it, in place of a text, or as a member that the route may
/// not take.
fn spoil(body: &mut Value, of: &Side, dice: &mut Dice) {
    let mark = mark(of, dice);
    let Some(members) = body.as_object_mut() else { return };
    let texts: Vec<String> = members.iter().filter(|(_, v)| v.is_string()).map(|(name, _)| name.clone()).collect();
    let ids: Vec<String> = texts.iter().filter(|name| name.ends_with("_id")).cloned().collect();
    if let Some(name) = dice.of(&ids).filter(|_| dice.one_in(2)).cloned() {
        let thing = dice.of(of.things(name.trim_end_matches("_id"))).cloned().unwrap_or_default();
        members.insert(name, json!(thing));
        return;
    }
    if let Some(name) = dice.of(&texts).filter(|_| dice.one_in(2)).cloned() {
        members.insert(name, json!(mark));
        return;
    }
    let extra = ["tenant", "tenant_id", "user_id", "role", "call_id", "scope", "plan", "owner"];
    members.insert(dice.of(&extra).copied().unwrap_or_default().to_owned(), json!(mark));
}
