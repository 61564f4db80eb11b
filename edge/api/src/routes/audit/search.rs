//! `GET /v1/audit`: rows of the audit trail, the newest first.

use crate::call::{Call, Outcome};
use crate::query::Query;
use crate::routes::paging;
use crate::shells::protocol::TenantCommand;
use attune_domain::Millis;
use attune_edge_kit::Answer;
use attune_objects::tenant::AuditQuery;

/// Handles the request: `?actor=`, `?action=` (whole, or with a dot at its end all that begin so), `?target=`, `?from=`, `?until=`,
/// `?cursor=`, `?limit=`.
///
/// # Errors
/// `invalid_parameter`.
pub async fn handle(call: &Call<'_>) -> Outcome {
    let (tenant, _) = call.caller.tenant()?;
    let query = Query::parse(call.query, &["actor", "action", "target", "from", "until", "cursor", "limit"])?;
    let question = AuditQuery {
        actor: paging::text(&query, "actor"),
        action: paging::text(&query, "action"),
        target: paging::text(&query, "target"),
        from: query.read("from", Millis::parse)?.map(|at| at.0),
        until: query.read("until", Millis::parse)?.map(|at| at.0),
        cursor: paging::text(&query, "cursor"),
        limit: paging::limit(&query)?,
    };
    let answer = call.ask_tenant(tenant, None, TenantCommand::Audit(question)).await?;
    Ok(Answer::json_text(200, answer.body).with("cache-control", "no-store").into())
}
