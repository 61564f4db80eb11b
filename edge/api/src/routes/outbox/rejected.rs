//! `GET /internal/v1/outbox/rejected`: messages that a queue called our fault, of a tenant (`?tenant=`) or of all; with `?object=` and
//! `?id=` the envelope of one.

use super::objects;
use crate::call::{Call, Outcome};
use crate::query::{Query, refuse};
use crate::shells::protocol::Part;
use attune_contracts::{Problem, SCHEMA_VERSION};
use attune_domain::TenantId;
use attune_edge_kit::Answer;
use attune_objects::names::{Class, ObjectName};
use attune_objects::outbox::Rejected;
use serde_json::json;

/// Most messages listed per object.
const LIMIT: u32 = 100;

/// Handles the request.
///
/// # Errors
/// `invalid_parameter`, `not_found`, `unavailable`.
pub async fn handle(call: &Call<'_>) -> Outcome {
    let query = Query::parse(call.query, &["tenant", "object", "id"])?;
    if let Some(id) = query.get("id") {
        let object = query.get("object").ok_or_else(|| refuse("object", "missing", "the object of the message"))?;
        let part = Part { id: Some(id.to_owned()), limit: 1 };
        let answer = call.ask(class_of(object)?, object, "/rejected/body", &part).await?;
        return Ok(Answer::json_text(200, answer.body).with("cache-control", "no-store").into());
    }
    let tenant = query.read("tenant", TenantId::parse)?;
    let mut messages = Vec::new();
    for object in objects(call, tenant.as_ref()).await? {
        let part = Part { id: None, limit: LIMIT };
        let answer = call.ask(class_of(&object.name)?, &object.name, "/rejected", &part).await?;
        let rejected: Vec<Rejected> = call.read(&answer)?;
        messages.extend(rejected.into_iter().map(|message| json!({"object": object.name, "message": message})));
    }
    let body = json!({"schema_version": SCHEMA_VERSION, "rejected": messages});
    Ok(Answer::json(200, &body).with("cache-control", "no-store").into())
}

/// The class of an object with an outbox, by its name.
///
/// # Errors
/// `invalid_parameter`.
pub(super) fn class_of(object: &str) -> Result<Class, Problem> {
    match ObjectName::parse(object).map(|name| name.class) {
        Some(class @ (Class::Outbox | Class::ControlRoom)) => Ok(class),
        _ => Err(refuse("object", "invalid", "expected the name of an object with an outbox")),
    }
}
