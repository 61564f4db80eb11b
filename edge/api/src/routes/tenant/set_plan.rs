//! `PUT /v1/admin/tenants/{tenant}/plan`: the operator sets plan and region of a tenant.

use crate::asked;
use crate::call::{Call, Outcome};
use crate::routes::admin::tenant_in_path;
use crate::shells::protocol::TenantCommand;
use attune_contracts::people::SetPlanV1;
use attune_edge_kit::Answer;

/// Handles the request.
///
/// # Errors
/// `invalid_body`, `not_found`.
pub async fn handle(call: &Call<'_>) -> Outcome {
    let body: SetPlanV1 = call.parse()?;
    let tenant = tenant_in_path(call)?;
    let answer = call.ask_tenant(&tenant, None, TenantCommand::SetPlan(body.plan, body.region)).await?;
    asked::forget_users();
    Ok(Answer::json_text(200, answer.body).with("cache-control", "no-store").into())
}
