//! `GET /v1/chat/faq`: the tenant's FAQ; without entries before it was first written.

use crate::call::{Call, Outcome};
use crate::shells::protocol::TenantCommand;
use attune_contracts::ProblemCode;
use attune_edge_kit::Answer;

/// Handles the request.
///
/// # Errors
/// `unavailable`.
pub async fn handle(call: &Call<'_>) -> Outcome {
    let (tenant, _) = call.caller.tenant()?;
    match call.ask_tenant(tenant, None, TenantCommand::Faq).await {
        Ok(answer) => Ok(Answer::json_text(200, answer.body).into()),
        Err(problem) if problem.code == ProblemCode::NotFound => {
            Ok(Answer::json_text(200, r#"{"schema_version":1,"entries":[]}"#).into())
        }
        Err(problem) => Err(problem),
    }
}
