//! `POST /internal/v1/outbox/retry`: puts a message that was refused back among what is to be sent.

use super::rejected::class_of;
use crate::call::{Call, Outcome};
use crate::shells::protocol::Part;
use attune_edge_kit::Answer;
use serde::Deserialize;
use serde_json::json;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct RetryV1 {
    #[serde(deserialize_with = "attune_contracts::parse::known_version")]
    schema_version: u32,
    /// Name of the object that holds it.
    object: String,
    /// Message id.
    id: String,
}

/// Handles the request.
///
/// # Errors
/// `invalid_body`, `not_found`, `unavailable`.
pub async fn handle(call: &Call<'_>) -> Outcome {
    let retry: RetryV1 = call.parse()?;
    let part = Part { id: Some(retry.id.clone()), limit: 1 };
    call.ask(class_of(&retry.object)?, &retry.object, "/retry", &part).await?;
    let body = json!({"schema_version": retry.schema_version, "id": retry.id, "status": "accepted"});
    Ok(Answer::json(202, &body).into())
}
